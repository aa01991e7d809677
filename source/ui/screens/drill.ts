import { type Counts, type DrillProgress, type Measured, measuredSystems } from '../../drills/types.ts';
import { count, plural } from '../../stack/format.ts';
import { type Layer, nothingShown } from '../layers.ts';
import { frameLines, insideOf } from '../parts/box.ts';
import { laneGroup, laneLegend, laneSpans } from '../parts/lane.ts';
import { joinSpans, paintLine, type Spans, span, spansWidth } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import { overLines, phaseLines } from './drill-phases.ts';
import { resultLines, verdictLines, verdictMark } from './drill-result.ts';
import { faultWords, stageNames, systemNames, ticking } from './drill-words.ts';
import type { Body, Drawn, Model } from './screen.ts';

type View = Extract<Layer, { kind: 'drill' }>;

/**
 * A drill as it goes: where it stands, phases, writes, timeline; once done, its verdict and results come first. Where not
 * everything fits, the newest of the timeline is shown until somebody scrolls.
 */
export function drillScreen(layer: View, model: Model, body: Body): Drawn {
  const progress = model.drills?.progress ?? null;
  const frame = model.columns >= 100 && model.rows >= 32 ? 'boxed' : 'ruled';
  const inside = insideOf(frame, body.columns, body.lines);
  const parts = progress === null ? [[[span('no drill runs', 'faint')]]] : partsOf(progress, model.now, inside);
  const timeline = progress === null ? [] : timelineLines(progress, inside.columns);

  // Parts stand apart where there is room for that, and for some of the timeline.
  const close = parts.flat();
  const apart = parts.flatMap((part, index) => (index === 0 ? part : [[], ...part]));
  const fixed = apart.length + Math.min(timeline.length, 6) < inside.lines ? [...apart, []] : close;
  const all = [...fixed, ...timeline];
  const room = Math.max(0, inside.lines - fixed.length);
  const [heading = [], ...moments] = timeline;
  const newest = room < 2 ? [] : [heading, ...moments.slice(-(room - 1))];
  const last = Math.max(0, all.length - inside.lines);
  const from = Math.min(layer.top ?? 0, last);
  const shown =
    layer.top === null ? [...fixed, ...newest].slice(0, inside.lines) : all.slice(from, from + inside.lines);
  const hidden = all.length - shown.length;

  const id = progress?.plan.drill.id ?? '';
  const corner =
    hidden === 0
      ? []
      : [
          span(
            layer.top === null
              ? `${plural(hidden, 'more line')}`
              : `${from + 1}–${from + shown.length} of ${all.length}`,
            'faint',
          ),
        ];
  return {
    lines: frameLines(
      {
        frame,
        columns: body.columns,
        lines: body.lines,
        focused: true,
        title: [span('Drill', 'strong'), span(' ── ', 'faint'), span(id)],
        corner,
      },
      shown.map((line) => paintLine(line, inside.columns, model.theme)),
      model.theme,
    ),
    shown: { ...nothingShown, lines: all.length, page: Math.max(1, inside.lines) },
  };
}

/** The part of the header that tells of a drill wherever one looks; the longer wording first. */
export function drillHeader({ drills, now }: Pick<Model, 'drills' | 'now'>): readonly Spans[] {
  const progress = drills?.progress ?? null;
  if (progress === null) return [];
  const { stage, injectedAt, report, plan } = progress;
  const state: Spans =
    stage === 'done'
      ? [verdictMark(report?.verdict ?? 'inconclusive'), span(` ${report?.verdict ?? 'done'}`, 'strong')]
      : [span(injectedAt === null ? 'prepares' : `${Math.floor(Math.max(0, now - injectedAt) / 1000)} s`, 'strong')];
  return [
    [span(`drill ${plan.drill.id} `), ...state],
    [span('drill '), ...state],
  ];
}

const measuredOf = ({ plan }: DrillProgress): readonly Measured[] =>
  measuredSystems.filter((system) => plan.drill.expects[system] !== undefined);

