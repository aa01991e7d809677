import { width } from '../../stack/format.ts';

/** One column for each of its UTF-16 units. */
const narrow = /^[ -~]*$/;

/**
 * Where so many columns of a harmless text (see logs/harmless.ts) end, from an index on, and how many of them it fills: one
 * less where a character of two would not fit. Costs as much as there are columns.
 */
export function within(text: string, from: number, columns: number): { readonly to: number; readonly used: number } {
  const whole = text.slice(from, from + columns + 1);
  if (narrow.test(whole)) {
    const to = Math.min(text.length, from + Math.max(0, columns));
    return { to, used: to - from };
  }
  let to = from;
  let used = 0;
  while (to < text.length) {
    const code = text.codePointAt(to) ?? 0;
    const wide = columnsOf(code);
    if (used + wide > columns) break;
    used += wide;
    to += code > 0xffff ? 2 : 1;
  }
  return { to, used };
}

/** Columns that a harmless text takes, character by character: nothing in it is joined. */
export const columnsIn = (text: string): number =>
  narrow.test(text) ? text.length : within(text, 0, Number.MAX_SAFE_INTEGER).used;

const known = new Map<number, number>();

function columnsOf(code: number): number {
  if (code < 0x300) return 1;
  if ((code >= 0x3041 && code <= 0x3096) || (code >= 0x30a0 && code <= 0x30ff)) return 2;
  if ((code >= 0x4e00 && code <= 0x9fff) || (code >= 0xac00 && code <= 0xd7a3)) return 2;
  // Vowels and finals of Hangul stand in the cell of the consonant before them.
  if (code >= 0x1160 && code <= 0x11ff) return 0;
  const told = known.get(code);
  if (told !== undefined) return told;
  if (known.size > 5_000) known.clear();
  const columns = width(String.fromCodePoint(code));
  known.set(code, columns);
  return columns;
}
