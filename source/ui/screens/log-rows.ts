import { count } from '../../stack/format.ts';
import { columnsIn, within } from '../parts/cells.ts';
import type { Style, Theme } from '../theme.ts';

/** How a part of a text looks; `codes`: as the line itself asked for, parameters of SGR. */
export type Run = { readonly from: number; readonly to: number; readonly style: Style | { readonly codes: string } };

/** A line as far as it may show: countable, with runs in their order; what is in none of them is plain. */
export type ShownText = {
  readonly text: string;
  readonly runs: readonly Run[];
  /** Bytes of the line beyond the text. */
  readonly beyond: number;
};

/** A row of a line: which part of its text, after what and before what. */
export type Row = {
  readonly from: number;
  readonly to: number;
  readonly lead: string;
  readonly hint: string;
  /** Columns that are blank before the hint. */
  readonly blank: number;
};

/** Continuation rows stand a little to the right, so that they are not taken for lines. */
const indent = '  ';
/** Less than this beyond the edge is not worth telling how much it is. */
const worthTelling = 4096;

/** `… 960 KB more`: how much of a line does not show. */
const moreText = (bytes: number): string =>
  bytes < 1024
    ? `… ${count(bytes)} B more`
    : bytes < 1000 * 1024
      ? `… ${count(bytes / 1024)} KB more`
      : `… ${(bytes / 1024 / 1024).toFixed(1)} MB more`;

/** A line in one row, from a column on: ‹ and › tell that there is more on that side. */
export function shiftedRow(shown: ShownText, columns: number, shift: number): Row {
  const { text, beyond } = shown;
  const lead = shift > 0 ? '‹' : '';
  const skipped = shift > 0 ? within(text, 0, shift + 1) : { to: 0, used: 0 };
  const from = skipped.to;
  // Half of a wide character is left blank.
  const gap = shift > 0 && from < text.length ? ' '.repeat(shift + 1 - skipped.used) : '';
  const room = columns - lead.length - gap.length;
  const whole = within(text, from, room);
  if (whole.to >= text.length && beyond === 0)
    return { from, to: whole.to, lead: lead + gap, hint: '', blank: room - whole.used };
  const hidden = text.length - whole.to + beyond;
  const ends = whole.to >= text.length && whole.used + columnsIn(moreText(hidden)) < room;
  const told = (hidden >= worthTelling || ends) && columns >= 40;
  const hint = told ? ` ${moreText(hidden)}` : '›';
  const part = within(text, from, room - hint.length);
  // What was cut off is told right after the last of it.
  const blank = room - part.used - hint.length;
  return { from, to: part.to, lead: lead + gap, hint, blank };
}

/** A line in as many rows as it takes, at most so many; broken between words where there are any. */
export function wrappedRows(shown: ShownText, columns: number, most: number): readonly Row[] {
  const { text, beyond } = shown;
  const rows: Row[] = [];
  let from = 0;
  do {
    const lead = rows.length === 0 ? '' : indent;
    const room = columns - lead.length;
    const whole = within(text, from, room);
    const isEnd = whole.to >= text.length;
    if ((isEnd && beyond === 0) || (!isEnd && rows.length + 1 < most && whole.to > from)) {
      const to = isEnd ? whole.to : breakAt(text, from, whole.to);
      const used = to === whole.to ? whole.used : columnsIn(text.slice(from, to));
      rows.push({ from, to, lead, hint: '', blank: room - used });
      if (isEnd) return rows;
      from = to;
      // The blanks at which it was broken would only look like another indent.
      if (text[to - 1] === ' ' || text[to] === ' ') while (text[from] === ' ' && from + 1 < text.length) from += 1;
      continue;
    }
    const hint = ` ${moreText(text.length - whole.to + beyond)}`;
    const part = within(text, from, room - hint.length);
    rows.push({ from, to: part.to, lead, hint, blank: room - part.used - hint.length });
    return rows;
  } while (rows.length < most);
  return rows;
}

/** After the last space, if that leaves no big hole. */
function breakAt(text: string, from: number, to: number): number {
  const space = text.lastIndexOf(' ', to);
  return space > from + (to - from) * 0.7 ? Math.min(to, space + 1) : to;
}

export type RowPaint = {
  readonly theme: Theme;
  /** What has no style of its own. */
  readonly base: Style;
  /** `[from, to)` of what was searched for, in their order. */
  readonly marks: readonly (readonly [number, number])[];
  /** The cursor's row: inverted, without other styles; there, what was searched for is not. */
  readonly picked: boolean;
};

/** A row in exactly as many columns as it was made for. */
export function paintRow({ text, runs }: ShownText, row: Row, { theme, base, marks, picked }: RowPaint): string {
  const { paint } = theme;
  const faint = picked ? paint.picked : paint.faint;
  const rest = picked ? paint.picked : (blank: string) => blank;
  let line = row.lead === '' ? '' : faint(row.lead);
  let run = 0;
  let mark = 0;
  for (let at = row.from; at < row.to; ) {
    while (run < runs.length && (runs[run]?.to ?? 0) <= at) run += 1;
    while (mark < marks.length && (marks[mark]?.[1] ?? 0) <= at) mark += 1;
    const styled = runs[run];
    const found = marks[mark];
    const isStyled = styled !== undefined && styled.from <= at;
    const isFound = found !== undefined && found[0] <= at;
    const end = Math.min(
      row.to,
      isStyled ? styled.to : (styled?.from ?? row.to),
      isFound ? found[1] : (found?.[0] ?? row.to),
    );
    const part = text.slice(at, end);
    at = end;
    if (picked) {
      line += isFound ? paint.strong(part) : paint.picked(part);
      continue;
    }
    const style = isStyled ? styled.style : base;
    const painted = typeof style === 'string' ? paint[style](part) : theme.sgr(part, style.codes);
    line += isFound ? paint.picked(painted) : painted;
  }
  return line + rest(' '.repeat(Math.max(0, row.blank))) + (row.hint === '' ? '' : faint(row.hint));
}
