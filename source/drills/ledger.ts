import { openNotebook } from './ledger-notes.ts';
import type { LedgerStore } from './ledger-store.ts';
import { openWriter } from './ledger-writer.ts';
import type { Ledger, LedgerOptions } from './types.ts';

/** The ledger over a store: turns for each member at the rate, on a schedule that neither drifts nor catches up. */
export function keepLedger(store: LedgerStore, { access, run, perSecond, deadlineMs, most }: LedgerOptions): Ledger {
  const notebook = openNotebook(run, most);
  const writers = access.map(({ member: { name } }) => openWriter({ store, member: name, deadlineMs, notebook }));
  let timer: NodeJS.Timeout | null = null;
  let next = 0;

  const giveTurns = () => {
    if (!store.spread) {
      for (const writer of writers) writer.turn();
      return;
    }
    // To the next member that is free and believed to be there; the others on the way are only asked.
    for (let passed = 0; passed < writers.length; passed += 1) {
      const writer = writers[next % writers.length];
      next += 1;
      if (writer !== undefined && !writer.isBusy() && writer.turn()) return;
    }
  };

  function beginTicking(): void {
    const startedAt = performance.now();
    const periodMs = 1000 / perSecond;
    let tick = -1;
    const wait = () => {
      tick = Math.max(tick + 1, Math.ceil((performance.now() - startedAt) / periodMs));
      timer = setTimeout(fire, Math.max(0, startedAt + tick * periodMs - performance.now()));
    };
    const fire = () => {
      if (notebook.isFull()) return;
      giveTurns();
      wait();
    };
    wait();
  }
  const halt = () => {
    if (timer !== null) clearTimeout(timer);
    timer = null;
  };

  return {
    system: store.system,
    open: store.prepare,
    start() {
      if (timer === null) beginTicking();
    },
    insist(member) {
      writers.find((one) => one.member === member)?.insist();
    },
    attempts: () => notebook.attempts,
    counts: notebook.counts,
    onEnd: notebook.onEnd,
    async stop() {
      halt();
      await Promise.all(writers.map((writer) => writer.stop()));
    },
    read: store.read,
    durability: store.durability,
    clean: store.clean,
    close() {
      halt();
      for (const writer of writers) writer.close();
    },
  };
}
