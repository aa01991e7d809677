import { type ClusterRow, nodeCalled, type PatroniNode } from './patroni-leader.ts';
import { isOut, rowError, rowReading } from './presence.ts';
import { ageMs } from './reading.ts';
import type { PatroniRow } from './report.ts';

/** A member's row: what it says, with what the cluster and its leader say of it. */
export function patroniRow(
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
      ageMs: ageMs(node.postgres, now),
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

/** By its own word; Patroni 3 may leave that out, and then the streams that the leader serves tell. */
export function isStreaming(node: PatroniNode, leader: PatroniNode | null): boolean {
  const { claim } = node;
  if (claim === null) return false;
  if (claim.state === 'streaming' || claim.replicationState === 'streaming') return true;
  if (claim.state !== 'running' || claim.replicationState !== null || Number.parseInt(claim.version, 10) > 3)
    return false;
  return leader?.claim?.streams.some((stream) => stream.name === claim.name && stream.state === 'streaming') === true;
}
