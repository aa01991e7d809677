import type { History } from '../../monitor/types.ts';
import { bytes, count, lag, rate, roleName } from '../../stack/format.ts';
import type { PatroniReport, PatroniRow } from '../../stack/report.ts';
import { keep } from '../parts/filter.ts';
import { type Span, span } from '../parts/spans.ts';
import { type Column, section } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import { isDim, latencyColumn, memberColumn, namesOf, type Pane, sparkColumn, troubleOf } from './pane.ts';

export const patroniPane: Pane = {
  id: 'patroni',
  number: 3,
  title: 'Patroni',
  present: (report) => report.patroni !== null,
  content(view, { filter, sort, now }) {
    const patroni = view.report.patroni;
    if (patroni === null) return { level: 'ok', facts: [], sections: [], empty: 'no Patroni in this stack' };
    const rows = keep(
      filter,
      patroni.members,
      (row) => `${row.name} ${roleName(row.role)} ${row.state ?? ''} ${row.container}`,
    );
    return {
      level: patroni.verdict,
      facts: factsOf(patroni),
      sections: [
        section({
          columns: columnsFor(view.history, patroni.members),
          rows,
          key: (row) => row.name,
          trouble: (row) => troubleOf(row, view, now),
          dim: () => isDim(view),
          sort,
        }),
      ],
      empty: patroni.members.length === 0 ? 'no member is known' : 'no member matches',
    };
  },
};

function factsOf(patroni: PatroniReport): Span[] {
  const confirming = patroni.members.filter((row) => row.role === 'sync_standby' || row.role === 'quorum_standby');
  const writable =
    patroni.writable === null ? span('writable ?') : patroni.writable ? span('writable') : span('not writable', 'bad');
  return [
    span(patroni.leader === null ? 'no leader' : `leader ${clean(patroni.leader)}`),
    writable,
    patroni.timeline === null ? null : span(`TL ${patroni.timeline}`),
    patroni.paused ? span('paused', 'strong') : null,
    patroni.syncMode === null || patroni.syncMode === 'off'
      ? null
      : span(`${patroni.syncMode === 'quorum' ? 'quorum' : 'sync'} ${namesOf(confirming)}`),
  ].filter((fact) => fact !== null);
}

const leads = (row: PatroniRow): boolean => row.role === 'leader' || row.role === 'standby_leader';

/** What is unusual about a member, in few words. */
function notesOf(row: PatroniRow): string {
  const tags = Object.entries(row.tags).filter(([, value]) => value === true || typeof value === 'string');
  return [
    row.pendingRestart ? 'pending restart' : '',
    row.postgres.reading === 'ok' ? '' : `postgres: ${row.postgres.error ?? row.postgres.reading}`,
    ...tags.map(([name, value]) => (value === true ? name : `${name} ${String(value)}`)),
  ]
    .filter((note) => note !== '')
    .join(', ');
}

const columnsFor = (history: History, members: readonly PatroniRow[]): readonly Column<PatroniRow>[] => [
  memberColumn((row) => leads(row) && row.reading === 'ok'),
  {
    id: 'role',
    title: 'ROLE',
    kind: 'identity',
    width: 12,
    keep: 90,
    cell: (row) => clean(roleName(row.role)),
    sort: (row) => row.role,
  },
  {
    id: 'state',
    title: 'STATE',
    kind: 'identity',
    width: 9,
    keep: 65,
    cell: (row) => {
      const usual = row.state === 'running' || row.state === 'streaming';
      return span(clean(row.state ?? '–'), usual ? 'plain' : 'strong');
    },
    sort: (row) => row.state,
  },
  {
    id: 'notes',
    title: 'NOTES',
    kind: 'identity',
    // A restart that is waited for comes before what is usual.
    ...(members.some((row) => row.pendingRestart) ? { width: 15, keep: 66 } : { width: 8, keep: 15 }),
    grows: { by: 'room', max: 40 },
    cell: (row) => span(clean(notesOf(row)), 'strong'),
  },
  {
    id: 'timeline',
    title: 'TL',
    kind: 'figure',
    width: 3,
    keep: 60,
    cell: (row) => count(row.timeline),
    sort: (row) => row.timeline,
  },
  {
    id: 'size',
    title: 'SIZE',
    kind: 'figure',
    width: 5,
    keep: 20,
    cell: (row) => bytes(row.postgres.sizeBytes),
    sort: (row) => row.postgres.sizeBytes,
  },
  {
    id: 'connections',
    title: 'CONN',
    kind: 'figure',
    width: 4,
    keep: 50,
    cell: (row) => count(row.postgres.connections),
    sort: (row) => row.postgres.connections,
  },
  {
    id: 'lag',
    title: 'LAG',
    kind: 'figure',
    width: 5,
    keep: 70,
    cell: (row) => (leads(row) ? span('–', 'faint') : lag(row.lagBytes)),
    sort: (row) => row.lagBytes,
  },
  sparkColumn('TPS 5m', history, 'tps', 10),
  {
    id: 'tps',
    title: 'TPS',
    kind: 'figure',
    width: 5,
    keep: 68,
    cell: (row) => rate(row.postgres.tps),
    sort: (row) => row.postgres.tps,
  },
  latencyColumn(),
];
