import type { Engine } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { startDeadMan } from './dead-man.ts';
import { healJournals } from './heal.ts';
import type { Journal } from './journal.ts';
import { mender } from './mender.ts';
import { isAlive, ownerOf, thisProcess } from './owner.ts';
import type { Recorder } from './recorder.ts';
import type { DrillPlan, Ground, JournalEntry } from './types.ts';

/** The journal of one drill, and the process that stands by for it. */
export type Safety = {
  /** On the disk when this resolves, and somebody else stands by to undo it. @throws StackError: then break nothing */
  readonly note: (what: string, undo: JournalEntry['undo'], forMs: number) => Promise<string>;
  /** As `note`, for what the ledgers leave behind, which stays until `forget`. */
  readonly noteLedgers: (undo: JournalEntry['undo'], forMs: number) => Promise<string>;
  /**
   * Undoes every fault noted so far, and tells each undo. False: somebody else had undone one already. `unanswered`: the
   * engine did not say whether a fault came about, so it is waited for. @throws StackError where one could not be undone
   */
  readonly heal: (how?: { readonly unanswered?: boolean }) => Promise<boolean>;
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
  const start = async () => {
    const order = { project: ground.project, owner };
    return ownerOf((await startDeadMan({ order, argv: options.deadManArgv, env: ground.env })).pid);
  };
  let deadMan = await start();
  let written = 0;
  const faults = new Set<string>();
  let waits = false;
  // The engine is the drill's, and goes on after the healing.
  const engine: Engine = { ...ground.engine, close: () => {} };

  const nextId = () => `${run}-${++written}`;
  async function write(id: string, what: string, undo: JournalEntry['undo'], forMs: number): Promise<string> {
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
    // It may have been killed, as for want of memory.
    if (deadMan === null || !(await isAlive(deadMan))) deadMan = await start();
    return id;
  }

  return {
    note(what, undo, forMs) {
      const id = nextId();
      faults.add(id); // also where it is only half written down
      return write(id, what, undo, forMs);
    },
    noteLedgers: (undo, forMs) => write(nextId(), 'rows and keys of the ledgers', undo, forMs),
    async heal({ unanswered = false } = {}) {
      waits ||= unanswered; // also where it has to be tried again
      const { entries, unreadable } = await journal.list();
      const broken = [...faults].find((id) => unreadable.some((sentence) => sentence.includes(`${id}.json`)));
      if (broken !== undefined) throw new StackError('precondition', unreadable.join('; '));
      const there = new Set(entries.map(({ id }) => id));
      const own = [...faults].every((id) => there.has(id));
      await healJournals({
        env: ground.env,
        journals: [journal],
        which: ({ id }) => faults.has(id),
        connect: async () => engine,
        mend: mender(ground.survey),
        now: Date.now,
        say: (sentence) => recorder.note('paws-top', sentence),
        unanswered: waits,
      });
      faults.clear();
      return own;
    },
    forget: (id) => journal.remove(id),
  };
}
