import fc from 'fast-check';
import { expect, test } from 'vitest';
import { piecesOf, stripped } from '../../source/logs/ansi.ts';
import { entryTracker } from '../../source/logs/entries.ts';
import { harmless, harmlessPieces } from '../../source/logs/harmless.ts';
import { levelOf } from '../../source/logs/levels.ts';
import { levels } from '../../source/logs/types.ts';
import { understand } from '../../source/logs/understand.ts';
import { plain } from '../../source/stack/format.ts';
import { columnsIn } from '../../source/ui/parts/cells.ts';
import { widthOf } from '../../source/ui/parts/text.ts';
import { emulator } from '../helpers/emulator.ts';

const sequences = [
  '\x1b[31m',
  '\x1b[1;38;5;9m',
  '\x1b[',
  '\x1b]8;;http://x\x1b\\',
  '\x1b]0;',
  '\x1bP',
  '\x9b',
  '\x9c',
  '\x1b',
  '\x1b[2J',
  '\x1b[9;9H',
  '\x07',
  '\x1bc',
  '\x1b[?1049h',
  'm',
  ';',
  ':',
  '\x18',
];
const odd = [
  '\t',
  '\r',
  '\0',
  '\u202e',
  '\u200d',
  '\ufe0f',
  '\ud800',
  '\udc00',
  '\ufeff',
  '👩🏽',
  '🇩',
  '漢',
  'e\u0301',
  '\u1100',
  '\u1161',
  '\u0600',
  '\x85',
  '\u2028',
  'ﾞ',
];
/** Bytes that may be anything, as they are decoded. */
const garbage = fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes).toString('utf8'));
const mixed = fc
  .array(fc.oneof(fc.constantFrom(...sequences, ...odd), fc.string({ unit: 'grapheme', maxLength: 8 })), {
    maxLength: 40,
  })
  .map((parts) => parts.join(''));
const units = fc
  .array(fc.integer({ min: 0, max: 0xffff }), { maxLength: 200 })
  .map((codes) => String.fromCharCode(...codes));
const points = fc.string({ unit: 'binary', maxLength: 200 });
const lines = fc.oneof(garbage, mixed, units, points);

const shownOf = (line: string): string =>
  harmlessPieces(line, true)
    .map((piece) => piece.text)
    .join('');
const dangerous = /[\x00-\x1f\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\p{Surrogate}]/u;

test('what is shown has no controls, whatever a line has', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const text = harmless(line);
      expect(harmless(text)).toBe(text);
      for (const shown of [text, shownOf(line)]) {
        expect(shown).not.toMatch(dangerous);
        expect(plain(shown)).toBe(shown);
      }
    }),
    { numRuns: 3000 },
  );
});

test('what is shown is as wide as it is measured, as a whole, by pieces and by characters', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const pieces = harmlessPieces(line, true);
      const text = shownOf(line);
      expect(pieces.reduce((columns, piece) => columns + widthOf(piece.text), 0)).toBe(widthOf(text));
      expect(columnsIn(text)).toBe(widthOf(text));
    }),
    { numRuns: 3000 },
  );
});

test('colours kept or not, the text is the same, and only colours are kept', () => {
  fc.assert(
    fc.property(lines, (line) => {
      const pieces = piecesOf(line, true);
      expect(pieces.map((piece) => piece.text).join('')).toBe(stripped(line));
      expect(stripped(line)).not.toMatch(/[\x1b\x90\x98\x9b-\x9f]/);
      for (const { text, sgr } of pieces) {
        expect(text).not.toBe('');
        expect(sgr).toMatch(
          /^(?:(?:[12347]|[349][0-7]|10[0-7]|[34]8;5;\d{1,3}|[34]8;2;\d{1,3};\d{1,3};\d{1,3})(?:;(?!$)|$))*$/,
        );
      }
    }),
    { numRuns: 3000 },
  );
});

