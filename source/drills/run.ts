import { join } from 'node:path';
import { stateDir } from '../engine/state-dir.ts';
import type { Access } from '../engine/types.ts';
import { toProblem } from '../stack/errors.ts';
import { breakThings } from './breaking.ts';
import { holdDownMs } from './durations.ts';
import { changesNetwork } from './fault-network.ts';
import type { Journal } from './journal.ts';
import { leaseLeft } from './leader-key.ts';
import { openLedger } from './ledgers.ts';
import { tryLock } from './lock.ts';
import { stopsByMs } from './prediction.ts';
import { createRecorder, type Recorder } from './recorder.ts';
import { backAgain, held, readBack, writingSteadily } from './recovery.ts';
import { brokenOff, type Found, notRun, reportOf } from './results.ts';
import { type Safety, standBy } from './safety.ts';
import {
  type DrillPlan,
  type DrillProgress,
  type DrillReport,
  type Ground,
  type Ledger,
  measuredSystems,
  type Seen,
} from './types.ts';
import { openWatches } from './watches.ts';

export type RunOptions = {
  readonly plan: DrillPlan;
  /** The same drill against what is seen now: roles are read again before anything is broken. */
  readonly replan: (seen: Seen, leaseLeftMs: number | null) => DrillPlan;
  readonly ground: Ground;
  readonly journal: Journal;
  /** Runs the dead-man in this program. */
  readonly deadManArgv: readonly string[];
  /** Makes the image that network faults need, unless it is there. */
  readonly ensureNettools: (onStep: (text: string) => void) => Promise<void>;
  readonly perSecond: number;
  readonly onProgress: (progress: DrillProgress) => void;
  /** Aborted: heal, and end. */
  readonly signal: AbortSignal;
};

/** What a client of ours would wait. */
const attemptDeadlineMs = 1_000;
const mostAttempts = 200_000;

/**
 * Runs one drill to its end: writes, breaks, measures, heals, reads back. Whatever happens on the way, what was broken is
 * mended before this resolves. Never rejects: what went wrong is in the report.
 */
export async function runDrill(options: RunOptions): Promise<DrillReport> {
  const recorder = createRecorder(options.plan, options.onProgress);
  recorder.enter('preparing', 'everything to be looked at once more');
  const opened: Opened = { ledgers: [], close: [] };
  let report: DrillReport;
  try {
    report = await drill(options, recorder, opened);
  } catch (error) {
    report = notRun(options.plan, options.ground.project, recorder, [whyEnded(error, options.signal)]);
  }
  for (const close of opened.close.reverse()) {
    try {
      await close();
    } catch (error) {
      recorder.note('paws-top', toProblem(error).message); // the next one is to be closed all the same
    }
  }
  recorder.end(report);
  return report;
}

function whyEnded(error: unknown, signal: AbortSignal): string {
  const { message, cause } = toProblem(error);
  if (signal.aborted) return 'it was stopped';
  return cause === null || message.includes(cause) ? message : `${message} (${cause})`;
}

type Opened = { ledgers: readonly Ledger[]; readonly close: (() => unknown)[] };

