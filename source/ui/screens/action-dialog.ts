import type { Danger, DiffLine, Preview, Target } from '../../actions/types.ts';
import { list } from '../../stack/format.ts';
import type { ActionDialog } from '../action-types.ts';
import type { Layer } from '../layers.ts';
import { type Span, type Spans, span } from '../parts/spans.ts';
import { clean, ending, fill, wrap } from '../parts/text.ts';
import { confirmation, wantsName } from '../state-actions.ts';
import { marked, type Panel, type PanelLine, panelOf } from './action-panel.ts';
import { systemNames } from './drill-words.ts';
import type { Model } from './screen.ts';

/** What an action would do to whom, by which requests, and the ways to go on; of a long text the end stays in sight. */
export function actionDialog(layer: ActionDialog, model: Model, room: number): Panel {
  const columns = model.columns - 4;
  const { action, targets, preview, top, trouble } = layer;
  const title = titleOf(action.label, targets);
  const warned = trouble === null || wantsName(layer) ? [] : marked([span('▲', 'warning')], trouble, columns);
  const named = wantsName(layer) ? nameLines(layer, columns) : [];
  if (preview === null)
    return panelOf({ title, text: [line('looking …')], top, foot: [...warned, ...named] }, model, room);
  if (preview.refused !== null) {
    const text = [line('It cannot be done now:'), ...marked([span('✖', 'bad')], preview.refused, columns)];
    return panelOf({ title, text, top, foot: warned }, model, room);
  }
  const left = layer.left.flatMap((sentence) => marked([span('▲', 'warning')], sentence, columns));
  const text = [...left, ...told(preview, action.danger, columns)];
  const foot = [...warned, ...choiceLines(layer), ...named];
  return panelOf({ title, text, top, foot }, model, room);
}

/** Asks for what the action has to be told. */
export function askDialog(layer: Extract<Layer, { kind: 'action-ask' }>, model: Model, room: number): Panel {
  const columns = model.columns - 4;
  const { action, targets, typed, trouble } = layer;
  const { what = '', hint = '' } = action.ask ?? {};
  const text = [line(what), ...wrap(clean(hint), columns).map((part) => ({ spans: [span(part, 'faint')] }))];
  const foot = [
    { spans: [span('> ', 'strong'), span(ending(clean(typed, 4_000), columns - 4)), span('▏')] },
    ...(trouble === null ? [] : marked([span('✖', 'bad')], trouble, columns)),
  ];
  return panelOf({ title: titleOf(action.label, targets), text, top: 0, foot }, model, room);
}

const line = (text: string): PanelLine => ({ spans: [span(clean(text))] });

/** `Restart ── patroni2 (paws-patroni2-1)`. */
export const titleOf = (label: string, targets: readonly Target[]): Spans => [
  span(clean(label.charAt(0).toUpperCase() + label.slice(1)), 'strong'),
  span(' ── ', 'faint'),
  span(clean(targets.length === 1 ? fullName(targets[0]) : list(targets.map(({ name }) => name)))),
];

function fullName(target: Target | undefined): string {
  if (target === undefined) return '';
  const { name, container, system, member } = target;
  if (container !== null) return container === name ? name : `${name} (${container})`;
  return system !== null && member === null ? `${systemNames[system]} cluster` : name;
}

const dangerMarks: Readonly<Record<Danger, Span>> = {
  safe: span('·', 'faint'),
  disrupts: span('▲', 'warning'),
  destroys: span('✖', 'bad'),
};

function told({ effects, diff, literal }: Preview, danger: Danger, columns: number): readonly PanelLine[] {
  return [
    ...effects.flatMap((text) => marked([dangerMarks[danger]], text, columns)),
    ...diff.flatMap((change) => diffLines(change, columns)),
    ...literal.flatMap((request, index) => literalLines(request, index === 0 ? 'sends' : '', columns)),
  ];
}

const signs: Readonly<Record<DiffLine['sign'], Span>> = {
  '+': span('+', 'good'),
  '-': span('-', 'bad'),
  ' ': span(' '),
};

const diffLines = ({ sign, text }: DiffLine, columns: number): readonly PanelLine[] =>
  marked([signs[sign]], text, columns).map(({ spans: [mark, ...rest] }) => ({
    spans: [mark ?? span(' '), ...rest.map(({ text: part }) => span(part, sign === ' ' ? 'faint' : 'strong'))],
  }));

const literalLines = (request: string, name: string, columns: number): readonly PanelLine[] =>
  wrap(clean(request, 2_000), columns - 8).map((part, index) => ({
    spans: [span(fill(index === 0 ? name : '', 8), 'faint'), span(part, 'faint')],
  }));

const choiceLines = ({ preview, index }: ActionDialog): readonly PanelLine[] =>
  (preview?.choices ?? []).map(({ label }, at) => ({
    spans: [span(at === index ? '› ' : '  '), span(clean(label))],
    picked: at === index,
  }));

/** What to type, as typed so far, and what is wrong with it. */
function nameLines(layer: ActionDialog, columns: number): readonly PanelLine[] {
  const { typed, trouble } = layer;
  const wrong = trouble === null ? [] : [span(' ✖', 'bad'), span(` ${clean(trouble)}`, 'strong')];
  return [
    { spans: [span('Type '), span(clean(confirmation(layer)), 'strong'), span(' and press Enter:')] },
    { spans: [span('> ', 'strong'), span(ending(clean(typed), Math.max(8, columns - 40))), span('▏'), ...wrong] },
  ];
}
