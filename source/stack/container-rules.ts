import { list, plain } from './format.ts';
import { because } from './member-reasons.ts';
import { containerTrouble, rowError } from './presence.ts';
import type { ContainerRow, Reason } from './report.ts';
import type { Snapshot } from './snapshot.ts';
import { systems } from './topology.ts';

type Box = Snapshot['containers'][number];

/** The rows of the containers, and reasons for those that no system speaks of. */
export function assessContainers(snapshot: Snapshot): { rows: readonly ContainerRow[]; reasons: readonly Reason[] } {
  const members = new Set(systems.flatMap((system) => (snapshot[system] ?? []).map((member) => member.container)));
  const others = snapshot.containers.filter((box) => !members.has(box.name));
  return { rows: snapshot.containers.map((box) => row(box, snapshot.at)), reasons: reasonsOf(others) };
}

/** What to call a container: its service, its name, or the beginning of its id. */
export const labelOf = (box: { readonly service: string | null; readonly name: string; readonly id: string }): string =>
  plain(box.service ?? '') || plain(box.name) || box.id.slice(0, 12) || 'a container without a name';

/** Many in the same trouble share a sentence. */
function reasonsOf(boxes: readonly Box[]): readonly Reason[] {
  const troubles = Map.groupBy(
    boxes.flatMap((box) => {
      const what = troubleOf(box);
      return what === null ? [] : [{ label: labelOf(box), what }];
    }),
    ({ what }) => what,
  );
  return [...troubles].flatMap(([what, group]) => {
    const labels = group.map(({ label }) => label);
    if (labels.length <= 3) return labels.map((label) => because('containers', 'degraded', label, `${label} ${what}`));
    return [because('containers', 'degraded', null, `${labels.length} containers, ${list(labels)}: each ${what}`)];
  });
}

/** A one-shot container that ended well is fine; the application that ended at all is not. */
function troubleOf(box: Box): string | null {
  if (box.state === 'running') {
    if (box.health === 'unhealthy') return 'runs, but its health check fails';
    return box.health === 'starting' ? 'is starting' : null;
  }
  if (box.state === 'exited' && box.exitCode === 0 && box.role === null) return null;
  return containerTrouble(box);
}

function row(box: Box, now: number): ContainerRow {
  const runs = box.state === 'running' || box.state === 'paused';
  const status = runs ? box.usage.status : 'absent';
  const usage = status === 'ok' || status === 'stale' ? box.usage.value : null;
  const error = rowError({ ...box.usage, status }, box, now);
  return {
    name: box.name,
    service: box.service,
    id: box.id,
    image: box.image,
    role: box.role,
    state: box.state,
    health: box.health,
    exitCode: box.exitCode,
    cpuPercent: usage?.cpuPercent ?? null,
    memoryBytes: usage?.memoryBytes ?? null,
    memoryLimitBytes: box.memoryLimitBytes,
    receivedBytesPerSecond: usage?.receivedBytesPerSecond ?? null,
    sentBytesPerSecond: usage?.sentBytesPerSecond ?? null,
    restarts: box.restarts,
    startedAt: runs ? box.startedAt : null,
    uptimeMs: box.startedAt === null || !runs ? null : Math.max(0, now - box.startedAt),
    reading: status,
    ageMs: box.usage.at === null ? null : Math.max(0, now - box.usage.at),
    ...(error === null ? {} : { error }),
  };
}
