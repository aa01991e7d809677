import type { QuorumState } from './etcd-rules.ts';
import { bytes, list, plain } from './format.ts';
import { worst } from './levels.ts';
import { memberReasons, named, because as reason } from './member-reasons.ts';
import {
  type ClusterRow,
  claimsPrimary,
  clusterRows,
  leaderOf,
  nodeCalled,
  type PatroniNode,
  seePatroni,
  voicesOf,
  type Writable,
  writability,
} from './patroni-leader.ts';
import { isComing, isOut, rowError, rowReading } from './presence.ts';
import type { Level, PatroniReport, PatroniRow, Reason } from './report.ts';
import type { Snapshot } from './snapshot.ts';
import { parseSyncNames, patroniTolerance } from './tolerance.ts';

/** A replica further behind than this is worth a word, bytes. */
const farBehind = 16 * 2 ** 20;
/** Patroni's default `maximum_lag_on_failover`: a replica further behind is not promoted. */
const promotable = 2 ** 20;

const because = (level: Level, member: string | null, text: string) => reason('patroni', level, member, text);

/** Patroni's report and the reasons for its verdict; null when the stack has none. `etcd`: the quorum of the DCS, where it is watched. */
export function assessPatroni(
  snapshot: Snapshot,
  etcd: QuorumState | null,
): { report: PatroniReport; reasons: readonly Reason[] } | null {
  const nodes = seePatroni(snapshot);
  if (nodes.length === 0) return null;
  const holder = leaderOf(nodes);
  const leader = holder?.node ?? null;
  const cluster = clusterRows(nodes, leader);
  const voices = voicesOf(nodes);
  const paused = voices.some((node) => node.claim?.paused === true || node.claim?.cluster?.paused === true);
  const syncMode = syncModeOf(nodes, leader, cluster);
  const members = nodes.map((node) => row(node, leader, cluster, snapshot.at));
  const state = leader === null ? null : writability(leader, nodes);
  const unknown = voices.length === 0 && !nodes.every(isOut);
  const dcsLost = etcd === 'lost' || etcd === 'leaderless';
  const stands = leader !== null && !isOut(leader) && state?.value !== false;
  const canLose = stands && !dcsLost && !paused ? tolerance(nodes, leader, members, syncMode) : 0;
  const report: PatroniReport = {
    verdict: 'ok',
    scope: voices[0]?.claim?.scope ?? nodes.map((node) => node.reading.value?.scope).find(Boolean) ?? null,
    leader: leader !== null && leader.presence === 'gone' ? null : (holder?.name ?? null),
    writable: holder === null ? (unknown ? null : false) : (state?.value ?? null),
    timeline:
      (leader?.claim ?? leader?.reading.value)?.timeline ?? (leader && cluster.get(leader.name)?.timeline) ?? null,
    paused,
    syncMode,
    canLose,
    members,
  };
  const reasons = [
    ...leaderReasons(nodes, holder, state, unknown),
    ...splitReasons(nodes),
    ...(dcsLost && stands ? [dcsReason(leader)] : []),
    ...(paused ? [because('degraded', null, 'the cluster is paused: no automatic failover')] : []),
    ...memberReasons(nodes, {
      system: 'patroni',
      role: (node) => spoken(members.find((entry) => entry.name === node.name)?.role ?? null),
      unknown,
      canLose: stands && !unknown ? canLose : null,
      special: (node) => outLeader(node, leader, nodes),
    }),
    ...nodes.flatMap((node, index) => conditionReasons(node, members[index], leader, report.timeline)),
  ];
  return { report: { ...report, verdict: worst(reasons) }, reasons };
}

const spoken = (role: string | null): string | null => role?.replaceAll('_', ' ') ?? null;

/** `''` may also be sync mode with no standby to be had, so without a streaming replica it tells nothing. */
function syncModeOf(
  nodes: readonly PatroniNode[],
  leader: PatroniNode | null,
  cluster: ReadonlyMap<string, ClusterRow>,
): PatroniReport['syncMode'] {
  const roles = [...cluster.values()].map((entry) => entry.role);
  if (roles.includes('quorum_standby') || nodes.some((node) => node.claim?.quorumStandby)) return 'quorum';
  if (roles.includes('sync_standby') || nodes.some((node) => node.claim?.syncStandby)) return 'on';
  const setting = leader?.postgres.value?.synchronousStandbyNames;
  if (setting === undefined) return null;
  const { mode } = parseSyncNames(setting);
  return mode === 'off' && !nodes.some((node) => node !== leader && isStreaming(node, leader)) ? null : mode;
}

