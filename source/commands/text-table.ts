import { styleText } from 'node:util';
import { clip, pad, plain, width } from '../stack/format.ts';
import type { Level } from '../stack/report.ts';

/** `width`: columns of the terminal, or how wide the text may become. `ascii`: nothing beyond ASCII is written. */
export type TextOptions = { readonly color: boolean; readonly width: number; readonly ascii?: boolean };

export type Colour = 'green' | 'yellow' | 'red' | 'magenta' | 'bold' | 'dim';
export type Cell = { readonly text: string; readonly align: 'left' | 'right'; readonly colour: Colour | undefined };

export const cell = (text: string, colour?: Colour): Cell => ({ text: plain(text), align: 'left', colour });
export const right = (text: string, colour?: Colour): Cell => ({ text: plain(text), align: 'right', colour });

/** Colour as told, whatever the stream: whether to use it has been decided by whoever asks. */
export const paint = (text: string, colour: Colour | undefined, on: boolean): string =>
  on && colour !== undefined && text !== '' ? styleText(colour, text, { validateStream: false }) : text;

const marks: Readonly<Record<Level, Colour>> = { ok: 'green', degraded: 'yellow', down: 'red', unknown: 'magenta' };

/** `etcd  ok · quorum 3/3 · leader etcd2`, clipped. */
export function heading(
  title: string,
  level: Level | null,
  facts: readonly string[],
  { color, width: columns }: { readonly color: boolean; readonly width: number },
): string {
  const rest = clip(
    `${level === null ? '' : ' · '}${facts.join(' · ')}`,
    columns - title.length - 2 - (level?.length ?? 0),
  );
  return `${paint(title, 'bold', color)}  ${level === null ? '' : paint(level, marks[level], color)}${rest}`;
}

/**
 * Aligned lines, indented by two. The first column gives way when it is long, the last takes what is left and is left out
 * when empty; of the others the rightmost go first where the width does not do.
 */
export function table(
  head: readonly (string | Cell)[],
  rows: readonly (readonly Cell[])[],
  { color, width: columns }: { readonly color: boolean; readonly width: number },
): string[] {
  const titles = head.map((title) =>
    typeof title === 'string' ? cell(title, 'dim') : { ...title, colour: 'dim' as const },
  );
  const noted = rows.some((row) => (row.at(-1)?.text ?? '') !== '');
  const kept = titles.map((_, column) => column).filter((column) => noted || column < titles.length - 1);
  const widest = (column: number) => Math.max(...[titles, ...rows].map((line) => width(line[column]?.text ?? '')));
  const [first = 0, ...others] = kept.map(widest);
  const middle = noted ? others.slice(0, -1) : others;
  const left = (used: readonly number[]) => columns - sum(used) - gap.length * (used.length + 1);
  while (middle.length > 0 && left(middle) < Math.min(first, shortest) + (noted ? gap.length + shortest : 0))
    middle.pop();
  const name = Math.min(first, Math.max(shortest, left(middle) - (noted ? gap.length + shortest : 0)));
  const note = noted ? [Math.min(others.at(-1) ?? 0, left([name, ...middle]))] : [];
  const widths = [name, ...middle, ...note];
  const order = [...kept.slice(0, middle.length + 1), ...(noted ? kept.slice(-1) : [])];
  return [titles, ...rows].map((line) => {
    const texts = order.map((column, position) =>
      pad(line[column]?.text ?? '', widths[position] ?? 0, line[column]?.align),
    );
    const end = texts.findLastIndex((text) => text.trim() !== '');
    const cells = texts.slice(0, end + 1).map((text, position) => {
      return paint(position === end ? text.trimEnd() : text, line[order[position] ?? 0]?.colour, color);
    });
    return `${gap}${cells.join(gap)}`;
  });
}

const gap = '  ';
/** Columns below which a name or a note says nothing. */
const shortest = 10;
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** Lines of words, broken at blanks; a longer word is clipped. */
export function wrap(text: string, columns: number): string[] {
  const lines: string[] = [];
  for (const word of plain(text).split(' ')) {
    const last = lines.at(-1);
    if (last !== undefined && width(last) + 1 + width(word) <= columns) lines[lines.length - 1] = `${last} ${word}`;
    else lines.push(clip(word, columns));
  }
  return lines;
}

/** What a terminal that knows nothing else can show; every sign takes the columns it took. */
export const asciiOnly = (text: string): string => text.replace(/[^\x00-\x7f]/gu, (sign) => likeness[sign] ?? '?');

const likeness: Readonly<Record<string, string>> = {
  ...{ '–': '-', '−': '-', '·': '|', '…': '~', '→': '>', '★': '*', '’': "'" },
  ...{ '█': '#', '▓': '%', '×': 'x', '▲': '^', '├': '|', '─': '-', '┤': '|' },
};
