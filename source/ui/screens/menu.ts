import { ofLogs, showChords } from '../../keys/markdown.ts';
import { bindings } from '../../keys/table.ts';
import type { Binding, Intent, Scope } from '../../keys/types.ts';
import { everyDeed } from '../action-offers.ts';
import { closeTop, type Layer } from '../layers.ts';
import { paneOf } from '../panes/panes.ts';
import { fuzzyScore } from '../parts/filter.ts';
import { paintEnds, paintLine, paintPicked, type Spans, span } from '../parts/spans.ts';
import { clean, fill } from '../parts/text.ts';
import { isEnabled, isOffered } from '../state-keys.ts';
import { logOf } from '../state-logs.ts';
import { everybody } from '../state-subject.ts';
import { contentOf, sortableOf } from './overview.ts';
import type { Model } from './screen.ts';

/** A menu over the bottom of the screen: its lines, and how many choices it has. */
export type Menu = { readonly lines: readonly string[]; readonly choices: number };

/** What the palette offers: a key's intent, or an action on somebody. */
type Command = { readonly name: string; readonly help: string; readonly keys: string; readonly intent: Intent };

/**
 * Commands that match what was typed, best first; without text, in the table's order. Those of logs only over a log, and
 * actions on everybody only where something was typed: they are many.
 */
function paletteChoices(typed: string, model: Model): readonly Command[] {
  const { state, theme } = model;
  const below = closeTop(state);
  const scopes: readonly Scope[] = logOf(state) === null ? ['global', 'list'] : ['log', 'global', 'list'];
  const commands = (bindings as readonly Binding[])
    .filter(
      (binding) =>
        scopes.includes(binding.scope) &&
        !unlisted.has(binding.intent.ui) &&
        isOffered(state, binding) &&
        (!ofLogs(binding) || isEnabled(below, binding.intent)),
    )
    .map((binding) => ({
      name: binding.label,
      help: binding.help,
      keys: showChords(binding, theme.ascii),
      intent: binding.intent,
    }));
  if (typed === '') return commands;
  return [...commands, ...deeds(model)]
    .map((command) => ({ command, score: fuzzyScore(typed, `${command.name} ${command.help}`) }))
    .filter((entry): entry is { command: Command; score: number } => entry.score !== null)
    .sort((a, b) => b.score - a.score)
    .map(({ command }) => command);
}
/** Moving about is quicker by its keys, and a palette in a palette leads nowhere. */
const unlisted: ReadonlySet<Intent['ui']> = new Set(['move', 'page', 'palette', 'back', 'quit-now']);

function deeds({ actions, view }: Model): readonly Command[] {
  if (actions === null || view === null) return [];
  return everyDeed(actions.list(), everybody(view), view).map(({ action, target }) => ({
    name: clean(`${action.label.toLowerCase()} ${target.name}`),
    help: clean(action.does),
    keys: '',
    intent: { ui: 'act', actions: [action.id], on: [target] },
  }));
}

/** What the palette's selected line asks for. */
export function chosenIntent(model: Model): Intent | null {
  const top = model.state.layers.at(-1);
  if (top?.kind !== 'palette') return null;
  return paletteChoices(top.filter, model)[top.index]?.intent ?? null;
}

export function paletteMenu(layer: Extract<Layer, { kind: 'palette' }>, model: Model, room: number): Menu {
  const choices = paletteChoices(layer.filter, model);
  const width = Math.min(32, Math.max(20, ...choices.slice(0, 40).map(({ name }) => name.length + 2)));
  const rows = choices.map(({ name, help, keys }): [Spans, Spans] => [
    [span(fill(name, width)), span(help, 'faint')],
    [span(keys, 'faint')],
  ]);
  const title = [span(': ', 'strong'), span(clean(layer.filter)), span('▏')];
  return menuOf(title, rows, layer.index, model, Math.min(room, 14), 'no command matches');
}

export function sortMenu(layer: Extract<Layer, { kind: 'sort' }>, model: Model, room: number): Menu {
  const { state, view } = model;
  const columns = view === null ? [] : sortableOf(contentOf(paneOf(state.pane), model, view));
  const current = state.sorts[state.pane];
  const rows = columns.map(({ id, title }): [Spans, Spans] => {
    const next = current?.column === id && !current.descending ? 'descending ↓' : 'ascending ↑';
    const now = current?.column === id ? [span(current.descending ? 'now ↓' : 'now ↑', 'faint')] : [];
    return [[span(fill(title, 14)), span(next, 'faint')], now];
  });
  const title = [span('Sort ', 'strong'), span(`${paneOf(state.pane).title} by`)];
  return menuOf(title, rows, layer.index, model, room, 'nothing to sort');
}

export function menuOf(
  title: Spans,
  rows: readonly (readonly [Spans, Spans])[],
  index: number,
  { columns, theme }: Model,
  room: number,
  empty: string,
): Menu {
  const height = Math.max(1, Math.min(rows.length, room - 2));
  const at = Math.min(index, rows.length - 1);
  const top = Math.max(0, Math.min(rows.length - height, at - Math.floor(height / 2)));
  const inner = columns - 4;
  const lines = rows
    .slice(top, top + height)
    .map(([left, right], row) =>
      top + row === at
        ? `  ${paintPicked([span(joined(left, right, inner))], inner, theme)}  `
        : `  ${paintEnds(left, right, inner, theme)}  `,
    );
  const rule = theme.paint.faint('─'.repeat(columns));
  // That there are more is said, where no row shows it.
  const corner = rows.length > height ? [span(`${top + 1}–${top + height} of ${rows.length}`, 'faint')] : [];
  const none = `  ${paintLine([span(empty, 'faint')], inner, theme)}  `;
  return {
    lines: [rule, `  ${paintEnds(title, corner, inner, theme)}  `, ...(rows.length === 0 ? [none] : lines)],
    choices: rows.length,
  };
}

/** Both ends of a line as one plain text, for the selection. */
function joined(left: Spans, right: Spans, columns: number): string {
  const text = (spans: Spans) => spans.map((part) => part.text).join('');
  const end = text(right);
  return fill(text(left), Math.max(0, columns - end.length - 1)) + (end === '' ? '' : ` ${end}`);
}
