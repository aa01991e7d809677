import { plural } from '../../stack/format.ts';
import { paintEnds, paintLine, paintPicked, type Spans, span } from '../parts/spans.ts';
import { clean, wrap } from '../parts/text.ts';
import type { Model } from './screen.ts';

/** A panel over the bottom of the screen: its lines, and what the reducer must know to scroll in it. */
export type Panel = { readonly lines: readonly string[]; readonly all: number; readonly page: number };

export type PanelLine = { readonly spans: Spans; readonly picked?: boolean };

type Content = {
  readonly title: Spans;
  /** What scrolls where there is not room for all of it. */
  readonly text: readonly PanelLine[];
  /** The first line of the text to show; null: its end. */
  readonly top: number | null;
  /** What stays in sight under it, whatever the height: what is asked, what came of it. */
  readonly foot: readonly PanelLine[];
};

/** Title, text and foot in at most `room` lines; of a text that does not fit the part from `top` on. */
export function panelOf({ title, text, top, foot }: Content, { columns, theme }: Model, room: number): Panel {
  const inner = columns - 4;
  const page = Math.max(1, room - 2 - foot.length);
  const last = Math.max(0, text.length - page);
  const from = Math.min(top ?? last, last);
  const hidden = text.length - page;
  // A blank sets off what is asked, where there is room for it.
  const gap: readonly PanelLine[] = foot.length > 0 && text.length > 0 && hidden < 0 ? [{ spans: [] }] : [];
  const shown = [...text.slice(from, from + page), ...gap, ...foot].slice(-Math.max(1, room - 2));
  const corner =
    hidden > 0
      ? [span(last === from ? `${plural(from, 'line')} above` : `${plural(last - from, 'more line')}: PgDn`, 'faint')]
      : [];
  const paint = ({ spans, picked }: PanelLine) => (picked ? paintPicked : paintLine)(spans, inner, theme);
  return {
    lines: [
      theme.paint.faint('─'.repeat(columns)),
      `  ${paintEnds(title, corner, inner, theme)}  `,
      ...shown.map((line) => `  ${paint(line)}  `),
    ],
    all: text.length,
    page,
  };
}

/** A sentence over as many lines as it takes, after a mark. */
export const marked = (mark: Spans, text: string, columns: number): readonly PanelLine[] =>
  wrap(clean(text, 2_000), columns - 2).map((line, index) => ({
    spans: [...(index === 0 ? [...mark, span(' ')] : [span('  ')]), span(line)],
  }));
