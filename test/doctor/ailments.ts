import type { DoctorFacts } from '../../source/doctor/facts-types.ts';
import type { Ailment } from '../../source/doctor/types.ts';
import { altered, claimOf, of } from './healthy.ts';

/** One way to be ill: the healthy stack with one thing changed, and what is to be said of it. */
export type Case = {
  readonly id: string;
  readonly when: string;
  readonly facts: DoctorFacts;
  readonly found: readonly (Pick<Ailment, 'level' | 'subject'> & { readonly text: RegExp })[];
};

const one = (
  id: string,
  when: string,
  [level, subject, text]: readonly [Ailment['level'], string | null, RegExp],
  change: Parameters<typeof altered>[0],
): Case => ({ id, when, facts: altered(change), found: [{ level, subject, text }] });

const leader = (facts: Parameters<Parameters<typeof altered>[0]>[0]) => {
  const found = facts.patroni.find(({ postgres }) => postgres?.inRecovery === false);
  if (!found?.postgres) throw new Error('no leader was recorded');
  return { ...found, postgres: found.postgres };
};
const leaderName = (): string => {
  let name = '';
  altered((facts) => {
    name = leader(facts).member;
  });
  return name;
};
const primary = leaderName();
const replicas = ['patroni1', 'patroni2', 'patroni3'].filter((name) => name !== primary);
const [replica = '', other = ''] = replicas;

const settings = (facts: Parameters<Parameters<typeof altered>[0]>[0], change: Record<string, unknown>) => {
  for (const member of facts.patroni) Object.assign(member.config ?? {}, change);
};
const monitored = (facts: Parameters<Parameters<typeof altered>[0]>[0], change: Record<string, unknown>) => {
  for (const { monitors } of facts.sentinel) for (const each of monitors) Object.assign(each, change);
};
const quorumOf = (name: string, quorum: number) => (facts: Parameters<Parameters<typeof altered>[0]>[0]) => {
  for (const each of of(facts.sentinel, name).monitors) each.quorum = quorum;
};

const stranger = { memberId: 'f00', name: 'etcd4', clientUrls: [], peerUrls: [] };

