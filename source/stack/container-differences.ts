import { labelOf } from './container-rules.ts';
import type { Difference } from './differences.ts';
import type { ContainerRow } from './report.ts';

/** Containers that came, went, or changed their state or health. */
export function containerDifferences(previous: readonly ContainerRow[], next: readonly ContainerRow[]): Difference[] {
  const before = new Map(previous.map((row) => [keyOf(row), row]));
  const after = new Set(next.map(keyOf));
  const gone = previous.filter((row) => !after.has(keyOf(row)) && row.state !== 'missing');
  return [
    ...next.flatMap((row) => {
      const old = before.get(keyOf(row));
      if (old === undefined)
        return [told(row, 'info', row.state === 'running' ? 'appeared' : `appeared (${row.state})`)];
      return [...stateDifference(old, row), ...healthDifference(old, row)];
    }),
    ...gone.map((row) => told(row, 'info', 'removed')),
  ];
}

/** A container keeps its name when it is made anew, and only the nameless are known by id. */
const keyOf = (row: ContainerRow): string => row.name || row.id;

function told(row: ContainerRow, level: Difference['level'], text: string): Difference {
  const subject = labelOf(row);
  return { source: 'docker', subject, level, text: `${subject} ${text}` };
}

/** An event tells of a start a little later than the container itself does. */
const toldWithinMs = 500;

/** By the time of its start and not by its uptime: our clock may be set meanwhile. */
const startedAnew = (old: ContainerRow, row: ContainerRow): boolean =>
  old.startedAt !== null && row.startedAt !== null && Math.abs(row.startedAt - old.startedAt) > toldWithinMs;

function stateDifference(old: ContainerRow, row: ContainerRow): Difference[] {
  if (old.state === row.state) {
    if (row.state !== 'running') return [];
    if (old.id !== row.id) return [told(row, 'info', 'recreated')];
    return row.restarts > old.restarts || startedAnew(old, row) ? [told(row, 'warning', 'restarted')] : [];
  }
  switch (row.state) {
    case 'running':
      if (old.state === 'paused') return [told(row, 'good', 'resumed')];
      return [told(row, 'good', old.id !== '' && old.id !== row.id ? 'recreated' : 'started')];
    case 'paused':
      return [told(row, 'warning', 'paused')];
    case 'exited':
      return [told(row, row.exitCode === 0 ? 'info' : 'bad', ended(row.exitCode))];
    case 'restarting':
      return [told(row, 'warning', `restarting${row.exitCode === null ? '' : ` (exit ${row.exitCode})`}`)];
    case 'missing':
      return [told(row, 'bad', 'removed, and missing')];
    default:
      return [told(row, 'info', row.state)];
  }
}

/** 137 and 143 are 128 plus the number of SIGKILL and SIGTERM. */
function ended(exitCode: number | null): string {
  if (exitCode === null || exitCode === 0 || exitCode === 143)
    return `stopped${exitCode === null ? '' : ` (exit ${exitCode})`}`;
  return `${exitCode === 137 ? 'killed' : 'failed'} (exit ${exitCode})`;
}

function healthDifference(old: ContainerRow, row: ContainerRow): Difference[] {
  if (old.health === row.health || row.state !== 'running') return [];
  if (row.health === 'unhealthy') return [told(row, 'bad', 'unhealthy')];
  return row.health === 'healthy' ? [told(row, 'good', 'healthy')] : [];
}
