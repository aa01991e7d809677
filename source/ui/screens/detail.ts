import type { History, View } from '../../monitor/types.ts';
import { duration, percent, rate } from '../../stack/format.ts';
import { ageMs, type Reading } from '../../stack/reading.ts';
import type { Probed, Snapshot } from '../../stack/snapshot.ts';
import type { System } from '../../stack/topology.ts';
import type { Layer } from '../layers.ts';
import { keyOf } from '../panes/containers.ts';
import { paneOf } from '../panes/panes.ts';
import { type Filter, filterFor } from '../parts/filter.ts';
import { type Spans, span } from '../parts/spans.ts';
import { sparkline } from '../parts/sparkline.ts';
import { clean, fill, widthOf, wrap } from '../parts/text.ts';
import { claimsOfOthers } from './claims.ts';
import type { Body, Drawn, Model } from './screen.ts';
import { scrolled } from './scroll.ts';
import { type Block, blocksFor, type Entry, type Table } from './values.ts';

type Detail = Extract<Layer, { kind: 'detail' }>;
type Subject = { readonly system: System | null; readonly name: string };

/** Everything known of one member or container, raw: its readings with their ages, and what others claim of it. */
export function detailScreen(layer: Detail, model: Model, body: Body): Drawn {
  const { view, now } = model;
  const subject = subjectOf(layer);
  const blocks =
    view === null
      ? []
      : subject.system === null
        ? containerBlocks(view, subject.name, now)
        : memberBlocks(view, subject.system, subject.name, now);
  const width = nameWidth(blocks, body.columns);
  const lines = blocks.flatMap((block) => blockLines(block, filterFor(layer.filter), width, body.columns - 4));
  const title = [
    span(clean(subject.name), 'strong'),
    span(' ── ', 'faint'),
    span(subject.system === null ? paneOf('containers').title : titles[subject.system]),
  ];
  const none = [[span('nothing is known of it', 'faint')]];
  return scrolled(title, lines.length === 0 ? none : lines, layer.top, model, body);
}

const titles = { etcd: 'etcd', patroni: 'Patroni', redis: 'Redis', sentinel: 'Sentinel' } as const;

/** Keys of the Redis pane carry the system, since a Redis and a Sentinel may have the same name. */
function subjectOf({ pane, key }: Detail): Subject {
  if (pane === 'etcd' || pane === 'patroni') return { system: pane, name: key };
  if (pane !== 'redis') return { system: null, name: key };
  return { system: key.startsWith('sentinel:') ? 'sentinel' : 'redis', name: key.slice(key.indexOf(':') + 1) };
}

const isEntry = (entry: Entry | Table): entry is Entry => Array.isArray(entry);

/** One width for all names, so that all values stand in one column; a longer name is cut. */
function nameWidth(blocks: readonly Block[], columns: number): number {
  const names = blocks.flatMap(({ entries }) => entries.filter(isEntry).map(([name]) => widthOf(clean(name))));
  return Math.min(columns >= 100 ? 28 : 22, Math.max(16, ...names));
}

function blockLines({ title, note, entries }: Block, filter: Filter, width: number, columns: number): readonly Spans[] {
  const lines = entries.flatMap((entry) =>
    isEntry(entry)
      ? filter.matches(`${title} ${entry.join(' ')}`)
        ? entryLines(entry, width, columns)
        : []
      : tableLines(title, entry, filter, width, columns),
  );
  if (lines.length === 0) return [];
  const heading = [span(clean(title), 'strong'), span(note === undefined ? '' : ` ── ${clean(note)}`, 'faint')];
  return [heading, ...lines, []];
}

const entryLines = ([name, value]: Entry, width: number, columns: number): readonly Spans[] =>
  wrap(clean(value, longestValue), columns - width - 4).map((line, index) => [
    span(`  ${fill(index === 0 ? clean(name) : '', width)}  `, 'faint'),
    span(line),
  ]);
/** Far more than a screen of it, so that nothing of a value is missing. */
const longestValue = 4_000;

