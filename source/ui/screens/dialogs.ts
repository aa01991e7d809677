import type { DrillPlan } from '../../drills/types.ts';
import { span as range } from '../../drills/words.ts';
import { duration, plural } from '../../stack/format.ts';
import type { Layer } from '../layers.ts';
import { paintLine, type Spans, span } from '../parts/spans.ts';
import { clean, ending, wrap } from '../parts/text.ts';
import { drillStage, targetNames } from '../state-drills.ts';
import { logOf } from '../state-logs.ts';
import { healing, statements, systemNames } from './drill-words.ts';
import type { Model } from './screen.ts';

/** A dialog over the bottom of the screen; `room` is the most lines it may take. */
export function dialogLines(layer: Dialog, model: Model, room: number): readonly string[] {
  const { columns, theme } = model;
  const inner = columns - 4;
  const { title, lines } = contentOf(layer, model, inner, room - 2);
  // The end of a dialog is what it asks for: that part stays, whatever the height.
  const kept = [title, ...lines.slice(-(room - 2))];
  const rule = theme.paint.faint('─'.repeat(columns));
  return [rule, ...kept.map((line) => `  ${paintLine(line, inner, theme)}  `)];
}
type Dialog = Extract<Layer, { kind: 'confirm' | 'heal' | 'leave' | 'log-time' | 'log-save' }>;
type Content = { readonly title: Spans; readonly lines: readonly Spans[] };

function contentOf(layer: Dialog, model: Model, columns: number, room: number): Content {
  switch (layer.kind) {
    case 'confirm':
      return layer.plan.missing.length > 0 ? notNow(layer.plan, columns) : asking(layer, columns, room);
    case 'heal':
      return healDialog(layer, model, columns);
    case 'leave':
      return leaveDialog(model, columns);
    case 'log-time':
    case 'log-save':
      return promptDialog(layer, model, columns);
    default:
      return layer satisfies never;
  }
}

/** A sentence over as many lines as it takes, after a mark where it has one. */
const sentence = (text: string, columns: number, mark?: Spans): readonly Spans[] =>
  wrap(clean(text), columns - (mark === undefined ? 0 : 2)).map((line, index) => [
    ...(mark === undefined ? [] : index === 0 ? [...mark, span(' ')] : [span('  ')]),
    span(line),
  ]);

const heading = ({ drill }: DrillPlan): Spans => [
  span(clean(drill.label), 'strong'),
  span(' ── ', 'faint'),
  span(drill.id),
];

const notNow = (plan: DrillPlan, columns: number): Content => ({
  title: heading(plan),
  lines: [
    [span('It cannot be run now:')],
    ...plan.missing.flatMap((text) => sentence(text, columns, [span('✖', 'bad')])),
  ],
});

/** What will happen, to whom, what is predicted, that it is healed; and what to type. */
function asking({ plan, typed, trouble }: Extract<Layer, { kind: 'confirm' }>, columns: number, room: number): Content {
  const warned: readonly Spans[] =
    trouble?.kind === 'moved'
      ? sentence(
          `Roles have moved since: it was ${trouble.from}, now it is ${targetNames(plan)}. Nothing was started.`,
          columns,
          [span('▲', 'warning')],
        )
      : [];
  const predicted = (why: boolean) =>
    (Object.keys(plan.predictions) as (keyof typeof plan.predictions)[]).flatMap((system) => {
      const prediction = plan.predictions[system];
      if (prediction === undefined) return [];
      const writes = prediction.maxMs === 0 ? 'goes on taking writes' : `takes writes again after ${range(prediction)}`;
      return sentence(`Predicted: ${systemNames[system]} ${writes}${why ? ` (${prediction.why})` : ''}.`, columns);
    });
  const before = [...warned, ...statements(plan).flatMap((text) => sentence(text, columns, [span('▲', 'warning')]))];
  const after = [
    ...(plan.drill.beyondTolerance
      ? sentence('This goes past what the stack tolerates: that is the point of this drill.', columns, [
          span('▲', 'warning'),
        ])
      : []),
    ...sentence(healing(plan.drill, plan.predictions), columns),
  ];
  const asks: readonly Spans[] = [
    [span('Type '), span(clean(plan.confirm), 'strong'), span(' and press Enter to start it:')],
    [span('> ', 'strong'), span(clean(typed)), span('▏'), ...complaint(trouble, plan)],
  ];
  const gap: readonly Spans[] = [[]];
  const full = [...before, ...predicted(true), ...after, ...gap, ...asks];
  const lines = full.length <= room ? full : [...before, ...predicted(false), ...after, ...asks];
  return { title: heading(plan), lines };
}

