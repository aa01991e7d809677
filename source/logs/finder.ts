import { type Expression, type Failure, troubles, type Work } from './finder-jobs.ts';
import { createMarkCache } from './finder-marks.ts';
import { parsePattern } from './finder-pattern.ts';
import { createSlotQueue } from './finder-queue.ts';
import { createThread } from './finder-thread.ts';
import { createVerdicts } from './finder-verdicts.ts';
import type { Finder, LogBuffer, Search } from './types.ts';

/** Lines in one job at most. The thread answers sooner with a part of them. */
const sliceLines = 32_768;

type Running = { readonly pattern: string; readonly expression: Expression | null; readonly trouble: string | null };

/**
 * Searches what a buffer keeps, in a thread that the first search starts. One job at a time; a new search ends what the last
 * one was at. It never keeps the process alive.
 */
export function createFinder(buffer: Pick<LogBuffer, 'shared' | 'size' | 'slotAt' | 'version'>): Finder {
  const { shared } = buffer;
  const thread = createThread({ keepsAlive: false });
  const queue = createSlotQueue();
  const marks = createMarkCache();
  const verdicts = createVerdicts(shared.seq);
  const listeners = new Set<() => void>();
  let running: Running | null = null;
  let toldChunks = 0;
  let atWork = false;
  /** What is told of the search, until it or the buffer changes. */
  let told: { readonly state: Search; readonly version: number } | null = null;

  function changed(): void {
    told = null;
    for (const listener of [...listeners]) listener();
  }

  function queueAll(): void {
    const slots = new Int32Array(buffer.size);
    for (let position = 0; position < slots.length; position++) slots[position] = buffer.slotAt(position);
    queue.clear();
    queue.push(slots);
  }

  /** Works from the end of this turn on, so that all marks of a frame go in one job. */
  async function work(): Promise<void> {
    if (atWork) return;
    atWork = true;
    await Promise.resolve();
    for (;;) {
      const search = running;
      if (search === null || search.expression === null || search.trouble !== null) break;
      const did = (await markTexts(search, search.expression)) || (await testSlots(search, search.expression));
      if (!did) break;
    }
    atWork = false;
  }

  /** Whether there was anything to do; so is the next. */
  async function markTexts(search: Running, expression: Expression): Promise<boolean> {
    const texts = marks.take();
    if (texts.length === 0) return false;
    const answer = await thread.ask(expression, () => ({ kind: 'marks', texts }));
    if (search !== running) return true;
    if (answer.kind === 'marks') marks.put(texts, answer.marks);
    if (answer.kind === 'failed') fail(search, answer.failure);
    changed();
    return true;
  }

  async function testSlots(search: Running, expression: Expression): Promise<boolean> {
    const slots = queue.take(sliceLines, verdicts.isWanted);
    if (slots.length === 0) return false;
    const seqs = verdicts.seqsOf(slots);
    const answer = await thread.ask(expression, (fresh) => slotsWork(slots, fresh));
    if (search !== running) return true;
    if (answer.kind === 'verdicts') queue.putBack(verdicts.put(slots, seqs, answer.verdicts));
    if (answer.kind === 'failed') fail(search, answer.failure);
    changed();
    return true;
  }

  function slotsWork(slots: Int32Array, fresh: boolean): Work {
    const { chunk, offset, length, seq } = shared;
    const chunks = shared.chunks.slice(fresh ? 0 : toldChunks);
    toldChunks = shared.chunks.length;
    return { kind: 'slots', slots, lines: fresh ? { chunk, offset, length, seq } : null, chunks };
  }

  function fail(search: Running, failure: Failure): void {
    begin({ ...search, trouble: troubles[failure] });
  }

  /** What is known and waits is of another search. */
  function begin(search: Running | null): void {
    running = search;
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
        });
        if (isExpression) queueAll();
      }
      changed();
      void work();
    },
    get state() {
      if (running === null) return null;
      if (told?.version === buffer.version) return told.state;
      const { pattern, trouble } = running;
      told = { state: { pattern, ...verdicts.count(), total: buffer.size, trouble }, version: buffer.version };
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
