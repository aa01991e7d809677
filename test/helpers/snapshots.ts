import type {
  EtcdClaim,
  PatroniClaim,
  PatroniSettings,
  PostgresClaim,
  RedisClaim,
  SentinelClaim,
} from '../../source/stack/claims.ts';
import type { Reading } from '../../source/stack/reading.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import type { Container, ContainerRole } from '../../source/stack/topology.ts';

export * from './situations.ts';

/** The moment of every snapshot that does not say otherwise. */
export const now = Date.UTC(2026, 0, 15, 21, 4, 11);
const MiB = 2 ** 20;
const minute = 60_000;

/** How large the stack is and who leads; everything not said is the full profile of compose/. */
export type Shape = {
  readonly etcd: number;
  readonly patroni: number;
  readonly redis: number;
  readonly sentinel: number;
  readonly backend: boolean;
  readonly etcdLeader: string;
  readonly patroniLeader: string;
  /** Names of the standbys that must confirm commits. */
  readonly syncStandbys: readonly string[];
  readonly syncMode: 'off' | 'on' | 'quorum';
  readonly timeline: number;
  /** `4.0.4`, or a 3.x, whose leader calls itself `master`. */
  readonly patroniVersion: string;
  readonly redisMaster: string;
  readonly sentinelQuorum: number;
};

const full: Shape = {
  etcd: 3,
  patroni: 3,
  redis: 3,
  sentinel: 3,
  backend: true,
  etcdLeader: 'etcd2',
  patroniLeader: 'patroni2',
  syncStandbys: ['patroni1'],
  syncMode: 'on',
  timeline: 7,
  patroniVersion: '4.0.4',
  redisMaster: 'redis1',
  sentinelQuorum: 2,
};
const core = { patroni: 1, redis: 1, sentinel: 0, patroniLeader: 'patroni1', syncStandbys: [] } as const;
const shapes: Readonly<Record<string, Partial<Shape>>> = { full, minimal: { ...core, backend: false }, backend: core };

/**
 * A healthy stack as the monitor would publish it: the profile named in `overrides` (`full` unless it says `minimal` or
 * `backend`), of the given shape. Compose calls the containers `paws-etcd1-1`, the members are `etcd1` and so on.
 */
export function healthySnapshot(overrides: Partial<Snapshot> = {}, shape: Partial<Shape> = {}): Snapshot {
  const profile = overrides.profile ?? 'full';
  const all: Shape = { ...full, ...shapes[profile], ...shape };
  return {
    schema: 1,
    at: now,
    intervalMs: 1000,
    engine: { state: 'connected', version: 'Docker 26.1.5', since: now - 5 * minute, problem: null },
    stack: 'paws',
    profile,
    containers: containersOf(all),
    etcd: names('etcd', all.etcd).map((name, index) => probed(name, '1', index + 1, etcdClaim(name, all))),
    patroni: names('patroni', all.patroni).map((name, index) => ({
      ...probed(name, '2', index + 1, patroniClaim(name, all)),
      postgres: reading(postgresClaim(name, all), index + 2),
    })),
    redis: names('redis', all.redis).map((name, index) => probed(name, '3', index + 1, redisClaim(name, all))),
    sentinel:
      all.sentinel === 0
        ? null
        : names('sentinel', all.sentinel).map((name, index) =>
            probed(name, '3', index + 11, sentinelClaim(index + 1, all)),
          ),
    ...overrides,
  };
}

const names = (system: string, count: number) => Array.from({ length: count }, (_, index) => `${system}${index + 1}`);
const numberOf = (name: string) => Number(/\d+$/.exec(name)?.[0] ?? 1);
export const redisAddress = (name: string) => `172.28.3.${numberOf(name)}:6379`;
/** etcd's hex id of a member. */
export const etcdId = (name: string) => `8e9e05c52164694${numberOf(name).toString(16)}`;

function reading<T>(value: T, salt: number): Reading<T> {
  return { status: 'ok', value, at: now - 80 * salt, tookMs: 0.6 + salt / 2, problem: null };
}

