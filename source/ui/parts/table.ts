import { type Span, type Spans, span, spansWidth } from './spans.ts';
import { clean, fill, widthOf } from './text.ts';

/** One column of a pane, as data. Identity columns stand left; figures, which change, stand right. */
export type Column<Row> = {
  readonly id: string;
  readonly title: string;
  readonly kind: 'identity' | 'figure';
  readonly width: number;
  /** Widens up to this: for `content` as its longest cell needs, for `room` as far as there is room. */
  readonly grows?: { readonly by: 'content' | 'room'; readonly max: number };
  /** Where columns don't fit, those with the lowest number go first. */
  readonly keep: number;
  cell(row: Row, columns: number): Span | string;
  /** What it is sorted by; a column without can't be sorted by. */
  sort?(row: Row): number | string | null;
};

export type Sort = { readonly column: string; readonly descending: boolean };

/** One table of a pane, ready to draw: only the rows asked for are made. */
export type Section = {
  readonly keys: readonly string[];
  readonly sortable: readonly { readonly id: string; readonly title: string }[];
  header(columns: number): Spans;
  row(index: number, columns: number): Spans;
};

export type SectionOptions<Row> = {
  readonly columns: readonly Column<Row>[];
  readonly rows: readonly Row[];
  readonly key: (row: Row) => string;
  /** What stands in place of all but the first two columns, the longest wording first, when there are no current figures. */
  readonly trouble: (row: Row) => readonly Span[] | null;
  readonly sort: Sort | undefined;
};

/** A table over rows of any kind; what it knows of the kind stays inside. */
export function section<Row>(options: SectionOptions<Row>): Section {
  const { columns, key, trouble, sort } = options;
  const rows = sorted(options.rows, columns, sort);
  const plans = new Map<number, Plan<Row>>();
  const planFor = (width: number): Plan<Row> => {
    const plan = plans.get(width) ?? planColumns(columns, rows, width);
    plans.set(width, plan);
    return plan;
  };

  return {
    keys: rows.map(key),
    sortable: columns.filter((column) => column.sort !== undefined).map(({ id, title }) => ({ id, title })),
    header: (width) =>
      planFor(width).map(({ column, columns: room, before }) => {
        const mark = sort?.column === column.id ? (sort.descending ? '↓' : '↑') : '';
        const style = mark === '' ? 'faint' : 'strong';
        return span(' '.repeat(before) + fill(mark + column.title, room, alignOf(column)), style);
      }),
    row(index, width) {
      const row = rows[index];
      if (row === undefined) return [];
      const plan = planFor(width);
      const instead = trouble(row);
      const spans = (instead === null ? plan : plan.filter(({ column }) => column.kind === 'identity').slice(0, 2)).map(
        ({ column, columns: room, before }) => {
          const cell = column.cell(row, room);
          const { text, style } = typeof cell === 'string' ? span(clean(cell)) : cell;
          const calm = instead !== null && style === 'plain' ? 'faint' : style;
          return span(' '.repeat(before) + fill(text, room, alignOf(column)), calm);
        },
      );
      if (instead === null) return spans;
      const room = width - spansWidth(spans) - 2;
      const wording = instead.find(({ text }) => widthOf(text) <= room) ?? instead.at(-1);
      return wording === undefined ? spans : [...spans, span('  '), wording];
    },
  };
}

const alignOf = (column: Column<never>): 'left' | 'right' => (column.kind === 'identity' ? 'left' : 'right');

type Plan<Row> = readonly { readonly column: Column<Row>; readonly columns: number; readonly before: number }[];

/** Which columns fit, how wide each is, and the blank before it. What is left over stands before the first figure. */
function planColumns<Row>(all: readonly Column<Row>[], rows: readonly Row[], width: number): Plan<Row> {
  const needed = new Map(all.map((column) => [column, contentWidth(column, rows)]));
  const widthIn = (columns: readonly Column<Row>[], gap: number) =>
    columns.reduce((sum, column) => sum + (needed.get(column) ?? 0), 0) + gap * (columns.length - 1);
  const gap = width >= 44 ? 2 : 1;
  let chosen = [...all];
  while (chosen.length > 1 && widthIn(chosen, gap) > width) {
    const least = Math.min(...chosen.map((column) => column.keep));
    chosen = chosen.filter((column) => column.keep !== least);
  }
  let left = Math.max(0, width - widthIn(chosen, gap));
  for (const column of chosen) {
    if (column.grows?.by !== 'room') continue;
    const more = Math.min(left, column.grows.max - column.width);
    needed.set(column, column.width + more);
    left -= more;
  }
  const extra = Math.min(2, Math.floor(left / Math.max(1, chosen.length - 1)));
  left -= extra * (chosen.length - 1);
  const firstFigure = chosen.findIndex((column) => column.kind === 'figure');
  return chosen.map((column, index) => ({
    column,
    columns: Math.min(needed.get(column) ?? column.width, width),
    before: (index === 0 ? 0 : gap + extra) + (index === firstFigure ? left : 0),
  }));
}

function contentWidth<Row>(column: Column<Row>, rows: readonly Row[]): number {
  if (column.grows?.by !== 'content') return column.width;
  let widest = column.width;
  for (const row of rows) {
    const cell = column.cell(row, column.grows.max);
    widest = Math.max(widest, widthOf(typeof cell === 'string' ? clean(cell) : cell.text));
  }
  return Math.min(widest, column.grows.max);
}

/** Rows in the order of a column; what has no value comes last either way. */
function sorted<Row>(rows: readonly Row[], columns: readonly Column<Row>[], sort: Sort | undefined): readonly Row[] {
  const by = columns.find((column) => column.id === sort?.column)?.sort;
  if (by === undefined || sort === undefined) return rows;
  const direction = sort.descending ? -1 : 1;
  return [...rows].sort((a, b) => {
    const [left, right] = [by(a), by(b)];
    if (left === null || right === null) return Number(left === null) - Number(right === null);
    const order =
      typeof left === 'string' ? left.localeCompare(String(right), 'en', { numeric: true }) : left - Number(right);
    return order * direction;
  });
}
