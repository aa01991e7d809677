import type { Report } from '../stack/report.ts';
import type { Drill, Fault, Ledger, Measured, Seen } from './types.ts';

/** Faults after which the old primary lives on, unaware, and may still take writes. */
const unaware: ReadonlySet<Fault['kind']> = new Set(['pause', 'partition', 'isolate', 'sentinel-failover']);

/** Whether the old primary may go on acknowledging what will not last. */
export const leavesOldPrimary = (fault: Fault): boolean => unaware.has(fault.kind);

/** Who takes the writes of a system, as the report has it; null for etcd, where every member does, and while nobody knows. */
export function leaderOf(report: Report, system: Measured): string | null {
  switch (system) {
    case 'patroni':
      return report.patroni?.leader ?? null;
    case 'redis':
      return report.redis?.master ?? null;
    case 'etcd':
      return report.etcd?.leader ?? null;
    default:
      return system satisfies never;
  }
}

/** Every member of the system is back, follows, and is agreed on. Redis: by the Sentinels too. */
export function isRedundant({ report }: Seen, system: Measured): boolean {
  if (report[system]?.verdict !== 'ok') return false;
  return system !== 'redis' || report.sentinel === null || report.sentinel.verdict === 'ok';
}

/** A primary is there to read from, whatever else is missing. */
export const isWritable = ({ report }: Seen, system: Measured): boolean =>
  system === 'patroni'
    ? report.patroni?.writable === true
    : system === 'redis'
      ? report.redis?.master !== null && report.redis !== null
      : report.etcd !== null && report.etcd.verdict !== 'down';

/** Writes that were sent after `since` have been acknowledged for a while, by whoever is expected to acknowledge them. */
export function writesAgain(
  ledger: Ledger,
  { since, before, drill }: { readonly since: number; readonly before: string | null; readonly drill: Drill },
): boolean {
  const moved = drill.expects[ledger.system]?.change === 'new-leader' && ledger.system !== 'etcd';
  const acks = ledger
    .attempts()
    .filter(({ outcome, sentAt, member }) => outcome === 'acked' && sentAt >= since && !(moved && member === before));
  const [first, last] = [acks[0], acks.at(-1)];
  return first !== undefined && last !== undefined && (last.endedAt ?? 0) - (first.endedAt ?? 0) >= steadyMs;
}
/** So long must writes have gone on to count as going on. */
const steadyMs = 1_000;
