import type { Spans } from '../parts/spans.ts';
import type { Section } from '../parts/table.ts';

/** Lines of tables with their headings, without the gaps between them. */
export const linesOf = (sections: readonly Section[]): number =>
  sections.reduce((sum, part) => sum + part.keys.length + (part.headed ? 1 : 0), 0);

type Row = { readonly key: string | null; readonly spans: Spans };

/** The lines of all tables of a pane, one after the other, each made only when asked for. */
type Rows = {
  readonly amount: number;
  at(line: number): Row;
  /** The line of a key; -1: there is none. */
  lineOf(key: string | undefined): number;
  /** Rows, without headings and gaps, above a line. */
  before(line: number): number;
};

export function rowsOf(sections: readonly Section[], columns: number, lines: number): Rows {
  // Two tables stand apart where there is room; where there is none, the second does without its heading.
  const spare = lines - linesOf(sections);
  let amount = 0;
  const parts = sections.map((section, index) => {
    const gap = index > 0 && spare >= sections.length - 1 ? 1 : 0;
    const heading = amount + gap;
    const first = heading + (section.headed && (index === 0 || spare >= 0) ? 1 : 0);
    amount = first + section.keys.length;
    return { section, heading, first, end: amount };
  });
  return {
    amount,
    at(line) {
      const part = parts.find(({ end }) => line < end);
      if (part === undefined || line < part.heading) return { key: null, spans: [] };
      const { section, first } = part;
      if (line < first) return { key: null, spans: section.header(columns) };
      return { key: section.keys[line - first] ?? null, spans: section.row(line - first, columns) };
    },
    lineOf(key) {
      if (key === undefined) return -1;
      for (const { section, first } of parts) {
        const index = section.keys.lastIndexOf(key);
        if (index >= 0) return first + index;
      }
      return -1;
    },
    before: (line) =>
      parts.reduce((sum, { first, end }) => sum + Math.max(0, Math.min(line, end) - Math.min(line, first)), 0),
  };
}

/** The rows that fit, around the selection; the first heading stays in sight. */
export function windowOf(rows: Rows, selected: string | undefined, lines: number, newest: boolean) {
  const range = (from: number, to: number) =>
    Array.from({ length: Math.max(0, to - from) }, (_, index) => rows.at(from + index));
  if (rows.amount <= lines) return { rows: range(0, rows.amount), hidden: 0, from: 1, to: rows.amount };
  const pinned = rows.before(1) === 0 ? 1 : 0;
  const room = Math.max(1, lines - pinned);
  const at = rows.lineOf(selected);
  const last = rows.amount - room;
  const top = at < 0 ? (newest ? last : pinned) : Math.max(pinned, Math.min(last, at - Math.floor(room / 2)));
  return {
    rows: [...range(0, pinned), ...range(top, top + room)].slice(0, lines),
    hidden: last - pinned,
    from: rows.before(top) + 1,
    to: rows.before(top + room),
  };
}
