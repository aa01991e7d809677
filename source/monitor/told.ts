import type { ContainerDetails, EngineEvent } from '../engine/types.ts';

/**
 * A container as it is after an event, as far as the event itself tells; null when it tells too little. Docker answers no
 * inspect of a container that has just died before its network is torn down, 120 ms later (it holds the container's lock:
 * moby daemon/monitor.go), so until then its word is all there is.
 */
export function told(details: ContainerDetails, { action, attributes }: EngineEvent): ContainerDetails | null {
  const { container } = details;
  if (action === 'pause') return { ...details, container: { ...container, state: 'paused' } };
  if (action === 'unpause') return { ...details, container: { ...container, state: 'running' } };
  if (action !== 'die') return null;
  const code = Number.parseInt(attributes.exitCode ?? '', 10);
  return {
    ...details,
    pid: null,
    container: { ...container, state: 'exited', startedAt: null, exitCode: Number.isNaN(code) ? null : code },
  };
}