function complaint(trouble: Extract<Layer, { kind: 'confirm' }>['trouble'], { confirm }: DrillPlan): Spans {
  if (trouble?.kind === 'wrong')
    return [span(' ✖', 'bad'), span(` that is not ${clean(confirm)}; nothing was started`, 'strong')];
  return trouble?.kind === 'refused' ? [span(' ✖', 'bad'), span(` ${clean(trouble.text)}`, 'strong')] : [];
}

function healDialog(
  { stage, said }: Extract<Layer, { kind: 'heal' }>,
  { drills, now }: Model,
  columns: number,
): Content {
  const title = [span('Heal now', 'strong')];
  if (stage === 'healing') return { title, lines: [[span('healing …')]] };
  if (stage === 'done') {
    const lines = said.length === 0 ? ['Nothing was left to heal.'] : said;
    return { title, lines: lines.flatMap((text) => sentence(text, columns, [span('·', 'faint')])) };
  }
  const progress = drills?.progress ?? null;
  const running =
    progress !== null && progress.stage !== 'done'
      ? [`The drill ${progress.plan.drill.id} runs; it is ended and healed.`]
      : [];
  const left = (drills?.journal ?? []).map(
    ({ what, drill, createdAt }) => `${what}, by ${drill}, ${duration(now - createdAt)} ago`,
  );
  const all = [...running, ...left];
  if (all.length === 0)
    return { title, lines: [[span('Nothing is left to heal. Enter looks once more and makes sure.')]] };
  return {
    title: [...title, span(' ── ', 'faint'), span('Enter undoes this:')],
    lines: all.flatMap((text) => sentence(text, columns, [span('▲', 'warning')])),
  };
}

function leaveDialog(model: Model, columns: number): Content {
  const { drills, actions, leaving } = model;
  const drill = drillStage(drills?.progress ?? null) === 'running';
  const what = drill ? drills?.progress?.plan.drill.id : actions?.progress?.action.label;
  const asks = drill
    ? 'q again heals and quits, Esc goes back.'
    : 'q again has it go on to its next safe point, at most 15 s, and quits; Esc goes back.';
  return {
    title: [span(drill ? 'A drill runs' : 'An action runs', 'strong'), span(' ── ', 'faint'), span(clean(what ?? ''))],
    lines: sentence(leaving ? leavingText(model) : asks, columns),
  };
}

/** Asks for one thing: what, and what has been typed so far; the end of it stays in sight. */
function promptDialog({ kind, typed, trouble }: Prompt, { state }: Model, columns: number): Content {
  const marked = logOf(state)?.marked.length ?? 0;
  const title =
    kind === 'log-time'
      ? [
          span('Go to time', 'strong'),
          span(' ── ', 'faint'),
          span('21:04, 21:04:11, 10m, 2026-11-23T21:04:11Z', 'faint'),
        ]
      : [
          span('Save ', 'strong'),
          span(marked > 0 ? plural(marked, 'marked line') : 'all lines that are shown'),
          span(' ── ', 'faint'),
          span('JSON if the name ends in .json', 'faint'),
        ];
  const text = clean(typed, 4_000);
  const room = columns - 4;
  return {
    title,
    lines: [
      [span('> ', 'strong'), span(ending(text, room)), span('▏')],
      ...(trouble === null ? [] : sentence(trouble, columns, [span('✖', 'bad')])),
    ],
  };
}
type Prompt = Extract<Dialog, { kind: 'log-time' | 'log-save' }>;

/** What leaving waits for. */
export const leavingText = ({ drills }: Pick<Model, 'drills'>): string =>
  drillStage(drills?.progress ?? null) === 'running'
    ? 'healing, at most 15 s; Ctrl+C again leaves it to the dead-man'
    : 'going on to the next safe point, at most 15 s; Ctrl+C again ends at once';
