import { keyGroups, showChords } from '../../keys/markdown.ts';
import type { Layer } from '../layers.ts';
import { filterFor } from '../parts/filter.ts';
import { type Spans, span } from '../parts/spans.ts';
import { fill } from '../parts/text.ts';
import { isOffered, scopesOf } from '../state-keys.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { scrolled } from './scroll.ts';

/** All keys by where they work, from the key table, and what the marks mean. */
export function helpScreen(layer: Extract<Layer, { kind: 'help' | 'events' }>, model: Model, body: Body): Drawn {
  const { matches } = filterFor(layer.filter);
  const { layers } = model.state;
  const [inner] = scopesOf({ ...model.state, layers: layers.filter(({ kind }) => kind !== 'help') });
  // Who asks over a log or the drills wants those keys, and not to search for them.
  const first = inner === 'log' || inner === 'drill' ? inner : null;
  const all = keyGroups((binding) => isOffered(model.state, binding));
  const groups = [...all.filter(({ scope }) => scope === first), ...all.filter(({ scope }) => scope !== first)].map(
    ({ title, bindings }) => ({
      title,
      lines: bindings
        .map((binding) => ({ keys: showChords(binding, model.theme.ascii), help: binding.help }))
        .filter(({ keys, help }) => matches(`${keys} ${help} ${title}`))
        .map(({ keys, help }): Spans => [span('  '), span(fill(keys, 16), 'strong'), span(help)]),
    }),
  );
  const marks = meanings.filter(({ text, mark }) => matches(`${mark} ${text}`));
  const lines: Spans[] = [
    ...groups
      .filter(({ lines: rows }) => rows.length > 0)
      .flatMap(({ title, lines: rows }) => [[span(title, 'faint')], ...rows, []]),
    ...(marks.length === 0 ? [] : [[span('What the marks mean', 'faint')]]),
    ...marks.map(({ mark, text }): Spans => [span('  '), span(fill(mark, 16), 'strong'), span(text)]),
  ];
  const title = [span('Keys', 'strong')];
  return scrolled(title, lines.length === 0 ? [[span('no key matches', 'faint')]] : lines, layer.top, model, body);
}

const meanings = [
  { mark: '● ▲ ✖ ?', text: 'ok, degraded, down, unknown' },
  { mark: 'etcd −1', text: 'any one member of etcd may still be lost at once, and it stays or becomes writable' },
  { mark: '*etcd1', text: 'marked, before a row: an action is about all that are marked' },
  { mark: '★', text: 'leads: Raft leader, holder of the leader key of Patroni, Redis master' },
  { mark: 'stale 2 s', text: 'the last answer is older than it should be; figures are left out' },
  { mark: 'no answer', text: 'asked and not answered, which is not the same as down' },
  { mark: 'missing', text: 'it was there before; its container is gone' },
  { mark: 'HELD', text: 'the screen shows a moment that has passed; watching goes on' },
] as const;