function probed<T>(name: string, net: string, host: number, value: T) {
  const address = `172.28.${net}.${host}`;
  const container = `paws-${name}-1`;
  return {
    name,
    container,
    aliases: [name, container, address],
    via: 'published' as const,
    reading: reading(value, host % 10),
  };
}

function containersOf(shape: Shape): Snapshot['containers'] {
  const rows = (['etcd', 'patroni', 'redis', 'sentinel'] as const).flatMap((system) =>
    names(system, shape[system]).map((name) => container(name, system)),
  );
  return shape.backend ? [...rows, container('backend', 'backend')] : rows;
}

/** A running, healthy container of the stack `paws`. */
export function container(service: string, role: ContainerRole): Snapshot['containers'][number] {
  const salt = [...service].reduce((sum, letter) => sum + letter.charCodeAt(0), 0) % 9;
  const described: Container = {
    id: [...service]
      .map((letter) => letter.charCodeAt(0).toString(16).padStart(2, '0'))
      .join('')
      .padEnd(64, '0')
      .slice(0, 64),
    name: `paws-${service}-1`,
    service,
    project: 'paws',
    image: `paws-top/${role ?? service}:latest`,
    role,
    state: 'running',
    health: 'healthy',
    restarts: 0,
    exitCode: null,
    startedAt: now - 2 * minute - salt * 700,
    memoryLimitBytes: 192 * MiB,
  };
  const usage = {
    cpuPercent: 0.4 + salt / 3,
    memoryBytes: (20 + salt) * MiB,
    receivedBytesPerSecond: 1200 + 90 * salt,
    sentBytesPerSecond: 800 + 70 * salt,
  };
  return { ...described, usage: reading(usage, salt % 4) };
}

function etcdClaim(name: string, shape: Shape): EtcdClaim {
  return {
    memberId: etcdId(name),
    leaderId: etcdId(shape.etcdLeader),
    term: 4,
    raftIndex: 18_204,
    appliedIndex: 18_204,
    dbBytes: 2_200_000,
    dbInUseBytes: 900_000,
    learner: false,
    version: '3.5.16',
    alarms: [],
    roster: names('etcd', shape.etcd).map((peer) => ({
      memberId: etcdId(peer),
      name: peer,
      learner: false,
      clientUrls: [`http://172.28.1.${numberOf(peer)}:2379`],
      peerUrls: [`http://172.28.1.${numberOf(peer)}:2380`],
    })),
  };
}

/** As compose/patroni/patroni.yml has them. */
export const patroniSettings: PatroniSettings = {
  synchronousMode: 'on',
  maximumLagBytes: MiB,
  ttlMs: 20_000,
  loopWaitMs: 2_000,
  retryTimeoutMs: 5_000,
  primaryStartTimeoutMs: 30_000,
  failsafe: false,
};

const lsn = 0x3_05_1a_48;

function patroniClaim(name: string, shape: Shape): PatroniClaim {
  const leads = name === shape.patroniLeader;
  const sync = shape.syncStandbys.includes(name);
  const members = names('patroni', shape.patroni);
  const syncRole = shape.syncMode === 'quorum' ? 'quorum_standby' : 'sync_standby';
  return {
    name,
    scope: 'paws',
    version: shape.patroniVersion,
    role: leads ? (shape.patroniVersion.startsWith('3') ? 'master' : 'primary') : 'replica',
    // Of itself a replica says that it runs; that it streams is in replicationState and in the cluster's list.
    state: 'running',
    timeline: shape.timeline,
    receivedLsn: lsn,
    replayedLsn: leads ? null : lsn,
    replicationState: leads ? null : 'streaming',
    syncStandby: sync && shape.syncMode === 'on',
    quorumStandby: sync && shape.syncMode === 'quorum',
    pendingRestart: false,
    paused: false,
    clusterUnlocked: false,
    failsafe: false,
    dcsLastSeen: now - 900,
    tags: {},
    streams: leads ? streams(shape) : [],
    cluster: {
      members: members.map((peer) => ({
        name: peer,
        role: peer === shape.patroniLeader ? 'leader' : shape.syncStandbys.includes(peer) ? syncRole : 'replica',
        state: peer === shape.patroniLeader ? 'running' : 'streaming',
        host: `172.28.2.${numberOf(peer)}`,
        timeline: shape.timeline,
        lagBytes: peer === shape.patroniLeader ? null : 0,
      })),
      paused: false,
      scheduledSwitchover: null,
    },
    history: [
      { timeline: shape.timeline - 1, reason: 'no recovery target specified', at: now - 40 * minute, newLeader: name },
    ],
    settings: { ...patroniSettings, synchronousMode: shape.syncMode },
  };
}

