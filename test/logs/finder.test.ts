import { afterEach, expect, test } from 'vitest';
import { createBuffer } from '../../source/logs/buffer.ts';
import { createFinder } from '../../source/logs/finder.ts';
import type { Finder, LogBuffer, SharedLines } from '../../source/logs/types.ts';

const open: Finder[] = [];
afterEach(() => {
  for (const finder of open.splice(0)) finder.close();
});

let stamp = 1_800_000_000_000;
function add(buffer: LogBuffer, ...texts: (string | Buffer)[]): Int32Array {
  for (const text of texts) {
    stamp += 1;
    const at = { ms: stamp, ns: 0 };
    buffer.add({ source: 0, kind: 'out', at, entry: at, text: Buffer.from(text as string), cut: 0 });
  }
  return buffer.settle();
}

function finderOf(buffer: Parameters<typeof createFinder>[0]): Finder {
  const finder = createFinder(buffer);
  open.push(finder);
  return finder;
}

function bufferOf(lines: number, ...texts: (string | Buffer)[]): { buffer: LogBuffer; finder: Finder } {
  const buffer = createBuffer({ lines, bytes: 1_000_000 });
  add(buffer, ...texts);
  return { buffer, finder: finderOf(buffer) };
}

/** Resolves as soon as it holds, looked at whenever the finder has something to tell. */
function until(finder: Finder, holds: () => boolean): Promise<void> {
  return new Promise((resolve) => {
    const look = () => {
      if (!holds()) return;
      stop();
      resolve();
    };
    const stop = finder.subscribe(look);
    look();
  });
}

const done = (finder: Finder) =>
  until(
    finder,
    () => finder.state === null || finder.state.trouble !== null || finder.state.tested === finder.state.total,
  );

/** What matches, in order. */
function found(buffer: LogBuffer, finder: Finder): string[] {
  const texts: string[] = [];
  for (let position = 0; position < buffer.size; position++) {
    const slot = buffer.slotAt(position);
    if (finder.matches(slot)) texts.push(buffer.text(slot));
  }
  return texts;
}

test('it finds the lines that match, in any case if the pattern has no capitals', async () => {
  const { buffer, finder } = bufferOf(10, 'one ERROR', 'two', 'Error three', 'four');
  finder.search('error');
  expect(finder.state).toEqual({ pattern: 'error', hits: 0, tested: 0, total: 4, caughtUp: false, trouble: null });
  await done(finder);
  expect(finder.state).toEqual({ pattern: 'error', hits: 2, tested: 4, total: 4, caughtUp: true, trouble: null });
  expect(found(buffer, finder)).toEqual(['one ERROR', 'Error three']);
  finder.search('Error');
  await done(finder);
  expect(found(buffer, finder)).toEqual(['Error three']);
});

test('it sees a line without its colours, and any bytes', async () => {
  const { buffer, finder } = bufferOf(
    10,
    'a \x1b[31mfa\x1b[1miled\x1b[0m write',
    'größe 漢字 🙂',
    Buffer.from([0x66, 0xff, 0xfe, 0x00, 0x69]),
    '',
  );
  finder.search('failed write');
  await done(finder);
  expect(finder.state?.hits).toBe(1);
  finder.search('GRÖSSE|字 🙂$|Größe'.toLowerCase());
  await done(finder);
  expect(found(buffer, finder)).toEqual(['größe 漢字 🙂']);
  finder.search('f..\\0i');
  await done(finder);
  expect(finder.state?.hits).toBe(1);
  finder.search('^$');
  await done(finder);
  expect(finder.state?.hits).toBe(1);
});

test('new lines are tested as they come, those that fall out no longer count', async () => {
  const { buffer, finder } = bufferOf(4, 'x 1', 'x 2', 'y 3', 'x 4');
  finder.search('x');
  await done(finder);
  expect(finder.state).toMatchObject({ hits: 3, tested: 4, total: 4 });
  const slots = add(buffer, 'x 5', 'y 6');
  expect(finder.state).toMatchObject({ hits: 1, tested: 2, total: 4 });
  finder.test(slots);
  await done(finder);
  expect(found(buffer, finder)).toEqual(['x 4', 'x 5']);
  expect(finder.state).toMatchObject({ hits: 2, tested: 4, total: 4 });
  buffer.clear();
  expect(finder.state).toMatchObject({ hits: 0, tested: 0, total: 0 });
});

test('a search has caught up once it has seen what was kept, and stays so while more comes', async () => {
  const { buffer, finder } = bufferOf(9, 'x 1', 'y 2');
  finder.search('x');
  expect(finder.state?.caughtUp).toBe(false);
  await done(finder);
  const slots = add(buffer, 'x 3');
  expect(finder.state).toMatchObject({ tested: 2, total: 3, caughtUp: true });
  finder.test(slots);
  expect(finder.state?.caughtUp).toBe(true);
  finder.search('y');
  expect(finder.state?.caughtUp).toBe(false);
});

