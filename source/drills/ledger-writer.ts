import { messageOf } from '../probes/failures.ts';
import type { Notebook, Noted } from './ledger-notes.ts';
import type { Answer, LedgerStore, Line } from './ledger-store.ts';

/** How often, once so many writes were given up in a row that the server might run out of processes. */
const hungEveryMs = { primary: 2000, old: 5000 };

export type Writer = {
  readonly member: string;
  isBusy(): boolean;
  /** Begins a turn, unless one is under way; true when it began with an attempt. */
  turn(): boolean;
  insist(): void;
  /** Resolves when nothing is under way any more, which takes the deadline at most. */
  stop(): Promise<void>;
  close(): void;
};

type Circumstances = {
  readonly store: LedgerStore;
  readonly member: string;
  readonly deadlineMs: number;
  readonly notebook: Notebook;
};

/**
 * Writes to one member over one connection, one thing at a time. A member that is believed to take writes gets an attempt
 * at each turn, any other is asked whether it takes them now.
 */
export function openWriter({ store, member, deadlineMs, notebook }: Circumstances): Writer {
  const stopping = new AbortController();
  const running = new Set<Promise<void>>();
  let line: Line | null = null;
  /** Connected while all was well, for the patient client of `insist`. */
  let spare: { readonly line: Line; readonly ready: Promise<boolean> } | null = null;
  let patient: Line | null = null;
  let busy = false;
  let patientBusy = false;
  let writable = false;
  let insisted = false;
  let hung = { inRow: 0, at: 0 };

  const drop = () => {
    line?.close();
    line = null;
  };
  const begin = (work: Promise<void>) => {
    running.add(work);
    work.finally(() => running.delete(work));
  };

  const isSpared = () =>
    hung.inRow >= store.mostHung &&
    performance.now() - hung.at < (notebook.isSuperseded(member) ? hungEveryMs.old : hungEveryMs.primary);

  function turn(): boolean {
    if (stopping.signal.aborted) return false;
    if (patient !== null && !patientBusy) begin(patientTurn(patient));
    if (busy || isSpared()) return false;
    if (line?.isDead()) drop();
    // Somebody else writes by now: a member that cannot be reached is no longer thought to be the primary.
    if (line === null && notebook.isSuperseded(member)) writable = false;
    const attempt = writable || insisted ? notebook.note(member, insisted) : null;
    if (attempt === null && notebook.isFull()) return false;
    busy = true;
    begin(
      impatientTurn(attempt).finally(() => {
        busy = false;
      }),
    );
    return attempt !== null;
  }

  async function impatientTurn(noted: Noted | null): Promise<void> {
    let attempt = noted;
    let until = performance.now() + deadlineMs;
    const fresh = line === null;
    const over = line ?? store.connect(member);
    line = over;
    if (fresh || attempt === null) {
      try {
        writable = await before(over.check(), until);
      } catch (error) {
        drop();
        if (attempt !== null) notebook.end(attempt, { outcome: 'failed', why: `not sent: ${messageOf(error)}` });
        return;
      }
      if (!writable && !insisted) {
        if (attempt !== null) notebook.end(attempt, { outcome: 'failed', why: 'not sent: it takes no writes' });
        return;
      }
      if (attempt === null) {
        if (store.spread || stopping.signal.aborted) return;
        until = performance.now() + deadlineMs;
        attempt = notebook.note(member, insisted);
        if (attempt === null) return;
      }
    }
    const answer = await before(over.write(attempt.id), until).catch(
      (): Answer => ({ outcome: 'indeterminate', why: `no answer within ${deadlineMs} ms` }),
    );
    settle(attempt, answer);
  }

  function settle(attempt: Noted, answer: Answer): void {
    notebook.end(attempt, answer);
    if (answer.outcome === 'acked') {
      hung = { inRow: 0, at: 0 };
      if (spare === null && !store.spread) holdSpare();
      return;
    }
    if (answer.outcome === 'indeterminate') {
      hung = { inRow: hung.inRow + 1, at: performance.now() };
      drop();
    } else if (answer.readOnly) writable = false;
  }

  function holdSpare() {
    const opened = store.connect(member);
    const ready = before(opened.check(), performance.now() + deadlineMs).then(
      () => true,
      () => {
        opened.close();
        return false;
      },
    );
    spare = { line: opened, ready };
    return spare;
  }

  async function patientTurn(over: Line): Promise<void> {
    const attempt = over.isDead() ? null : notebook.note(member, true);
    patientBusy = true;
    const answer = attempt === null ? null : await untilStopped(over.write(attempt.id), attempt.sentAt);
    if (attempt !== null && answer !== null) notebook.end(attempt, answer);
    if (answer?.outcome !== 'acked') {
      over.close();
      patient = null;
    }
    patientBusy = false;
  }

  /** No deadline; once writing stops, what is left of the usual one. */
  function untilStopped(write: Promise<Answer>, sentAt: number): Promise<Answer> {
    return new Promise((resolve) => {
      let timer: NodeJS.Timeout | undefined;
      const onStop = () => {
        const left = Math.max(0, sentAt + deadlineMs - performance.now());
        timer = setTimeout(() => resolve({ outcome: 'indeterminate', why: 'no answer until writing ended' }), left);
      };
      if (stopping.signal.aborted) onStop();
      else stopping.signal.addEventListener('abort', onStop, { once: true });
      write.then((answer) => {
        clearTimeout(timer);
        stopping.signal.removeEventListener('abort', onStop);
        resolve(answer);
      });
    });
  }

  return {
    member,
    isBusy: () => busy,
    turn,
    insist() {
      if (insisted || store.spread) return;
      insisted = true;
      const held = spare === null || spare.line.isDead() ? holdSpare() : spare;
      held.ready.then((ready) => {
        if (ready && !stopping.signal.aborted) patient = held.line;
      });
    },
    async stop() {
      stopping.abort();
      while (running.size > 0) await Promise.all(running);
    },
    close() {
      stopping.abort();
      for (const one of [line, spare?.line, patient]) one?.close();
    },
  };
}

/** Settles as the work does, or rejects at that time; the work goes on until its connection is closed. */
function before<T>(work: Promise<T>, until: number): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error('no answer in time')), Math.max(0, until - performance.now()));
    work.then(resolve, reject).finally(() => clearTimeout(timer));
  });
}
