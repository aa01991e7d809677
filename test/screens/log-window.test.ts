import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBuffer } from '../../source/logs/buffer.ts';
import { type Level, type LineId, type LogBuffer, levels } from '../../source/logs/types.ts';
import { type LogFilter, logWindow } from '../../source/ui/log-window.ts';
import { pageOf } from '../../source/ui/screens/log-page.ts';

type Given = {
  readonly source: number;
  readonly level: Level | null;
  readonly hit: boolean;
  readonly note: boolean;
  readonly height: number;
};

const given: fc.Arbitrary<Given> = fc.record({
  source: fc.integer({ min: -1, max: 2 }),
  level: fc.constantFrom(null, ...levels),
  hit: fc.boolean(),
  note: fc.boolean(),
  height: fc.constantFrom(1, 1, 1, 2, 7),
});
const filters = fc.record({
  sources: fc.option(fc.uniqueArray(fc.integer({ min: 0, max: 2 }))),
  levels: fc.option(fc.uniqueArray(fc.constantFrom(...levels))),
  search: fc.boolean(),
  context: fc.option(fc.integer({ min: 0, max: 3 })),
});

/** A buffer of lines 10 ms apart, which forgets all but the newest 20. */
function filled(lines: readonly Given[]): LogBuffer {
  const buffer = createBuffer({ lines: 20, bytes: 1_000_000 });
  for (const [index, { source, level, hit, note, height }] of lines.entries()) {
    const at = { ms: index * 10, ns: 0 };
    const text = Buffer.from(`${level === null ? '' : `${level.toUpperCase()}: `}${hit ? 'yes' : 'no'} ${height}`);
    buffer.add({
      source: note ? source : Math.max(0, source),
      kind: note ? 'note' : 'out',
      at,
      entry: at,
      text,
      cut: 0,
    });
    buffer.settle();
  }
  return buffer;
}

type Filters = typeof filters extends fc.Arbitrary<infer Value> ? Value : never;
const isHit = (buffer: LogBuffer, slot: number) => buffer.text(slot).includes('yes');

const filterOf = (buffer: LogBuffer, { sources, levels: wanted, search, context }: Filters): LogFilter => ({
  sources: sources === null ? null : new Set(sources),
  levels: wanted,
  matches: search ? (slot) => isHit(buffer, slot) : null,
  context,
});

/** Positions that show, found the simple way: by looking at all of them. */
function naive(buffer: LogBuffer, { sources, levels: wanted, search, context }: Filters): readonly number[] {
  const slots = Array.from({ length: buffer.size }, (_, position) => buffer.slotAt(position));
  const passing = slots.flatMap((slot, position) => {
    const note = buffer.kind(slot) === 'note';
    const source = buffer.source(slot);
    const ofSource = sources === null || sources.includes(source) || source === -1;
    return ofSource && (wanted === null || note || wanted.includes(buffer.level(slot) ?? 'info')) ? [position] : [];
  });
  if (!search || context === null) return passing;
  return passing.filter((_, index) =>
    passing.slice(Math.max(0, index - context), index + context + 1).some((near) => isHit(buffer, slots[near] ?? -1)),
  );
}

const run = (check: (buffer: LogBuffer, wanted: Filters, start: number) => void) =>
  fc.assert(
    fc.property(fc.array(given, { maxLength: 30 }), filters, fc.nat({ max: 19 }), (lines, wanted, start) => {
      const buffer = filled(lines);
      check(buffer, wanted, start);
    }),
    { numRuns: 300 },
  );

const idAt = (buffer: LogBuffer, position: number | undefined): LineId | null =>
  position === undefined ? null : buffer.idOf(buffer.slotAt(position));

test('a walk meets what a look at all lines finds, from anywhere in both directions', () => {
  run((buffer, wanted, start) => {
    const all = naive(buffer, wanted);
    const { walk } = logWindow(buffer, filterOf(buffer, wanted));
    const from = Math.min(start, buffer.size);
    const met = (direction: 1 | -1) => {
      const next = walk(from, direction);
      const positions: number[] = [];
      for (let position = next(); position >= 0; position = next()) positions.push(position);
      return positions;
    };
    expect(met(1)).toEqual(all.filter((position) => position > from));
    expect(met(-1)).toEqual(all.filter((position) => position < from).reverse());
  });
});

test('steps, ends, hits and moments are those of the lines that show', () => {
  run((buffer, wanted, start) => {
    const all = naive(buffer, wanted);
    const { shown } = logWindow(buffer, filterOf(buffer, wanted));
    const at = (index: number) => idAt(buffer, all[Math.max(0, Math.min(all.length - 1, index))]);
    expect(shown.first()).toEqual(at(0));
    expect(shown.last()).toEqual(at(all.length - 1));
    for (const by of [-40, -3, -1, 0, 1, 3, Infinity, -Infinity])
      expect(shown.step(null, by)).toEqual(at(all.length - 1 + by));
    expect(shown.at(start * 10 + 5)).toEqual(
      idAt(
        buffer,
        all.find((position) => buffer.ms(buffer.slotAt(position)) >= start * 10 + 5),
      ),
    );
    if (start >= buffer.size) return;
    const here = idAt(buffer, start) ?? { slot: 0, seq: 0 };
    // From a line that does not show, the next one that does stands for it.
    const standing = all.findIndex((position) => position >= start);
    const index = standing < 0 ? all.length - 1 : standing;
    for (const by of [-2, -1, 0, 1, 2]) expect(shown.step(here, by)).toEqual(at(index + by));
    const hits = naive(buffer, { ...wanted, search: false }).filter(
      (position) => wanted.search && isHit(buffer, buffer.slotAt(position)),
    );
    expect(shown.hit(here, 1)).toEqual(
      idAt(
        buffer,
        hits.find((position) => position > start),
      ),
    );
    expect(shown.hit(here, -1)).toEqual(
      idAt(
        buffer,
        hits.findLast((position) => position < start),
      ),
    );
    expect(shown.hit(null, -1)).toEqual(idAt(buffer, hits.at(-1)));
    expect(shown.hit(null, 1)).toBeNull();
    expect(shown.ms(here)).toBe(buffer.ms(here.slot));
  });
});