test('a search that is typed over is never told of, and the last one is complete', async () => {
  const { buffer, finder } = bufferOf(20_000, ...Array.from({ length: 20_000 }, (_, index) => `line ${index} of many`));
  const seen = new Set<string>();
  const stop = finder.subscribe(() => {
    if (finder.state !== null && finder.state.tested > 0) seen.add(finder.state.pattern);
  });
  for (const typed of ['l', 'li', 'lin', 'line 1', 'line 12', 'line 123\\b']) finder.search(typed);
  await done(finder);
  stop();
  expect([...seen]).toEqual(['line 123\\b']);
  expect(found(buffer, finder)).toEqual(['line 123 of many']);
  finder.search('line 7');
  finder.search(null);
  expect(finder.state).toBeNull();
  expect(found(buffer, finder)).toEqual([]);
});

test('typed over while the thread is at it, the last one is complete too', async () => {
  const { buffer, finder } = bufferOf(20_000, ...Array.from({ length: 20_000 }, (_, index) => `line ${index} of many`));
  for (const typed of ['line .*5', 'line .*50', 'line .*500', 'line 15003']) {
    finder.search(typed);
    // The thread has the job now.
    await new Promise(setImmediate);
  }
  await done(finder);
  expect(finder.state).toMatchObject({ pattern: 'line 15003', hits: 1, tested: 20_000 });
  expect(found(buffer, finder)).toEqual(['line 15003 of many']);
});

test('a long search tells how far it is, and one that is begun by who is told of it is complete', async () => {
  const slow = `${'a'.repeat(16)}b`; // about a millisecond each
  const { finder } = bufferOf(1000, ...Array<string>(1000).fill(slow));
  finder.search('(a+)+$');
  await new Promise<void>((resolve) => {
    const stop = finder.subscribe(() => {
      stop();
      expect(finder.state?.tested).toBeGreaterThan(0);
      expect(finder.state?.tested).toBeLessThan(1000);
      queueMicrotask(() => {
        finder.search('b$');
        resolve();
      });
    });
  });
  await done(finder);
  expect(finder.state).toMatchObject({ pattern: 'b$', hits: 1000, tested: 1000 });
});

test('what is no expression is said at once, and matches nothing', async () => {
  const { buffer, finder } = bufferOf(10, 'a(b', 'c');
  finder.search('a(');
  expect(finder.state).toEqual({
    pattern: 'a(',
    hits: 0,
    tested: 0,
    total: 2,
    caughtUp: false,
    trouble: 'not a regular expression (unterminated group)',
  });
  finder.test(add(buffer, 'a( again'));
  expect(finder.marks('a(b')).toEqual([]);
  expect(found(buffer, finder)).toEqual([]);
  finder.search('a\\(');
  await done(finder);
  expect(found(buffer, finder)).toEqual(['a(b', 'a( again']);
});

test('an expression that never ends is given up, and freezes nothing', async () => {
  const { buffer, finder } = bufferOf(10, 'quiet', `${'a'.repeat(40)}b`, 'aaa');
  finder.search('aaa');
  await done(finder);
  let longest = 0;
  let last = performance.now();
  const ticking = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  }, 5);
  const begun = performance.now();
  finder.search('(a+)+$');
  await done(finder);
  clearInterval(ticking);
  expect(finder.state).toMatchObject({ trouble: 'takes too long on a line', hits: 0, tested: 0 });
  expect(found(buffer, finder)).toEqual([]);
  expect(performance.now() - begun).toBeLessThan(3_000);
  expect(longest).toBeLessThan(500);
  // What comes is not tested any more; the next search is as good as new.
  finder.test(add(buffer, 'aab'));
  finder.search('a+b');
  await done(finder);
  expect(finder.state).toMatchObject({ hits: 2, tested: 4, trouble: null });
});

test('typed over, a search that hangs is ended sooner and without a word', async () => {
  const { finder } = bufferOf(10, `${'a'.repeat(40)}b`, 'x');
  const troubles: unknown[] = [];
  finder.subscribe(() => troubles.push(finder.state?.trouble));
  finder.search('x');
  await done(finder);
  const used = process.cpuUsage();
  finder.search('(a+)+$');
  // It is at it: only the thread can have used so much.
  while (process.cpuUsage(used).user < 50_000) await new Promise((resolve) => setTimeout(resolve, 5));
  const begun = performance.now();
  finder.search('(a+)+b$');
  await done(finder);
  expect(performance.now() - begun).toBeLessThan(950);
  expect(finder.state).toMatchObject({ hits: 1, tested: 2 });
  expect(new Set(troubles)).toEqual(new Set([null]));
});