/** By its own word; Patroni 3 may leave that out, and then the streams that the leader serves tell. */
function isStreaming(node: PatroniNode, leader: PatroniNode | null): boolean {
  const { claim } = node;
  if (claim === null) return false;
  if (claim.state === 'streaming' || claim.replicationState === 'streaming') return true;
  if (claim.state !== 'running' || claim.replicationState !== null || Number.parseInt(claim.version, 10) > 3)
    return false;
  return leader?.claim?.streams.some((stream) => stream.name === claim.name && stream.state === 'streaming') === true;
}

function tolerance(
  nodes: readonly PatroniNode[],
  leader: PatroniNode,
  members: readonly PatroniRow[],
  mode: PatroniReport['syncMode'],
): number {
  const candidates = members.filter((entry, index) => {
    const node = nodes[index];
    if (node === undefined || node === leader || node.presence !== 'current' || !isStreaming(node, leader))
      return false;
    return (
      entry.tags.nofailover !== true &&
      Number(entry.tags.failover_priority ?? 1) > 0 &&
      (entry.lagBytes ?? 0) <= promotable
    );
  });
  const confirming = candidates.filter((entry) => entry.role === 'sync_standby' || entry.role === 'quorum_standby');
  const setting = parseSyncNames(leader.postgres.value?.synchronousStandbyNames ?? '');
  const voters = members.filter((entry) => entry.role === 'quorum_standby').length;
  const quorum =
    setting.mode === 'quorum' ? { needed: setting.needed, of: setting.names.length } : { needed: 1, of: voters };
  return patroniTolerance({ mode, candidates: candidates.length, confirming: confirming.length, quorum });
}

function leaderReasons(
  nodes: readonly PatroniNode[],
  holder: { name: string; node: PatroniNode | null } | null,
  state: Writable | null,
  unknown: boolean,
): readonly Reason[] {
  if (unknown)
    return nodes.length > 1 && !nodes.every(isComing)
      ? [because('unknown', null, 'no Patroni member answers, so whether the database can be written is unknown')]
      : [];
  if (holder === null) {
    if (nodes.every(isOut)) return [because('down', null, 'no database: none of its members runs')];
    return [because('down', null, 'no leader: nobody holds the leader key, so nothing can be written')];
  }
  if (holder.node === null)
    return [because('degraded', null, `the leader key is held by ${plain(holder.name)}, which is no container here`)];
  if (state?.level == null || state.text === null) return [];
  return [because(state.level, holder.name, `${named(holder.name, 'leader')} ${state.text}`)];
}

/** Two that say they are primary: certain when both their Postgres accept writes. */
function splitReasons(nodes: readonly PatroniNode[]): readonly Reason[] {
  const primaries = nodes.filter((node) => node.presence === 'current' && claimsPrimary(node.claim));
  const accepting = nodes.filter(
    (node) => node.database.claim !== null && !node.database.claim.inRecovery && !node.database.claim.readOnly,
  );
  const both = (some: readonly PatroniNode[]) =>
    `${list(some.map((node) => node.name))} ${some.length > 2 ? 'all' : 'both'}`;
  const first = (some: readonly PatroniNode[]) => some.at(-1)?.name ?? null;
  if (accepting.length > 1)
    return [because('down', first(accepting), `${both(accepting)} accept writes: what one side takes will be lost`)];
  if (primaries.length > 1) return [because('degraded', first(primaries), `${both(primaries)} claim to be primary`)];
  return [];
}

function dcsReason(leader: PatroniNode): Reason {
  const then = leader.claim?.failsafe ? 'failsafe mode keeps it primary' : 'it gives up leadership when its lease ends';
  return because(
    'degraded',
    leader.name,
    `${named(leader.name, 'leader')} cannot renew its lock, because etcd has no quorum: ${then}`,
  );
}

/** A leader that is out takes the database down, until another holds the key. */
function outLeader(node: PatroniNode, leader: PatroniNode | null, nodes: readonly PatroniNode[]) {
  if (node !== leader) return null;
  if (node.presence === 'gone') {
    return {
      level: 'down' as const,
      ending: nodes.length > 1 ? '; no new leader yet, its lock has to lapse first' : '',
    };
  }
  if (node.presence === 'current' || node.presence === 'pending') return null;
  const { claim } = node.database;
  if (claim !== null && !claim.inRecovery)
    return { level: 'degraded' as const, ending: ', but its Postgres accepts writes' };
  if (node.database.presence === 'refusing' && node.presence === 'refusing')
    return { level: 'down' as const, ending: ', and so does its Postgres' };
  return { level: 'degraded' as const, ending: '; whether it accepts writes is unknown' };
}

