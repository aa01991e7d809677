import type { QuorumState } from './etcd-rules.ts';
import { bytes, list, plain } from './format.ts';
import { worst } from './levels.ts';
import { memberReasons, named, because as reason } from './member-reasons.ts';
import {
  type ClusterRow,
  claimsPrimary,
  clusterRows,
  leaderOf,
  type PatroniNode,
  seePatroni,
  voicesOf,
  type Writable,
  writability,
} from './patroni-leader.ts';
import { isStreaming, patroniRow } from './patroni-rows.ts';
import { isComing, isOut } from './presence.ts';
import { atOnce } from './reading.ts';
import type { Level, PatroniReport, PatroniRow, Reason } from './report.ts';
import type { Snapshot } from './snapshot.ts';
import { parseSyncNames, patroniTolerance } from './tolerance.ts';

/** A replica further behind than this is worth a word, bytes. */
const farBehind = 16 * 2 ** 20;
/** Patroni's default `maximum_lag_on_failover`. */
const usualMaximumLag = 2 ** 20;

const because = (level: Level, member: string | null, text: string) => reason('patroni', level, member, text);

/** Patroni's report and the reasons for its verdict; null when the stack has none. `etcd`: the quorum of the DCS, where it is watched. */
export function assessPatroni(
  snapshot: Snapshot,
  etcd: QuorumState | null,
): { report: PatroniReport; reasons: readonly Reason[] } | null {
  const nodes = seePatroni(snapshot);
  if (nodes.length === 0) return null;
  const { holder, told } = leaderOf(nodes);
  const leader = holder?.node ?? null;
  const cluster = clusterRows(nodes, leader);
  const voices = voicesOf(nodes);
  const paused = voices.some((node) => node.claim?.paused === true || node.claim?.cluster?.paused === true);
  const settings = (leader?.claim ?? voices[0]?.claim)?.settings ?? null;
  const syncMode = settings?.synchronousMode ?? syncModeOf(nodes, leader, cluster);
  const members = nodes.map((node) => patroniRow(node, leader, cluster, snapshot.at));
  const state = leader === null ? null : writability(leader, nodes);
  const unknown = !told && !nodes.every(isOut);
  const dcsLost = etcd === 'lost' || etcd === 'leaderless' || etcd === 'refuses';
  const stands = leader !== null && !isOut(leader) && state?.value !== false;
  const canLose =
    stands && !dcsLost && !paused
      ? tolerance(nodes, leader, members, syncMode, settings?.maximumLagBytes ?? usualMaximumLag)
      : 0;
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
    ...splitReasons(nodes, snapshot.intervalMs),
    ...(dcsLost && stands ? [dcsReason(leader, etcd)] : []),
    ...(stands && syncMode !== 'off' && syncMode !== null ? unprotected(nodes, leader, members) : []),
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

/**
 * Sync mode is wanted and a replica streams, but none is the sync standby yet: Patroni names one in its next loops. It is
 * one when Postgres waits for it and the key `/sync` names it: after a start the key is of last time, and on the way in
 * Postgres is first (replication_modes.rst).
 */
function unprotected(
  nodes: readonly PatroniNode[],
  leader: PatroniNode,
  members: readonly PatroniRow[],
): readonly Reason[] {
  const replicas = nodes.filter((node) => node !== leader && node.presence === 'current' && isStreaming(node, leader));
  const named = members.some(({ role }) => role === 'sync_standby' || role === 'quorum_standby');
  const streams = leader.database.claim?.replication;
  const confirms = streams?.some(({ syncState }) => syncState === 'sync' || syncState === 'quorum') ?? true;
  if (replicas.length === 0 || (named && confirms)) return [];
  return [because('degraded', null, 'there is no sync standby yet: what is written now stands on the leader alone')];
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

function tolerance(
  nodes: readonly PatroniNode[],
  leader: PatroniNode,
  members: readonly PatroniRow[],
  mode: PatroniReport['syncMode'],
  promotable: number,
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
  const voices = voicesOf(nodes);
  if (unknown) {
    if (nodes.every(isComing)) return [];
    if (voices.length > 0)
      return [because('unknown', null, 'no Patroni member that answers sees the cluster, so who leads is unknown')];
    return nodes.length > 1
      ? [because('unknown', null, 'no Patroni member answers, so whether the database can be written is unknown')]
      : [];
  }
  if (holder === null) {
    if (nodes.every(isOut)) return [because('down', null, 'no database: none of its members runs')];
    const seen = voices.some((node) => node.claim?.clusterUnlocked === true || node.claim?.cluster != null);
    const why = seen ? 'nobody holds the leader key' : 'none of its members is primary';
    return [because('down', null, `no leader: ${why}, so nothing can be written`)];
  }
  if (holder.node === null)
    return [because('degraded', null, `the leader key is held by ${plain(holder.name)}, which is no container here`)];
  if (state?.level == null || state.text === null) return [];
  return [because(state.level, holder.name, `${named(holder.name, 'leader')} ${state.text}`)];
}

/** Two that say they are primary at the same time: certain when both their Postgres accept writes. */
function splitReasons(nodes: readonly PatroniNode[], intervalMs: number): readonly Reason[] {
  const primaries = atOnce(
    nodes.filter((node) => node.presence === 'current' && claimsPrimary(node.claim)),
    (node) => node.reading,
    intervalMs,
  );
  const accepting = atOnce(
    nodes.filter(
      (node) => node.database.claim !== null && !node.database.claim.inRecovery && !node.database.claim.readOnly,
    ),
    (node) => node.postgres,
    intervalMs,
  );
  const both = (some: readonly PatroniNode[]) =>
    `${list(some.map((node) => node.name))} ${some.length > 2 ? 'all' : 'both'}`;
  const first = (some: readonly PatroniNode[]) => some.at(-1)?.name ?? null;
  if (accepting.length > 1)
    return [because('down', first(accepting), `${both(accepting)} accept writes: what one side takes will be lost`)];
  if (primaries.length > 1) return [because('degraded', first(primaries), `${both(primaries)} claim to be primary`)];
  return [];
}

function dcsReason(leader: PatroniNode, etcd: QuorumState): Reason {
  const subject = named(leader.name, 'leader');
  if (etcd === 'refuses')
    return because('degraded', leader.name, `${subject} cannot be replaced, because etcd refuses writes: no failover`);
  const then = leader.claim?.failsafe ? 'failsafe mode keeps it primary' : 'it gives up leadership when its lease ends';
  return because('degraded', leader.name, `${subject} cannot renew its lock, because etcd has no quorum: ${then}`);
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
