import { type Level, type Logs, levels, type SourceState } from '../../logs/types.ts';
import { count, list, plural } from '../../stack/format.ts';
import type { LogLayer, LogLook } from '../log-types.ts';
import { levelMark } from '../panes/pane.ts';
import { joinSpans, type Spans, span, spansWidth } from '../parts/spans.ts';
import { clean, cut } from '../parts/text.ts';

/** Where the page is: positions of its first and last line, of so many. */
export type Range = { readonly first: number; readonly last: number; readonly of: number };

/** The names of services that may be followed, once each. */
const servicesOf = (sources: readonly SourceState[]): readonly string[] => [
  ...new Set(sources.map(({ source }) => source.service)),
];

/** Title and corner in at most so many columns together: which services, whether it follows, where it is. */
export function titleAndCorner(
  layer: LogLayer,
  logs: Logs,
  range: Range | null,
  columns: number,
): { readonly title: Spans; readonly corner: Spans } {
  const { counts } = logs.buffer;
  const fresh = Math.max(0, counts.added - layer.pausedAt);
  const state: Spans =
    layer.cursor === null
      ? [span('following')]
      : [span('paused', 'strong'), ...(fresh > 0 ? [span(` · ${count(fresh)} new`, 'strong')] : [])];
  const who = whoTexts(layer.services, servicesOf(logs.following.sources));
  const titles = who.map(
    (text): Spans => [span('Logs', 'strong'), span(' ── ', 'faint'), span(text), span(' · '), ...state],
  );
  const out = counts.lost;
  const lost = out === 0 ? [''] : [` · ${count(out)} fell out`, ` · ${count(out)} out`];
  const corners =
    range === null
      ? lost.map((text) => text.slice(3))
      : [
          ...lost.map((text) => `${count(range.first)}–${count(range.last)} of ${count(range.of)}${text}`),
          ...lost.map((text) => `${count(range.last)} of ${count(range.of)}${text}`),
          ...(out === 0 ? [] : [`${count(range.last)} of ${count(range.of)}`]),
        ];
  // The services give way before the figures do, and the figures before what is left of the services.
  for (const corner of [...corners, ''])
    for (const title of titles)
      if (spansWidth(title) + corner.length + 4 <= columns)
        return { title, corner: corner === '' ? [] : [span(corner, 'faint')] };
  return { title: titles.at(-1) ?? [], corner: [] };
}

/** `redis1, redis2`, `all 13 services`; the longest wording first. */
function whoTexts(chosen: readonly string[] | null, known: readonly string[]): readonly string[] {
  if (chosen === null) return known.length === 1 ? [clean(known[0] ?? '')] : [`all ${plural(known.length, 'service')}`];
  const names = chosen.map((name) => clean(name));
  if (names.length < 2) return [names[0] ?? 'no service'];
  const hidden = known.filter((name) => !chosen.includes(name));
  const few = hidden.length > 0 && hidden.length < 3 && hidden.length < names.length;
  return [
    ...(few ? [`all but ${list(hidden.map((name) => clean(name)))}`] : [names.join(', '), list(names)]),
    plural(names.length, 'service'),
  ];
}

/** Levels as people say it: `warning and worse`, `only error`, `without debug`. */
function levelsText(shown: readonly Level[]): string {
  const first = levels.findIndex((level) => shown.includes(level));
  const hidden = levels.filter((level) => !shown.includes(level));
  if (shown.length === 0) return 'no level';
  if (shown.length === 1) return `only ${shown[0]}`;
  if (hidden.length === first) return `${levels[first]} and worse`;
  if (hidden.length <= 2) return `without ${list(hidden)}`;
  return `only ${list(levels.filter((level) => shown.includes(level)))}`;
}

/** What is in force or in the way, most important first; empty when there is nothing to tell. One line. */
export function statusSpans(
  layer: LogLayer,
  look: LogLook,
  logs: Logs,
  hidden: 'left' | 'right' | 'raw' | null,
): Spans {
  const said: Spans = layer.said === null ? [] : [span(clean(layer.said), 'strong')];
  const { following } = logs;
  const trouble: Spans =
    following.trouble === null ? [] : [levelMark('degraded'), span(` ${clean(following.trouble)}`, 'strong')];
  const filters: Spans[] = [
    ...(layer.levels === null ? [] : [[span(levelsText(layer.levels))]]),
    ...(layer.marked.length === 0 ? [] : [[span(`${count(layer.marked.length)} marked`)]]),
  ];
  return joinSpans(
    [
      said,
      trouble,
      ...searchSpans(layer, look, logs),
      hiddenSpans(hidden, look),
      ...filters,
      streamSpans(layer.services, logs),
    ],
    ' · ',
  );
}

