import { setTimeout as sleep } from 'node:timers/promises';
import type { Access } from '../engine/types.ts';
import { type InjectionWatch, monotonicOf, watchInjection } from './clock.ts';
import { deadlineMs } from './durations.ts';
import { faultName } from './fault-kinds.ts';
import { type PreparedFault, prepareFault } from './faults.ts';
import { leadershipOver } from './leadership.ts';
import type { Recorder } from './recorder.ts';
import { leaderOf, leavesOldPrimary } from './recovery.ts';
import type { Safety } from './safety.ts';
import type { DrillPlan, Fault, Ground, Ledger, Seen, Target } from './types.ts';

/** Breaks everything the plan says, each fault in the journal before. @throws StackError, with everything undone again */
export async function breakThings(options: {
  readonly plan: DrillPlan;
  readonly ground: Ground;
  readonly access: readonly Access[];
  readonly ledgers: readonly Ledger[];
  readonly safety: Safety;
  readonly recorder: Recorder;
  readonly seen: Seen;
  readonly signal: AbortSignal;
}): Promise<{ readonly entries: readonly string[]; readonly injectedAt: number }> {
  const { plan, ground, access, ledgers, safety, recorder, seen, signal } = options;
  const each = plan.breaks.flatMap(({ fault, targets, afterMs = 0 }) =>
    targets.map((target) => ({ fault, target, afterMs })),
  );
  const injections = watchInjection(ground.engine);
  const entries: string[] = [];
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
      const what = `${faultName(fault)}: ${target.name}`;
      if (ready.undo.length > 0) entries.push(await safety.note(what, ready.undo, deadlineMs(plan)));
      prepared.push({ ...ready, fault, target, afterMs, what });
    }
    signal.throwIfAborted();
    for (const { fault, target } of each) insist(ledgers, fault, target, seen);
    const times: number[] = [];
    const injected = prepared.map(async (one) => {
      await sleep(one.afterMs, undefined, { signal });
      const { at, done } = await inject(one, injections, recorder);
      times.push(at);
      recorder.injected(Math.min(...times));
      await done;
    });
    // What is still coming about could not be undone: a stop takes as long as the member likes.
    const failed = (await Promise.allSettled(injected)).find((one) => one.status === 'rejected');
    if (failed !== undefined) throw failed.reason;
    return { entries, injectedAt: Math.min(...times) };
  } catch (error) {
    await safety.heal(entries);
    throw error;
  } finally {
    injections.close();
  }
}

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
  const at = told === null ? monotonicOf((await done).at) : monotonicOf(told, injections.skewMs());
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
