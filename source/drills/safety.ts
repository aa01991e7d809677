import type { Engine } from '../engine/types.ts';
import { startDeadMan } from './dead-man.ts';
import { healJournals } from './heal.ts';
import type { Journal } from './journal.ts';
import { mender } from './mender.ts';
import { thisProcess } from './owner.ts';
import type { Recorder } from './recorder.ts';
import type { DrillPlan, Ground, JournalEntry } from './types.ts';

/** The journal of one drill, and the process that stands by for it. */
export type Safety = {
  /** On the disk when this resolves. */
  readonly note: (what: string, undo: JournalEntry['undo'], forMs: number) => Promise<string>;
  /** Undoes these entries now; each undo is told. @throws StackError where one could not be undone */
  readonly heal: (ids: readonly string[]) => Promise<void>;
  /** The ledgers' entry, once they are cleaned. */
  readonly forget: (id: string) => Promise<void>;
};

export async function standBy(options: {
  readonly plan: DrillPlan;
  readonly ground: Ground;
  readonly journal: Journal;
  /** Runs the dead-man in this program. */
  readonly deadManArgv: readonly string[];
  readonly run: string;
  readonly recorder: Recorder;
}): Promise<Safety> {
  const { plan, ground, journal, run, recorder } = options;
  const owner = await thisProcess();
  await startDeadMan({ order: { project: ground.project, owner }, argv: options.deadManArgv, env: ground.env });
  let written = 0;
  // The engine is the drill's, and goes on after the healing.
  const engine: Engine = { ...ground.engine, close: () => {} };
  return {
    async note(what, undo, forMs) {
      written += 1;
      const id = `${run}-${written}`;
      const now = Date.now();
      await journal.write({
        schema: 1,
        id,
        project: ground.project,
        host: ground.host,
        engine: engine.address,
        drill: plan.drill.id,
        what,
        createdAt: now,
        deadlineAt: now + forMs,
        undo,
        owner,
      });
      return id;
    },
    async heal(ids) {
      const own = new Set(ids);
      await healJournals({
        env: ground.env,
        journals: [journal],
        which: ({ id }) => own.has(id),
        connect: async () => engine,
        mend: mender(ground.survey),
        now: Date.now,
        say: (sentence) => recorder.note('paws-top', sentence),
      });
    },
    forget: (id) => journal.remove(id),
  };
}
