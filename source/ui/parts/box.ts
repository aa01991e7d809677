import type { Theme } from '../theme.ts';
import { paintLine, type Spans, span, spansWidth } from './spans.ts';

/**
 * How a pane is set off: `boxed` where there is room, `ruled` (a title line, nothing else) where every line counts.
 */
export type Frame = 'boxed' | 'ruled';

/** Columns and lines that a frame leaves for what is inside. */
export const insideOf = (frame: Frame, columns: number, lines: number) =>
  frame === 'boxed'
    ? { columns: columns - 4, lines: Math.max(0, lines - 2) }
    : { columns: columns - 2, lines: Math.max(0, lines - 1) };

/**
 * A pane's lines: title left and facts after it in the top line, the painted content inside (each exactly as wide as
 * `insideOf` says), `corner` right in the top line. Exactly `lines` long. `gutter`: for each line of the content the one
 * column before it, where that is not blank.
 */
export function frameLines(
  options: {
    readonly frame: Frame;
    readonly columns: number;
    readonly lines: number;
    readonly focused: boolean;
    readonly title: Spans;
    readonly corner: Spans;
    readonly gutter?: readonly string[];
  },
  content: readonly string[],
  theme: Theme,
): string[] {
  const { frame, columns, lines, focused } = options;
  const edge = theme.paint[focused ? 'plain' : 'faint'];
  const inside = insideOf(frame, columns, lines);
  const blank = ' '.repeat(Math.max(0, inside.columns));
  const rows = Array.from({ length: inside.lines }, (_, index) => content[index] ?? blank);
  const before = (index: number) => options.gutter?.[index] ?? ' ';
  if (frame === 'ruled') {
    return [topLine(options, ' ', ' ', edge, theme), ...rows.map((row, index) => `${before(index)}${row} `)];
  }
  const side = edge('│');
  return [
    topLine(options, '╭', '╮', edge, theme),
    ...rows.map((row, index) => `${side}${before(index)}${row} ${side}`),
    edge(`╰${'─'.repeat(columns - 2)}╯`),
  ];
}

function topLine(
  { columns, title, corner }: { columns: number; title: Spans; corner: Spans },
  left: string,
  right: string,
  edge: (text: string) => string,
  theme: Theme,
): string {
  const room = columns - 2;
  const end = corner.length > 0 ? [span(' '), ...corner, span(' ')] : [];
  // The corner tells of what is hidden, so the title gives way, and one stroke of the rule always shows.
  const titleRoom = Math.max(0, Math.min(spansWidth(title) + 1, room - spansWidth(end) - 1));
  const rule = room - titleRoom - spansWidth(end);
  return [
    edge(left),
    paintLine(title, titleRoom, theme),
    edge('─'.repeat(Math.max(0, rule))),
    paintLine(end, spansWidth(end), theme),
    edge(right),
  ].join('');
}
