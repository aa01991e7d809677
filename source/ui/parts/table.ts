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
  /** Where not all columns fit, those with the highest number take their place first. */
  readonly keep: number;
  cell(row: Row, columns: number): Span | string;
  /** What it is sorted by; a column without can't be sorted by. */
  sort?(row: Row): number | string | null;
};

export type Sort = { readonly column: string; readonly descending: boolean };

/** One table of a pane, ready to draw: only the rows asked for are made. */
export type Section = {
  readonly keys: readonly string[];
  /** Whether it has a heading, which takes a line. */
  readonly headed: boolean;
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
  /** Rows whose figures may be old: nothing in them stands out. */
  readonly dim?: (row: Row) => boolean;
  readonly sort: Sort | undefined;
};

/** A table over rows of any kind; what it knows of the kind stays inside. */
export function section<Row>(options: SectionOptions<Row>): Section {
  const { columns, key, trouble, dim = () => false, sort } = options;
  const rows = sorted(options.rows, columns, sort);
  const plans = new Map<number, Plan<Row>>();
  const planFor = (width: number): Plan<Row> => {
    const plan = plans.get(width) ?? planColumns(columns, rows, width);
    plans.set(width, plan);
    return plan;
  };

  return {
    keys: rows.map(key),
    headed: true,
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
      const dimmed = dim(row);
      const spans = (instead === null ? plan : plan.filter(({ column }) => column.kind === 'identity').slice(0, 2)).map(
        ({ column, columns: room, before }) => {
          const cell = column.cell(row, room);
          const { text, style } = typeof cell === 'string' ? span(clean(cell)) : cell;
          const calm =
            (style === 'plain' && (dimmed || instead !== null)) || (style === 'strong' && dimmed) ? 'faint' : style;
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
  // What matters most takes its place first; what does not fit leaves the rest to what matters less and is narrower.
  let chosen: readonly Column<Row>[] = [];
  for (const column of [...all].sort((a, b) => b.keep - a.keep)) {
    const more = all.filter((other) => other === column || chosen.includes(other));
    if (chosen.length === 0 || widthIn(more, gap) <= width) chosen = more;
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
