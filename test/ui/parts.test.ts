import stringWidth from 'string-width';
import { describe, expect, test } from 'vitest';
import { layoutFor } from '../../source/ui/layout.ts';
import { paneIds } from '../../source/ui/panes/pane.ts';
import { filterFor, fuzzyScore } from '../../source/ui/parts/filter.ts';
import { paintEnds, paintLine, span } from '../../source/ui/parts/spans.ts';
import { sparkline } from '../../source/ui/parts/sparkline.ts';
import { type Column, section } from '../../source/ui/parts/table.ts';
import { clean, cut, ending, fill, wrap } from '../../source/ui/parts/text.ts';
import { themeFor } from '../../source/ui/theme.ts';

const theme = themeFor({ LANG: 'C.UTF-8' });
const samples = [
  'plain',
  '数据库',
  'a数b',
  '😀😀',
  'e\u0301te\u0301',
  '👩‍👩‍👧 family',
  'x'.repeat(5000),
  '',
  '▁▂▃ │',
  'tab\there',
];

describe('text', () => {
  test('fills exactly, whatever the text', () => {
    for (const sample of samples) {
      for (let columns = 0; columns < 12; columns += 1) expect(stringWidth(fill(clean(sample), columns))).toBe(columns);
    }
  });

  test('cuts only what is too long, and says so', () => {
    expect(cut('abcdef', 6)).toBe('abcdef');
    expect(cut('abcdef', 5)).toBe('abcd…');
    expect(cut('数据库', 5)).toBe('数据…');
    expect(cut('数据库', 4)).toBe('数…');
    expect(ending('abcdef', 6)).toBe('abcdef');
    expect(ending('abcdef', 5)).toBe('…cdef');
    expect(ending('a数据库', 6)).toBe('…据库');
  });

  test('wraps between words, and within one that is too long', () => {
    expect(wrap('one two three', 8)).toEqual(['one two', 'three']);
    expect(wrap('abcdefghij', 4)).toEqual(['abcd', 'efgh', 'ij']);
    expect(wrap('short', 80)).toEqual(['short']);
  });

  test('escape sequences and controls are gone', () => {
    expect(clean('a\u001b[31mb\u0007\u0000c\u202ed')).toBe('abcd');
  });
});

describe('lines', () => {
  test('are exactly as wide as asked', () => {
    for (const columns of [1, 5, 20, 80]) {
      expect(stringWidth(paintLine([span('数据'), span('bold', 'strong'), span('x'.repeat(30))], columns, theme))).toBe(
        columns,
      );
      expect(stringWidth(paintEnds([span('left')], [span('right')], columns, theme))).toBe(columns);
    }
  });
});

describe('tables', () => {
  type Row = { readonly name: string; readonly value: number | null };
  const columns: readonly Column<Row>[] = [
    {
      id: 'name',
      title: 'NAME',
      kind: 'identity',
      width: 6,
      keep: 9,
      cell: (row) => row.name,
      sort: (row) => row.name,
    },
    { id: 'extra', title: 'EXTRA', kind: 'figure', width: 6, keep: 1, cell: () => 'x' },
    {
      id: 'value',
      title: 'V',
      kind: 'figure',
      width: 4,
      keep: 5,
      cell: (row) => String(row.value),
      sort: (row) => row.value,
    },
  ];
  const rows = [
    { name: 'b10', value: 2 },
    { name: 'b9', value: null },
    { name: 'a', value: 11 },
  ];
  const table = (sort?: { column: string; descending: boolean }) =>
    section({ columns, rows, key: (row) => row.name, trouble: () => null, sort });
  const text = (spans: readonly { text: string }[]) => spans.map((part) => part.text).join('');

  test('leave out the least important column where it is narrow, and never exceed the width', () => {
    expect(text(table().header(40))).toMatch(/NAME.*EXTRA.*V/);
    expect(text(table().header(14))).toMatch(/NAME.*V/);
    expect(text(table().header(14))).not.toMatch(/EXTRA/);
    for (let width = 6; width < 60; width += 1) {
      expect(stringWidth(text(table().header(width))), `${width}`).toBeLessThanOrEqual(width);
      expect(stringWidth(text(table().row(0, width)))).toBe(stringWidth(text(table().header(width))));
    }
  });

  test('sort by number and by natural name, what has no value last either way', () => {
    expect(table({ column: 'name', descending: false }).keys).toEqual(['a', 'b9', 'b10']);
    expect(table({ column: 'value', descending: false }).keys).toEqual(['b10', 'a', 'b9']);
    expect(table({ column: 'value', descending: true }).keys).toEqual(['a', 'b10', 'b9']);
    expect(table({ column: 'gone', descending: true }).keys).toEqual(['b10', 'b9', 'a']);
  });

  test('take the longest wording of trouble that fits', () => {
    const troubled = section({
      columns,
      rows,
      key: (row) => row.name,
      trouble: () => [span('a long story'), span('short')],
      sort: undefined,
    });
    expect(text(troubled.row(0, 40))).toMatch(/a long story/);
    expect(text(troubled.row(0, 14))).toMatch(/short/);
  });
});

