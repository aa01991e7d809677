import type { History, View } from '../../monitor/types.ts';
import { bytes, count, lag, rate } from '../../stack/format.ts';
import type { Level, RedisRow, SentinelRow } from '../../stack/report.ts';
import { keep } from '../parts/filter.ts';
import { type Span, span } from '../parts/spans.ts';
import { type Column, type Section, section } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import { isDim, latencyColumn, memberColumn, type Pane, type PaneOptions, sparkColumn, troubleOf } from './pane.ts';

export const redisPane: Pane = {
  id: 'redis',
  number: 4,
  title: 'Redis · Sentinel',
  present: (report) => report.redis !== null || report.sentinel !== null,
  content(view, options) {
    const { redis, sentinel } = view.report;
    return {
      title: sentinel === null ? 'Redis' : redis === null ? 'Sentinel' : 'Redis · Sentinel',
      level: levelOf(view),
      facts: factsOf(view),
      sections: sectionsOf(view, options),
      empty: 'no member matches',
    };
  },
};

/** The worse of the two. */
function levelOf({ report: { redis, sentinel } }: View): Level {
  const levels = [redis?.verdict ?? 'ok', sentinel?.verdict ?? 'ok'];
  return (['down', 'unknown', 'degraded'] as const).find((level) => levels.includes(level)) ?? 'ok';
}

function factsOf({ report: { redis, sentinel } }: View): Span[] {
  const agreeing = (sentinel?.members ?? []).filter(
    (row) => row.reading === 'ok' && row.masterSeen !== null && row.masterSeen === redis?.master,
  ).length;
  return [
    redis === null ? null : span(redis.master === null ? 'no master' : `master ${clean(redis.master)}`),
    sentinel === null ? null : agreementOf(agreeing, sentinel.quorum.size, sentinel.quorum.majority),
    sentinel?.tilt ? span('TILT', 'bad') : null,
  ].filter((fact) => fact !== null);
}

const agreementOf = (agreeing: number, size: number, majority: number): Span =>
  span(`${agreeing}/${size} agree`, agreeing >= majority ? 'plain' : 'bad');

/** Two tables in one pane. Keys carry the system, since a Redis and a Sentinel may have the same name. */
function sectionsOf(view: View, { filter, sort, now }: PaneOptions): readonly Section[] {
  const { redis, sentinel } = view.report;
  const sections: Section[] = [];
  if (redis !== null) {
    const rows = keep(filter, redis.members, (row) => `${row.name} ${row.role ?? ''} ${row.container}`);
    sections.push(
      section({
        columns: redisColumns(view.history),
        rows,
        key: (row) => `redis:${row.name}`,
        trouble: (row) => troubleOf(row, view, now),
        dim: () => isDim(view),
        sort,
      }),
    );
  }
  if (sentinel !== null) {
    const rows = keep(filter, sentinel.members, (row) => `${row.name} sentinel ${row.container}`);
    sections.push(
      section({
        columns: sentinelColumns,
        rows,
        key: (row) => `sentinel:${row.name}`,
        trouble: (row) => troubleOf(row, view, now),
        dim: () => isDim(view),
        sort,
      }),
    );
  }
  return sections.filter((part) => part.keys.length > 0);
}

const redisColumns = (history: History): readonly Column<RedisRow>[] => [
  { ...memberColumn<RedisRow>((row) => row.role === 'master' && row.reading === 'ok'), title: 'REDIS', width: 9 },
  {
    id: 'role',
    title: 'ROLE',
    kind: 'identity',
    width: 7,
    keep: 90,
    cell: (row) => (row.role === 'slave' ? 'replica' : (row.role ?? '–')),
    sort: (row) => row.role,
  },
  {
    id: 'link',
    title: 'LINK',
    kind: 'identity',
    width: 4,
    keep: 65,
    cell: (row) =>
      row.link === null ? span('–', 'faint') : span(clean(row.link), row.link === 'up' ? 'plain' : 'bad'),
    sort: (row) => row.link,
  },
  {
    id: 'clients',
    title: 'CLIENTS',
    kind: 'figure',
    width: 7,
    keep: 30,
    cell: (row) => count(row.clients),
    sort: (row) => row.clients,
  },
  {
    id: 'memory',
    title: 'MEM',
    kind: 'figure',
    width: 5,
    keep: 50,
    cell: (row) => bytes(row.memoryBytes),
    sort: (row) => row.memoryBytes,
  },
  {
    id: 'lag',
    title: 'LAG',
    kind: 'figure',
    width: 5,
    keep: 70,
    cell: (row) => (row.role === 'master' ? span('–', 'faint') : lag(row.lagBytes)),
    sort: (row) => row.lagBytes,
  },
  sparkColumn('OPS 5m', history, 'ops', 20),
  {
    id: 'ops',
    title: 'OPS/s',
    kind: 'figure',
    width: 6,
    keep: 68,
    cell: (row) => rate(row.opsPerSecond),
    sort: (row) => row.opsPerSecond,
  },
  latencyColumn(),
];

/** A Sentinel's opinion of the master, in Redis's own words. */
function opinionOf(row: SentinelRow): Span {
  if (row.tilt) return span('tilt', 'bad');
  if (row.odown) return span('o_down', 'bad');
  if (row.sdown) return span('s_down', 'bad');
  return span(row.sdown === null ? '–' : 'up');
}

const sentinelColumns: readonly Column<SentinelRow>[] = [
  { ...memberColumn<SentinelRow>(() => false), title: 'SENTINEL', width: 9 },
  {
    id: 'sees',
    title: 'SEES MASTER',
    kind: 'identity',
    width: 12,
    keep: 90,
    cell: (row) => clean(row.masterSeen ?? '–'),
    sort: (row) => row.masterSeen,
  },
  {
    id: 'opinion',
    title: 'AS',
    kind: 'identity',
    width: 6,
    keep: 80,
    cell: opinionOf,
    sort: (row) => Number(row.odown),
  },
  {
    id: 'epoch',
    title: 'EPOCH',
    kind: 'figure',
    width: 5,
    keep: 60,
    cell: (row) => count(row.epoch),
    sort: (row) => row.epoch,
  },
  latencyColumn(),
];
