import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBuffer } from '../../source/logs/buffer.ts';
import { type Bounds, type Level, type Line, type LogBuffer, levels, lineKinds } from '../../source/logs/types.ts';

/** A line as the model has it. `inherited`: of an entry whose head fell out, as the oldest that was left of it. */
type Kept = Line & { readonly seq: number; readonly body: string; inherited?: Level | null };

const levelOf = (text: string): Level | null => levels.find((level) => text.startsWith(level)) ?? null;
const byOrder = (a: Kept, b: Kept) =>
  a.entry.ms - b.entry.ms || a.entry.ns - b.entry.ns || a.source - b.source || a.seq - b.seq;
const sameEntry = (a: Kept, b: Kept) => a.entry.ms === b.entry.ms && a.entry.ns === b.entry.ns && a.source === b.source;
const continuing = (line: Line) => line.entry !== line.at;

/** What a buffer is meant to be, in an array that is sorted anew each time. */
function createModel(bounds: Bounds) {
  let lines: Kept[] = [];
  let waiting: Kept[] = [];
  let seq = 0;
  let added = 0;
  let lost = 0;
  const levelAt = (all: readonly Kept[], position: number): Level | null => {
    const line = all[position] as Kept;
    if (!continuing(line)) return levelOf(line.body);
    if (line.inherited !== undefined) return line.inherited;
    const previous = all[position - 1];
    return previous !== undefined && sameEntry(previous, line) ? levelAt(all, position - 1) : null;
  };
  return {
    add(line: Line) {
      seq += 1;
      waiting.push({ ...line, seq, body: Buffer.from(line.text).toString() });
    },
    settle(): number[] {
      const all = [...lines, ...waiting].sort(byOrder);
      let drop = 0;
      let bytes = all.reduce((sum, line) => sum + line.text.length, 0);
      while (all.length - drop > bounds.lines || bytes > bounds.bytes) {
        bytes -= (all[drop] as Kept).text.length;
        drop += 1;
      }
      const oldest = all[drop];
      const last = all[drop - 1];
      if (oldest !== undefined && last !== undefined && continuing(oldest) && sameEntry(oldest, last))
        oldest.inherited = levelAt(all, drop - 1);
      lines = all.slice(drop);
      added += waiting.length;
      lost += drop;
      const fresh = new Set(waiting.map((line) => line.seq));
      waiting = [];
      return lines.filter((line) => fresh.has(line.seq)).map((line) => line.seq);
    },
    clear() {
      lines = [];
      waiting = [];
      added = 0;
      lost = 0;
    },
    get lines() {
      return lines;
    },
    level: (position: number) => levelAt(lines, position),
    get counts() {
      return { added, lost, keptBytes: lines.reduce((sum, line) => sum + line.text.length, 0) };
    },
  };
}

const seqsOf = (buffer: LogBuffer, slots: Int32Array) => [...slots].map((slot) => buffer.idOf(slot).seq);
const slotsOf = (buffer: LogBuffer) => Array.from({ length: buffer.size }, (_, position) => buffer.slotAt(position));
/** As another thread reads it. */
const sharedText = ({ shared }: LogBuffer, slot: number) => {
  const chunk = shared.chunks[shared.chunk[slot] as number] as SharedArrayBuffer;
  return Buffer.from(chunk, shared.offset[slot], shared.length[slot]).toString();
};

const moment = fc.record({ ms: fc.integer({ min: 1000, max: 1005 }), ns: fc.integer({ min: 0, max: 1 }) });
const lineOf = (longest: number) =>
  fc
    .record({
      source: fc.integer({ min: -1, max: 1 }),
      kind: fc.constantFrom(...lineKinds),
      at: moment,
      /** It belongs to the entry of a line before it. */
      of: fc.option(moment, { freq: 2 }),
      level: fc.constantFrom('', ...levels),
      rest: fc.string({ maxLength: 12 }),
      longer: fc.oneof({ weight: 9, arbitrary: fc.constant(0) }, fc.integer({ min: 0, max: longest })),
      cut: fc.nat({ max: 3 }),
    })
    .map(
      ({ at, of, level, rest, longer, ...line }): Line => ({
        ...line,
        at,
        entry: of ?? at,
        text: Buffer.from(`${level}${rest}${'x'.repeat(longer)}`),
      }),
    );
