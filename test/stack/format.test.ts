import { describe, expect, test } from 'vitest';
import * as format from '../../source/stack/format.ts';

describe('figures', () => {
  test.each([
    [null, '–'],
    [0, '0'],
    [512, '512B'],
    [999, '999B'],
    [1000, '1.0k'],
    [1229, '1.2k'],
    [2_200_000, '2.1M'],
    [28 * 2 ** 20, '28M'],
    [999.6 * 1024, '1.0M'],
    [-2048, '-2.0k'],
    [3 * 2 ** 60, '999P'],
  ])('%s bytes are %s', (value, text) => {
    expect(format.bytes(value)).toBe(text);
  });

  test('bytes never take more than five columns, up to petabytes', () => {
    for (let value = 1; value < 2 ** 58; value = Math.ceil(value * 1.07)) {
      expect(format.bytes(value).length).toBeLessThanOrEqual(5);
    }
  });

  test.each([
    [0, '0.0'],
    [2.04, '2.0'],
    [9.96, '10'],
    [203.4, '203'],
    [null, '–'],
  ])('%s percent is written %s', (value, text) => {
    expect(format.percent(value)).toBe(text);
  });

  test.each([
    [-5, '0 ms', '<1s'],
    [350, '350 ms', '<1s'],
    [4400, '4 s', '4s'],
    [59_700, '1m', '59s'],
    [125_000, '2m', '2m'],
    [3 * 3_600_000, '3h', '3h'],
    [5 * 86_400_000, '5d', '5d'],
    [null, '–', '–'],
  ])('%s ms is %s in a sentence and %s in a column', (ms, sentence, column) => {
    expect(format.duration(ms)).toBe(sentence);
    expect(format.age(ms)).toBe(column);
  });

  test('counts are grouped, rates have a decimal when small', () => {
    expect([format.count(18_204), format.count(204), format.count(1_234_567), format.count(null)]).toEqual([
      '18 204',
      '204',
      '1 234 567',
      '–',
    ]);
    expect([format.rate(0), format.rate(0.44), format.rate(41.5), format.rate(1204)]).toEqual([
      '0',
      '0.4',
      '42',
      '1 204',
    ]);
  });

  test('names are listed as in a sentence', () => {
    expect([[], ['a'], ['a', 'b'], ['a', 'b', 'c'], [...'abcdefg']].map(format.list)).toEqual([
      '',
      'a',
      'a and b',
      'a, b and c',
      'a, b, c and 4 more',
    ]);
  });
});

describe('text', () => {
  const texts = [
    'patroni1',
    'データベース一号',
    '👨‍👩‍👧‍👦 family',
    'é́combining',
    '\u001b[31mred\u001b[0m',
    'a\tb\nc',
    '🇩🇪🇫🇷 flags',
    '\u202Eevil',
    '',
  ];

  test('clip never exceeds the width, and pad fills it exactly', () => {
    for (const text of texts) {
      for (let columns = 0; columns < 22; columns += 1) {
        expect(format.width(format.clip(text, columns))).toBeLessThanOrEqual(columns);
        expect(format.width(format.pad(text, columns))).toBe(columns);
        expect(format.width(format.pad(text, columns, 'right', '...'))).toBe(columns);
      }
    }
  });

  test('what fits is left alone, what does not says so', () => {
    expect(format.clip('patroni1', 8)).toBe('patroni1');
    expect(format.clip('patroni1', 5)).toBe('patr…');
    expect(format.clip('patroni1', 5, '.')).toBe('patr.');
    expect(format.clip('データ', 5)).toBe('デー…');
    expect(format.pad('4', 3, 'right')).toBe('  4');
  });

  test('nothing from outside steers the terminal', () => {
    expect(format.plain('\u001b[2J\u001b]0;title\u0007ok\u0000\u202e')).toBe('ok');
    expect(format.plain('two\r\nlines')).toBe('two lines');
  });
});
