import { StackError } from '../stack/errors.ts';
import type { Drilling } from './drilling.ts';
import type { DrillPlan, DrillProgress, Drills, JournalEntry, Seen } from './types.ts';

/** Everything drills load: planning, and what a drill takes. */
export type Means = {
  readonly drilling: Drilling;
  readonly plans: (seen: Seen) => readonly DrillPlan[];
  /** Undoes what is in the journal; sentences. */
  readonly heal: () => Promise<readonly string[]>;
  /** What nobody alive answers for. */
  readonly leftBehind: () => Promise<readonly JournalEntry[]>;
};

/** Drills as the screen drives them. Nothing is loaded or connected before it is asked for, and then once. */
export function createDrills(options: {
  readonly open: () => Promise<Means>;
  /** What the look at the start has found. */
  readonly left: readonly JournalEntry[];
  readonly perSecond: number;
}): Drills {
  const listeners = new Set<() => void>();
  let means: Means | null = null;
  let opening: Promise<Means> | null = null;
  let left = options.left;
  let progress: DrillProgress | null = null;
  let running: { readonly stop: AbortController; readonly ended: Promise<unknown> } | null = null;

  const open = async (): Promise<Means> => {
    opening ??= options.open();
    try {
      means = await opening;
      return means;
    } catch (error) {
      opening = null;
      throw error;
    }
  };
  const show = (next: DrillProgress | null): void => {
    progress = next;
    for (const listener of listeners) listener();
  };
  const look = async ({ drilling, leftBehind }: Means): Promise<void> => {
    left = await leftBehind();
    // While a drill runs its own faults are in the journal, and no other could be started.
    if (running !== null) return;
    await drilling.refresh(false);
    // Nobody waits for this one: it may have an image to build.
    drilling.refresh(true).catch(() => {});
  };

  return {
    plans: (seen) => means?.plans(seen) ?? [],
    refresh: async () => look(await open()),
    progress: {
      get: () => progress,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    start(plan) {
      if (running !== null) throw new StackError('precondition', `${progress?.plan.drill.id ?? 'a drill'} still runs`);
      if (means === null) throw new StackError('precondition', 'the engine is still being looked at: try again');
      const stop = new AbortController();
      const how = { perSecond: options.perSecond, onProgress: show, signal: stop.signal };
      const ended = means.drilling.run(plan, how).finally(() => {
        running = null;
      });
      running = { stop, ended };
      ended.catch(() => {}); // whoever stops it is told
    },
    async stop() {
      running?.stop.abort();
      await running?.ended;
    },
    dismiss: () => {
      if (running === null) show(null);
    },
    journal: () => left,
    async heal() {
      const opened = await open();
      const said = await opened.heal();
      await look(opened);
      return said;
    },
  };
}
