import { harmless } from '../../logs/harmless.ts';
import { hueOf } from '../../logs/service-hues.ts';
import type { Level, LogBuffer, Source } from '../../logs/types.ts';
import { columnsIn, within } from '../parts/cells.ts';
import { paintLine, type Span, type Spans, span } from '../parts/spans.ts';
import { clean, fill, widthOf } from '../parts/text.ts';
import type { Style, Theme } from '../theme.ts';
import type { Painter } from './log-painter.ts';
import type { Stamps } from './log-stamp.ts';

/** What stands before the text of lines: mark, time, service, level; each with the blank after it. */
export type Gutter = {
  readonly columns: number;
  readonly stamps: Stamps;
  /** Columns for the service; 0: it is not shown. */
  readonly service: number;
  readonly nameOf: (source: number) => string;
  /** How a name is told from the others; where there are none it needs no colour, which in a flood is a tenth of all bytes. */
  readonly hueOf: (name: string) => Style;
};

/** The gutter for these sources; its service column is as wide as their names, within reason. */
export function gutterFor(sources: readonly Source[], stamps: Stamps, columns: number): Gutter {
  const names = new Map(sources.map((source) => [source.index, clean(source.service)]));
  const alone = new Set(names.values()).size <= 1;
  const most = columns >= 100 ? 16 : columns >= 76 ? 11 : 9;
  const widest = Math.max(0, ...[...names.values()].map(widthOf));
  const service = alone && columns < 100 ? 0 : Math.min(most, widest);
  const blanks = (stamps.columns > 0 ? 1 : 0) + (service > 0 ? 1 : 0);
  return {
    columns: 1 + stamps.columns + service + blanks + 2,
    stamps,
    service,
    nameOf: (source) => names.get(source) ?? '?',
    hueOf: alone ? () => 'plain' : hueOf,
  };
}

/** Letters, so that a level is never told by colour alone; what is not worse than usual has none. */
const levelLetters: Readonly<Partial<Record<Level, Span>>> = {
  warning: span('W', 'warning'),
  error: span('E', 'bad'),
  fatal: span('F', 'bad'),
};

export type LineFlags = {
  readonly marked: boolean;
  /** It matches what is searched for. */
  readonly hit: boolean;
  readonly cursor: boolean;
  /** It is only there for the match that it stands beside. */
  readonly context: boolean;
};

/** A line as rows, each exactly as wide as the gutter and the painter's columns together. */
export function lineRows(
  slot: number,
  flags: LineFlags,
  { buffer, gutter, painter, theme, columns }: LineParts,
): readonly string[] {
  if (buffer.kind(slot) === 'note') return [noteRow(slot, flags, { buffer, gutter, painter, theme, columns })];
  const before = gutterSpans(slot, flags, buffer, gutter);
  const blank: Spans = [span(' '.repeat(gutter.columns))];
  const level = buffer.level(slot);
  const base: Style = flags.context || level === 'debug' ? 'faint' : 'plain';
  const texts = flags.cursor ? painter.picked(slot) : painter.rows(slot, base);
  return texts.map((text, index) => {
    const spans = index === 0 ? before : blank;
    if (!flags.cursor) return paintLine(spans, gutter.columns, theme) + text;
    const written = spans.map((part) => part.text).join('');
    return theme.paint.picked(written + ' '.repeat(Math.max(0, gutter.columns - widthOf(written)))) + text;
  });
}

export type LineParts = {
  readonly buffer: LogBuffer;
  readonly gutter: Gutter;
  readonly painter: Painter;
  readonly theme: Theme;
  /** Of the whole row. */
  readonly columns: number;
};

const markSpan = ({ marked, hit }: LineFlags): Span =>
  marked ? span('*', 'strong') : hit ? span('›', 'strong') : span(' ');

function gutterSpans(slot: number, flags: LineFlags, buffer: LogBuffer, gutter: Gutter): Spans {
  const { stamps, service, nameOf } = gutter;
  const name = nameOf(buffer.source(slot));
  const continues = buffer.continues(slot);
  const letter = continues ? undefined : levelLetters[buffer.level(slot) ?? 'info'];
  return [
    markSpan(flags),
    ...(stamps.columns > 0 ? [span(`${stamps.of(slot)} `, 'faint')] : []),
    // Of an entry of many lines the first one stands out.
    ...(service > 0 ? [span(fill(name, service), continues ? 'faint' : gutter.hueOf(name)), span(' ')] : []),
    letter ?? span(' '),
    span(' '),
  ];
}

/** A line of our own is a rule across the others: `redis1 ── restarted ────`; a marker is nobody's. */
function noteRow(slot: number, flags: LineFlags, { buffer, gutter, theme, columns }: LineParts): string {
  const { stamps, service, nameOf } = gutter;
  const stamp = stamps.columns > 0 ? `${stamps.of(slot)} ` : '';
  const source = buffer.source(slot);
  const name = source >= 0 && service > 0 ? nameOf(source) : '';
  const before = name === '' ? 0 : service + 1;
  const said = harmless(buffer.bytes(slot).toString('utf8', 0, 400));
  const room = columns - 1 - stamp.length - before - 4;
  const text = said.slice(0, within(said, 0, room).to);
  const rule = '─'.repeat(Math.max(0, room - columnsIn(text)));
  const spans: Spans = [
    markSpan(flags),
    span(stamp, 'faint'),
    ...(name === '' ? [] : [span(fill(name, service), gutter.hueOf(name)), span(' ')]),
    span('── ', 'faint'),
    span(text, 'strong'),
    span(` ${rule}`, 'faint'),
  ];
  if (!flags.cursor) return paintLine(spans, columns, theme);
  return theme.paint.picked(paintLine([span(spans.map((part) => part.text).join(''))], columns, theme));
}
