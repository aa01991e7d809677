import { bytes, duration, list, plural } from '../stack/format.ts';
import { claimsOf } from './facts-seen.ts';
import type { DoctorFacts, EtcdFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const docs = 'https://etcd.io/docs/v3.5';

/**
 * etcd asks for 10 ms (tuning.md), which a laptop's disk misses every day without harm. From its heartbeat of 100 ms on,
 * entries come late and leaders are doubted; the buckets are powers of two, and this is the first that lies behind it.
 */
const slowFsyncMs = 128;
/** Of its quota. */
const nearlyFull = 0.8;
/** etcd's own alert is at 16 (contrib/mixin, etcdHighNumberOfLeaderChanges: 4 in 15 minutes); drills make a few. */
const manyChangesPerHour = 10;
const hourMs = 3_600_000;

/** What is wrong with etcd: its disks, its space, its voters. */
export const etcdChecks: readonly Check[] = [
  {
    id: 'etcd.slow-disk',
    area: 'etcd',
    what: 'what is written reaches the disk in time',
    why: 'Every write waits for the disk of a majority; when that is slower than the heartbeat, leaders are doubted and leases run out.',
    mend: 'Put the data on a faster disk, or one disk each, and keep image builds and copies off it.',
    source: `${docs}/faq/ (wal_fsync_duration_seconds, p99 below 10 ms); ${docs}/tuning/#disk`,
    find: ({ etcd }) => slowDisks(etcd),
  },
  {
    id: 'etcd.space',
    area: 'etcd',
    what: 'the database has room to grow',
    why: 'At its quota etcd raises NOSPACE and takes no writes: Patroni then loses its leader key.',
    mend: 'Compact, defragment one member at a time (the leader last), and disarm the alarm; or raise --quota-backend-bytes.',
    source: `${docs}/op-guide/maintenance/#space-quota`,
    find: (facts) => [...alarms(facts), ...facts.etcd.flatMap(filling)],
  },
  {
    id: 'etcd.clusters',
    area: 'etcd',
    what: 'all members belong to one cluster',
    why: 'Members of different clusters never agree: each part elects by itself, or none can.',
    mend: 'Stop the odd member, empty its data folder, and let it join again: etcdctl member remove, then member add.',
    source: `${docs}/op-guide/clustering/ (initial-cluster-token)`,
    find: ({ etcd }) => clusters(etcd),
  },
  {
    id: 'etcd.term-churn',
    area: 'etcd',
    what: 'the leader stays',
    why: 'At each change of leader writes stop for a second or more, and every lease begins anew: failovers come later.',
    mend: 'Look for what is slow: the disk (fsync), the processor, the network between the members.',
    source: `${docs}/metrics/ (leader_changes_seen_total); ${docs}/tuning/`,
    find: ({ etcd }) => churn(etcd),
  },
  {
    id: 'etcd.even-voters',
    area: 'etcd',
    what: 'the number of voters is odd',
    why: 'One voter more than an odd number survives no more losses, but needs one more to agree.',
    mend: 'Add a member or remove one: etcdctl member add, etcdctl member remove.',
    source: `${docs}/faq/ (why an odd number of cluster members)`,
    find: ({ etcd }) => evenVoters(etcd),
  },
  {
    id: 'etcd.learner',
    area: 'etcd',
    what: 'every member votes',
    why: 'A learner copies everything and counts for nothing: it was added and never promoted.',
    mend: 'etcdctl member promote ID, once it has caught up.',
    source: `${docs}/learning/design-learner/`,
    find: ({ etcd }) => learners(etcd),
  },
];

function slowDisks(etcd: readonly EtcdFacts[]): readonly Ailment[] {
  const slow = etcd.filter(({ fsyncP99Ms }) => fsyncP99Ms !== null && fsyncP99Ms > slowFsyncMs);
  if (slow.length === 0) return [];
  const device = slow[0]?.device ?? null;
  const sharing = device === null ? [] : etcd.filter((member) => member.device === device);
  const each = slow.map(({ member, fsyncP99Ms }) => `${member} (${slowest(fsyncP99Ms ?? 0)})`);
  const shared = sharing.length < 2 ? '' : `; ${list(sharing.map(({ member }) => member))} share one disk`;
  const text = `one fsync in a hundred is slow on ${list(each)}${shared}`;
  const how = 'GET /metrics: etcd_disk_wal_fsync_duration_seconds, since each member started';
  return [{ level: 'warning', subject: null, text, how }];
}

const slowest = (ms: number): string => (ms > 10 * hourMs ? 'over 8 s' : `up to ${duration(ms)}`);

function alarms(facts: DoctorFacts): readonly Ailment[] {
  const claims = claimsOf(facts, 'etcd');
  const raised = new Set(claims.flatMap(({ claim }) => claim.alarms.map(({ alarm }) => alarm)));
  return [...raised].map((alarm) => {
    const ids = new Set(
      claims.flatMap(({ claim }) => claim.alarms.filter((one) => one.alarm === alarm).map((one) => one.memberId)),
    );
    const names = claims.filter(({ claim }) => ids.has(claim.memberId)).map(({ member }) => member);
    const by = names.length === 0 ? '' : `, raised by ${list(names)}`;
    const text = alarm === 'NOSPACE' ? `etcd takes no writes: NOSPACE${by}` : `alarm ${alarm}${by}`;
    const how = 'POST /v3/maintenance/status: errors';
    const corrupt = 'Its data differs from the others: remove that member, empty its folder, and add it again.';
    return { level: 'bad' as const, subject: null, text, how, ...(alarm === 'CORRUPT' ? { mend: corrupt } : {}) };
  });
}

function filling({ member, dbBytes, quotaBytes }: EtcdFacts): readonly Ailment[] {
  if (dbBytes === null || quotaBytes === null || dbBytes < nearlyFull * quotaBytes) return [];
  const part = Math.floor((100 * dbBytes) / quotaBytes);
  const text = `its database has ${bytes(dbBytes)}, ${part} % of its quota of ${bytes(quotaBytes)}`;
  return [{ level: 'warning', subject: member, text, how: 'GET /metrics: etcd_server_quota_backend_bytes' }];
}

function clusters(etcd: readonly EtcdFacts[]): readonly Ailment[] {
  const ids = new Map<string, string[]>();
  for (const { member, clusterId } of etcd) {
    if (clusterId !== null) ids.set(clusterId, [...(ids.get(clusterId) ?? []), member]);
  }
  if (ids.size < 2) return [];
  const text = `the members are of ${ids.size} clusters: ${[...ids].map(([id, names]) => `${list(names)} of ${id}`).join(', ')}`;
  return [{ level: 'bad', subject: null, text, how: 'POST /v3/maintenance/status: header.cluster_id' }];
}

function churn(etcd: readonly EtcdFacts[]): readonly Ailment[] {
  const counted = etcd.flatMap(({ member, leaderChanges, uptimeMs }) => {
    if (leaderChanges === null || uptimeMs === null) return [];
    // In the first hour they count as an hour's; the first change is the first leader.
    return [
      { member, changes: leaderChanges, uptimeMs, perHour: (leaderChanges - 1) / Math.max(1, uptimeMs / hourMs) },
    ];
  });
  const [most] = counted.toSorted((a, b) => b.perHour - a.perHour);
  if (most === undefined || most.perHour < manyChangesPerHour) return [];
  const text = `${most.member} has seen ${plural(most.changes, 'change')} of leader in ${duration(most.uptimeMs)}`;
  return [{ level: 'warning', subject: null, text, how: 'GET /metrics: etcd_server_leader_changes_seen_total' }];
}

/** As each cluster that there is tells it: members that were torn apart have lists of their own. */
function evenVoters(etcd: readonly EtcdFacts[]): readonly Ailment[] {
  const lists = etcd.flatMap(({ roster }) => {
    const voters = (roster ?? []).filter(({ learner }) => !learner).map(({ memberId }) => memberId);
    return voters.length % 2 === 0 && voters.length > 0 ? [voters.toSorted().join()] : [];
  });
  return [...new Set(lists)].map((ids) => {
    const voters = ids.split(',').length;
    const survives = voters / 2 - 1;
    const text = `${voters} members vote: ${survives === 0 ? 'none' : survives} may be lost, as with ${voters - 1}`;
    return { level: 'warning', subject: null, text, how: 'POST /v3/cluster/member/list' };
  });
}

function learners(etcd: readonly EtcdFacts[]): readonly Ailment[] {
  const known = etcd.flatMap(({ roster }) => roster ?? []).filter(({ learner }) => learner);
  // One that never started has no name yet.
  const names = new Set(known.map(({ name, memberId }) => name || memberId));
  return [...names].map((member) => {
    const text = 'it is a learner: it has no vote';
    return { level: 'warning', subject: member, text, how: 'POST /v3/cluster/member/list: isLearner' };
  });
}
