import { filterOf, nothingShown } from '../layers.ts';
import { frameLines, insideOf } from '../parts/box.ts';
import { paintLine, paintPicked, type Spans, span } from '../parts/spans.ts';
import { clean } from '../parts/text.ts';
import type { Body, Drawn, Model } from './screen.ts';

/** Lines of which only those that show need to be made: an array, or what makes them on demand. */
export type Lines = { readonly length: number; slice(from: number, to: number): readonly Spans[] };

/** A layer that is read by scrolling: all its lines, of which those from `top` on are shown; `picked` is one of them. */
export function scrolled(title: Spans, lines: Lines, top: number, model: Model, body: Body, picked = -1): Drawn {
  const frame = model.columns >= 100 && model.rows >= 32 ? 'boxed' : 'ruled';
  const inside = insideOf(frame, body.columns, body.lines);
  const last = Math.max(0, lines.length - inside.lines);
  const from = Math.max(0, Math.min(top, last));
  const shown = lines.slice(from, from + inside.lines);
  const filter = filterOf(model.state);
  const corner: Spans = [
    ...(filter === '' ? [] : [span('filter ', 'faint'), span(`${clean(filter)} `, 'strong')]),
    ...(last > 0 ? [span(`${from + 1}–${from + shown.length} of ${lines.length}`, 'faint')] : []),
  ];
  const painted = shown.map((line, row) =>
    (from + row === picked ? paintPicked : paintLine)(line, inside.columns, model.theme),
  );
  return {
    lines: frameLines(
      { frame, columns: body.columns, lines: body.lines, focused: true, title, corner },
      painted,
      model.theme,
    ),
    shown: { ...nothingShown, lines: lines.length, page: Math.max(1, inside.lines) },
  };
}
