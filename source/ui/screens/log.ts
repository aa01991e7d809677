import { nothingShown, type Shown } from '../layers.ts';
import type { LogLayer, LogShown, LogsModel } from '../log-types.ts';
import { logWindow } from '../log-window.ts';
import { frameLines, insideOf } from '../parts/box.ts';
import { paintLine, span } from '../parts/spans.ts';
import { clean } from '../parts/text.ts';
import type { Body, Model } from './screen.ts';

/** Logs over the whole body: the newest at the bottom, or from the first line on that was chosen. */
export function logScreen(
  layer: LogLayer,
  model: Model & { readonly logs?: LogsModel | null },
  body: Body,
): { readonly lines: readonly string[]; readonly shown: Shown & { readonly log: LogShown } } {
  const { theme, logs } = model;
  const frame = model.columns >= 100 && model.rows >= 32 ? 'boxed' : 'ruled';
  const inside = insideOf(frame, body.columns, body.lines);
  const buffer = logs?.logs.buffer;
  if (buffer === undefined) throw new Error('logs are not open');
  const window = logWindow(buffer, { sources: null, levels: layer.levels, matches: null, context: null });
  const back = window.walk(buffer.size, -1);
  const positions: number[] = [];
  for (let next = back(); next >= 0 && positions.length < inside.lines; next = back()) positions.unshift(next);
  const slots = positions.map((position) => buffer.slotAt(position));
  const painted = slots.map((slot) => paintLine([span(clean(buffer.text(slot)))], inside.columns, theme));
  return {
    lines: frameLines(
      {
        frame,
        columns: body.columns,
        lines: body.lines,
        focused: true,
        title: [span('Logs', 'strong')],
        corner: [],
      },
      painted,
      theme,
    ),
    shown: {
      ...nothingShown,
      page: Math.max(1, inside.lines),
      log: { ids: slots.map((slot) => buffer.idOf(slot)), ...window.shown },
    },
  };
}
