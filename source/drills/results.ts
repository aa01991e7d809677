import { faultName, isNetworkFault } from './fault-kinds.ts';
import { judge, type Measurement } from './judge.ts';
import { epochOf, type Recorder } from './recorder.ts';
import { leaderOf } from './recovery.ts';
import { laneOf, tally } from './tally.ts';
import type { DrillPlan, DrillReport, Ledger, Prediction, Seen, SystemResult } from './types.ts';

/** What was found out of one system. */
export type Found = {
  readonly ledger: Ledger;
  /** What the final read gave; null: there was none. */
  readonly read: ReadonlySet<string> | null;
  readonly durability: string;
  /** By when writes must have stopped where the drill stops them, ms from the injection. */
  readonly stopsByMs: number;
  /** It could hold no more. */
  readonly full: boolean;
};

export type Outcome = {
  readonly plan: DrillPlan;
  readonly stack: string;
  readonly recorder: Recorder;
  readonly found: readonly Found[];
  readonly before: Seen;
  readonly after: Seen | null;
  readonly perSecond: number;
  /** When writing ended; monotonic ms. */
  readonly writtenUntil: number;
  readonly healed: boolean;
  /** When healing began; monotonic ms. null: there was nothing to mend. */
  readonly healingAt: number | null;
  readonly stopped: boolean;
  /** Somebody else undid it before its time. */
  readonly meddled: boolean;
};

const sliceMs = 100;
const mostLost = 100;

/** The report of a drill whose faults were injected. Pure but for the clock. */
export function reportOf(outcome: Outcome): DrillReport {
  const { recorder, found, healed, healingAt, stopped, meddled } = outcome;
  const injectedAt = recorder.injectedAt() ?? performance.now();
  const measured = found.map((each) => measure(each, outcome, injectedAt));
  const judgement = judge({
    missing: [],
    stopped,
    meddled,
    healed,
    healingMs: healingAt === null ? null : healingAt - injectedAt,
    systems: measured.map(({ measurement }) => measurement),
  });
  const systems = measured.map(({ result }, index): SystemResult => {
    const { asPredicted = null, failures = [] } = judgement.systems[index] ?? {};
    return { ...result, asPredicted, failures };
  });
  return {
    ...headOf(outcome),
    injectedAt: new Date(epochOf(injectedAt)).toISOString(),
    healed,
    ...(healingAt === null ? {} : { healedMs: Math.round(healingAt - injectedAt) }),
    systems,
    timeline: recorder.timeline(),
    verdict: judgement.verdict,
    why: judgement.why,
  };
}

/** The report of a drill that broke nothing. `missing`: why, in sentences. */
export function notRun(plan: DrillPlan, stack: string, recorder: Recorder, missing: readonly string[]): DrillReport {
  const nothing = { stopped: false, meddled: false, healed: true, healingMs: null, systems: [] };
  const { verdict, why } = judge({ ...nothing, missing });
  const timeline = recorder.timeline();
  return { ...headOf({ plan, stack, recorder }), injectedAt: null, healed: true, systems: [], timeline, verdict, why };
}

/** The report of a drill that ended in the middle: one that broke nothing was not run, any other is not known to have passed. */
export function brokenOff(
  plan: DrillPlan,
  stack: string,
  recorder: Recorder,
  { why, healed }: { readonly why: string; readonly healed: boolean },
): DrillReport {
  const report = notRun(plan, stack, recorder, [why]);
  const injectedAt = recorder.injectedAt();
  if (injectedAt === null && healed) return report;
  return {
    ...report,
    injectedAt: injectedAt === null ? null : new Date(epochOf(injectedAt)).toISOString(),
    healed,
    verdict: healed ? 'inconclusive' : 'failed',
    why: healed ? report.why : `Not everything is healed. ${report.why}`,
  };
}

function headOf({ plan, stack, recorder }: Pick<Outcome, 'plan' | 'stack' | 'recorder'>) {
  return {
    schema: 1,
    drill: plan.drill.id,
    does: plan.drill.does,
    stack,
    target: plan.breaks.flatMap(({ targets }) => targets.map(({ name }) => name)).join(', '),
    fault: [...new Set(plan.breaks.map(({ fault }) => faultName(fault)))].join(', '),
    startedAt: new Date(recorder.startedAt).toISOString(),
    endedAt: new Date().toISOString(),
  } as const;
}

type Result = Omit<SystemResult, 'asPredicted' | 'failures'>;

function measure(
  { ledger, read, durability, stopsByMs, full }: Found,
  { plan, recorder, before, after, perSecond, writtenUntil }: Outcome,
  injectedAt: number,
): { readonly result: Result; readonly measurement: Measurement } {
  const { system } = ledger;
  const expects = plan.drill.expects[system];
  if (expects === undefined) throw new Error(`${plan.drill.id} expects nothing of ${system}`);
  const attempts = ledger.attempts();
  const to = Math.max(injectedAt, writtenUntil);
  const fitful = plan.breaks.every(({ fault }) => isNetworkFault(fault));
  const counted = tally({ attempts, read, injectedAt, from: recorder.begunAt, to, perSecond, fitful });
  const { writes } = counted;
  const result: Result = {
    system,
    targetMs: expects.targetMs,
    predicted: plan.predictions[system] ?? unpredicted,
    phases: recorder.phasesOf(system, counted.writableAt),
    outageMs: round(counted.outageMs),
    writes: { ...writes, durability },
    lostWrites: counted.lost
      .slice(0, mostLost)
      .map(({ id, member, ackedAt }) => ({ id, member, ackedMs: Math.round(ackedAt - injectedAt) })),
    twoPrimariesMs: Math.round(counted.twoPrimariesMs),
    leaderBefore: leaderOf(before.report, system),
    leaderAfter: after === null ? null : leaderOf(after.report, system),
    lane: laneOf(attempts, { from: recorder.begunAt, to, sliceMs, injectedAt }),
  };
  const survivedMs = attempts.flatMap(({ id, outcome, endedAt }) =>
    outcome === 'acked' && endedAt !== null && read?.has(id) === true ? [endedAt - injectedAt] : [],
  );
  return { result, measurement: { ...result, expects, survivedMs, stopsByMs, fitful, full } };
}

const unpredicted: Prediction = { minMs: 0, maxMs: 0, boundMs: 0, why: 'nothing was predicted' };
const round = (ms: number | null): number | null => (ms === null ? null : Math.round(ms));