export const cases: readonly Case[] = [
  one(
    'etcd.slow-disk',
    'one disk, slow for all',
    ['warning', null, /etcd1 \(up to 512 ms\), etcd2 .* and etcd3 .*; etcd1, etcd2 and etcd3 share one disk/],
    ({ etcd }) => {
      for (const member of etcd) member.fsyncP99Ms = 512;
    },
  ),
  one(
    'etcd.slow-disk',
    'a slow disk of its own',
    ['warning', null, /^one fsync in a hundred is slow on etcd2 \(over 8 s\)$/],
    ({ etcd }) => Object.assign(of(etcd, 'etcd2'), { fsyncP99Ms: Number.MAX_SAFE_INTEGER, device: '65040' }),
  ),
  one(
    'etcd.space',
    'more than four fifths of the quota',
    ['warning', 'etcd3', /^its database has 240M, 93 % of its quota of 256M$/],
    ({ etcd }) => Object.assign(of(etcd, 'etcd3'), { dbBytes: 240 * 2 ** 20 }),
  ),
  one('etcd.space', 'the alarm', ['bad', null, /^etcd takes no writes: NOSPACE, raised by etcd1$/], (facts) => {
    const { memberId } = claimOf(facts, 'etcd', 'etcd1');
    for (const name of ['etcd1', 'etcd2']) claimOf(facts, 'etcd', name).alarms = [{ memberId, alarm: 'NOSPACE' }];
  }),
  one(
    'etcd.clusters',
    'another id',
    ['bad', null, /of 2 clusters: etcd1 and etcd2 of \w+, etcd3 of beef$/],
    ({ etcd }) => Object.assign(of(etcd, 'etcd3'), { clusterId: 'beef' }),
  ),
  one(
    'etcd.term-churn',
    'in the first hour',
    ['warning', null, /^etcd1 has seen 12 changes of leader in 5m$/],
    ({ etcd }) => Object.assign(of(etcd, 'etcd1'), { leaderChanges: 12, uptimeMs: 300_000 }),
  ),
  one(
    'etcd.term-churn',
    'all day long',
    ['warning', null, /^etcd2 has seen 400 changes of leader in 1d$/],
    ({ etcd }) => Object.assign(of(etcd, 'etcd2'), { leaderChanges: 400, uptimeMs: 86_400_000 }),
  ),
  one(
    'etcd.even-voters',
    'a fourth voter',
    ['warning', null, /^4 members vote: 1 may be lost, as with 3$/],
    (facts) => {
      for (const { roster } of facts.etcd) roster?.push({ ...stranger, learner: false });
    },
  ),
  one('etcd.learner', 'one that was never promoted', ['warning', 'etcd4', /^it is a learner/], (facts) => {
    for (const { roster } of facts.etcd) roster?.push({ ...stranger, learner: true });
  }),
  one(
    'patroni.ttl-rule',
    'a long patience',
    ['bad', null, /^ttl is 20 s, .* loop_wait 2 s .* 10 s take 22 s$/],
    (facts) => settings(facts, { retry_timeout: 10 }),
  ),
  one(
    'patroni.async',
    'asynchronous',
    ['warning', null, /may lose 1\.0M of WAL .* in the last 20 s before it/],
    (facts) => settings(facts, { synchronous_mode: false }),
  ),
  one('patroni.synchronous-commit', 'off', ['bad', primary, /^synchronous_commit is off/], (facts) => {
    leader(facts).postgres.settings.synchronous_commit = 'off';
  }),
  one('patroni.rewind', 'not wanted', ['warning', null, /^pg_rewind is not used by patroni\d$/], ({ patroni }) =>
    Object.assign(of(patroni, replica), { usesRewind: false }),
  ),
  one('patroni.rewind', 'not possible', ['bad', replica, /neither data checksums nor wal_log_hints/], ({ patroni }) =>
    Object.assign(of(patroni, replica).postgres ?? {}, { dataChecksums: false, walLogHints: false }),
  ),
  one('patroni.checksums', 'off', ['warning', replica, /^its data has no checksums$/], ({ patroni }) =>
    Object.assign(of(patroni, replica).postgres ?? {}, { dataChecksums: false }),
  ),
  one(
    'patroni.pending-restart',
    'with its reason',
    ['warning', replica, /^it waits for a restart: max_connections 50 → 60$/],
    ({ patroni }) => {
      of(patroni, replica).pendingRestart = { max_connections: { old: '50', new: '60' } };
    },
  ),
  one('patroni.pending-restart', 'of Patroni 3', ['warning', replica, /^it waits for a restart$/], ({ patroni }) => {
    of(patroni, replica).pendingRestart = {};
  }),
  one('patroni.paused', 'by the settings', ['bad', null, /^the cluster is in maintenance mode/], (facts) =>
    settings(facts, { pause: true }),
  ),
  one('patroni.paused', 'as a member says', ['bad', null, /^the cluster is in maintenance mode/], (facts) => {
    claimOf(facts, 'patroni', replica).paused = true;
  }),
  one(
    'patroni.nofailover',
    'everywhere',
    ['bad', null, /^no replica may take over: \w+ and \w+ tagged nofailover$/],
    (facts) => {
      for (const name of replicas) claimOf(facts, 'patroni', name).tags = { nofailover: true };
    },
  ),
  one(
    'patroni.nofailover',
    'on one, by priority',
    ['warning', null, /^not every replica may take over: \w+ tagged/],
    (facts) => {
      claimOf(facts, 'patroni', replica).tags = { failover_priority: 0 };
    },
  ),
  one(
    'patroni.patronictl',
    'a module is missing',
    ['warning', 'patroni1', /^patronictl does not start: the Python module cdiff is missing$/],
    ({ patroni }) => {
      of(patroni, 'patroni1').patronictl = { works: false, said: "ModuleNotFoundError: No module named 'cdiff'" };
    },
  ),
  one(
    'patroni.patronictl',
    'it is not there',
    ['warning', 'patroni1', /^patronictl does not start: .* not found$/],
    ({ patroni }) => {
      of(patroni, 'patroni1').patronictl = { works: false, said: 'exec: "patronictl": executable file not found' };
    },
  ),
  one(
    'patroni.timeline',
    'ahead of the leader',
    ['bad', replica, /^it is on timeline 99, \w+ leads on \d+ \(it says: \w+\)$/],
    ({ patroni }) => Object.assign(of(patroni, replica), { timeline: 99, streaming: false }),
  ),
  one('patroni.timeline', 'left behind', ['bad', other, /^it is on timeline 0, /], ({ patroni }) =>
    Object.assign(of(patroni, other), { timeline: 0, streaming: false }),
  ),
  one(
    'patroni.slots',
    'held for nobody',
    ['warning', primary, /^it keeps WAL .*: gone \(1\.0G\), without a limit$/],
    (facts) => {
      const { postgres } = leader(facts);
      postgres.settings.max_slot_wal_keep_size = '-1';
      postgres.slots.push({ name: 'gone', active: false, walStatus: 'extended', heldBytes: 2 ** 30 });
    },
  ),
  one(
    'patroni.slots',
    'given up',
    ['bad', primary, /^it drops, or has dropped, WAL that these slots still need: gone$/],
    (facts) => {
      leader(facts).postgres.slots.push({ name: 'gone', active: false, walStatus: 'lost', heldBytes: null });
    },
  ),
  one('patroni.archive', 'failing', ['bad', primary, /^its last WAL segment could not be archived$/], (facts) => {
    leader(facts).postgres.archiveFailing = true;
  }),
  one('redis.masterauth', 'missing', ['bad', 'redis1', /^it has no masterauth/], ({ redis }) =>
    Object.assign(of(redis, 'redis1'), { masterauthSet: false }),
  ),
  one('redis.requirepass', 'on some', ['bad', null, /^no password on redis2, one on the others$/], ({ redis }) =>
    Object.assign(of(redis, 'redis2'), { requirepassSet: false }),
  ),
  one('redis.persistence', 'off', ['bad', 'redis1', /^it keeps nothing on disk/], ({ redis }) =>
    Object.assign(of(redis, 'redis1').config, { appendonly: 'no', save: '' }),
  ),
  one('redis.replica-writable', 'no', ['warning', 'redis3', /^it takes writes also as a replica$/], ({ redis }) =>
    Object.assign(of(redis, 'redis3').config, { 'replica-read-only': 'no' }),
  ),
  one(
    'redis.no-candidate',
    'priority 0',
    ['bad', null, /^no replica may be promoted: .* is 0 on redis\d and redis\d$/],
    (facts) => {
      for (const { member, config } of facts.redis) {
        if (claimOf(facts, 'redis', member).role === 'slave') config['replica-priority'] = '0';
      }
    },
  ),
  one('redis.eviction', 'a cache', ['warning', 'redis2', /^it drops keys .* \(allkeys-lru\)$/], ({ redis }) =>
    Object.assign(of(redis, 'redis2').config, { 'maxmemory-policy': 'allkeys-lru' }),
  ),
  one(
    'sentinel.host-names',
    'monitored',
    ['bad', 'sentinel1', /^it knows the master of paws as redis1$/],
    ({ sentinel }) => {
      for (const each of of(sentinel, 'sentinel1').monitors) each.host = 'redis1';
    },
  ),
  one('sentinel.host-names', 'announced', ['warning', 'sentinel2', /^it tells others names instead/], ({ sentinel }) =>
    Object.assign(of(sentinel, 'sentinel2'), { announceHostnames: true }),
  ),
  one('sentinel.host-names', 'taken', ['warning', 'sentinel2', /^it takes names for addresses$/], ({ sentinel }) =>
    Object.assign(of(sentinel, 'sentinel2'), { resolveHostnames: true }),
  ),
  one(
    'sentinel.config-lost',
    'in the container',
    ['bad', 'sentinel1', /^its configuration, \/data\/sentinel.conf, goes/],
    ({ sentinel }) => Object.assign(of(sentinel, 'sentinel1'), { configKept: false }),
  ),
  one(
    'sentinel.config-file-mount',
    'one file',
    ['bad', 'sentinel1', /^its \/data\/sentinel.conf is mounted by itself/],
    ({ sentinel }) => Object.assign(of(sentinel, 'sentinel1'), { configMountedAlone: true }),
  ),
  one('sentinel.auth-pass', 'missing', ['bad', 'sentinel3', /^it has no auth-pass for paws/], ({ sentinel }) => {
    for (const each of of(sentinel, 'sentinel3').monitors) each.authPassSet = false;
  }),
  one(
    'sentinel.timings',
    'hasty',
    ['warning', null, /is 500 ms: a pause of that length is a failover \(sentinel1, /],
    (facts) => monitored(facts, { downAfterMs: 500 }),
  ),
  one('sentinel.timings', 'patient', ['warning', null, /is 2m: so long nobody notices/], (facts) =>
    monitored(facts, { downAfterMs: 120_000, failoverTimeoutMs: 600_000 }),
  ),
  one(
    'sentinel.timings',
    'no time for a failover',
    ['warning', null, /^failover-timeout of paws, 10 s, is less than 3 times .* 5 s/],
    (facts) => monitored(facts, { downAfterMs: 5_000 }),
  ),
  one('sentinel.tilt', 'tilted', ['warning', 'sentinel2', /^it is in TILT/], (facts) => {
    claimOf(facts, 'sentinel', 'sentinel2').tilt = true;
  }),
  one(
    'sentinel.masters-differ',
    'one of three',
    ['bad', null, /sentinel3 says 10\.9\.9\.9:6379, the others redis\d$/],
    (facts) => {
      for (const each of claimOf(facts, 'sentinel', 'sentinel3').masters as { address: string }[]) {
        each.address = '10.9.9.9:6379';
      }
    },
  ),
  one(
    'sentinel.stale',
    'a replica that is gone',
    [
      'warning',
      '10.9.9.9:6379',
      /^a replica of paws, silent for 10m, but not forgotten by sentinel1, sentinel2 and sentinel3$/,
    ],
    (facts) => monitored(facts, { silent: [{ kind: 'replica', address: '10.9.9.9:6379', ms: 600_000 }] }),
  ),
  one('sentinel.few', 'two', ['warning', null, /^only 2 Sentinels watch paws$/], (facts) =>
    monitored(facts, { voters: 2 }),
  ),
  one(
    'sentinel.even-voters',
    'four',
    ['warning', null, /^4 Sentinels vote on paws: 1 may be lost, as with 3$/],
    (facts) => monitored(facts, { voters: 4 }),
  ),
  one(
    'sentinel.quorum',
    'below a majority',
    ['warning', null, /^quorum 1 for paws on every Sentinel, of 3 voters: a majority is 2$/],
    (facts) => monitored(facts, { quorum: 1 }),
  ),
  one(
    'sentinel.quorum',
    'all of them',
    ['warning', null, /^quorum 3 for paws on every .*: losing one stops every failover$/],
    (facts) => monitored(facts, { quorum: 3 }),
  ),
  one(
    'sentinel.quorum',
    'more than there are',
    ['bad', null, /^quorum 5 for paws on sentinel2, of 3 voters: .* never replaced$/],
    quorumOf('sentinel2', 5),
  ),
  one(
    'sentinel.voters-differ',
    'a phantom',
    ['warning', null, /^voters for paws is 3 on sentinel1, 5 on sentinel2 and 3 on sentinel3$/],
    ({ sentinel }) => {
      for (const each of of(sentinel, 'sentinel2').monitors) each.voters = 5;
    },
  ),
  one(
    'sentinel.settings-differ',
    'one was set',
    ['warning', null, /^quorum for paws is 2 on sentinel1, 3 on sentinel2 and 2 on sentinel3$/],
    quorumOf('sentinel2', 3),
  ),
  one(
    'containers.restart-loop',
    'with its cause',
    ['bad', 'paws-sentinel1-1', /^it starts again and again \(7 restarts\): Sentinel cannot resolve the host name/],
    (facts) => {
      for (const { container } of facts.containers) {
        if (container.service === 'sentinel1') Object.assign(container, { state: 'restarting', restarts: 7 });
      }
      facts.lastLines['paws-sentinel1-1'] = ["# Can't resolve instance hostname.", 'Failed to configure'];
    },
  ),
];