const stepOf = (longest: number) =>
  fc.oneof(
    { weight: 12, arbitrary: fc.array(lineOf(longest), { maxLength: 12 }) },
    { weight: 8, arbitrary: fc.constant('settle' as const) },
    { weight: 1, arbitrary: fc.constant('clear' as const) },
    { weight: 2, arbitrary: fc.constant('levels' as const) },
  );

function check(bounds: Bounds, steps: readonly (readonly Line[] | 'settle' | 'clear' | 'levels')[]) {
  const buffer = createBuffer(bounds, levelOf);
  const model = createModel(bounds);
  let gone: { slot: number; seq: number }[] = [];
  for (const step of [...steps, 'settle' as const]) {
    const version = buffer.version;
    if (step === 'clear') {
      gone.push(...slotsOf(buffer).map(buffer.idOf));
      buffer.clear();
      model.clear();
      expect(buffer.version).toBeGreaterThan(version);
    } else if (step === 'settle') {
      const ids = slotsOf(buffer).map(buffer.idOf);
      const before = model.lines.length + model.counts.lost;
      expect(seqsOf(buffer, buffer.settle())).toEqual(model.settle());
      expect(buffer.version > version).toBe(model.lines.length + model.counts.lost > before);
      gone.push(...ids);
    } else if (step === 'levels') {
      slotsOf(buffer).forEach((slot, position) => {
        if (position % 3 === 0) expect(buffer.level(slot)).toBe(model.level(position));
      });
    } else {
      for (const line of step) {
        buffer.add(line);
        model.add(line);
      }
    }
    const slots = slotsOf(buffer);
    expect(seqsOf(buffer, Int32Array.from(slots))).toEqual(model.lines.map((line) => line.seq));
    expect(buffer.counts).toEqual(model.counts);
    const kept = new Set(model.lines.map((line) => line.seq));
    expect(gone.filter((id) => buffer.holds(id) !== kept.has(id.seq))).toEqual([]);
    gone = gone.filter((id) => !kept.has(id.seq)).slice(-50);
    expect(gone.map(buffer.positionOf).filter((position) => position !== null)).toEqual([]);
    if (step === 'settle')
      for (const [position, line] of model.lines.entries()) {
        const slot = slots[position] as number;
        expect(buffer.positionOf(buffer.idOf(slot))).toBe(position);
        expect(buffer.text(slot)).toBe(line.body);
        expect(buffer.bytes(slot).equals(line.text)).toBe(true);
        expect(sharedText(buffer, slot)).toBe(line.body);
        expect([buffer.ms(slot), buffer.ns(slot)]).toEqual([line.at.ms, line.at.ns]);
        expect([buffer.source(slot), buffer.kind(slot), buffer.cut(slot)]).toEqual([line.source, line.kind, line.cut]);
        expect(buffer.continues(slot)).toBe(continuing(line));
        if (position % 2 === 0) expect(buffer.level(slot)).toBe(model.level(position));
      }
    for (const ms of [999, 1002, 1003.5, 1005, 1006])
      expect(buffer.positionAt(ms)).toBe(model.lines.filter((line) => line.entry.ms < ms).length);
  }
}

test('lines stand in their order, whenever they come and whatever falls out', () => {
  fc.assert(
    fc.property(
      fc.record({ lines: fc.integer({ min: 0, max: 40 }), bytes: fc.integer({ min: 0, max: 600 }) }),
      fc.array(stepOf(50), { maxLength: 40 }),
      check,
    ),
    { numRuns: 500 },
  );
});

test('long lines in many chunks are kept whole while others fall out', () => {
  fc.assert(
    fc.property(
      fc.record({ lines: fc.integer({ min: 5, max: 60 }), bytes: fc.integer({ min: 100_000, max: 3_000_000 }) }),
      fc.array(stepOf(200_000), { minLength: 20, maxLength: 60 }),
      check,
    ),
    { numRuns: 20 },
  );
});
