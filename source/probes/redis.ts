import type { Access } from '../engine/types.ts';
import type { RedisClaim } from '../stack/claims.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { failure } from './failures.ts';
import { numberOf, numberOrNull } from './fields.ts';
import { explainRedis, openRedisClient, parseInfo } from './redis-client.ts';
import type { Probe } from './types.ts';

const sections = ['server', 'clients', 'memory', 'persistence', 'replication', 'stats', 'keyspace'] as const;

/** Asks one Redis for its INFO. Redis answers INFO while it loads its data, too. */
export function openRedisProbe(access: Access, deadlineMs: number): Probe<RedisClaim> {
  const subject = subjectOf(access.member.name, access.endpoint);
  // Redis takes several sections since 7.0; before, all of them or one.
  let takesSections = true;

  return keepConnection({
    subject,
    endpoint: access.endpoint,
    deadlineMs,
    open: (endpoint) => openRedisClient(endpoint, access, deadlineMs),
    async ask(client) {
      let [reply] = await client.send([takesSections ? ['info', ...sections] : ['info']]);
      if (reply instanceof Error && /syntax error/.test(reply.message)) {
        takesSections = false;
        [reply] = await client.send([['info']]);
      }
      if (reply instanceof Error) throw reply;
      return parseRedisInfo(String(reply), subject);
    },
    explain: (error) => explainRedis(error, subject),
  });
}

/** Rejects an INFO that has no role. */
export function parseRedisInfo(text: string, subject = 'redis'): RedisClaim {
  const info = parseInfo(text);
  const role = info.get('role');
  if (role !== 'master' && role !== 'slave') throw failure('garbage', subject, undefined, 'INFO without a role');
  const replica = role === 'slave';
  return {
    version: info.get('redis_version') ?? '',
    runId: info.get('run_id') ?? '',
    role,
    masterAddress: replica ? `${info.get('master_host') ?? ''}:${info.get('master_port') ?? ''}` : null,
    link: replica ? (info.get('master_link_status') ?? null) : null,
    offset: numberOf((replica ? info.get('slave_repl_offset') : null) ?? info.get('master_repl_offset')),
    replicas: replicasOf(info),
    opsPerSecond: numberOf(info.get('instantaneous_ops_per_sec')),
    memoryBytes: numberOf(info.get('used_memory')),
    maxMemoryBytes: numberOrNull(info.get('maxmemory')) || null,
    clients: numberOf(info.get('connected_clients')),
    keys: keysOf(info),
    loading: info.get('loading') === '1',
  };
}

/** Lines `slave0:ip=172.28.3.2,port=6379,state=online,offset=1400,lag=0`. */
function replicasOf(info: ReadonlyMap<string, string>): RedisClaim['replicas'] {
  return [...info]
    .filter(([key]) => /^slave\d+$/.test(key))
    .map(([, value]) => {
      const pairs = pairsOf(value);
      return {
        address: `${pairs.get('ip') ?? ''}:${pairs.get('port') ?? ''}`,
        state: pairs.get('state') ?? '',
        offset: numberOf(pairs.get('offset')),
        lagSeconds: numberOf(pairs.get('lag')),
      };
    });
}

/** Lines `db0:keys=12,expires=3,avg_ttl=0`. */
const keysOf = (info: ReadonlyMap<string, string>): number =>
  [...info]
    .filter(([key]) => /^db\d+$/.test(key))
    .reduce((sum, [, value]) => sum + numberOf(pairsOf(value).get('keys')), 0);

const pairsOf = (text: string): ReadonlyMap<string, string> =>
  new Map(
    text.split(',').map((pair) => {
      const equals = pair.indexOf('=');
      return [pair.slice(0, equals), pair.slice(equals + 1)];
    }),
  );
