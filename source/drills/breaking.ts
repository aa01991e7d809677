import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { StackError, toProblem } from '../stack/errors.ts';
import { type InjectionWatch, monotonicOf, watchInjection } from './clock.ts';
import { deadlineMs } from './durations.ts';
import { faultName } from './fault-kinds.ts';
import { changesNetwork } from './fault-network.ts';
import { type PreparedFault, prepareFault } from './faults.ts';
import { leadershipOver } from './leadership.ts';
import type { Recorder } from './recorder.ts';
import { leaderOf, leavesOldPrimary } from './recovery.ts';
import type { Safety } from './safety.ts';
import type { DrillPlan, Fault, Ground, Ledger, Seen, Target } from './types.ts';

/**
 * Breaks everything the plan says, each fault in the journal before. `mends`: there is something to undo.
 * @throws StackError, with everything undone again as far as that could be done now: what could not is still noted
 */
export async function breakThings(options: {
  readonly plan: DrillPlan;
  readonly ground: Ground;
  readonly access: readonly Access[];
  readonly ledgers: readonly Ledger[];
  readonly safety: Safety;
  readonly recorder: Recorder;
  readonly seen: Seen;
  readonly signal: AbortSignal;
}): Promise<{ readonly mends: boolean; readonly injectedAt: number }> {
  const { plan, ground, access, ledgers, safety, recorder, seen, signal } = options;
  const each = plan.breaks.flatMap(({ fault, targets, afterMs = 0 }) =>
    targets.map((target) => ({ fault, target, afterMs })),
  );
  const injections = watchInjection(ground.engine);
  const note = ({ what, undo }: Prepared) => (undo.length === 0 ? null : safety.note(what, undo, deadlineMs(plan)));
  let unanswered = false;
  try {
    await injections.ready;
    const given = {
      engine: ground.engine,
      project: ground.project,
      access,
      leadership: leadershipOver(access, seen, recorder.note),
    };
    const prepared: Prepared[] = [];
    for (const { fault, target, afterMs } of each) {
      const ready = await prepareFault(fault, target, given);
      prepared.push({ ...ready, fault, target, afterMs, what: `${faultName(fault)}: ${target.name}` });
    }
    // All that comes at once before any of it; what comes later when it comes, since healing waits for what is young.
    for (const one of prepared) if (one.afterMs === 0) await note(one);
    signal.throwIfAborted();
    for (const { fault, target } of each) insist(ledgers, fault, target, seen);
    const times: number[] = [];
    const failures: unknown[] = [];
    const giveUp = new AbortController();
    const go = AbortSignal.any([signal, giveUp.signal]);
    const injected = prepared.map(async (one) => {
      try {
        if (one.afterMs > 0) {
          await sleep(one.afterMs, undefined, { signal: go });
          await note(one);
          go.throwIfAborted();
        }
        const { at, done } = await inject(one, injections, recorder);
        times.push(at);
        recorder.injected(Math.min(...times));
        await done;
      } catch (error) {
        failures.push(error);
        giveUp.abort();
      }
    });
    // What is still coming about could not be undone: a stop takes as long as the member likes.
    await Promise.all(injected);
    unanswered = failures.some(isUnanswered);
    if (failures.length > 0) throw failures[0];
    return { mends: prepared.some(({ undo }) => undo.length > 0), injectedAt: Math.min(...times) };
  } catch (error) {
    await safety.heal({ unanswered }).catch((reason: unknown) => recorder.note('paws-top', toProblem(reason).message));
    throw error;
  } finally {
    injections.close();
  }
}

/** Whether what was asked for may still be done. */
const isUnanswered = (error: unknown): boolean =>
  error instanceof StackError && ['timeout', 'closed', 'no-engine'].includes(error.kind);

type Prepared = PreparedFault & {
  readonly fault: Fault;
  readonly target: Target;
  readonly afterMs: number;
  readonly what: string;
};

/** `at`: when it took effect, monotonic ms. `done`: the call has come back. */
async function inject(
  { inject, fault, target, what }: Prepared,
  injections: InjectionWatch,
  { note }: Recorder,
): Promise<{ readonly at: number; readonly done: Promise<unknown> }> {
  const askedAt = performance.now();
  const since = Date.now();
  const done = inject();
  done.catch(() => {}); // awaited by whoever called
  if (requests.has(fault.kind)) {
    note('paws-top', what, askedAt);
    return { at: askedAt, done };
  }
  // A stop takes as long as the member likes: the engine tells at once that it has begun.
  const told = await Promise.race([eventOf(injections, fault, target, since), done.then(never, fail)]);
  const theirs = told !== null || changesNetwork(fault) || fault.kind === 'crash';
  const at = monotonicOf(told ?? (await done).at, theirs ? injections.skewMs() : 0);
  note(told === null ? 'paws-top' : 'docker', what, at);
  return { at, done };
}
const never = (): Promise<never> => new Promise(() => {});
const fail = (error: unknown): never => {
  throw error;
};

/** The old primary is written to whatever it claims, where it may go on without knowing. */
function insist(ledgers: readonly Ledger[], fault: Fault, target: Target, { report }: Seen): void {
  if (!leavesOldPrimary(fault)) return;
  const ledger = ledgers.find(({ system }) => system === target.system);
  if (ledger !== undefined && leaderOf(report, ledger.system) === target.name) ledger.insist(target.name);
}

/** What the engine calls the faults that it commits itself; null: not its doing. */
const eventNames: Partial<Record<Fault['kind'], readonly string[]>> = {
  kill: ['kill', 'die'],
  stop: ['kill', 'stop', 'die'],
  restart: ['kill', 'restart', 'die'],
  pause: ['pause'],
  isolate: ['network-disconnect'],
};
const eventWaitMs = 3_000;
/** What begins when it is asked for, however long the answer takes. */
const requests: ReadonlySet<Fault['kind']> = new Set([
  'patroni-switchover',
  'patroni-failover',
  'sentinel-failover',
  'etcd-move-leader',
]);

async function eventOf(
  injections: InjectionWatch,
  { kind }: Fault,
  { containerId }: Target,
  since: number,
): Promise<number | null> {
  const names = eventNames[kind];
  return names === undefined ? null : injections.timeOf(containerId, names, since, eventWaitMs);
}