test('the oldest that is kept takes over from a line that has fallen out', () => {
  const line = { source: 0, level: null, hit: true, note: false, height: 1 };
  const buffer = filled([line]);
  const fallen = buffer.idOf(buffer.slotAt(0));
  for (let index = 1; index <= 25; index += 1) {
    const at = { ms: index, ns: 0 };
    buffer.add({ source: 0, kind: 'out', at, entry: at, text: Buffer.from('yes'), cut: 0 });
  }
  buffer.settle();
  const window = logWindow(buffer, { sources: null, levels: null, matches: () => true, context: null });
  expect(buffer.holds(fallen)).toBe(false);
  expect(window.shown.step(fallen, 0)).toEqual(idAt(buffer, 0));
  expect(window.shown.step(fallen, 1)).toEqual(idAt(buffer, 1));
  expect(window.shown.hit(fallen, 1)).toEqual(idAt(buffer, 0));
  expect(window.shown.hit(fallen, -1)).toBeNull();
  expect(window.shown.ms(fallen)).toBeNull();
});

test('a page is full of lines that follow each other, with the cursor on it, or the newest at its end', () => {
  const places = fc.record({ cursor: fc.option(fc.nat({ max: 19 })), top: fc.option(fc.nat({ max: 19 })) });
  fc.assert(
    fc.property(
      fc.array(given, { maxLength: 30 }),
      filters,
      places,
      fc.integer({ min: 7, max: 16 }),
      (lines, wanted, { cursor, top }, rows) => {
        const buffer = filled(lines);
        const all = naive(buffer, wanted);
        const line = (position: number | null) =>
          position === null || position >= buffer.size ? null : idAt(buffer, position);
        const layer = { cursor: line(cursor), top: line(top) };
        const heightOf = (slot: number) => Number(buffer.text(slot).split(' ').at(-1));
        const page = pageOf(layer, buffer, logWindow(buffer, filterOf(buffer, wanted)), rows, heightOf);

        const positions = page.slots.map((slot) => buffer.positionOf(buffer.idOf(slot)) ?? -1);
        const start = all.indexOf(positions[0] ?? -1);
        expect(positions).toEqual(start < 0 ? [] : all.slice(start, start + positions.length));
        if (all.length === 0) return;
        const height = (slots: readonly number[]) => slots.reduce((sum, slot) => sum + heightOf(slot), 0);
        const used = height(page.slots) - page.above;
        expect(page.above).toBeLessThan(heightOf(page.slots[0] ?? -1) || 1);
        // Full, but for where there is no more; nothing that is not seen but at its end.
        const whole = height(all.map((position) => buffer.slotAt(position)));
        expect(used).toBeGreaterThanOrEqual(Math.min(rows, whole));
        expect(height(page.slots.slice(0, -1)) - page.above).toBeLessThan(Math.max(1, rows));
        if (layer.cursor === null) {
          expect(page.cursor).toBeNull();
          expect(positions.at(-1)).toBe(all.at(-1));
          return;
        }
        const stands = all.find((position) => position >= (cursor ?? 0)) ?? all.at(-1) ?? -1;
        expect(page.cursor).toBe(buffer.slotAt(stands));
        const end = height(page.slots.slice(0, page.slots.indexOf(page.cursor ?? -1) + 1)) - page.above;
        expect(end).toBeLessThanOrEqual(rows);
        expect(end).toBeGreaterThanOrEqual(heightOf(page.cursor ?? -1));
      },
    ),
    { numRuns: 500 },
  );
});

test('what is on screen stays where it is while the cursor moves on it', () => {
  const buffer = filled(
    Array.from({ length: 20 }, () => ({ source: 0, level: null, hit: false, note: false, height: 1 })),
  );
  const window = logWindow(buffer, { sources: null, levels: null, matches: null, context: null });
  const firstOf = (top: number, cursor: number) => {
    const page = pageOf({ cursor: idAt(buffer, cursor), top: idAt(buffer, top) }, buffer, window, 5, () => 1);
    return buffer.positionOf(buffer.idOf(page.slots[0] ?? -1));
  };
  expect(firstOf(8, 8)).toBe(8);
  expect(firstOf(8, 12)).toBe(8);
  expect(firstOf(8, 13)).toBe(9);
  expect(firstOf(8, 7)).toBe(7);
  // Far away, it is put in the middle.
  expect(firstOf(0, 15)).toBe(13);
  expect(firstOf(15, 3)).toBe(1);
});