test('an expression too large to be compiled is told as one', async () => {
  const { finder } = bufferOf(10, 'abc');
  finder.search('a'.repeat(2_000_000));
  await done(finder);
  expect(finder.state?.trouble).toBe('needs too much memory');
  finder.search('b');
  await done(finder);
  expect(finder.state?.hits).toBe(1);
});

test('marks tell where in a shown text it matches, once they are known', async () => {
  const { finder } = bufferOf(10, 'abc');
  expect(finder.marks('abc')).toEqual([]);
  finder.search('b+|x*');
  const told = new Promise<void>((resolve) => {
    finder.subscribe(resolve);
  });
  expect(finder.marks('a bb 漢b')).toBeNull();
  expect(finder.marks('none')).toBeNull();
  await told;
  await until(finder, () => finder.marks('none') !== null);
  expect(finder.marks('a bb 漢b')).toEqual([
    [2, 4],
    [6, 7],
  ]);
  expect(finder.marks('none')).toEqual([]);
  finder.search('a');
  expect(finder.marks('a bb 漢b')).toBeNull();
  await until(finder, () => finder.marks('a bb 漢b') !== null);
  expect(finder.marks('a bb 漢b')).toEqual([[0, 1]]);
});

test('a shown text that takes too long is told like a line', async () => {
  const { finder } = bufferOf(10, 'x');
  finder.search('(a+)+$');
  await done(finder);
  expect(finder.state?.trouble).toBeNull();
  expect(finder.marks(`${'a'.repeat(40)}b`)).toBeNull();
  await until(finder, () => finder.state?.trouble !== null);
  expect(finder.state?.trouble).toBe('takes too long on a line');
  expect(finder.marks('aa')).toEqual([]);
});

test('closed, it does nothing any more', async () => {
  const { buffer, finder } = bufferOf(10, 'x');
  finder.search('x');
  await done(finder);
  finder.search('(x+)+');
  finder.close();
  finder.test(add(buffer, 'x'));
  expect(finder.state).toBeNull();
  expect(found(buffer, finder)).toEqual([]);
});

/** Lines whose memory a test changes at will, as the buffer does: two chunks, of which the second comes later. */
function tinyLines(...texts: string[]) {
  const int32 = () => new Int32Array(new SharedArrayBuffer(4 * texts.length));
  const [chunk, offset, length] = [int32(), int32(), int32()];
  const seq = new Float64Array(new SharedArrayBuffer(8 * texts.length));
  const chunks = [new SharedArrayBuffer(1000)];
  const write = (slot: number, text: string) => {
    offset[slot] = slot * 100;
    length[slot] = Buffer.from(chunks[0] as SharedArrayBuffer).write(text, slot * 100);
  };
  for (const [slot, text] of texts.entries()) {
    write(slot, text);
    seq[slot] = slot + 1;
  }
  const shared: SharedLines = { chunk, offset, length, seq, chunks };
  const lines = { shared, size: texts.length, slotAt: (position: number) => position, version: 1 };
  return { lines, write, chunks, chunk, seq };
}

test('a verdict on a line that fell out meanwhile is not taken for its successor', async () => {
  const { lines, write, seq } = tinyLines('hit', 'hit');
  const finder = finderOf(lines);
  finder.search('hit');
  // The job is on its way; before its answer can come, the slot holds another line.
  await new Promise(process.nextTick);
  await Promise.resolve();
  write(1, 'none');
  seq[1] = 3;
  await until(finder, () => (finder.state?.tested ?? 0) === 1);
  expect([finder.matches(0), finder.matches(1)]).toEqual([true, false]);
  finder.test(Int32Array.of(1));
  await until(finder, () => finder.state?.tested === 2);
  expect([finder.matches(0), finder.matches(1)]).toEqual([true, false]);
  write(0, 'hit again');
  seq[0] = 4;
  expect(finder.matches(0)).toBe(false);
  finder.test(Int32Array.of(0));
  await until(finder, () => finder.matches(0));
  expect(finder.state).toMatchObject({ hits: 1, tested: 2 });
});

test('a line whose text cannot be read yet is tested again', async () => {
  const { lines, chunks, chunk } = tinyLines('first', 'second', 'third');
  chunk[1] = 1;
  const finder = finderOf(lines);
  finder.search('i|e');
  await until(finder, () => finder.state?.tested === 2);
  expect(finder.matches(1)).toBe(false);
  chunks.push(new SharedArrayBuffer(1000));
  Buffer.from(chunks[1] as SharedArrayBuffer).write('secret', 100);
  await done(finder);
  expect(finder.state).toMatchObject({ hits: 3, tested: 3 });
});

test('a slot that lost its line is passed over', async () => {
  const { lines, seq } = tinyLines('x', 'x');
  seq[1] = 0;
  const finder = finderOf(lines);
  finder.search('x');
  await until(finder, () => finder.state?.tested === 1);
  expect([finder.matches(0), finder.matches(1)]).toEqual([true, false]);
});
