import { setTimeout as sleep } from 'node:timers/promises';
import { StackError, toProblem } from '../stack/errors.ts';
import type { Report } from '../stack/report.ts';
import type { Recorder } from './recorder.ts';
import type { Attempt, DrillPlan, Fault, Ledger, Measured, Seen, Watch } from './types.ts';

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
function isRedundant({ report }: Seen, system: Measured): boolean {
  if (report[system]?.verdict !== 'ok') return false;
  return system !== 'redis' || report.sentinel === null || report.sentinel.verdict === 'ok';
}

/** Somebody takes the system's writes, whatever else is missing. */
export function isWritable({ report }: Seen, system: Measured): boolean {
  if (system === 'patroni') return report.patroni?.writable === true;
  return leaderOf(report, system) !== null && report[system]?.verdict !== 'down';
}

type Given = {
  readonly plan: DrillPlan;
  readonly watch: Watch;
  readonly ledgers: readonly Ledger[];
  readonly recorder: Recorder;
  readonly before: Seen;
  readonly injectedAt: number;
  readonly signal: AbortSignal;
};

const lookMs = 100;
/** Writes must flow for so long before anything is broken, and again to count as going on. */
const leadInMs = 2_000;
const leadInDeadlineMs = 20_000;
const steadyMs = 1_000;
/** Everything must be back so long after the healing. */
const backDeadlineMs = 120_000;

/** Resolves when every ledger's writes are acknowledged. @throws StackError when they are not */
export async function writingSteadily(ledgers: readonly Ledger[], signal: AbortSignal): Promise<void> {
  const flows = (ledger: Ledger): boolean => {
    const acks = ledger.attempts().filter(({ outcome }) => outcome === 'acked');
    return spanOf(acks) >= leadInMs;
  };
  if (await until(() => ledgers.every(flows), leadInDeadlineMs, signal)) return;
  const silent = ledgers.filter((ledger) => !flows(ledger));
  const why = silent.map((ledger) => {
    const last = ledger.attempts().findLast((attempt) => attempt.why !== null)?.why;
    return `${ledger.system} does not acknowledge writes${last == null ? '' : `: ${last}`}`;
  });
  throw new StackError('precondition', why.join('; '));
}

/** Leaves things broken for as long as the drill says; a person who stops the drill ends it. */
export async function held(given: Given, longestMs: number): Promise<void> {
  const { plan, ledgers, signal } = given;
  const { hold } = plan.drill;
  const over = performance.now() + longestMs;
  const goOn = () => ledgers.every((ledger) => writesAgain(ledger, given));
  if (hold === 'none') await until(goOn, noHoldMs, signal);
  else await until(() => hold === 'recovered' && goOn(), over - performance.now(), signal);
}
/** Where there is nothing to mend, writes that never come back must end the drill all the same. */
const noHoldMs = 60_000;

/** Waits until every system is redundant again and notes when; false: not within two minutes, or the drill was stopped. */
export async function backAgain({ plan, watch, ledgers, recorder, signal }: Given): Promise<boolean> {
  await watch.refresh();
  const healedAt = watch.latest()?.snapshot.at ?? 0;
  const deadline = performance.now() + backDeadlineMs;
  try {
    const systems = await Promise.all(
      ledgers.map(async ({ system }) => {
        const fulfilled = (seen: Seen) => seen.snapshot.at >= healedAt && isRedundant(seen, system);
        const seen = await watch.until(fulfilled, backDeadlineMs, signal);
        if (seen !== null) recorder.redundant(system, performance.now());
        return seen !== null;
      }),
    );
    const names = new Set(plan.breaks.flatMap(({ targets }) => targets.map(({ container }) => container)));
    const whole = ({ report }: Seen) =>
      report.verdict.level === 'ok' &&
      [...names].every((name) => report.containers.some((row) => row.name === name && row.state === 'running'));
    const all = await watch.until(whole, Math.max(0, deadline - performance.now()), signal);
    return systems.every(Boolean) && all !== null;
  } catch (error) {
    if (signal.aborted) return false;
    throw error;
  }
}

/** The final read, from the one primary that everybody agrees on; null where there is none. */
export async function readBack(
  ledger: Ledger,
  seen: Seen | null,
  recorder: Recorder,
): Promise<ReadonlySet<string> | null> {
  const { system } = ledger;
  const primary = seen === null || !isWritable(seen, system) ? null : leaderOf(seen.report, system);
  if (primary === null) {
    recorder.note('paws-top', `${system}: nobody to read the writes back from`);
    return null;
  }
  try {
    const read = await ledger.read(primary);
    recorder.note('paws-top', `${system}: ${read.size} writes read back from ${primary}`);
    return read;
  } catch (error) {
    recorder.note('paws-top', `${system}: the writes could not be read back: ${toProblem(error).message}`);
    return null;
  }
}

/** Writes that were sent after the last fault have been acknowledged for a while, by whoever is expected to do so. */
function writesAgain(ledger: Ledger, { injectedAt, before, plan }: Given): boolean {
  const lastAt = injectedAt + Math.max(0, ...plan.drill.breaks.map(({ afterMs = 0 }) => afterMs));
  const moved = plan.drill.expects[ledger.system]?.change === 'new-leader' && ledger.system !== 'etcd';
  const old = moved ? leaderOf(before.report, ledger.system) : null;
  return (
    spanOf(
      ledger
        .attempts()
        .filter(({ outcome, sentAt, member }) => outcome === 'acked' && sentAt >= lastAt && member !== old),
    ) >= steadyMs
  );
}

/** From the first acknowledgement to the last; -1 without one. */
function spanOf(acks: readonly Attempt[]): number {
  const [first, last] = [acks[0], acks.at(-1)];
  return first === undefined || last === undefined ? -1 : (last.endedAt ?? 0) - (first.endedAt ?? 0);
}

/** Whether it came about within the time; false when it did not, or the drill is stopped. */
async function until(fulfilled: () => boolean, deadlineMs: number, signal: AbortSignal): Promise<boolean> {
  const deadline = performance.now() + deadlineMs;
  while (!signal.aborted && performance.now() < deadline) {
    if (fulfilled()) return true;
    await sleep(lookMs, undefined, { signal }).catch(() => {});
  }
  return false;
}
