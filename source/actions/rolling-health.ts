import type { System } from '../stack/topology.ts';
import { containerRow, memberBehind } from './rolling-members.ts';
import type { Running, Seen, Target } from './types.ts';

/** A member that was started is given so long until it is well again, ms. */
export const wellDeadlineMs = 120_000;
/** A system is given so long until who is left has found together, ms. */
const settledDeadlineMs = 60_000;

/**
 * Whether a container runs and is healthy, and its member has answered since (epoch ms) with nothing to say against it.
 */
function isWell(target: Target, seen: Seen, since: number): boolean {
  const row = containerRow(target, seen);
  if (row?.state !== 'running' || row.health === 'starting' || row.health === 'unhealthy') return false;
  const member = memberBehind(target, seen);
  if (member === null) return seen.snapshot.at >= since;
  const probed = seen.snapshot[member.system]?.find(({ name }) => name === member.name);
  if (probed?.reading.status !== 'ok' || (probed.reading.at ?? 0) < since) return false;
  return !seen.report.verdict.reasons.some(
    (reason) => reason.system === member.system && reason.member === member.name,
  );
}

/** Resolves when it is well again. @throws StackError `timeout` */
export async function untilWell({ means, signal }: Running, target: Target, since: number): Promise<Seen> {
  return means.until((seen) => isWell(target, seen, since), {
    deadlineMs: wellDeadlineMs,
    what: `${target.name} is healthy again`,
    signal,
  });
}

/** What is said against a system as a whole. */
export const clusterReasons = (system: System, { report }: Seen): readonly string[] =>
  report.verdict.reasons
    .filter((reason) => reason.system === system && reason.member === undefined)
    .map(({ text }) => text);

/** Resolves when nothing is said against the system as a whole that was not said before. @throws StackError `timeout` */
export async function untilSettled(
  { means, signal }: Running,
  system: System,
  before: Seen,
  since: number,
): Promise<Seen> {
  const known = new Set(clusterReasons(system, before));
  const settled = (seen: Seen): boolean =>
    seen.snapshot.at >= since &&
    clusterReasons(system, seen).every((text) => known.has(text)) &&
    (system !== 'patroni' || streamsAsBefore(before, seen, since));
  return means.until(settled, { deadlineMs: settledDeadlineMs, what: `${system} has settled`, signal });
}

/**
 * The leader's Postgres serves all replicas that answer, and has commits confirmed where it had. Its own word, since
 * Patroni notices a lost stream a round later.
 */
function streamsAsBefore(before: Seen, { snapshot, report }: Seen, since: number): boolean {
  const leader = snapshot.patroni?.find(({ name }) => name === report.patroni?.leader);
  if (leader?.postgres.value == null) return leader === undefined || leader.postgres.problem?.kind === 'unauthorized';
  if (leader.postgres.status !== 'ok' || (leader.postgres.at ?? 0) < since) return false;
  const replicas = (snapshot.patroni ?? []).filter((node) => node !== leader && node.reading.status === 'ok');
  const { replication } = leader.postgres.value;
  const confirmed = replication.some(({ syncState }) => syncState === 'sync' || syncState === 'quorum');
  const named = before.report.patroni?.members.some(({ role }) => role === 'sync_standby' || role === 'quorum_standby');
  return replication.filter(({ state }) => state === 'streaming').length >= replicas.length && (confirmed || !named);
}