/** What was found must show behind it. */
const longestPattern = 32;

function searchSpans(layer: LogLayer, look: LogLook, { finder }: Logs): Spans[] {
  if (layer.filter === '') return [];
  const search = finder.state;
  const pattern = span(`/${cut(clean(layer.filter), longestPattern)}`, 'strong');
  if (search === null || search.pattern !== layer.filter) return [[pattern]];
  if (search.trouble !== null)
    return [[pattern, span(' '), levelMark('degraded'), span(` ${clean(search.trouble)}`, 'strong')]];
  const hits = ` ${count(search.hits)} ${search.hits === 1 ? 'hit' : 'hits'}`;
  const only = layer.only ? [[span(look.context === 0 ? 'only matches' : `only matches ±${look.context}`)]] : [];
  return [[pattern, span(search.caughtUp ? hits : `${hits} so far`)], ...only];
}

/** Why the cursor's line has the mark of a match and shows none. */
function hiddenSpans(hidden: 'left' | 'right' | 'raw' | null, { wrap }: LogLook): Spans {
  if (hidden === null) return [];
  if (hidden === 'raw') return [span('the match is in the raw line: u')];
  return [
    span(hidden === 'left' ? 'the match is further left: ←' : `the match is further right${wrap ? '' : ': → or w'}`),
  ];
}

function streamSpans(services: readonly string[] | null, { following }: Logs): Spans {
  const chosen = chosenOf(services, following.sources);
  const named = (state: SourceState['state']) =>
    servicesOf(chosen.filter((entry) => entry.state === state)).map((name) => clean(name));
  const [lost, reading] = [named('lost'), named('reading')];
  // That one of many does not run is told by a line among the others.
  const waiting = chosen.every(({ state }) => state === 'waiting') ? named('waiting') : [];
  return joinSpans(
    [
      lost.length === 0 ? [] : [levelMark('degraded'), span(` ${list(lost)} lost`, 'strong')],
      waiting.length === 0 ? [] : [span(`waiting for ${list(waiting)}`, 'faint')],
      reading.length === 0 ? [] : [span(`reading ${reading.length > 3 ? reading.length : list(reading)}`, 'faint')],
    ],
    ' · ',
  );
}

const chosenOf = (services: readonly string[] | null, sources: readonly SourceState[]): readonly SourceState[] =>
  sources.filter(({ source }) => services === null || services.includes(source.service));

/** Why chosen services show no line although others have some. */
function nothingOf(names: readonly string[], lost: boolean): string {
  if (names.length === 0) return 'no service is chosen';
  if (lost) return `nothing of ${list(names)} is kept`;
  return `${list(names)} ${names.length === 1 ? 'has' : 'have'} written nothing`;
}

/** What is said when there is no line to show: why, and how to see some. */
export function emptyTexts(layer: LogLayer, logs: Logs): readonly string[] {
  const { buffer, following, finder } = logs;
  const chosen = chosenOf(layer.services, following.sources);
  if (buffer.size > 0) {
    const search = finder.state;
    const searching = layer.only && search !== null && search.trouble === null && !search.caughtUp;
    if (searching) return ['searching'];
    return [
      `none of ${count(buffer.size)} lines shows`,
      ...(layer.only ? [`only matches of /${clean(layer.filter)}: F shows the others`] : []),
      ...(layer.levels === null ? [] : [`${levelsText(layer.levels)}: L changes the levels`]),
      ...(layer.services === null
        ? []
        : layer.only || layer.levels !== null
          ? [`of ${list(layer.services.map((name) => clean(name)))}: s changes the services`]
          : [
              `${nothingOf(
                layer.services.map((name) => clean(name)),
                buffer.counts.lost > 0,
              )}: s chooses others`,
            ]),
    ];
  }
  if (following.trouble !== null) return ['nothing can be read now'];
  if (chosen.length === 0) return ['there is no container to read from'];
  if (chosen.every(({ state }) => state === 'waiting')) {
    const names = servicesOf(chosen).map((name) => clean(name));
    return [`${list(names)} ${names.length === 1 ? 'does' : 'do'} not run`, 'lines show as soon as there are some'];
  }
  return [chosen.some(({ state }) => state === 'reading') ? 'reading' : 'nothing has been written yet'];
}
