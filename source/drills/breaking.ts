import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { type InjectionWatch, monotonicOf, watchInjection } from './clock.ts';
import { deadlineMs } from './durations.ts';
import { faultName } from './fault-kinds.ts';
import { prepareFault } from './faults.ts';
import { leadershipOver } from './leadership.ts';
import type { Recorder } from './recorder.ts';
import { leaderOf, leavesOldPrimary } from './recovery.ts';
import type { Safety } from './safety.ts';
import type { DrillPlan, Fault, Ground, Ledger, Seen, Target } from './types.ts';

/** Breaks everything the plan says, at once, each fault in the journal before. @throws StackError */
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
  const each = plan.breaks.flatMap(({ fault, targets }) => targets.map((target) => ({ fault, target })));
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
    const prepared = [];
    for (const { fault, target } of each) {
      const ready = await prepareFault(fault, target, given);
      const what = `${faultName(fault)}: ${target.name}`;
      if (ready.undo.length > 0) entries.push(await safety.note(what, ready.undo, deadlineMs(plan)));
      prepared.push({ ...ready, fault, target, what });
    }
    signal.throwIfAborted();
    for (const { fault, target } of each) insist(ledgers, fault, target, seen);
    const begun = Date.now();
    const times = await Promise.all(
      prepared.map(async ({ inject, fault, target, what }) => {
        const askedAt = performance.now();
        const injected = inject();
        if (requests.has(fault.kind)) {
          recorder.note('paws-top', what, askedAt);
          return { at: askedAt, injected };
        }
        // A stop takes as long as the member likes: the engine tells at once that it has begun.
        const told = await eventOf(injections, fault, target, begun);
        const at = told === null ? monotonicOf((await injected).at) : monotonicOf(told, injections.skewMs());
        recorder.note(told === null ? 'paws-top' : 'docker', what, at);
        return { at, injected };
      }),
    );
    const injectedAt = Math.min(...times.map(({ at }) => at));
    recorder.injected(injectedAt);
    await Promise.all(times.map(({ injected }) => injected));
    return { entries, injectedAt };
  } catch (error) {
    // Half of it may have come about.
    await safety.heal(entries);
    throw error instanceof StackError || signal.aborted
      ? error
      : new StackError('internal', String(error), { cause: error });
  } finally {
    injections.close();
  }
}

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
