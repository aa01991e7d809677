import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createMerge, type Waiting } from '../../source/logs/merge.ts';
import type { Line, Moment } from '../../source/logs/types.ts';

type Given = { source: number; ms: number; ns: number; text: string };

const lineOf = ({ source, ms, ns, text }: Given, entry: Moment | null = null): Line => {
  const at = { ms, ns };
  return { source, kind: 'out', at, entry: entry ?? at, text: Buffer.from(text), cut: 0 };
};
const told = ({ source, entry, chunk, start, end }: Waiting): Given => ({
  source,
  ms: entry.ms,
  ns: entry.ns,
  text: chunk.toString('utf8', start, end),
});
const inOrder = (lines: readonly Given[]) =>
  [...lines].sort((a, b) => a.ms - b.ms || a.ns - b.ns || a.source - b.source);

/** Streams, each in order, as they are on the engine. */
const streams = fc
  .array(fc.array(fc.record({ ms: fc.nat(400), ns: fc.nat(3) }), { maxLength: 60 }), { minLength: 1, maxLength: 8 })
  .map((sources) =>
    sources.map((moments, source) =>
      inOrder(moments.map((moment) => ({ ...moment, source, text: '' }))).map((line, index) => ({
        ...line,
        text: `${source}-${index}${'x'.repeat(index % 90)}`,
      })),
    ),
  );

test('however streams come in, all lines go out in order, each once, and the memory is kept to', () => {
  fc.assert(
    fc.property(
      streams,
      fc.infiniteStream(fc.nat(1_000)),
      fc.integer({ min: 1, max: 80_000 }),
      (given, dice, limit) => {
        const seen: Given[] = [];
        const merge = createMerge({
          out: (line) => {
            seen.push(told(line));
            return true;
          },
          windowMs: 250,
          limit,
          clock: () => 0,
        });
        const paused = new Set<number>();
        const left = given.map((lines, source) => ({
          source,
          lines: [...lines],
          inlet: merge.open(source, (on) => void (on ? paused.add(source) : paused.delete(source))),
        }));
        while (left.length > 0) {
          const able = left.filter(({ source }) => !paused.has(source));
          expect(able.length).toBeGreaterThan(0); // or it would stand still
          const chosen = able[(dice.next().value ?? 0) % able.length];
          if (chosen === undefined) break;
          const line = chosen.lines.shift();
          if (line !== undefined) chosen.inlet.add(lineOf(line));
          else {
            chosen.inlet.end();
            left.splice(left.indexOf(chosen), 1);
          }
          merge.flow();
        }
        expect(seen).toEqual(inOrder(given.flat()));
        expect(merge.size).toBe(0);
      },
    ),
  );
});

test('a source that is ahead is asked to pause, and to go on when the others have come after', () => {
  const asked: string[] = [];
  let out = 0;
  const merge = createMerge({ out: () => ++out > 0, windowMs: 250, limit: 1, clock: () => 0 });
  const ahead = merge.open(0, (on) => asked.push(on ? 'pause' : 'on'));
  const behind = merge.open(1, () => {});
  for (let n = 0; asked.length === 0; n++) {
    ahead.add(lineOf({ source: 0, ms: 1_000 + n, ns: 0, text: 'y'.repeat(1_000) }));
    merge.flow();
    expect(n).toBeLessThan(100);
  }
  expect({ asked, out }).toEqual({ asked: ['pause'], out: 0 });
  behind.end();
  merge.flow();
  expect(asked).toEqual(['pause', 'on']);
  expect(out).toBeGreaterThan(50);
});

test('while no more is wanted nothing goes out, and nothing is lost', () => {
  const seen: string[] = [];
  let wanted = false;
  const out = (line: Waiting) => {
    seen.push(told(line).text);
    return wanted;
  };
  const merge = createMerge({ out, windowMs: 250, clock: () => 0 });
  const inlet = merge.open(0, () => {});
  for (const text of ['a', 'b', 'c']) inlet.add(lineOf({ source: 0, ms: 1, ns: 0, text }));
  inlet.end();
  merge.flow();
  expect(seen).toEqual(['a']);
  wanted = true;
  merge.flow();
  expect(seen).toEqual(['a', 'b', 'c']);
});

test('lines of two writers of one container, a little out of order, are put right', () => {
  const seen: string[] = [];
  const merge = createMerge({ out: (line) => seen.push(told(line).text) > 0, windowMs: 250, clock: () => 0 });
  const inlet = merge.open(0, () => {});
  inlet.add(lineOf({ source: 0, ms: 11, ns: 0, text: 'second' }));
  merge.flow();
  inlet.add(lineOf({ source: 0, ms: 10, ns: 999_999, text: 'first' }));
  merge.flow();
  inlet.add(lineOf({ source: 0, ms: 12, ns: 0, text: 'of the first' }, { ms: 10, ns: 999_999 }));
  inlet.end();
  merge.flow();
  expect(seen).toEqual(['first', 'of the first', 'second']);
});

test('followed lines go out after the window, in order, also when one is late', () => {
  const seen: string[] = [];
  let now = 0;
  const out = (line: Waiting) => seen.push(told(line).text) > 0;
  const merge = createMerge({ out, windowMs: 250, clock: () => now });
  const [one, two] = [merge.open(0, () => {}), merge.open(1, () => {})];
  one.caughtUp();
  two.caughtUp();
  one.add(lineOf({ source: 0, ms: 5_000, ns: 2, text: 'one' }));
  merge.flow();
  now = 200;
  two.add(lineOf({ source: 1, ms: 5_000, ns: 1, text: 'two, earlier' }));
  two.add(lineOf({ source: 1, ms: 5_100, ns: 1, text: 'three' }));
  merge.flow();
  expect(seen).toEqual([]);
  now = 250;
  merge.flow();
  expect(seen).toEqual(['two, earlier', 'one']);
  now = 449;
  merge.flow();
  expect(seen).toHaveLength(2);
  merge.flush();
  expect(seen).toEqual(['two, earlier', 'one', 'three']);
});

test('what is new waits for a source that still has to tell of before, and is asked to pause meanwhile', () => {
  const seen: string[] = [];
  const asked: boolean[] = [];
  const out = (line: Waiting) => seen.push(told(line).text) > 0;
  const merge = createMerge({ out, windowMs: 250, limit: 1, clock: () => 1_000 });
  const [live, behind] = [merge.open(0, (on) => asked.push(on)), merge.open(1, () => {})];
  live.add(lineOf({ source: 0, ms: 4_000, ns: 0, text: 'old' }));
  live.caughtUp();
  behind.add(lineOf({ source: 1, ms: 3_000, ns: 0, text: 'older' }));
  behind.add(lineOf({ source: 1, ms: 4_500, ns: 0, text: 'last of the old' }));
  for (let n = 0; n < 100; n++) live.add(lineOf({ source: 0, ms: 5_000 + n, ns: 0, text: 'z'.repeat(1_000) }));
  merge.flow();
  expect(seen).toEqual(['older', 'old']);
  expect(asked).toEqual([true]);
  behind.caughtUp();
  merge.flow();
  expect(seen).toHaveLength(103);
  expect(asked).toEqual([true, false]);
});
