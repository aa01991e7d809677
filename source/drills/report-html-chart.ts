import { escaped } from './markup.ts';
import type { Lane, SystemResult } from './types.ts';
import { seconds, span } from './words.ts';

/** What is drawn, in ms from the injection. */
export type Scale = { readonly fromMs: number; readonly toMs: number };

/** A scale that holds everything there is to draw of these systems, so that their charts stand under one another. */
export function scaleOf(systems: readonly SystemResult[], healedMs: number | null): Scale {
  const laneEnd = ({ lane }: SystemResult) => lane.fromMs + lane.sliceMs * lane.acked.length;
  const ends = systems.flatMap((one) => [laneEnd(one), one.predicted.maxMs, ...Object.values(one.phases)]);
  const toMs = Math.max(1_000, healedMs ?? 0, ...ends.filter((ms) => ms !== null));
  return {
    fromMs: Math.min(0, ...systems.map(({ lane }) => lane.fromMs)),
    toMs: toMs + (toMs % 1_000 === 0 ? 0 : 300),
  };
}

/**
 * The recovery of one system, drawn: the writes as bars (acknowledged above the line; failed and indeterminate below), the
 * prediction as a band, and under them a row for each moment. Text is HTML beside the drawing, so that it keeps its size.
 */
export function chart(result: SystemResult, scale: Scale, healedMs: number | null): string {
  const place = (ms: number) => percent(ms, scale);
  const { predicted, phases, outageMs } = result;
  const band =
    predicted.maxMs === 0
      ? ''
      : `<i class="band" style="left:${place(predicted.minMs)};width:${width(predicted.minMs, predicted.maxMs, scale)}"></i>`;
  const gap = outageOf(result);
  const rows = [
    predicted.maxMs === 0 ? '' : bar('predicted', span(predicted), predicted.minMs, predicted.maxMs, scale),
    outageMs === null || gap === null ? '' : bar('outage', seconds(outageMs), gap, gap + outageMs, scale),
    ...(['detected', 'elected', 'writable', 'redundant'] as const).map((name) =>
      mark(name, phases[`${name}Ms`], scale),
    ),
    mark('healed', healedMs, scale),
  ];
  return `<figure class="chart" role="img" aria-label="${escaped(inWords(result))}">
<div class="row writes"><b>writes</b><div class="plot">${bars(result.lane, scale)}</div></div>
${rows.filter(Boolean).join('\n')}
<div class="row axis"><b></b><div class="plot">${ticks(scale)}</div></div>
<div class="over" aria-hidden="true">${band}<i class="zero" style="left:${place(0)}"></i></div>
</figure>`;
}

const inWords = ({ system, phases, outageMs, predicted }: SystemResult): string =>
  `${system}: writable after ${seconds(phases.writableMs)}, predicted ${span(predicted)}, outage ${seconds(outageMs)}`;

/** More bars than that are no finer on a screen. */
const mostBars = 480;

function bars(lane: Lane, scale: Scale): string {
  const group = Math.max(1, Math.ceil(lane.acked.length / mostBars));
  const added = (counts: readonly number[]) =>
    Array.from({ length: Math.ceil(counts.length / group) }, (_, index) =>
      counts.slice(index * group, (index + 1) * group).reduce((sum, value) => sum + value, 0),
    );
  const [acked, failed, indeterminate] = [added(lane.acked), added(lane.failed), added(lane.indeterminate)];
  const tallest = Math.max(1, ...acked, ...acked.map((_, index) => (failed[index] ?? 0) + (indeterminate[index] ?? 0)));
  const length = scale.toMs - scale.fromMs;
  const x = (index: number) => ((lane.fromMs + index * group * lane.sliceMs - scale.fromMs) / length) * 1000;
  const wide = ((group * lane.sliceMs) / length) * 1000;
  const high = (count: number) => (count / tallest) * 46;
  /** One path for all bars of a kind, neighbours of one height as one; `below` is what is drawn under them already. */
  const path = (name: string, counts: readonly number[], up: boolean, below: readonly number[] = []) => {
    const starts = counts.map((_, index) => (up ? 50 : 50 + high(below[index] ?? 0)));
    const same = (a: number, b: number) => counts[a] === counts[b] && starts[a] === starts[b];
    const drawn = counts.flatMap((count, index) => {
      if (count === 0 || (index > 0 && same(index - 1, index))) return [];
      const next = counts.findIndex((_, other) => other > index && !same(index, other));
      const length = (next === -1 ? counts.length : next) - index;
      const height = round(up ? -high(count) : high(count));
      return [`M${round(x(index))} ${round(starts[index] ?? 50)}v${height}h${round(wide * length)}v${-height}z`];
    });
    return `<path class="${name}" d="${drawn.join('')}"/>`;
  };
  return `<svg viewBox="0 0 1000 100" preserveAspectRatio="none" aria-hidden="true"><path class="line" d="M0 50H1000"/>${path('acked', acked, true)}${path('failed', failed, false)}${path('indeterminate', indeterminate, false, failed)}</svg>`;
}

