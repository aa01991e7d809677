import { bytes, count } from '../../stack/format.ts';
import type { EtcdRow } from '../../stack/report.ts';
import { keep } from '../parts/filter.ts';
import { span } from '../parts/spans.ts';
import { type Column, section } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import { isDim, latencyColumn, memberColumn, type Pane, troubleOf } from './pane.ts';

export const etcdPane: Pane = {
  id: 'etcd',
  number: 2,
  title: 'etcd',
  present: (report) => report.etcd !== null,
  content(view, { filter, sort, now }) {
    const etcd = view.report.etcd;
    if (etcd === null) return { level: 'ok', facts: [], sections: [], empty: 'no etcd in this stack' };
    const { quorum } = etcd;
    const rows = keep(filter, etcd.members, (row) => `${row.name} ${roleOf(row)} ${row.container}`);
    return {
      level: etcd.verdict,
      facts: [
        span(
          quorum.healthy >= quorum.needed
            ? `quorum ${quorum.healthy}/${quorum.size}`
            : `no quorum, ${quorum.healthy}/${quorum.size}`,
          quorum.healthy >= quorum.needed ? 'plain' : 'bad',
        ),
        span(etcd.leader === null ? 'no leader' : `leader ${clean(etcd.leader)}`),
        etcd.term === null ? null : span(`term ${etcd.term}`),
      ].filter((fact) => fact !== null),
      sections: [
        section({
          columns,
          rows,
          key: (row) => row.name,
          trouble: (row) => troubleOf(row, view, now),
          dim: () => isDim(view),
          sort,
        }),
      ],
      empty: etcd.members.length === 0 ? 'no member is known' : 'no member matches',
    };
  },
};

const roleOf = (row: EtcdRow): string => (row.learner ? 'learner' : row.leader ? 'leader' : 'follower');

const columns: readonly Column<EtcdRow>[] = [
  memberColumn((row) => row.leader && row.reading === 'ok'),
  {
    id: 'role',
    title: 'ROLE',
    kind: 'identity',
    width: 8,
    keep: 90,
    cell: (row) => (row.term === null ? '–' : roleOf(row)),
    sort: roleOf,
  },
  {
    id: 'version',
    title: 'VERSION',
    kind: 'figure',
    width: 7,
    keep: 20,
    cell: (row) => clean(row.version ?? '–'),
    sort: (row) => row.version,
  },
  {
    id: 'alarm',
    title: 'ALARM',
    kind: 'figure',
    width: 7,
    keep: 30,
    cell: (row) => (row.alarms.length === 0 ? span('–', 'faint') : span(clean(row.alarms.join(' ')), 'bad')),
    sort: (row) => row.alarms.join(' '),
  },
  {
    id: 'term',
    title: 'TERM',
    kind: 'figure',
    width: 4,
    keep: 25,
    cell: (row) => count(row.term),
    sort: (row) => row.term,
  },
  {
    id: 'db',
    title: 'DB',
    kind: 'figure',
    width: 5,
    keep: 50,
    cell: (row) => bytes(row.dbBytes),
    sort: (row) => row.dbBytes,
  },
  {
    id: 'lag',
    title: 'LAG',
    kind: 'figure',
    width: 4,
    keep: 60,
    cell: (row) => count(row.lag),
    sort: (row) => row.lag,
  },
  {
    id: 'raft',
    title: 'RAFT',
    kind: 'figure',
    width: 8,
    keep: 70,
    cell: (row) => count(row.raftIndex),
    sort: (row) => row.raftIndex,
  },
  latencyColumn(),
];
