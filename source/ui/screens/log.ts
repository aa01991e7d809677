import type { LineId, LogBuffer, Logs } from '../../logs/types.ts';
import { nothingShown } from '../layers.ts';
import type { LogLayer } from '../log-types.ts';
import { type LogWindow, logWindow } from '../log-window.ts';
import { frameLines, insideOf } from '../parts/box.ts';
import { paintLine, span } from '../parts/spans.ts';
import { gutterFor, lineRows } from './log-line.ts';
import { type Page, pageOf } from './log-page.ts';
import { painterFor } from './log-painter.ts';
import { stampsFor } from './log-stamp.ts';
import { emptyTexts, statusSpans, titleAndCorner } from './log-title.ts';
import type { Body, Drawn, Model } from './screen.ts';

/** Logs over the whole body: the newest at the bottom, or from the first line on that was chosen. */
export function logScreen(layer: LogLayer, model: Model, body: Body): Drawn {
  const { theme } = model;
  const frame = model.columns >= 100 && model.rows >= 32 ? 'boxed' : 'ruled';
  const inside = insideOf(frame, body.columns, body.lines);
  const framed = (content: readonly string[], { title, corner }: ReturnType<typeof titleAndCorner>) =>
    frameLines({ frame, columns: body.columns, lines: body.lines, focused: true, title, corner }, content, theme);
  if (model.logs === null) {
    const nothing = paintLine([span('logs cannot be read from here', 'faint')], inside.columns, theme);
    return { lines: framed([nothing], { title: [span('Logs', 'strong')], corner: [] }), shown: nothingShown };
  }
  const { logs, look } = model.logs;
  const { buffer, finder, following } = logs;
  const window = logWindowOf(layer, look.context, logs);
  // What is searched for has a status: none comes or goes by what the page shows.
  const hasStatus = statusSpans(layer, look, logs, null).length > 0;
  const rows = Math.max(1, inside.lines - (hasStatus ? 1 : 0));

  const cursorMs = layer.cursor !== null && buffer.holds(layer.cursor) ? buffer.ms(layer.cursor.slot) : null;
  const stamps = stampsFor(look.stamps, buffer, {
    narrow: body.columns < 76,
    from: cursorMs ?? model.now,
    exact: cursorMs !== null,
  });
  const chosen = following.sources.flatMap(({ source }) =>
    layer.services === null || layer.services.includes(source.service) ? [source] : [],
  );
  const gutter = gutterFor(chosen, stamps, body.columns);
  const columns = Math.max(1, inside.columns - gutter.columns);
  const painter = painterFor(buffer, finder, { look, theme, columns, rows, shift: look.wrap ? 0 : layer.shift });
  const page = pageOf(layer, buffer, window, rows, (slot) => (buffer.kind(slot) === 'note' ? 1 : painter.height(slot)));

  const marked = new Set(layer.marked.flatMap((line) => (buffer.holds(line) ? [line.slot] : [])));
  const searching = finder.state !== null && finder.state.trouble === null;
  const painted = page.slots.flatMap((slot) => {
    const hit = searching && finder.matches(slot);
    const flags = {
      marked: marked.has(slot),
      hit,
      cursor: slot === page.cursor,
      context: searching && layer.only && !hit,
    };
    return lineRows(slot, flags, { buffer, gutter, painter, theme, columns: inside.columns });
  });
  const content = painted.slice(page.above, page.above + rows);
  if (page.slots.length === 0)
    content.push(...emptyTexts(layer, logs).map((text) => paintLine([span(text, 'faint')], inside.columns, theme)));
  if (hasStatus) {
    const atMatch = page.cursor !== null && searching && finder.matches(page.cursor);
    const status = statusSpans(layer, look, logs, atMatch ? painter.hidden(page.cursor) : null);
    const blank = ' '.repeat(inside.columns);
    while (content.length < rows) content.push(blank);
    content.splice(rows, Infinity, paintLine(status, inside.columns, theme));
  }
  return {
    lines: framed(content, titleAndCorner(layer, logs, rangeOf(page, buffer), body.columns - 2)),
    shown: {
      ...nothingShown,
      lines: buffer.size,
      page: Math.max(1, page.slots.length - 1),
      log: { ids: idsOf(page, buffer), ...window.shown },
    },
  };
}

/** The lines of a layer: of its services, levels, and matches where only those are kept and there is a search that can match. */
function logWindowOf(layer: LogLayer, context: number, { buffer, finder, following }: Logs): LogWindow {
  const { services, levels, only } = layer;
  const sources =
    services === null
      ? null
      : new Set(following.sources.flatMap(({ source }) => (services.includes(source.service) ? [source.index] : [])));
  const search = finder.state;
  const matches = search !== null && search.trouble === null ? (slot: number) => finder.matches(slot) : null;
  return logWindow(buffer, { sources, levels, matches, context: only ? context : null });
}

const idsOf = ({ slots }: Page, buffer: LogBuffer): readonly LineId[] => slots.map((slot) => buffer.idOf(slot));

function rangeOf({ slots }: Page, buffer: LogBuffer) {
  const [first, last] = [slots[0], slots.at(-1)];
  if (first === undefined || last === undefined) return null;
  const position = (slot: number) => (buffer.positionOf(buffer.idOf(slot)) ?? 0) + 1;
  return { first: position(first), last: position(last), of: buffer.size };
}