test('a terminal is left as it was: one row, the cursor where the measure says', async () => {
  const narrowOrHan = fc.array(
    fc.constantFrom(...sequences, '\t', '\r', '\0', '\u202e', '\ud800', '漢', '字', 'é', 'abc', ' '),
    { maxLength: 12 },
  );
  await fc.assert(
    fc.asyncProperty(narrowOrHan, async (parts) => {
      const screen = emulator(200, 3);
      const pieces = harmlessPieces(parts.join(''), true);
      const painted = pieces.map(({ text, sgr }) => `\x1b[${sgr}m${text}\x1b[0m`).join('');
      await new Promise<void>((done) => screen.write(`${painted}|\r\nbelow`, done));
      const columns = pieces.reduce((sum, piece) => sum + widthOf(piece.text), 0);
      const [first = '', second] = screen.text().split('\n');
      expect(first.endsWith('|')).toBe(true);
      expect(widthOf(first)).toBe(columns + 1);
      expect(second).toBe('below');
      expect(screen.leftovers()).toEqual([]);
    }),
    { numRuns: 150 },
  );
});

test('a level is one of ours or none, and understanding loses no text', () => {
  const head = fc.constantFrom(
    '',
    '{',
    '{"msg":',
    '{"level":"warn","a":',
    '2026-11-23 21:00:00.123 UTC [7] ',
    '2026-11-23 21:00:00 INFO: ',
    '7:M 23 Nov 2026 21:00:00.123 * ',
    '[',
    'ERROR',
  );
  fc.assert(
    fc.property(head, lines, (beginning, rest) => {
      const line = beginning + rest;
      expect([...levels, null]).toContain(levelOf(line));
      const { message, format, level } = understand(line);
      expect([...levels, null]).toContain(level);
      if (format === 'text') expect(line.endsWith(message)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('an object is understood as JSON.parse does', () => {
  const key = fc
    .string({ minLength: 1 })
    .filter((name) => !/^(level|severity|time|ts|caller|msg|__proto__)$/.test(name));
  const objects = fc.dictionary(fc.string({ unit: 'grapheme', minLength: 12, maxLength: 20 }), fc.jsonValue(), {
    maxKeys: 6,
  });
  fc.assert(
    fc.property(objects, key, (object, message) => {
      const { fields, format, message: said } = understand(JSON.stringify({ ...object, msg: message }));
      expect({ format, said }).toEqual({ format: 'json', said: message });
      const values = Object.entries(object).map(([, value]) =>
        typeof value === 'string' ? value : JSON.stringify(value),
      );
      expect(fields.map(([, value]) => value)).toEqual(values);
    }),
  );
});

test('an entry is the moment of a line that came, whatever the lines are', () => {
  fc.assert(
    fc.property(
      fc.array(fc.tuple(fc.uint8Array({ maxLength: 60 }), fc.integer({ min: -2000, max: 2000 }))),
      (stream) => {
        const entryOf = entryTracker();
        const seen = new Set<unknown>();
        let ms = 0;
        for (const [text, later] of stream) {
          ms += later;
          const at = { ms, ns: 0 };
          seen.add(at);
          const entry = entryOf(text, at);
          expect(seen.has(entry)).toBe(true);
          if (Math.abs(later) > 1000) expect(entry).toBe(at);
        }
      },
    ),
  );
});

/** Milliseconds that it takes at best. */
function least(work: () => unknown): number {
  const times = Array.from({ length: 3 }, () => {
    const start = performance.now();
    work();
    return performance.now() - start;
  });
  return Math.min(...times);
}

const unpleasant = {
  spaces: ' ',
  digits: '1',
  brackets: '[',
  'nested objects': '{"a":',
  'escaped quotes': '\\"',
  backslashes: '\\',
  sequences: '\x1b[31m',
  'sequences broken off': '\x1b[3',
  semicolons: ';',
  tabs: '\t',
  levels: 'ERROR ',
  'words of a log': 'a: b= ',
  marks: '\u0301',
  emoji: '👩🏽\u200d',
  'halves of pairs': '\ud800',
};

test.each(Object.entries(unpleasant))('a line of 1 MB of %s takes no more than its length is worth', (_, unit) => {
  const of = (length: number) => `{"a":"\x1b[${unit.repeat(length / unit.length)}`;
  const works: ((line: string) => unknown)[] = [levelOf, understand, stripped, (line) => harmlessPieces(line, true)];
  const [short, long] = [of(125_000), of(1_000_000)];
  for (const work of works) {
    // Eight times the text; quadratic would be sixty-four times the time.
    expect(least(() => work(long))).toBeLessThan(32 * least(() => work(short)) + 20);
  }
  const bytes = Buffer.from(long);
  expect(least(() => entryTracker()(bytes, { ms: 0, ns: 0 }))).toBeLessThan(20);
});