/** Where lines are few, the legend gives way to what it explains; a result is scrolled anyway. */
function partsOf(progress: DrillProgress, now: number, { columns, lines }: Body): readonly (readonly Spans[])[] {
  const systems = measuredOf(progress);
  const head = progress.stage === 'done' ? verdictLines(progress, columns) : headLines(progress, now, columns);
  const results = progress.report === null ? [] : resultLines(progress.report, columns);
  const phases = [...phaseLines(progress, systems, now, columns), ...overLines(progress, systems, now)];
  const lanes = laneLines(progress, systems, columns);
  const before = [head, results, phases];
  const fits = before.flat().length + lanes.length < lines;
  return [...before, fits || progress.stage === 'done' || lanes.length === 0 ? lanes : lanes.slice(1)].filter(
    (part) => part.length > 0,
  );
}

function headLines(
  { plan, stage, injectedAt, waitsFor }: DrillProgress,
  now: number,
  columns: number,
): readonly Spans[] {
  const elapsed = injectedAt === null ? [] : [span(ticking(now - injectedAt), 'strong')];
  const line = (since: Spans) =>
    joinSpans([[span(faultWords(plan), 'strong')], [span(stageNames[stage])], [...elapsed, ...since]], ' · ');
  const full = line(injectedAt === null ? [] : [span(' since the fault')]);
  return [
    spansWidth(full) <= columns ? full : line([]),
    ...(waitsFor === '' ? [] : wrap(clean(`waits for ${waitsFor}`), columns).map((line) => [span(line, 'faint')])),
  ];
}

/** For each system what became of its writes, and under it the band of them. */
function laneLines(progress: DrillProgress, systems: readonly Measured[], columns: number): readonly Spans[] {
  const whole = progress.stage === 'done';
  const lanes = systems.flatMap((system) => {
    const lane = progress.lanes[system];
    return lane === undefined ? [] : [{ system, lane, counts: progress.counts[system] }];
  });
  if (lanes.length === 0) return [];
  return [
    legend(columns),
    ...lanes.flatMap(({ system, lane, counts }, index): Spans[] => {
      const step = (whole ? laneGroup(lane, columns) : 1) * lane.sliceMs;
      const each = columns >= 76 && index === 0 ? [span(`a column is ${step} ms`, 'faint')] : [];
      const left = joinSpans([[span(fill(systemNames[system], 8), 'strong')], ...countSpans(counts)], '  ');
      const gap = columns - spansWidth(left) - spansWidth(each);
      return [
        gap < 1 ? left : [...left, span(' '.repeat(gap)), ...each],
        laneSpans(lane, { columns, injected: progress.injectedAt !== null, whole }),
      ];
    }),
  ];
}

function legend(columns: number): Spans {
  const words = (wide: boolean) =>
    joinSpans(
      laneLegend.map(([glyph, long, short]) => [glyph, span(` ${wide ? long : short}`, 'faint')]),
      '  ',
    );
  const wide: Spans = [span('Writes  ', 'strong'), ...words(true)];
  return spansWidth(wide) <= columns ? wide : words(false);
}

const countSpans = (counts: Counts | undefined): readonly Spans[] =>
  counts === undefined
    ? []
    : [
        [span(`${count(counts.acked)} acked`)],
        [span(`${count(counts.failed)} failed`, counts.failed > 0 ? 'strong' : 'faint')],
        [span(`${count(counts.indeterminate)} unknown`, counts.indeterminate > 0 ? 'strong' : 'faint')],
      ];

function timelineLines({ timeline }: DrillProgress, columns: number): readonly Spans[] {
  if (timeline.length === 0) return [];
  return [
    [span('Timeline', 'strong')],
    ...timeline.map(({ atMs, source, text }): Spans => {
      const time = `${atMs < 0 ? '−' : '+'}${(Math.abs(atMs) / 1000).toFixed(columns >= 70 ? 2 : 1)} s`;
      return [span(fill(time, 9, 'right'), 'faint'), span(`  ${fill(clean(source), 9)} `, 'faint'), span(clean(text))];
    }),
  ];
}
