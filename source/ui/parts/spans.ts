import type { Style, Theme } from '../theme.ts';
import { cut, widthOf } from './text.ts';

/** A piece of a line with its meaning. Lines are made of spans, so that widths are counted without escape codes. */
export type Span = { readonly text: string; readonly style: Style };
export type Spans = readonly Span[];

export const span = (text: string, style: Style = 'plain'): Span => ({ text, style });

export const spansWidth = (spans: Spans): number => spans.reduce((sum, { text }) => sum + widthOf(text), 0);

/** Puts a separator between groups of spans, leaving out empty groups. */
export const joinSpans = (groups: readonly Spans[], separator: string): Spans =>
  groups
    .filter((group) => group.length > 0)
    .flatMap((group, index) => (index === 0 ? group : [span(separator), ...group]));

/** Spans painted in exactly `columns`: cut where they are too long, blank where too short. */
export function paintLine(spans: Spans, columns: number, theme: Theme): string {
  let line = '';
  let left = columns;
  // Neighbours of one style are painted together: every escape code is one more thing for Ink to take apart.
  let run = '';
  let runStyle: Style = 'plain';
  for (const { text, style } of spans) {
    if (left <= 0) break;
    const fitted = cut(text, left);
    left -= widthOf(fitted);
    if (style !== runStyle) {
      line += run === '' ? '' : theme.paint[runStyle](run);
      run = '';
      runStyle = style;
    }
    run += fitted;
    if (fitted !== text) break;
  }
  return line + (run === '' ? '' : theme.paint[runStyle](run)) + ' '.repeat(Math.max(0, left));
}

/** The same without its styles, inverted: the row of the selection. */
export function paintPicked(spans: Spans, columns: number, theme: Theme): string {
  return theme.paint.picked(paintLine([span(spans.map(({ text }) => text).join(''))], columns, theme));
}

/** A left and a right part of one line; where both don't fit, the right one is left out. */
export function paintEnds(left: Spans, right: Spans, columns: number, theme: Theme): string {
  const room = columns - spansWidth(left) - spansWidth(right);
  if (room < 1) return paintLine(left, columns, theme);
  return paintLine([...left, span(' '.repeat(room)), ...right], columns, theme);
}
