import type { EtcdClaim, PatroniClaim, PostgresClaim, RedisClaim, SentinelClaim } from '../../source/stack/claims.ts';
import type { Problem } from '../../source/stack/errors.ts';
import type { Reading } from '../../source/stack/reading.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';

/** One thing that changed in a snapshot. Modifiers say what they change and nothing else; combine them with `having`. */
export type Modifier = (snapshot: Snapshot) => Snapshot;

/** `having(healthySnapshot(), stopped('patroni3'), silent('etcd1', 4000))` */
export const having = (snapshot: Snapshot, ...modifiers: readonly Modifier[]): Snapshot =>
  modifiers.reduce((changed, modify) => modify(changed), snapshot);

type ContainerFields = Partial<Omit<Snapshot['containers'][number], 'name'>>;
type Claims = { etcd: EtcdClaim; patroni: PatroniClaim; redis: RedisClaim; sentinel: SentinelClaim };
type SystemName = keyof Claims;

const systemOf = (member: string): SystemName | null => {
  const name = /^[a-z]+/.exec(member)?.[0] ?? '';
  return name === 'etcd' || name === 'patroni' || name === 'redis' || name === 'sentinel' ? name : null;
};

/** Changes fields of the container of a service. */
export const containing =
  (service: string, fields: ContainerFields): Modifier =>
  (snapshot) => ({
    ...snapshot,
    containers: snapshot.containers.map((row) => (row.service === service ? { ...row, ...fields } : row)),
  });

/** Changes what was read of what a service's container uses. */
const usage =
  (service: string, change: Partial<Snapshot['containers'][number]['usage']>): Modifier =>
  (snapshot) => ({
    ...snapshot,
    containers: snapshot.containers.map((row) =>
      row.service === service ? { ...row, usage: { ...row.usage, ...change } } : row,
    ),
  });

/** Changes how current everything read of a member is (its Postgres too). */
function readings(member: string, change: <T>(reading: Reading<T>, at: number) => Reading<T>): Modifier {
  const system = systemOf(member);
  return (snapshot) => {
    if (system === null) return snapshot;
    const rows = snapshot[system]?.map((row) => {
      if (row.name !== member) return row;
      const changed = { ...row, reading: change<unknown>(row.reading, snapshot.at) };
      return 'postgres' in row ? { ...changed, postgres: change(row.postgres, snapshot.at) } : changed;
    });
    return { ...snapshot, [system]: rows ?? null } as Snapshot;
  };
}

/** Changes what a member claims. */
export const claiming =
  <S extends SystemName>(system: S, member: string, change: (claim: Claims[S]) => Partial<Claims[S]>): Modifier =>
  (snapshot) => {
    const rows = snapshot[system]?.map((row) => {
      const value = row.reading.value as Claims[S] | null;
      if (row.name !== member || value === null) return row;
      return { ...row, reading: { ...row.reading, value: { ...value, ...change(value) } } };
    });
    return { ...snapshot, [system]: rows ?? null } as Snapshot;
  };

/** Changes what the Postgres behind a Patroni member answers. */
export const postgres =
  (member: string, change: Partial<PostgresClaim>): Modifier =>
  (snapshot) => ({
    ...snapshot,
    patroni:
      snapshot.patroni?.map((row) => {
        const value = row.postgres.value;
        if (row.name !== member || value === null) return row;
        return { ...row, postgres: { ...row.postgres, value: { ...value, ...change } } };
      }) ?? null,
  });

const problem = (kind: Problem['kind'], message: string, tookMs: number | null = null): Problem => ({
  kind,
  message,
  cause: null,
  tookMs,
});

/** Its container exited `agoMs` ago (137: killed; 0: stopped in order). The others have not noticed. */
export const stopped =
  (member: string, exitCode = 137, agoMs = 3000): Modifier =>
  (snapshot) =>
    having(
      snapshot,
      usage(member, { status: 'absent', value: null }),
      containing(member, {
        state: 'exited',
        health: 'none',
        exitCode,
        startedAt: null,
        finishedAt: snapshot.at - agoMs,
      }),
      readings(member, (reading, at) => ({
        ...reading,
        status: 'absent',
        at: at - agoMs,
        problem: problem('not-running', 'its container does not run'),
      })),
    );

