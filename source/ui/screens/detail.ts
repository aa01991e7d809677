import type { View } from '../../monitor/types.ts';
import { duration } from '../../stack/format.ts';
import { ageMs, type Reading } from '../../stack/reading.ts';
import type { Probed, Snapshot } from '../../stack/snapshot.ts';
import { paneOf } from '../panes/panes.ts';
import { filterFor } from '../parts/filter.ts';
import { type Spans, span } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import type { Layer } from '../state.ts';
import { claimsOfOthers } from './claims.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { scrolled } from './scroll.ts';

type Detail = Extract<Layer, { kind: 'detail' }>;
type Entry = readonly [name: string, value: string];
type Block = { readonly title: string; readonly entries: readonly Entry[] };

/** Everything known of one member or container, raw: its readings with their ages, and what others claim of it. */
export function detailScreen(layer: Detail, model: Model, body: Body): Drawn {
  const { view, now } = model;
  const { matches } = filterFor(layer.filter);
  const name = layer.key.slice(layer.key.indexOf(':') + 1);
  const blocks = view === null ? [] : blocksOf(layer, name, view, now);
  const lines = blocks.flatMap(({ title, entries }): Spans[] => {
    const kept = entries.filter(([key, value]) => matches(`${title} ${key} ${value}`));
    if (kept.length === 0) return [];
    return [[span(title, 'faint')], ...kept.flatMap((entry) => entryLines(entry, body.columns - 4)), []];
  });
  const title = [span(clean(name), 'strong'), span(' ── ', 'faint'), span(paneOf(layer.pane).title)];
  return scrolled(
    title,
    lines.length === 0 ? [[span('nothing is known of it', 'faint')]] : lines,
    layer.top,
    model,
    body,
  );
}

function entryLines([key, value]: Entry, columns: number): readonly Spans[] {
  const name = 28;
  return wrap(clean(value), columns - name - 2).map((line, index) => [
    span(`  ${fill(index === 0 ? clean(key) : '', name)}`, 'faint'),
    span(line),
  ]);
}

function blocksOf(layer: Detail, name: string, view: View, now: number): readonly Block[] {
  const { snapshot } = view;
  const system = layer.key.startsWith('sentinel:') ? 'sentinel' : layer.pane;
  if (system === 'containers') return containerBlocks(snapshot, name, now);
  if (system === 'timeline') return [];
  const member = snapshot[system]?.find((row) => row.name === name);
  if (member === undefined) return [];
  const postgres = 'postgres' in member ? readingBlocks('PostgreSQL', member.postgres, now) : [];
  return [
    { title: 'Member', entries: memberEntries(member) },
    ...claimsOfOthers(snapshot, system, member),
    ...readingBlocks('What it says', member.reading, now),
    ...postgres,
    ...containerBlocks(snapshot, member.container, now),
  ];
}

const ways = {
  published: 'through its published port',
  address: "at its container's address",
  exec: 'through the engine (exec)',
} as const;

const memberEntries = (member: Probed<unknown>): readonly Entry[] => [
  ['name', member.name],
  ['container', member.container],
  ['reached', member.via === null ? 'no way to it is known' : ways[member.via]],
  ['known to others as', member.aliases.join(', ') || '–'],
];

function readingBlocks(title: string, reading: Reading<unknown>, now: number): readonly Block[] {
  const age = ageMs(reading, now);
  const entries: Entry[] = [
    ['reading', reading.status],
    ['last answer', age === null ? 'never' : `${duration(age)} ago, took ${duration(reading.tookMs)}`],
  ];
  if (reading.problem !== null) {
    const { kind, message, cause } = reading.problem;
    entries.push(['problem', `${kind}: ${message}${cause === null ? '' : ` (${cause})`}`]);
  }
  return [{ title, entries: [...entries, ...flatten(reading.value)] }];
}

function containerBlocks(snapshot: Snapshot, name: string, now: number): readonly Block[] {
  const container = snapshot.containers.find((row) => row.name === name);
  if (container === undefined) return [];
  const { usage, ...facts } = container;
  return [{ title: 'Container', entries: flatten(facts) }, ...readingBlocks('What it uses', usage, now)];
}

/** A value of any shape as lines of path and value, in the order in which it was given. */
function flatten(value: unknown, path = ''): readonly Entry[] {
  if (value === null || value === undefined) return path === '' ? [] : [[path, '–']];
  if (Array.isArray(value)) {
    if (value.length === 0) return [[path, 'none']];
    if (value.every((item) => typeof item !== 'object')) return [[path, value.join(', ')]];
    return value.flatMap((item, index) => flatten(item, `${path}[${index}]`));
  }
  if (typeof value === 'object') {
    return Object.entries(value).flatMap(([key, item]) => flatten(item, path === '' ? key : `${path}.${key}`));
  }
  return [[path, shown(path, value)]];
}

/** Raw, but a moment is told as one, and a size with its unit in words. */
function shown(path: string, value: unknown): string {
  if (typeof value === 'number' && /(^|\.)(at|startedAt|finishedAt|dcsLastSeen)$/.test(path) && value > 1e11) {
    return new Date(value).toISOString();
  }
  return String(value);
}