function streams(shape: Shape) {
  return names('patroni', shape.patroni)
    .filter((peer) => peer !== shape.patroniLeader)
    .map((peer) => ({
      name: peer,
      state: 'streaming',
      syncState: !shape.syncStandbys.includes(peer) ? 'async' : shape.syncMode === 'quorum' ? 'quorum' : 'sync',
      address: `172.28.2.${numberOf(peer)}`,
    }));
}

function postgresClaim(name: string, shape: Shape): PostgresClaim {
  const leads = name === shape.patroniLeader;
  const standbys = shape.syncStandbys.map((peer) => `"${peer}"`).join(',');
  const synchronous = {
    off: '',
    on: shape.syncStandbys.length > 1 ? `${shape.syncStandbys.length} (${standbys})` : standbys,
    quorum: `ANY 1 (${standbys})`,
  };
  return {
    inRecovery: !leads,
    readOnly: false,
    version: '15.10',
    tps: leads ? 41.5 : 2,
    connections: leads ? 12 : 3,
    maxConnections: 50,
    waitingForSync: 0,
    sizeBytes: 31_400_000,
    synchronousStandbyNames: synchronous[shape.syncMode],
    synchronousCommit: 'on',
    replication: leads ? streams(shape).map((stream) => ({ ...stream, sentLagBytes: 0, replayLagBytes: 0 })) : [],
  };
}

function redisClaim(name: string, shape: Shape): RedisClaim {
  const leads = name === shape.redisMaster;
  return {
    version: '8.0.2',
    runId: `${'c0ffee'.repeat(6)}${String(numberOf(name)).padStart(4, '0')}`,
    role: leads ? 'master' : 'slave',
    masterAddress: leads ? null : redisAddress(shape.redisMaster),
    link: leads ? null : 'up',
    offset: 902_114,
    replicas: leads
      ? names('redis', shape.redis)
          .filter((peer) => peer !== name)
          .map((peer) => ({ address: redisAddress(peer), state: 'online', offset: 902_114, lagSeconds: 0 }))
      : [],
    opsPerSecond: leads ? 120 : 8,
    memoryBytes: 1_480_000,
    maxMemoryBytes: 64 * MiB,
    clients: leads ? 9 : 4,
    keys: 1_234,
    loading: false,
  };
}

function sentinelClaim(number: number, shape: Shape): SentinelClaim {
  const peer = (address: string, flags: readonly string[]) => ({ address, flags, sdown: false });
  const others = names('sentinel', shape.sentinel).filter((name) => numberOf(name) !== number);
  const master = {
    name: 'paws-redis-master',
    address: redisAddress(shape.redisMaster),
    sdown: false,
    odown: false,
    failoverInProgress: false,
    flags: ['master'],
    quorum: shape.sentinelQuorum,
    configEpoch: 3,
    downAfterMs: 2000,
    failoverTimeoutMs: 10_000,
    replicas: names('redis', shape.redis)
      .filter((name) => name !== shape.redisMaster)
      .map((name) => peer(redisAddress(name), ['slave'])),
    sentinels: others.map((name) => peer(`172.28.3.${numberOf(name) + 10}:26379`, ['sentinel'])),
    usable: {
      ok: true,
      text: `OK ${shape.sentinel} usable Sentinels. Quorum and failover authorization can be reached`,
    },
  };
  return { myId: `${'5e'.repeat(19)}0${number}`, tilt: false, masters: [master] };
}
