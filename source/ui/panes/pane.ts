import type { History, View } from '../../monitor/types.ts';
import { duration, list } from '../../stack/format.ts';
import type { Level, Report, RowReading } from '../../stack/report.ts';
import type { Filter } from '../parts/filter.ts';
import { type Span, type Spans, span, spansWidth } from '../parts/spans.ts';
import { sparkline } from '../parts/sparkline.ts';
import type { Column, Section, Sort } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import type { Style } from '../theme.ts';

export const paneIds = ['containers', 'etcd', 'patroni', 'redis', 'timeline'] as const;
export type PaneId = (typeof paneIds)[number];

/** What a pane is drawn from, beside the view. */
export type PaneOptions = {
  readonly filter: Filter;
  readonly sort: Sort | undefined;
  readonly showStopped: boolean;
  /** Epoch ms; ages are counted up to it. */
  readonly now: number;
};

/** A pane's content for one view: cheap to make, rows are drawn on demand. */
export type PaneContent = {
  /** In place of the pane's own title. */
  readonly title?: string;
  /** What the title says, most important first; the last ones are left out where it is narrow. */
  readonly facts: readonly Span[];
  readonly level: Level;
  readonly sections: readonly Section[];
  /** In place of the sections where not all rows fit. */
  readonly crowded?: () => readonly Section[];
  /** What is said when there is no row. */
  readonly empty: string;
};

export type Pane = {
  readonly id: PaneId;
  readonly number: number;
  readonly title: string;
  /** Whether the stack has such a thing at all. */
  present(report: Report): boolean;
  content(view: View, options: PaneOptions): PaneContent;
};

/** Milliseconds that passed since the view was made; small ones are the time it takes to draw. */
export const sinceView = (view: View, now: number): number => {
  const passed = now - view.snapshot.at;
  return passed > 1500 ? passed : 0;
};

const levelStyles: Record<Level, Style> = { ok: 'good', degraded: 'warning', down: 'bad', unknown: 'warning' };
const levelMarks: Record<Level, string> = { ok: '●', degraded: '▲', down: '✖', unknown: '?' };

/** The mark and the word of a level: `● OK`. */
export const levelSpans = (level: Level): Spans => [
  span(levelMarks[level], levelStyles[level]),
  span(` ${level.toUpperCase()}`, 'strong'),
];

/** Mark of a level alone, before a sentence that says the rest. */
export const levelMark = (level: Level): Span => span(levelMarks[level], levelStyles[level]);

/** A title in at most `room` columns: number, level where it is not ok, name, and as many facts as fit. */
export function titleSpans(pane: Pane, content: PaneContent | null, focused: boolean, room: number): Spans {
  const level = content?.level ?? 'ok';
  const name = [
    span(`${pane.number} `, 'faint'),
    ...(level === 'ok' ? [] : [levelMark(level), span(' ')]),
    span(content?.title ?? pane.title, focused ? 'strong' : 'plain'),
  ];
  // What was known before is not told as if it were known now.
  const facts = (content?.facts ?? []).map((fact) => (level === 'unknown' ? span(fact.text, 'faint') : fact));
  const withFacts = (count: number): Spans => [
    ...name,
    ...facts.slice(0, count).flatMap((fact, index) => [span(index === 0 ? ' ── ' : ' · ', 'faint'), fact]),
  ];
  let count = facts.length;
  while (count > 0 && spansWidth(withFacts(count)) > room) count -= 1;
  return withFacts(count);
}

/** Without the engine all that shows is greyed, also what members still answer through their published ports. */
export const isDim = ({ report }: View): boolean => report.engine.state === 'reconnecting';

/** What stands in place of a member's figures when its reading is not ok, the longest wording first; null: it is ok. */
export function troubleOf(row: RowReading, view: View, now: number): readonly Span[] | null {
  if (row.reading === 'ok') return null;
  const age = row.ageMs === null ? null : row.ageMs + sinceView(view, now);
  if (row.reading === 'absent') {
    const why = clean(row.error ?? 'not running').replace(/^(its )?container (is )?/, '');
    return [span(`✖ ${why}`, 'strong'), span('✖ not running', 'strong'), span('✖ absent', 'strong')];
  }
  if (row.reading === 'failed') {
    const silence = age === null ? 'never answered' : `no answer for ${duration(age)}`;
    // That a question timed out is what `no answer` says already.
    const why =
      row.error === undefined || row.error.startsWith('no answer') ? [] : [`✖ ${silence} · ${clean(row.error)}`];
    const short = age === null ? '✖ silent' : `✖ silent ${duration(age)}`;
    return [...why, `✖ ${silence}`, short].map((text) => span(text, 'strong'));
  }
  return [span(age === null ? 'asking' : `stale ${duration(age)}`, 'faint')];
}

/** `etcd2 ★`: a member's name, marked where it leads. */
const memberCell = (name: string, leads: boolean): Span =>
  leads ? span(`${clean(name)} ★`, 'strong') : span(clean(name));

type Named = { readonly name: string };

/** The first column of a member table. */
export const memberColumn = <Row extends Named>(leads: (row: Row) => boolean): Column<Row> => ({
  id: 'name',
  title: 'MEMBER',
  kind: 'identity',
  width: 8,
  grows: { by: 'content', max: 24 },
  keep: 100,
  cell: (row) => memberCell(row.name, leads(row)),
  sort: (row) => row.name,
});

/** Points of the history, one for five seconds. */
export const fiveMinutes = 60;

/** The last five minutes of a figure of a member, as far as its history goes; `floor` as in `sparkline`. */
export const sparkColumn = (title: string, history: History, figure: string, floor: number): Column<Named> => ({
  id: 'spark',
  title,
  kind: 'figure',
  width: 6,
  grows: { by: 'room', max: 30 },
  keep: 55,
  cell: (row, columns) => sparkline(history.series(`${figure}:${row.name}`), fiveMinutes, columns, floor),
});

/** The last column of a member table: how long the last answer took. */
export const latencyColumn = <Row extends { readonly latencyMs: number | null }>(): Column<Row> => ({
  id: 'rtt',
  title: 'RTT',
  kind: 'figure',
  width: 5,
  keep: 40,
  cell: (row) => (row.latencyMs === null ? '–' : `${Math.max(1, Math.round(row.latencyMs))}ms`),
  sort: (row) => row.latencyMs,
});

/** Names for a title: the first few, or a dash. */
export const namesOf = (rows: readonly Named[]): string =>
  rows.length === 0 ? '–' : clean(list(rows.map((row) => row.name)));
