import { type Desk, type Expression, type Failure, troubles, type Work } from './finder-jobs.ts';
import { createMarkCache } from './finder-marks.ts';
import { parsePattern } from './finder-pattern.ts';
import { createSlotQueue } from './finder-queue.ts';
import { createThread } from './finder-thread.ts';
import { createVerdicts } from './finder-verdicts.ts';
import type { Finder, LogBuffer, Search, SharedLines } from './types.ts';

/** Lines in one job at most. The thread answers sooner with a part of them. */
const sliceLines = 32_768;
/** How often it tells how far it is; a search that takes less is told of once, complete with the marks of its frame. */
const progressMs = 100;

type Running = {
  readonly pattern: string;
  readonly expression: Expression | null;
  readonly trouble: string | null;
  caughtUp: boolean;
};

/**
 * Searches what a buffer keeps, in a thread that the first search starts. One job at a time; a new search ends what the last
 * one was at. It never keeps the process alive.
 */
export function createFinder(buffer: Pick<LogBuffer, 'shared' | 'size' | 'slotAt' | 'version'>): Finder {
  const { shared } = buffer;
  const thread = createThread({ keepsAlive: false });
  const queue = createSlotQueue();
  const marks = createMarkCache();
  const verdicts = createVerdicts(shared.seq, sliceLines);
  const listeners = new Set<() => void>();
  /** All slots in order, and those of the job at hand. */
  const all = new Int32Array(shared.seq.length);
  const taken = new Int32Array(sliceLines);
  /** What the thread at work was given; null: nothing yet. Another thread has another desk: one that was given up may still write on its own. */
  let desk: Desk | null = null;
  /** Chunks that the thread knows. */
  let toldChunks = 0;
  let running: Running | null = null;
  let atWork = false;
  /** What is told of the search, until it or the buffer changes. */
  let told: { readonly state: Search; readonly version: number } | null = null;
  let noticedAt = 0;

  function notice(): void {
    noticedAt = performance.now();
    for (const listener of [...listeners]) listener();
  }

  function queueAll(): void {
    queue.clear();
    const { size } = buffer;
    for (let position = 0; position < size; position++) all[position] = buffer.slotAt(position);
    queue.push(all.subarray(0, size));
  }

  /** Works from the end of this turn on, so that all marks of a frame go in one job. */
  async function work(): Promise<void> {
    if (atWork) return;
    atWork = true;
    await Promise.resolve();
    for (;;) {
      if (running === null || running.expression === null || running.trouble !== null) break;
      // What is taken here is of this search: nobody can begin another before it is asked.
      const texts = marks.take();
      if (texts.length > 0) await markTexts(running, running.expression, texts);
      else {
        const slots = queue.take(taken, verdicts.isWanted);
        if (slots.length === 0) {
          running.caughtUp = true;
          told = null;
          break;
        }
        await testSlots(running, running.expression, slots);
      }
      told = null;
      if (performance.now() - noticedAt >= progressMs) notice();
    }
    atWork = false;
    notice();
  }

  async function markTexts(search: Running, expression: Expression, texts: readonly string[]): Promise<void> {
    const answer = await thread.ask(expression, (fresh) => {
      if (fresh) desk = null;
      return { kind: 'marks', texts };
    });
    if (search !== running) return;
    if (answer.kind === 'marks') marks.put(texts, answer.marks);
    if (answer.kind === 'failed') fail(search, answer.failure);
  }

  async function testSlots(search: Running, expression: Expression, slots: Int32Array): Promise<void> {
    verdicts.sent(slots);
    const answer = await thread.ask(expression, (fresh) => slotsWork(slots, fresh));
    if (search !== running) return;
    if (answer.kind === 'tested' && desk !== null) queue.putBack(verdicts.put(slots, desk.verdicts, answer.count));
    if (answer.kind === 'failed') fail(search, answer.failure);
  }

  function slotsWork(slots: Int32Array, fresh: boolean): Work {
    const given = fresh ? null : desk;
    if (given === null) toldChunks = 0;
    desk = given ?? createDesk(shared);
    desk.slots.set(slots);
    const chunks = shared.chunks.slice(toldChunks);
    toldChunks += chunks.length;
    return { kind: 'slots', count: slots.length, desk: given === null ? desk : null, chunks };
  }

  function fail(search: Running, failure: Failure): void {
    begin({ ...search, trouble: troubles[failure] });
  }

  /** What is known and waits is of another search. */
  function begin(search: Running | null): void {
    running = search;
    told = null;
    verdicts.clear();
    queue.clear();
    marks.clear();
  }

  return {
    search(pattern) {
      // A search for nothing finds nothing; one that goes on need not begin again.
      const wanted = pattern === '' ? null : pattern;
      if (wanted === (running?.pattern ?? null) && (running?.trouble ?? null) === null) return;
      thread.supersede();
      if (wanted === null) begin(null);
      else {
        const parsed = parsePattern(wanted);
        const isExpression = 'source' in parsed;
        begin({
          pattern: wanted,
          expression: isExpression ? parsed : null,
          trouble: isExpression ? null : parsed.trouble,
          caughtUp: false,
        });
        if (isExpression) queueAll();
      }
      noticedAt = performance.now();
      void work();
    },
    get state() {
      if (running === null) return null;
      if (told?.version === buffer.version) return told.state;
      const { pattern, trouble, caughtUp } = running;
      told = {
        state: { pattern, ...verdicts.count(), total: buffer.size, caughtUp, trouble },
        version: buffer.version,
      };
      return told.state;
    },
    matches: verdicts.isHit,
    test(slots) {
      if (running === null || running.trouble !== null) return;
      queue.push(slots);
      // Where lines come faster than they can be tested, most of those that wait have long fallen out.
      if (queue.length > 2 * shared.seq.length) queueAll();
      void work();
    },
    marks(text) {
      if (running === null || running.trouble !== null) return [];
      const known = marks.get(text);
      if (known === null) void work();
      return known;
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      begin(null);
      listeners.clear();
      thread.close();
    },
  };
}

function createDesk({ chunk, offset, length, seq }: SharedLines): Desk {
  const slots = new Int32Array(new SharedArrayBuffer(sliceLines * 4));
  const verdicts = new Uint8Array(new SharedArrayBuffer(sliceLines));
  return { lines: { chunk, offset, length, seq }, slots, verdicts };
}