/** Where the longest gap begins: it ends with the first lasting write, or is the longest stretch of the lane without one; else null. */
function outageOf({ outageMs, phases, lane }: SystemResult): number | null {
  if (outageMs === null) return null;
  const begins = (phases.writableMs ?? Number.NaN) - outageMs;
  if (begins <= 0 && begins > -1_000) return begins;
  let [start, longest, found] = [0, 0, 0];
  lane.acked.forEach((count, index) => {
    if (count > 0) start = index + 1;
    else if (index + 1 - start > longest) [longest, found] = [index + 1 - start, start];
  });
  const near = Math.abs(longest * lane.sliceMs - outageMs) <= 4 * lane.sliceMs;
  return near ? lane.fromMs + found * lane.sliceMs : null;
}

function bar(name: string, said: string, fromMs: number, toMs: number, scale: Scale): string {
  const shape = `<i class="bar" style="left:${percent(fromMs, scale)};width:${width(fromMs, toMs, scale)}"></i>`;
  return row(name, `${shape}${label(said, toMs, fromMs, scale)}`);
}

function mark(name: string, ms: number | null, scale: Scale): string {
  if (ms === null)
    return name === 'healed'
      ? ''
      : row(name, `<span class="after" style="left:${percent(0, scale)}"><em>not seen</em></span>`);
  const stem = `<i class="stem" style="left:${percent(Math.min(0, ms), scale)};width:${width(Math.min(0, ms), Math.max(0, ms), scale)}"></i>`;
  const dot = `<i class="dot" style="left:${percent(ms, scale)}"></i>`;
  return row(name, `${stem}${dot}${label(seconds(ms), ms, Math.min(0, ms), scale)}`);
}

/** Right of what it names, or left of it where there is no room. */
function label(text: string, endMs: number, startMs: number, scale: Scale): string {
  const share = (endMs - scale.fromMs) / (scale.toMs - scale.fromMs);
  return share > 0.84
    ? `<span class="before" style="right:calc(100% - ${percent(share > 0.84 && startMs > 0 ? startMs : endMs, scale)})">${escaped(text)}</span>`
    : `<span class="after" style="left:${percent(endMs, scale)}">${escaped(text)}</span>`;
}

const row = (name: string, inside: string): string =>
  `<div class="row ${name}"><b>${name}</b><div class="plot">${inside}</div></div>`;

/** About six labelled ticks, at round numbers of seconds. */
function ticks(scale: Scale): string {
  const wanted = (scale.toMs - scale.fromMs) / 6;
  const step =
    [500, 1_000, 2_000, 5_000, 10_000, 15_000, 30_000, 60_000, 120_000].find((ms) => ms >= wanted) ?? 300_000;
  const first = Math.ceil(scale.fromMs / step) * step;
  const count = Math.floor((scale.toMs - first) / step) + 1;
  return Array.from({ length: count }, (_, index) => first + index * step)
    .map((ms) => `<span style="left:${percent(ms, scale)}">${ms === 0 ? 'injected' : `${ms / 1000} s`}</span>`)
    .join('');
}

const percent = (ms: number, { fromMs, toMs }: Scale): string => `${round(((ms - fromMs) / (toMs - fromMs)) * 100)}%`;
const width = (fromMs: number, toMs: number, scale: Scale): string =>
  `${round(((toMs - fromMs) / (scale.toMs - scale.fromMs)) * 100)}%`;
const round = (value: number): number => Math.round(value * 100) / 100;
