import { expect, test } from 'vitest';
import { createBuffer, defaultBounds } from '../../source/logs/buffer.ts';
import type { Line, LogBuffer } from '../../source/logs/types.ts';

const start = Date.UTC(2026, 10, 23, 21);

function lineAt(source: number, ms: number, ns: number, text: string): Line {
  const at = { ms, ns };
  return { source, kind: 'out', at, entry: at, text: Buffer.from(text), cut: 0 };
}

/** The same numbers for the same seed, 0 up to 1. */
function randomOf(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Positions whose line stands before the one it follows. */
function misplaced(buffer: LogBuffer, from: number): number[] {
  const wrong: number[] = [];
  for (let position = Math.max(1, from); position < buffer.size; position += 1) {
    const [slot, previous] = [buffer.slotAt(position), buffer.slotAt(position - 1)];
    const by = buffer.ms(slot) - buffer.ms(previous) || buffer.ns(slot) - buffer.ns(previous);
    if (by < 0) wrong.push(position);
  }
  return wrong;
}

test('an hour of 13 services, in batches that are late by up to a second, stands in order at every frame', () => {
  const random = randomOf(4);
  const hour = 3_600_000;
  const frame = 125;
  const services = 13;
  const each = 10_000;
  const deliveries: { readonly at: number; readonly line: Line; readonly number: number }[] = [];
  for (let source = 0; source < services; source += 1) {
    const moments = Float64Array.from({ length: each }, () => random() * hour).sort();
    // What waits in a connection comes at once, and never before what was written earlier.
    let batch = 0;
    for (const moment of moments) {
      if (moment > batch) batch = moment + random() * 1000;
      const ns = Math.floor((moment % 1) * 1_000_000);
      const line = lineAt(source, start + Math.floor(moment), ns, `${source} ${moment}`);
      deliveries.push({ at: batch, line, number: moment });
    }
  }
  deliveries.sort((a, b) => a.at - b.at);
  const buffer = createBuffer(defaultBounds);
  let frames = 0;
  let wrong = 0;
  let late = 0;
  let newest = 0;
  let next = 0;
  for (let now = frame; next < deliveries.length; now += frame) {
    for (let delivery = deliveries[next]; delivery !== undefined && delivery.at <= now; delivery = deliveries[next]) {
      buffer.add(delivery.line);
      if (delivery.number < newest) late += 1;
      newest = Math.max(newest, delivery.number);
      next += 1;
    }
    if (buffer.settle().length > 0) wrong += misplaced(buffer, buffer.size - 200).length;
    frames += 1;
  }
  expect(frames).toBeGreaterThan(28_000);
  expect(late).toBeGreaterThan(50_000);
  expect(wrong).toBe(0);
  expect(misplaced(buffer, 0)).toEqual([]);
  expect(buffer.counts).toMatchObject({ added: services * each, lost: services * each - defaultBounds.lines });
  const expected = deliveries.map((delivery) => delivery.number).sort((a, b) => a - b);
  const kept = Array.from({ length: buffer.size }, (_, position) => buffer.text(buffer.slotAt(position)).split(' ')[1]);
  expect(kept).toEqual(expected.slice(-defaultBounds.lines).map(String));
});

test('of a flood that nobody settles, the newest lines are kept, and the next settle tells of all of them', () => {
  const buffer = createBuffer({ lines: 20_000, bytes: 64_000_000 });
  for (let number = 0; number < 15_000; number += 1) buffer.add(lineAt(0, start + number, 0, `a${number}`));
  expect(buffer.settle()).toHaveLength(15_000);
  for (let number = 0; number < 15_000; number += 1) buffer.add(lineAt(1, start + 5_000 + number, 0, `b${number}`));
  // Enough to have been placed once unasked.
  expect(buffer.counts.added).toBeGreaterThan(15_000);
  const told = [...buffer.settle()].map(buffer.text);
  // Older than these are 5,000 of a alone, then 2,500 of each.
  expect(told).toEqual(Array.from({ length: 12_500 }, (_, number) => `b${2_500 + number}`));
  expect(buffer.size).toBe(20_000);
  expect(buffer.text(buffer.slotAt(0))).toBe('a7500');
  expect(buffer.settle()).toHaveLength(0);
});

test('what is older than everything in a full buffer falls out at once, and is counted', () => {
  const buffer = createBuffer({ lines: 100, bytes: 1_000_000 });
  for (let number = 0; number < 100; number += 1) buffer.add(lineAt(0, start + number, 0, 'kept'));
  buffer.settle();
  for (let number = 0; number < 30_000; number += 1) buffer.add(lineAt(1, start - 30_000 + number, 0, 'too old'));
  expect(buffer.settle()).toHaveLength(0);
  expect(buffer.counts).toEqual({ added: 30_100, lost: 30_000, keptBytes: 400 });
});

const memoryOf = ({ shared }: LogBuffer): number => shared.chunks.reduce((sum, chunk) => sum + chunk.byteLength, 0);

test('memory stays near what is kept, also where each chunk is left with a few lines', () => {
  const buffer = createBuffer({ lines: 1_000, bytes: 4_000_000 });
  // One line in a hundred is of a time to come: it stays while its neighbours fall out.
  for (let number = 0; number < 200_000; number += 1) {
    const ahead = number % 100 === 0 ? 1_000_000 : 0;
    buffer.add(lineAt(0, start + number + ahead, 0, `${number} ${'x'.repeat(400)}`));
    if (number % 500 === 0) buffer.settle();
  }
  buffer.settle();
  // 400 kB in lines, and what may be scattered before it is moved together.
  expect(memoryOf(buffer)).toBeLessThan(7_000_000);
  const texts = Array.from({ length: 1_000 }, (_, position) => buffer.text(buffer.slotAt(position)).split(' ')[0]);
  expect(texts).toEqual(Array.from({ length: 1_000 }, (_, index) => String((1_000 + index) * 100)));
});

test('memory stays near what is kept, also where long lines leave room behind them', () => {
  const buffer = createBuffer({ lines: 2_000, bytes: 20_000_000 });
  for (let number = 0; number < 2_000; number += 1) {
    buffer.add(lineAt(0, start + number, 0, 'x'.repeat(number % 2 === 0 ? 65_536 : 500)));
    if (number % 10 === 0) buffer.settle();
  }
  buffer.settle();
  expect(buffer.counts.keptBytes).toBeGreaterThan(19_900_000);
  expect(memoryOf(buffer)).toBeLessThan(1.2 * 20_000_000);
});

test('a line longer than a chunk is cut, and how much is told', () => {
  const buffer = createBuffer(defaultBounds);
  buffer.add({ ...lineAt(0, start, 0, 'x'.repeat(2_000_000)), cut: 5 });
  buffer.settle();
  const slot = buffer.slotAt(0);
  expect(buffer.text(slot) === 'x'.repeat(1_048_576)).toBe(true);
  expect(buffer.cut(slot)).toBe(2_000_000 - 1_048_576 + 5);
});

test('what is no UTF-8 shows as U+FFFD and is kept as it came', () => {
  const buffer = createBuffer(defaultBounds);
  const text = Buffer.from([0x61, 0xff, 0xc3, 0x62]);
  buffer.add({ ...lineAt(0, start, 0, ''), text });
  buffer.settle();
  expect(buffer.text(buffer.slotAt(0))).toBe('a\ufffd\ufffdb');
  expect(buffer.bytes(buffer.slotAt(0)).equals(text)).toBe(true);
});
