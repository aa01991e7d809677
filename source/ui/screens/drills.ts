import { type DrillPlan, measuredSystems } from '../../drills/types.ts';
import { limit, span as range } from '../../drills/words.ts';
import { plural } from '../../stack/format.ts';
import { type Layer, nothingShown } from '../layers.ts';
import { frameLines, insideOf } from '../parts/box.ts';
import { filterFor, keep } from '../parts/filter.ts';
import { paintLine, paintPicked, type Spans, span } from '../parts/spans.ts';
import { type Column, section } from '../parts/table.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import { selectedPlan, targetNames } from '../state-drills.ts';
import { healing, statements, systemNames, systemOf, toleranceSentences, toleranceText } from './drill-words.ts';
import { rowsOf, windowOf } from './rows.ts';
import type { Body, Drawn, Model } from './screen.ts';

type Menu = Extract<Layer, { kind: 'drills' }>;

/** All drills against the stack as it is, and everything about the selected one. */
export function drillsScreen(layer: Menu, model: Model, body: Body): Drawn {
  const { theme, drills } = model;
  const all = drills?.plans() ?? [];
  const plans = keep(filterFor(layer.filter), all, plainText);
  const picked = selectedPlan(layer.drill, plans);
  const frame = model.columns >= 100 && model.rows >= 32 ? 'boxed' : 'ruled';
  const extra = frame === 'boxed' ? 3 : 2;
  const top = Math.min(Math.max(1, plans.length) + extra, Math.ceil(body.lines * 0.55));

  const inside = insideOf(frame, body.columns, top);
  const table = section({
    columns,
    rows: plans,
    key: ({ drill }) => drill.id,
    trouble: () => null,
    sort: undefined,
    dim: ({ missing }) => missing.length > 0,
  });
  const rows = rowsOf([table], inside.columns, inside.lines);
  const visible = windowOf(rows, picked?.drill.id, inside.lines, false);
  const painted = visible.rows.map((row) =>
    row.key !== null && row.key === picked?.drill.id
      ? paintPicked(row.spans, inside.columns, theme)
      : paintLine(row.spans, inside.columns, theme),
  );
  if (plans.length === 0)
    painted.splice(0, painted.length, paintLine([span(emptyText(model, all), 'faint')], inside.columns, theme));
  const corner: Spans = [
    ...(layer.filter === '' ? [] : [span('filter ', 'faint'), span(`${clean(layer.filter)} `, 'strong')]),
    ...(visible.hidden > 0 ? [span(`${visible.from}–${visible.to} of ${plans.length}`, 'faint')] : []),
  ];
  const title = [span('Break something', 'strong'), span(' ── ', 'faint'), span(plural(all.length, 'drill'))];
  const listed = frameLines({ frame, columns: body.columns, lines: top, focused: true, title, corner }, painted, theme);

  const room = insideOf(frame, body.columns, body.lines - top);
  const details = picked === undefined ? [] : detailLines(picked, room);
  const about =
    picked === undefined
      ? []
      : [span(clean(picked.drill.label), 'strong'), span(' ── ', 'faint'), span(picked.drill.id)];
  const hidden = Math.max(0, details.length - room.lines);
  const more = hidden === 0 ? [] : [span(plural(hidden, 'more line'), 'faint')];
  const described = frameLines(
    { frame, columns: body.columns, lines: body.lines - top, focused: false, title: about, corner: more },
    details.slice(0, room.lines).map((line) => paintLine(line, room.columns, theme)),
    theme,
  );
  return {
    lines: [...listed, ...described],
    shown: { ...nothingShown, plans, lines: plans.length, page: Math.max(1, inside.lines - 1) },
  };
}

function emptyText({ view }: Model, all: readonly DrillPlan[]): string {
  if (view === null) return 'looking for the stack';
  return all.length === 0 ? 'there is nothing here that a drill could break' : 'no drill matches';
}

const plainText = ({ drill, missing, ...plan }: DrillPlan): string =>
  [drill.id, drill.label, drill.does, targetNames({ drill, missing, ...plan }), ...missing].join(' ');

/** The slowest prediction: what a person waits for. */
function slowest({ predictions }: DrillPlan): string {
  const all = Object.values(predictions).sort((a, b) => b.maxMs - a.maxMs);
  return all[0] === undefined ? '–' : range(all[0]);
}

const systemText = (plan: DrillPlan): string => {
  const system = systemOf(plan);
  return system === null ? 'several' : systemNames[system];
};

const columns: readonly Column<DrillPlan>[] = [
  { id: 'system', title: 'SYSTEM', kind: 'identity', width: 8, keep: 4, cell: systemText },
  {
    id: 'drill',
    title: 'DRILL',
    kind: 'identity',
    width: 12,
    grows: { by: 'content', max: 20 },
    keep: 9,
    cell: ({ drill }) => drill.label,
  },
  {
    id: 'target',
    title: 'TARGET',
    kind: 'identity',
    width: 10,
    grows: { by: 'room', max: 30 },
    keep: 8,
    cell: (plan) => targetNames(plan) || '–',
  },
  {
    id: 'predicted',
    title: 'PREDICTED',
    kind: 'figure',
    width: 9,
    grows: { by: 'content', max: 14 },
    keep: 7,
    cell: slowest,
  },
  {
    id: 'left',
    title: 'LEFT',
    kind: 'figure',
    width: 8,
    grows: { by: 'content', max: 40 },
    keep: 3,
    cell: (plan) => toleranceText(plan) || '–',
  },
  {
    id: 'ready',
    title: 'READY',
    kind: 'figure',
    width: 5,
    keep: 6,
    cell: ({ missing }) => (missing.length === 0 ? span('yes', 'good') : span('✖ no', 'bad')),
  },
];

const nameColumns = 11;

/** A name and what there is to say, over as many lines as it takes. */
function entry(name: string, value: string, columns: number, mark: Spans = []): readonly Spans[] {
  const room = columns - nameColumns - (mark.length === 0 ? 0 : 2);
  return wrap(clean(value), room).map((line, index) => [
    span(fill(index === 0 ? name : '', nameColumns), 'faint'),
    ...(mark.length === 0 ? [] : index === 0 ? [...mark, span(' ')] : [span('  ')]),
    span(line),
  ]);
}

/** What matters most comes first; where not all of it fits, the dialog still tells why a time is predicted. */
function detailLines(plan: DrillPlan, { columns, lines: room }: Body): readonly Spans[] {
  const { drill, predictions, missing } = plan;
  const measured = measuredSystems.filter((system) => drill.expects[system] !== undefined);
  const lines = (name: string, values: readonly string[], mark: Spans = []) =>
    values.flatMap((value, index) => entry(index === 0 ? name : '', value, columns, mark));
  const predicted = (why: boolean) =>
    measured.flatMap((system) => {
      const prediction = predictions[system];
      if (prediction === undefined) return [];
      const target = `target ${limit(drill.expects[system]?.targetMs ?? 0)}`;
      return [`${systemNames[system]} ${range(prediction)}, ${target}${why ? `: ${prediction.why}` : ''}`];
    });
  const all = (why: boolean) => [
    ...lines('missing', missing, [span('✖', 'bad')]),
    ...lines('does', [drill.does]),
    ...lines('predicted', predicted(why)),
    ...lines('tolerance', toleranceSentences(plan)),
    ...lines('to whom', statements(plan)),
    ...lines('after', [healing(drill, predictions)]),
  ];
  const full = all(true);
  return full.length <= room ? full : all(false);
}
