import { levels, type SourceState } from '../../logs/types.ts';
import type { LogDialogLayer } from '../layers.ts';
import { type Spans, span } from '../parts/spans.ts';
import { clean, fill } from '../parts/text.ts';
import { logOf } from '../state-logs.ts';
import { type Menu, menuOf } from './menu.ts';
import type { Model } from './screen.ts';

type Toggles = Extract<LogDialogLayer, { index: number }>;

/** Levels to show or hide. */
export function levelsMenu(layer: Toggles, model: Model, room: number): Menu {
  const on = logOf(model.state)?.levels ?? null;
  const rows = levels.map((level): [Spans, Spans] => [
    [...box(on === null || on.includes(level)), span(fill(level, 10))],
    [span(level === 'info' ? 'and lines that say no level' : '', 'faint')],
  ]);
  const alone = `only ${levels[layer.index] ?? ''}${layer.index + 1 < levels.length ? ' and worse' : ''}`;
  return menuOf(titleOf('Levels', layer, alone), rows, layer.index, model, room, '');
}

/** Services to show or hide, with how each one's stream is. */
export function servicesMenu(layer: Toggles, model: Model, room: number): Menu {
  const on = logOf(model.state)?.services ?? null;
  const names = servicesOf(model);
  const states = new Map<string, SourceState['state']>();
  for (const { source, state } of model.logs?.logs.following.sources ?? []) {
    // Of several containers one that runs speaks for the service.
    if (state !== 'waiting' || !states.has(source.service)) states.set(source.service, state);
  }
  const told = (name: string) => {
    const state = states.get(name) ?? 'waiting';
    // Of what is not followed nobody knows.
    return state === 'waiting' && !(on === null || on.includes(name)) ? '' : words[state];
  };
  const rows = names.map((name): [Spans, Spans] => [
    [...box(on === null || on.includes(name)), span(clean(name))],
    [span(told(name), 'faint')],
  ]);
  const alone = `only ${clean(names[layer.index] ?? '')}`;
  return menuOf(titleOf('Services', layer, alone), rows, layer.index, model, room, 'no container is known yet');
}

/** Services of all sources that are known, by name. */
export const servicesOf = ({ logs }: Model): readonly string[] =>
  [...new Set((logs?.logs.following.sources ?? []).map(({ source }) => source.service))].sort((a, b) =>
    a.localeCompare(b, 'en', { numeric: true }),
  );

const words = {
  reading: 'reading what there is',
  following: 'following',
  waiting: 'not running',
  lost: 'lost',
} as const;

const box = (on: boolean): Spans => [span(on ? '[x] ' : '[ ] ', on ? 'strong' : 'faint')];

const titleOf = (name: string, { changed }: Toggles, alone: string): Spans => [
  span(name, 'strong'),
  span(' ── ', 'faint'),
  span(changed ? 'Enter closes' : `Enter shows ${alone}`, 'faint'),
];
