import type { Finder, LogBuffer } from '../../logs/types.ts';
import type { LogLook } from '../log-types.ts';
import type { Style, Theme } from '../theme.ts';
import { paintRow, type Row, type ShownText, shiftedRow, wrappedRows } from './log-rows.ts';
import { shownText } from './log-text.ts';

export type PainterOptions = {
  readonly look: LogLook;
  readonly theme: Theme;
  /** Columns for text, and rows that one line may take at most. */
  readonly columns: number;
  readonly rows: number;
  readonly shift: number;
};

/** Texts of lines as painted rows. What did not change since the last frame is not made again. */
export type Painter = {
  height(slot: number): number;
  /** `base`: what has no style of its own. */
  rows(slot: number, base: Style): readonly string[];
  /** Rows of the cursor's line. */
  picked(slot: number): readonly string[];
  /** Where the first match of a line is that matches; null: it shows, or is not known yet. */
  hidden(slot: number): 'left' | 'right' | 'raw' | null;
};

type Kept = {
  readonly seq: number;
  readonly shown: ShownText;
  readonly rows: readonly Row[];
  painted: { readonly base: Style; readonly rows: readonly string[] } | null;
};
/** Some pages: what scrolls by in a flood is of no use any more. */
const mostKept = 400;

type Cache = { readonly theme: Theme; readonly signature: string; readonly lines: Map<number, Kept> };
const caches = new WeakMap<LogBuffer, Cache>();

export function painterFor(buffer: LogBuffer, finder: Finder, options: PainterOptions): Painter {
  const { look, theme, columns, rows: most, shift } = options;
  const pattern = finder.state?.trouble === null ? finder.state.pattern : null;
  const signature = JSON.stringify([look.wrap, look.raw, look.ansi, columns, most, shift, pattern]);
  let cache = caches.get(buffer);
  if (cache === undefined || cache.theme !== theme || cache.signature !== signature) {
    cache = { theme, signature, lines: new Map() };
    caches.set(buffer, cache);
  }
  const { lines } = cache;

  const lineOf = (slot: number): Kept => {
    const { seq } = buffer.idOf(slot);
    const kept = lines.get(slot);
    if (kept?.seq === seq) return kept;
    const shown = shownText(buffer, slot, look, look.wrap ? columns * most : columns + shift);
    const rows = look.wrap ? wrappedRows(shown, columns, most) : [shiftedRow(shown, columns, shift)];
    const made: Kept = { seq, shown, rows, painted: null };
    lines.delete(slot);
    lines.set(slot, made);
    for (const oldest of lines.keys()) {
      if (lines.size <= mostKept) break;
      lines.delete(oldest);
    }
    return made;
  };
  const marksOf = ({ text }: ShownText) => (pattern === null ? [] : finder.marks(text));

  return {
    height: (slot) => lineOf(slot).rows.length,
    rows(slot, base) {
      const line = lineOf(slot);
      if (line.painted?.base === base) return line.painted.rows;
      const marks = marksOf(line.shown);
      const rows = line.rows.map((row) =>
        paintRow(line.shown, row, { theme, base, marks: marks ?? [], picked: false }),
      );
      // What is not known yet is asked for again with the next frame.
      line.painted = marks === null ? null : { base, rows };
      return rows;
    },
    hidden(slot) {
      const { shown, rows } = lineOf(slot);
      const marks = marksOf(shown);
      if (marks === null || rows.some(({ from, to }) => marks.some((mark) => mark[0] < to && mark[1] > from)))
        return null;
      const end = rows.at(-1)?.to ?? 0;
      if (marks.some(([from]) => from >= end)) return 'right';
      if (marks.length > 0) return 'left';
      return shown.text.length > end || shown.beyond > 0 ? 'right' : look.raw ? null : 'raw';
    },
    picked(slot) {
      const { shown, rows } = lineOf(slot);
      const marks = marksOf(shown) ?? [];
      return rows.map((row) => paintRow(shown, row, { theme, base: 'plain', marks, picked: true }));
    },
  };
}
