import { useEffect } from 'react';
import type { Monitor, View } from '../../monitor/types.ts';

/** Up to here all containers are sampled: it costs little, and the sums in the header are of all. */
const few = 60;

/**
 * Tells the monitor which containers' usage is worth sampling: all of a usual stack; of hundreds, the members and what is
 * on screen. `onScreen` is null where no list of containers shows, which changes nothing.
 */
export function useSampling(
  monitor: Pick<Monitor, 'sampleOnly'>,
  view: View | null,
  onScreen: readonly string[] | null,
): void {
  const containers = view?.report.containers ?? [];
  const wanted =
    containers.length <= few
      ? null
      : [...containers.filter((row) => row.role !== null).map((row) => row.name), ...(onScreen ?? [])];
  const key = onScreen === null ? undefined : wanted === null ? null : wanted.join('\n');
  // biome-ignore lint/correctness/useExhaustiveDependencies: the key is what has changed when anything has
  useEffect(() => {
    if (key !== undefined) monitor.sampleOnly(wanted === null ? null : new Set(wanted));
  }, [monitor, key]);
}