async function drill(options: RunOptions, recorder: Recorder, opened: Opened): Promise<DrillReport> {
  const { plan, replan, ground, perSecond, signal } = options;
  const lock = await tryLock(join(stateDir(ground.env, ground.project), 'drilling'));
  if (!('release' in lock)) {
    return notRun(plan, ground.project, recorder, [
      `process ${lock.heldBy.pid} is running a drill, or changing the stack: wait until it is done`,
    ]);
  }
  opened.close.push(lock.release);
  if (plan.breaks.some(({ fault }) => changesNetwork(fault))) {
    await options.ensureNettools((step) => recorder.enter('preparing', step));
  }
  recorder.enter('preparing', 'the ledgers, and those who watch');
  const run = `${plan.drill.id.replaceAll(/[^a-z0-9]/gi, '')}${recorder.startedAt.toString(36)}`.slice(-40);
  const access = await ground.survey();
  const ledgers = await openLedgers(plan, { access, run, perSecond }, opened);
  const watch = await ground.openWatch();
  opened.close.push(() => watch.stop());
  const watches = await openWatches({
    access,
    systems: ledgers.map(({ system }) => system),
    onSignal: recorder.signal,
  });
  opened.close.push(() => watches.close());
  const safety = await standBy({ ...options, run, recorder });
  const cleaning = await noteCleaning(ledgers, run, safety);
  try {
    const durability = await Promise.all(ledgers.map((ledger) => ledger.durability()));
    for (const ledger of ledgers) await ledger.open();
    recorder.follow(ledgers);
    for (const ledger of ledgers) ledger.start();
    recorder.enter('writing', 'writes to flow for 2 s');
    await writingSteadily(ledgers, signal);

    await watch.refresh();
    const before = watch.latest();
    if (before === null) return notRun(plan, ground.project, recorder, ['nothing is seen of the stack']);
    const again = replan(before, plan.predictions.patroni === undefined ? null : await leaseLeft(access));
    const moved = whatMoved(plan, again);
    if (moved.length > 0) return notRun(plan, ground.project, recorder, moved);

    recorder.enter('breaking', 'the fault to take effect');
    const broken = await breakThings({ ...options, plan: again, access, ledgers, safety, recorder, seen: before });
    recorder.enter('recovering', 'writes to go on');
    const given = { ...options, watch, ledgers, recorder, before, injectedAt: broken.injectedAt };
    await held(given, holdDownMs(plan));

    recorder.enter('healing', 'everything to be put back');
    const healingAt = broken.mends ? performance.now() : null;
    const first = await healed(safety, recorder);
    const back = await backAgain(given);
    // The engine may be back by now, or the dead-man have done it.
    const undone = first === 'failed' && (await healed(safety, recorder)) !== 'failed' ? 'undone' : first;

    recorder.enter('reading', 'what was written to be read back');
    const after = watch.latest();
    const writtenUntil = performance.now();
    await Promise.all(ledgers.map((ledger) => ledger.stop()));
    // Before everybody is back, a member may not know yet that it is no primary any more.
    const cutShort = signal.aborted && !back;
    const reads = await Promise.all(ledgers.map((ledger) => (cutShort ? null : readBack(ledger, after, recorder))));
    const found = ledgers.map((ledger, index): Found => {
      return {
        ledger,
        read: reads[index] ?? null,
        durability: durability[index] ?? '',
        stopsByMs: stopsByMs(ledger.system, before),
        full: ledger.attempts().length >= mostAttempts,
      };
    });
    return reportOf({
      plan: again,
      stack: ground.project,
      recorder,
      found,
      before,
      after,
      perSecond,
      writtenUntil,
      // Who stops a drill is not kept waiting for everybody to be back.
      healed: undone !== 'failed' && (back || signal.aborted),
      healingAt,
      stopped: signal.aborted,
      meddled: undone === 'meddled',
    });
  } catch (error) {
    // Again, as far as it was not done: nothing may stay broken because it could not be measured.
    const undone = await healed(safety, recorder);
    return brokenOff(plan, ground.project, recorder, { why: whyEnded(error, signal), healed: undone !== 'failed' });
  } finally {
    await clean(ledgers, cleaning, safety, recorder);
  }
}

/** What could not be undone stays in the journal, for the dead-man and the next heal. */
async function healed(safety: Safety, recorder: Recorder): Promise<'undone' | 'meddled' | 'failed'> {
  try {
    if (await safety.heal()) return 'undone';
    recorder.note('paws-top', 'somebody else had undone it before');
    return 'meddled';
  } catch (error) {
    recorder.note('paws-top', toProblem(error).message);
    return 'failed';
  }
}

async function openLedgers(
  plan: DrillPlan,
  options: { readonly access: readonly Access[]; readonly run: string; readonly perSecond: number },
  opened: Opened,
): Promise<readonly Ledger[]> {
  const systems = measuredSystems.filter((system) => plan.drill.expects[system] !== undefined);
  for (const system of systems) {
    const ledger = await openLedger(system, { ...options, deadlineMs: attemptDeadlineMs, most: mostAttempts });
    opened.ledgers = [...opened.ledgers, ledger];
    opened.close.push(() => ledger.close());
  }
  return opened.ledgers;
}

/** Longer than any drill takes; whoever dies before is cleaned up after at once. */
const cleaningMs = 900_000;

function noteCleaning(ledgers: readonly Ledger[], run: string, safety: Safety): Promise<string> {
  const undo = ledgers.map(({ system }) => ({
    op: 'clean-ledger' as const,
    name: `ledger of ${system}`,
    system,
    run,
  }));
  return safety.noteLedgers(undo, cleaningMs);
}

async function clean(ledgers: readonly Ledger[], entry: string, safety: Safety, recorder: Recorder): Promise<void> {
  try {
    await Promise.all(
      ledgers.map(async (ledger) => {
        await ledger.stop();
        await ledger.clean();
      }),
    );
    await safety.forget(entry);
  } catch (error) {
    // It stays in the journal, for the next heal.
    recorder.note('paws-top', `rows of the ledger remain: ${toProblem(error).message}`);
  }
}

/** Why what was confirmed is no longer what would be done. */
function whatMoved(planned: DrillPlan, now: DrillPlan): readonly string[] {
  if (now.missing.length > 0) return now.missing;
  const targets = (plan: DrillPlan) => plan.breaks.flatMap((one) => one.targets);
  const names = (plan: DrillPlan) =>
    targets(plan)
      .map(({ name }) => name)
      .join(', ');
  if (names(planned) !== names(now)) {
    return [`roles have moved meanwhile: it would be ${names(now)} now, not ${names(planned)}`];
  }
  const ids = new Set(targets(planned).map(({ containerId }) => containerId));
  return targets(now).every(({ containerId }) => ids.has(containerId))
    ? []
    : [`the container of ${names(now)} is another one by now: ask again`];
}