/** Its container is gone, but remembered. */
export const missing =
  (member: string): Modifier =>
  (snapshot) =>
    having(
      snapshot,
      stopped(member),
      containing(member, { id: '', state: 'missing', exitCode: null, finishedAt: null }),
    );

/** Hangs: the last answer is `ageMs` old; stale up to 2.5 intervals, then failed. */
export const silent = (member: string, ageMs = 4000): Modifier =>
  readings(member, (reading, at) => ({
    ...reading,
    status: ageMs > 2500 ? 'failed' : 'stale',
    at: at - ageMs,
    problem: problem('timeout', 'no answer within 1000 ms', 1000),
  }));

/** `docker pause`, `ageMs` ago. */
export const paused =
  (member: string, ageMs = 4000): Modifier =>
  (snapshot) =>
    having(snapshot, containing(member, { state: 'paused' }), silent(member, ageMs));

/** Runs, but refuses connections. */
export const refusing = (member: string): Modifier =>
  readings(member, (reading) => ({
    ...reading,
    status: 'failed',
    problem: problem('refused', 'nobody listens on 127.0.0.1'),
  }));

/** Runs since a moment and was never read; its health check is `starting`. */
export const starting =
  (member: string, agoMs = 1500): Modifier =>
  (snapshot) =>
    having(
      snapshot,
      containing(member, { state: 'running', health: 'starting', startedAt: snapshot.at - agoMs }),
      readings(member, (reading) => ({
        ...reading,
        value: null,
        status: 'failed',
        at: null,
        tookMs: null,
        problem: problem('refused', 'nobody listens yet'),
      })),
    );

/** Only the Postgres behind a Patroni member fails. */
export const postgresRefusing =
  (member: string): Modifier =>
  (snapshot) => ({
    ...snapshot,
    patroni:
      snapshot.patroni?.map((row) =>
        row.name === member
          ? {
              ...row,
              postgres: { ...row.postgres, status: 'failed', problem: problem('refused', 'connection refused') },
            }
          : row,
      ) ?? null,
  });

/** Nobody holds Patroni's leader key, and every member says so. */
export const noLeader: Modifier = (snapshot) =>
  having(
    snapshot,
    ...(snapshot.patroni ?? []).flatMap((row) => [
      claiming('patroni', row.name, (claim) => ({
        role: 'replica',
        state: 'running',
        clusterUnlocked: true,
        replicationState: null,
        streams: [],
        cluster: claim.cluster && {
          ...claim.cluster,
          members: claim.cluster.members
            .filter((peer) => peer.role !== 'leader')
            .map((peer) => ({ ...peer, role: 'replica', state: 'running' })),
        },
      })),
      postgres(row.name, { inRecovery: true, replication: [] }),
    ]),
  );

/** A Redis replica says that it is a master too. */
export const twoMasters = (member = 'redis3'): Modifier =>
  claiming('redis', member, () => ({ role: 'master' as const, masterAddress: null, link: null }));

/** etcd members that know no leader (the others keep what they say). */
export const leaderless =
  (...members: readonly string[]): Modifier =>
  (snapshot) =>
    having(snapshot, ...members.map((name) => claiming('etcd', name, () => ({ leaderId: null, term: 5 }))));

/** The engine does not answer since `agoMs`; everything read is from before. */
export const engineLost =
  (agoMs = 8000): Modifier =>
  (snapshot) => ({
    ...snapshot,
    at: snapshot.at + agoMs,
    engine: {
      ...snapshot.engine,
      state: 'reconnecting',
      since: snapshot.at,
      problem: problem('no-engine', 'cannot connect to the Docker daemon'),
    },
  });