/** What members that answer say of themselves. */
function conditionReasons(
  node: PatroniNode,
  entry: PatroniRow | undefined,
  leader: PatroniNode | null,
  timeline: number | null,
): readonly Reason[] {
  const claim = node.presence === 'current' ? node.claim : null;
  if (claim === null || entry === undefined || node === leader) return [];
  const subject = named(node.name, spoken(entry.role));
  const say = (text: string) => [because('degraded', node.name, `${subject} ${text}`)];
  // Without a leader there is nothing to stream from, and that has been said.
  const follows = leader !== null && !isOut(leader) && !claimsPrimary(claim);
  if (follows && !isStreaming(node, leader)) return say(`is not streaming: its state is ${entry.state ?? claim.state}`);
  if (follows && timeline !== null && claim.timeline !== null && claim.timeline < timeline) {
    return say(`is on timeline ${claim.timeline}, the leader on ${timeline}: it has not followed the last failover`);
  }
  if (follows && (entry.lagBytes ?? 0) > farBehind) return say(`is ${bytes(entry.lagBytes)} behind in replay`);
  if (node.database.presence === 'refusing') return say('answers, but its Postgres refuses connections');
  if (node.database.presence === 'silent')
    return say(`answers, but its Postgres does not: ${plain(node.postgres.problem?.message ?? 'no answer')}`);
  return [];
}

function row(
  node: PatroniNode,
  leader: PatroniNode | null,
  cluster: ReadonlyMap<string, ClusterRow>,
  now: number,
): PatroniRow {
  const last = node.reading.value;
  const listed = cluster.get(node.name);
  const database = node.postgres.value;
  const problem = rowError(node.postgres, node.behind, now);
  return {
    ...rowReading(node, now),
    role: roleOf(node, leader, listed),
    state: stateOf(node, leader, listed),
    timeline: last?.timeline ?? listed?.timeline ?? null,
    lagBytes: lagOf(node, leader, listed),
    pendingRestart: last?.pendingRestart ?? false,
    tags: last?.tags ?? {},
    latencyMs: node.reading.tookMs,
    postgres: {
      reading: node.postgres.status,
      ...(problem === null ? {} : { error: problem }),
      tps: database?.tps ?? null,
      connections: database?.connections ?? null,
      maxConnections: database?.maxConnections ?? null,
      sizeBytes: database?.sizeBytes ?? null,
      inRecovery: database?.inRecovery ?? null,
    },
  };
}

/**
 * As patronictl shows it: `streaming` where the member itself only says that it runs. The cluster lists a member as it
 * last was until its key lapses, so one that is out has no state.
 */
function stateOf(node: PatroniNode, leader: PatroniNode | null, listed: ClusterRow | undefined): string | null {
  if (isOut(node)) return null;
  if (node !== leader && isStreaming(node, leader)) return 'streaming';
  return (node.claim?.replicationState || node.claim?.state) ?? listed?.state ?? node.reading.value?.state ?? null;
}

/** As the cluster lists it, else as it says itself; a former primary that does not answer has no known role. */
function roleOf(node: PatroniNode, leader: PatroniNode | null, listed: ClusterRow | undefined): string | null {
  if (node === leader) return node.claim?.role === 'standby_leader' ? 'standby_leader' : 'leader';
  if (node.claim?.syncStandby) return 'sync_standby';
  if (node.claim?.quorumStandby) return 'quorum_standby';
  if (listed !== undefined && !listed.role.includes('leader')) return listed.role;
  const role = (node.claim ?? node.reading.value)?.role ?? null;
  return node.claim === null && (role === 'primary' || role === 'master') ? null : role;
}

/** Replay lag: as the leader's Postgres counts it, else as Patroni does, else the distance of the positions. */
function lagOf(node: PatroniNode, leader: PatroniNode | null, listed: ClusterRow | undefined): number | null {
  if (node === leader) return null;
  const stream = leader?.database.claim?.replication.find(
    (entry) => entry.name === node.reading.value?.name || nodeCalled([node], entry.name, entry.address) === node,
  );
  if (stream?.replayLagBytes != null) return Math.max(0, stream.replayLagBytes);
  if (listed?.lagBytes != null) return Math.max(0, listed.lagBytes);
  const from = leader?.claim?.receivedLsn ?? null;
  const to = node.claim?.replayedLsn ?? null;
  return from === null || to === null ? null : Math.max(0, from - to);
}