test('a sparkline condenses, leaves gaps, and is calm where little happens', () => {
  expect(sparkline([0, 5, 10], 3, 3, 10)).toBe('▁▅█');
  expect(sparkline([0, 1, 0.5], 3, 3, 10)).toBe('▁▁▁');
  expect(sparkline([10, null, 10], 3, 3, 10)).toBe('█ █');
  expect(sparkline([0, 0, 10, 10], 4, 2, 10)).toBe('▁█');
  expect(sparkline([10], 60, 10, 10)).toBe('         █');
});

describe('filters', () => {
  test('are text, or a regular expression where they read like one', () => {
    expect(filterFor('ETCD').matches('paws-etcd1')).toBe(true);
    expect(filterFor('^etcd').matches('paws-etcd1')).toBe(false);
    expect(filterFor('a.c').matches('a.c')).toBe(true);
    expect(filterFor('').matches('')).toBe(true);
  });

  test('a bad expression is matched as text and named', () => {
    const filter = filterFor('a(');
    expect(filter.matches('xa(y')).toBe(true);
    expect(filter.matches('xay')).toBe(false);
    expect(filter.problem).toMatch(/Unterminated group/);
  });

  test('fuzzy matches need all letters in order, and like beginnings', () => {
    expect(fuzzyScore('xyz', 'hold')).toBeNull();
    expect(fuzzyScore('ho', 'hold') ?? 0).toBeGreaterThan(fuzzyScore('ho', 'show other') ?? 0);
  });
});

describe('layout', () => {
  const needs = { containers: 14, etcd: 4, patroni: 4, redis: 9, timeline: 30 };
  test('uses every line and column, at any size', () => {
    for (let rows = 15; rows < 80; rows += 1) {
      for (const columns of [60, 76, 100, 170, 250]) {
        for (const zoomed of [true, false]) {
          const lines = rows - 2;
          const { bands } = layoutFor({ columns, rows, lines, panes: paneIds, focused: 'redis', zoomed, needs });
          const heights = bands.map((band) =>
            band.columns.map(({ slots }) => slots.reduce((sum, slot) => sum + slot.lines, 0)),
          );
          for (const band of heights) expect(new Set(band).size, `${columns}×${rows}`).toBe(1);
          expect(
            heights.reduce((sum, [height = 0]) => sum + height, 0),
            `${columns}×${rows}`,
          ).toBe(lines);
          for (const band of bands) expect(band.columns.reduce((sum, { width }) => sum + width, 0)).toBe(columns);
        }
      }
    }
  });

  test('hundreds of containers leave the members and the timeline their place', () => {
    const options = { columns: 120, rows: 40, lines: 38, panes: paneIds, focused: 'etcd', zoomed: false } as const;
    const { bands } = layoutFor({ ...options, needs: { ...needs, containers: 301 } });
    expect(bands).toHaveLength(3);
    expect(bands[1]?.columns[0]?.slots.map((slot) => slot.lines)).toEqual([6, 6]);
    expect(bands[2]?.columns[0]?.slots[0]?.lines).toBeGreaterThanOrEqual(4);
  });
});

test('the locale decides on glyphs: LC_ALL before LC_CTYPE before LANG', () => {
  expect(themeFor({ LANG: 'en_US.UTF-8' }).ascii).toBe(false);
  expect(themeFor({ LANG: 'en_US.UTF-8', LC_ALL: 'C' }).ascii).toBe(true);
  expect(themeFor({ LANG: 'C', LC_CTYPE: 'C.utf8' }).ascii).toBe(false);
  expect(themeFor({ LANG: '' }).ascii).toBe(process.platform !== 'darwin');
});

test('in ASCII a line keeps its width', () => {
  const { encode } = themeFor({ LANG: 'C' });
  expect(encode('│ ★ 数 ▁█ – …')).toBe('| * ?? _# - ~');
});
