import type { ActionLayer } from '../action-types.ts';
import { paintLine, type Spans, span } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import { type Menu, menuOf } from './menu.ts';
import type { Model } from './screen.ts';

type Layer = Extract<ActionLayer, { kind: 'connections' }>;

/** The most columns that titles take, so that the beginning of a string shows beside them. */
const titleColumns = 30;

/** Connection strings over the bottom of the screen: the list, and the selected one in full, without its password. */
export function connectionsMenu(layer: Layer, model: Model, room: number): Menu {
  const { columns, theme } = model;
  const connections = model.connections ?? [];
  const inner = columns - 4;
  const rows = connections.map(({ title, shown }): readonly [Spans, Spans] => [
    [span(`${fill(clean(title), titleColumns)} `), span(clean(shown.replaceAll('\n', ' ')), 'faint')],
    [],
  ]);
  const chosen = connections[Math.min(layer.index, connections.length - 1)];
  const told: readonly Spans[] =
    layer.said !== null
      ? [[span(layer.said, 'strong')]]
      : chosen === undefined
        ? []
        : [...whole(chosen.shown, inner), ...(chosen.note === null ? [] : sentence(chosen.note, inner))];
  // The list keeps three lines; what does not fit of the rest is cut, since it is copied whole.
  const below = told.slice(0, Math.max(1, room - 2 - Math.min(3, rows.length) - 1));
  const title = [
    span('Connection strings', 'strong'),
    span(' ── ', 'faint'),
    span('Enter copies the selected one, with the password for …', 'faint'),
  ];
  const menu = menuOf(title, rows, layer.index, model, room - below.length - (below.length > 0 ? 1 : 0), 'looking …');
  const rule = `  ${theme.paint.faint('─'.repeat(inner))}  `;
  const lines = below.map((line) => `  ${paintLine(line, inner, theme)}  `);
  return { lines: [...menu.lines, ...(lines.length > 0 ? [rule, ...lines] : [])], choices: menu.choices };
}

/** A string over as many lines as it takes, cut where the lines end: it has no words. */
function whole(text: string, columns: number): readonly Spans[] {
  return text.split('\n').flatMap((line) => {
    const letters = [...clean(line, 2_000)];
    const count = Math.max(1, Math.ceil(letters.length / columns));
    return Array.from({ length: count }, (_, index) => [
      span(letters.slice(index * columns, (index + 1) * columns).join('')),
    ]);
  });
}

const sentence = (text: string, columns: number): readonly Spans[] =>
  wrap(clean(text), columns).map((line) => [span(line, 'faint')]);
