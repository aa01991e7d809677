import { clip, plain, width } from '../../stack/format.ts';

/** Printable ASCII and the glyphs we draw ourselves: one column each, so they need no measuring. */
const narrow = /^[ -~│─╭╮╰╯▁▂▃▄▅▆▇█●▲✖✔·★–…−↑↓→←▏⇧‹›]*$/;
/** Terminals disagree on how wide a joined emoji is; the ones it is made of have a width that all agree on. */
const joiners = /\u200b|\u200c|\u200d|\u2060|[\ufe00-\ufe0f]/g;
const longest = 400;

/** A text from outside made harmless and measurable; far longer than any screen, it is cut before it costs anything. */
export function clean(text: string, most = longest): string {
  const short = text.length > most ? text.slice(0, most) : text;
  return narrow.test(short) ? short : plain(short).replace(joiners, '');
}

/** Columns of a clean text. */
export const widthOf = (text: string): number => (narrow.test(text) ? text.length : width(text));

/** A clean text in at most `columns`, ending in … where something was cut. */
export function cut(text: string, columns: number): string {
  if (columns <= 0) return '';
  if (!narrow.test(text)) return clip(text, columns);
  return text.length <= columns ? text : `${text.slice(0, columns - 1)}…`;
}

/** The end of a text in at most so many columns, for what is typed: its caret stays in sight. */
export function ending(text: string, columns: number): string {
  if (widthOf(text) <= columns) return text;
  const letters = [...text];
  let from = letters.length;
  let room = columns - 1;
  while (from > 0) {
    room -= widthOf(letters[from - 1] ?? '');
    if (room < 0) break;
    from -= 1;
  }
  return `…${letters.slice(from).join('')}`;
}

/** A clean text in exactly `columns`. */
export function fill(text: string, columns: number, align: 'left' | 'right' = 'left'): string {
  const fitted = cut(text, columns);
  const blank = ' '.repeat(Math.max(0, columns - widthOf(fitted)));
  return align === 'left' ? fitted + blank : blank + fitted;
}

/** A clean text as lines of at most `columns`, broken between words where there are any. */
export function wrap(text: string, columns: number): readonly string[] {
  const lines: string[] = [];
  let rest = text;
  while (widthOf(rest) > columns && columns > 1) {
    const room = cut(rest, columns + 1).slice(0, -1);
    const space = room.lastIndexOf(' ');
    const end = space > columns / 3 ? space : Math.max(1, room.length);
    lines.push(rest.slice(0, end).trimEnd());
    rest = rest.slice(end).trimStart();
  }
  return [...lines, rest];
}