/** A list with its fields above each other where it is not too wide, else with each field's name before its value. */
function tableLines(title: string, table: Table, filter: Filter, width: number, columns: number): readonly Spans[] {
  const rows = table.rows.filter((row) => filter.matches(`${title} ${table.name} ${row.join(' ')}`));
  if (rows.length === 0) return [];
  const cells = rows.map((row) => row.map((value) => clean(value)));
  const widths = table.fields.map((field, index) =>
    Math.max(widthOf(field), ...cells.map((row) => widthOf(row[index] ?? ''))),
  );
  const needed = widths.reduce((sum, field) => sum + field + 2, 0) - 2;
  const indent = needed <= columns - width - 4 ? width + 4 : 4;
  if (needed > columns - indent) {
    return rows.flatMap((row, index) =>
      entryLines(
        [index === 0 ? table.name : '', `· ${row.map((value, at) => `${table.fields[at]} ${value}`).join(', ')}`],
        width,
        columns,
      ),
    );
  }
  const line = (row: readonly string[]) => row.map((value, index) => fill(value, widths[index] ?? 0)).join('  ');
  const name = `  ${clean(table.name)}`;
  const heading =
    indent === 4
      ? [[span(name, 'faint')], [span(' '.repeat(indent)), span(line(table.fields), 'faint')]]
      : [[span(fill(name, indent) + line(table.fields), 'faint')]];
  return [...heading, ...cells.map((row) => [span(' '.repeat(indent)), span(line(row))])];
}

const ways = {
  published: 'through its published port',
  address: "at its container's address",
  exec: 'through the engine (exec)',
} as const;

function memberBlocks(view: View, system: System, name: string, now: number): readonly Block[] {
  const { snapshot, history } = view;
  const member = snapshot[system]?.find((row) => row.name === name);
  if (member === undefined) return [];
  const postgres = 'postgres' in member ? member.postgres : null;
  return [
    { title: 'Member', entries: memberEntries(member) },
    ...claimsOfOthers(snapshot, system, member),
    ...readingBlocks(
      'What it says',
      member.reading,
      now,
      system === 'redis' ? trend('operations', history, `ops:${name}`, 20, rate) : [],
    ),
    ...(postgres === null
      ? []
      : readingBlocks('PostgreSQL', postgres, now, trend('transactions', history, `tps:${name}`, 10, rate))),
    ...containerBlocks(view, member.container, now),
  ];
}

const memberEntries = (member: Probed<unknown>): readonly Entry[] => [
  ['name', member.name],
  ['container', member.container],
  ['reached', member.via === null ? 'no way to it is known' : ways[member.via]],
  ['known to others as', member.aliases.join(', ') || '–'],
];

/** A reading with how current it is, why it is no more so, and every field of the last answer. */
function readingBlocks(
  title: string,
  reading: Reading<object>,
  now: number,
  more: readonly Entry[] = [],
): readonly Block[] {
  const age = ageMs(reading, now);
  const last = age === null ? 'never answered' : `answered ${duration(age)} ago, took ${duration(reading.tookMs)}`;
  const [first, ...rest] = blocksFor(title, reading.value ?? {}, now, `${reading.status} · ${last}`);
  const { problem } = reading;
  const trouble: Entry[] =
    problem === null
      ? []
      : [['problem', `${problem.kind}: ${problem.message}${problem.cause === null ? '' : ` (${problem.cause})`}`]];
  if (first === undefined) return [];
  const entries = [...trouble, ...more, ...first.entries];
  return [{ ...first, entries: entries.length === 0 ? [['value', 'none yet']] : entries }, ...rest];
}

function containerBlocks({ snapshot, history }: View, key: string, now: number): readonly Block[] {
  const container: Snapshot['containers'][number] | undefined = snapshot.containers.find((row) => keyOf(row) === key);
  if (container === undefined) return [];
  const { usage, id, ...facts } = container;
  return [
    ...blocksFor('Container', { ...facts, id }, now),
    ...readingBlocks(
      'What it uses',
      usage,
      now,
      trend('cpu', history, `cpu:${container.name}`, 10, (value) => `${percent(value)} %`),
    ),
  ];
}

/** As much of a history as is kept, with its highest point. */
function trend(
  name: string,
  history: History,
  series: string,
  floor: number,
  write: (value: number) => string,
): readonly Entry[] {
  const points = history.series(series);
  const known = points.filter((point) => point !== null);
  if (known.length === 0) return [];
  const columns = Math.min(40, Math.ceil(points.length / 2));
  const line = sparkline(points, points.length, columns, floor);
  return [[`${name}, ${duration(points.length * 5_000)}`, `${line}  up to ${write(Math.max(...known))}`]];
}
