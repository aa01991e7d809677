import { list } from '../stack/format.ts';
import { claimsOf, sizeOf } from './facts-seen.ts';
import type { DoctorFacts, RedisFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const replication = 'https://redis.io/docs/latest/operate/oss_and_stack/management/replication/';

/** What is wrong with how the Redis nodes are set. */
export const redisChecks: readonly Check[] = [
  {
    id: 'redis.masterauth',
    area: 'redis',
    what: 'every node can be the replica of another',
    why: 'A master that was replaced cannot follow the new one without its password: it comes back and stays behind.',
    mend: 'Set masterauth to the password of the others, in its configuration: every node is a replica some day.',
    source: `${replication} (setting a replica to authenticate to a master)`,
    find: (facts) => withoutMasterauth(facts),
  },
  {
    id: 'redis.requirepass',
    area: 'redis',
    what: 'all nodes want a password, or none does',
    why: 'Clients, replicas and Sentinels use one password for all: after a failover they are refused, or let in without.',
    mend: 'Set the same requirepass on every node.',
    source: `${replication} (setting a replica to authenticate to a master)`,
    find: ({ redis }) => unevenPasswords(redis),
  },
  {
    id: 'redis.persistence',
    area: 'redis',
    what: 'a master that restarts keeps its data',
    why: 'A master that restarts empty before anybody noticed is copied by its replicas, which then are empty too.',
    mend: 'CONFIG SET appendonly yes, then CONFIG REWRITE.',
    source: `${replication} (safety of replication when master has persistence turned off)`,
    find: (facts) => withoutPersistence(facts),
  },
  {
    id: 'redis.replica-writable',
    area: 'redis',
    what: 'replicas take no writes',
    why: 'What is written to a replica is on no other node, and gone when it next copies its master.',
    mend: 'CONFIG SET replica-read-only yes, then CONFIG REWRITE.',
    source: `${replication} (read-only replica)`,
    find: ({ redis }) => writableReplicas(redis),
  },
  {
    id: 'redis.no-candidate',
    area: 'redis',
    what: 'some replica may be promoted',
    why: 'Sentinels never promote a replica of priority 0: when all have it, the master has no successor.',
    mend: 'CONFIG SET replica-priority 100 on a replica, then CONFIG REWRITE.',
    source: 'https://redis.io/docs/latest/operate/oss_and_stack/management/sentinel/ (replicas priority)',
    find: (facts) => withoutCandidate(facts),
  },
  {
    id: 'redis.eviction',
    area: 'redis',
    what: 'keys stay until they are deleted',
    why: 'A full node then drops keys by itself: data that was acknowledged vanishes, and looks like a lost write.',
    mend: 'CONFIG SET maxmemory-policy noeviction, then CONFIG REWRITE; unless it is a cache and nothing else.',
    source: 'https://redis.io/docs/latest/develop/reference/eviction/',
    find: ({ redis }) => redis.flatMap(evicting),
  },
];

/** Somebody watches over them, or there are several: roles may change. */
const rolesChange = (facts: DoctorFacts): boolean => sizeOf(facts, 'redis') > 1 || sizeOf(facts, 'sentinel') > 0;

function withoutMasterauth(facts: DoctorFacts): readonly Ailment[] {
  const { redis } = facts;
  if (!rolesChange(facts) || !redis.some(({ requirepassSet }) => requirepassSet)) return [];
  return redis
    .filter(({ masterauthSet }) => !masterauthSet)
    .map(({ member }) => ({
      level: 'bad',
      subject: member,
      text: 'it has no masterauth, but the nodes want a password',
      how: 'CONFIG GET masterauth is empty',
    }));
}

function unevenPasswords(redis: readonly RedisFacts[]): readonly Ailment[] {
  const open = redis.filter(({ requirepassSet }) => !requirepassSet).map(({ member }) => member);
  if (open.length === 0 || open.length === redis.length) return [];
  const text = `no password on ${list(open)}, one on the others`;
  return [{ level: 'bad', subject: null, text, how: 'CONFIG GET requirepass' }];
}

function withoutPersistence(facts: DoctorFacts): readonly Ailment[] {
  if (sizeOf(facts, 'redis') < 2) return [];
  return facts.redis
    .filter(({ config }) => config.appendonly === 'no' && config.save === '')
    .map(({ member }) => ({
      level: 'bad',
      subject: member,
      text: 'it keeps nothing on disk: neither appendonly nor save is set',
      how: 'CONFIG GET appendonly; CONFIG GET save',
    }));
}

function withoutCandidate(facts: DoctorFacts): readonly Ailment[] {
  const roles = new Map(claimsOf(facts, 'redis').map(({ member, claim }) => [member, claim.role]));
  const replicas = facts.redis.filter(({ member }) => roles.get(member) === 'slave');
  const barred = replicas.filter(({ config }) => config['replica-priority'] === '0').map(({ member }) => member);
  if (barred.length === 0 || barred.length < replicas.length) return [];
  const text = `no replica may be promoted: replica-priority is 0 on ${list(barred)}`;
  return [{ level: 'bad', subject: null, text, how: 'CONFIG GET replica-priority' }];
}

function evicting({ member, config }: RedisFacts): readonly Ailment[] {
  const { maxmemory, 'maxmemory-policy': policy } = config;
  if (maxmemory === undefined || maxmemory === '0' || policy === undefined || policy === 'noeviction') return [];
  const text = `it drops keys when its memory is full (${policy})`;
  return [{ level: 'warning', subject: member, text, how: 'CONFIG GET maxmemory-policy' }];
}

function writableReplicas(redis: readonly RedisFacts[]): readonly Ailment[] {
  return redis
    .filter(({ config }) => config['replica-read-only'] === 'no')
    .map(({ member }) => ({
      level: 'warning',
      subject: member,
      text: 'it takes writes also as a replica',
      how: 'CONFIG GET replica-read-only',
    }));
}
