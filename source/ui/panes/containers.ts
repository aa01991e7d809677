import type { View } from '../../monitor/types.ts';
import { age, bytes, duration, percent } from '../../stack/format.ts';
import type { ContainerRow } from '../../stack/report.ts';
import { keep } from '../parts/filter.ts';
import { type Span, span } from '../parts/spans.ts';
import { sparkline } from '../parts/sparkline.ts';
import { type Column, section } from '../parts/table.ts';
import { clean } from '../parts/text.ts';
import { fiveMinutes, type Pane, sinceView } from './pane.ts';

type Row = ContainerRow & { readonly shownName: string };

export const containersPane: Pane = {
  id: 'containers',
  number: 1,
  title: 'Containers',
  present: () => true,
  content(view, { filter, sort, showStopped, now }) {
    const all = view.report.containers;
    const kept = showStopped ? all : all.filter((row) => !isHidden(row));
    const rows = keep(filter, withNames(kept), matchText);
    const running = all.filter((row) => row.state === 'running').length;
    const hidden = all.length - kept.length;
    const table = (shown: readonly Row[]) =>
      section({
        columns: columnsFor(view),
        rows: shown,
        key: keyOf,
        trouble: (row) => troubleOf(row, view, now),
        dim: (row) => row.reading === 'stale',
        sort,
      });
    return {
      level: 'ok',
      facts: [
        span(running === all.length ? `${running} running` : `${running} of ${all.length} running`),
        hidden > 0 ? span(`${hidden} stopped hidden`, 'faint') : null,
      ].filter((fact) => fact !== null),
      sections: [table(rows)],
      crowded: () => [table(sort === undefined ? troubledFirst(rows) : rows)],
      empty: all.length === 0 ? 'no container here belongs to a stack' : 'no container matches',
    };
  },
};

const matchText = (row: Row): string =>
  `${row.shownName} ${row.name} ${row.state} ${row.health} ${row.image} ${row.role ?? ''}`;

/** What a container is told from the others by: containers without a name are not all the same. */
export const keyOf = (row: { readonly name: string; readonly id: string }): string => row.name || row.id;

/** What is in trouble before what is not; a container that ended well and is no member is in none. */
function troubledFirst(rows: readonly Row[]): readonly Row[] {
  const inTrouble = (row: Row) =>
    row.state === 'running' ? row.health === 'unhealthy' : !isHidden(row) || (row.exitCode ?? 0) !== 0;
  return [...rows.filter(inTrouble), ...rows.filter((row) => !inTrouble(row))];
}

/** A stopped container that is no member is of little interest; a missing or stopped member is of all. */
const isHidden = (row: ContainerRow): boolean => row.role === null && ['created', 'exited', 'dead'].includes(row.state);

/** The Compose service says enough where it is the only one of its name. */
function withNames(rows: readonly ContainerRow[]): readonly Row[] {
  const uses = new Map<string, number>();
  for (const { service } of rows) if (service !== null) uses.set(service, (uses.get(service) ?? 0) + 1);
  return rows.map((row) => ({
    ...row,
    shownName: row.service !== null && uses.get(row.service) === 1 ? row.service : row.name || row.id.slice(0, 12),
  }));
}

function troubleOf(row: ContainerRow, view: View, now: number): readonly Span[] | null {
  const { engine } = view.report;
  if (engine.state === 'reconnecting') {
    const since = view.snapshot.at - view.snapshot.engine.since + sinceView(view, now);
    return [span(`as of ${duration(since)} ago`, 'faint')];
  }
  if (row.state === 'missing') return [span('✖ its container is gone', 'strong'), span('✖ gone', 'strong')];
  if (row.state !== 'running' && row.state !== 'paused')
    return [span(row.error === undefined ? '' : clean(row.error).replace(/^container /, ''), 'faint')];
  return null;
}

function stateCell(row: ContainerRow): Span {
  if (row.state === 'running') return span('running');
  const code = row.exitCode === null || row.state === 'missing' ? '' : ` ${row.exitCode}`;
  return span(row.state + code, row.state === 'created' ? 'plain' : 'bad');
}

function healthCell({ health }: ContainerRow): Span {
  if (health === 'none') return span('–', 'faint');
  return span(health, health === 'unhealthy' ? 'bad' : health === 'starting' ? 'strong' : 'plain');
}

const shareOfLimit = (row: ContainerRow): number | null =>
  row.memoryBytes === null || row.memoryLimitBytes === null || row.memoryLimitBytes === 0
    ? null
    : (row.memoryBytes / row.memoryLimitBytes) * 100;

function columnsFor(view: View): readonly Column<Row>[] {
  return [
    {
      id: 'name',
      title: 'NAME',
      kind: 'identity',
      width: 10,
      grows: { by: 'content', max: 28 },
      keep: 100,
      cell: (row) => clean(row.shownName),
      sort: (row) => row.shownName,
    },
    { id: 'state', title: 'STATE', kind: 'identity', width: 11, keep: 90, cell: stateCell, sort: (row) => row.state },
    {
      id: 'health',
      title: 'HEALTH',
      kind: 'identity',
      width: 9,
      keep: 80,
      cell: healthCell,
      sort: (row) => row.health,
    },
    {
      id: 'image',
      title: 'IMAGE',
      kind: 'identity',
      width: 14,
      grows: { by: 'content', max: 26 },
      keep: 24,
      cell: (row) => span(clean(row.image.startsWith('sha256:') ? row.image.slice(7, 19) : row.image), 'faint'),
      sort: (row) => row.image,
    },
    {
      id: 'restarts',
      title: 'RST',
      kind: 'figure',
      width: 4,
      keep: 30,
      cell: (row) => (row.restarts === 0 ? span('0', 'faint') : span(String(row.restarts), 'strong')),
      sort: (row) => row.restarts,
    },
    {
      id: 'up',
      title: 'UP',
      kind: 'figure',
      width: 4,
      keep: 60,
      cell: (row) => age(row.uptimeMs),
      sort: (row) => row.uptimeMs,
    },
    {
      id: 'limit',
      title: 'LIMIT',
      kind: 'figure',
      width: 5,
      keep: 20,
      cell: (row) => span(bytes(row.memoryLimitBytes), 'faint'),
      sort: (row) => row.memoryLimitBytes,
    },
    {
      id: 'memory',
      title: 'MEM',
      kind: 'figure',
      width: 5,
      keep: 70,
      cell: (row) => span(bytes(row.memoryBytes), (shareOfLimit(row) ?? 0) > 90 ? 'bad' : 'plain'),
      sort: (row) => row.memoryBytes,
    },
    {
      id: 'spark',
      title: 'CPU 5 MIN',
      kind: 'figure',
      width: 15,
      grows: { by: 'room', max: 60 },
      keep: 50,
      cell: (row, columns) => sparkline(view.history.series(`cpu:${row.name}`), fiveMinutes, columns, 10),
    },
    {
      id: 'received',
      title: 'RX/s',
      kind: 'figure',
      width: 5,
      keep: 45,
      cell: (row) => bytes(row.receivedBytesPerSecond),
      sort: (row) => row.receivedBytesPerSecond,
    },
    {
      id: 'sent',
      title: 'TX/s',
      kind: 'figure',
      width: 5,
      keep: 44,
      cell: (row) => bytes(row.sentBytesPerSecond),
      sort: (row) => row.sentBytesPerSecond,
    },
    {
      id: 'cpu',
      title: 'CPU%',
      kind: 'figure',
      width: 4,
      keep: 85,
      cell: (row) => percent(row.cpuPercent),
      sort: (row) => row.cpuPercent,
    },
  ];
}
