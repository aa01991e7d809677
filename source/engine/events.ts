import { projectOf } from './details.ts';
import type { EngineEvent } from './types.ts';

/**
 * What is asked for: a filter at the engine, because every health check of every container would otherwise send three
 * `exec_*` events (moby daemon/events/filter.go matches `health_status` by its prefix).
 */
export const watchedActions = [
  'create',
  'start',
  'restart',
  'stop',
  'kill',
  'die',
  'died', // Podman
  'oom',
  'pause',
  'unpause',
  'destroy',
  'remove', // Podman
  'rename',
  'update',
  'health_status',
  'connect',
  'disconnect',
] as const;

type RawEvent = Partial<{
  Type: string;
  Action: string;
  Actor: Partial<{ ID: string; Attributes: Record<string, string> | null }> | null;
  time: number;
  timeNano: number;
}>;

/**
 * A line of the event stream as an event; null when it is none of those watched. A container that joins or leaves a
 * network comes as `network-connect` and `network-disconnect`, its name as far as `nameOf` knows it.
 */
export function toEvent(line: string, nameOf: (id: string) => string): EngineEvent | null {
  let raw: RawEvent | null;
  try {
    raw = JSON.parse(line) as RawEvent | null;
  } catch {
    return null;
  }
  const attributes = raw?.Actor?.Attributes ?? {};
  const at = raw?.timeNano ? raw.timeNano / 1e6 : (raw?.time ?? 0) * 1000;
  if (raw?.Type === 'network' && (raw.Action === 'connect' || raw.Action === 'disconnect')) {
    const containerId = attributes.container ?? '';
    if (containerId === '') return null;
    return { containerId, name: nameOf(containerId), project: null, action: `network-${raw.Action}`, at, attributes };
  }
  const containerId = raw?.Actor?.ID ?? '';
  const action = toAction(raw?.Action ?? '', attributes);
  if (raw?.Type !== 'container' || containerId === '' || action === null) return null;
  return {
    containerId,
    name: attributes.name || nameOf(containerId) || containerId.slice(0, 12),
    project: projectOf(attributes),
    action,
    at,
    attributes,
  };
}

/** Podman says `died`, `remove`, and puts the health into an attribute. */
function toAction(action: string, attributes: Record<string, string>): string | null {
  if (action === 'died') return 'die';
  if (action === 'remove') return 'destroy';
  if (action === 'health_status') return `health_status: ${attributes.health_status ?? ''}`.trimEnd();
  const word = action.split(':', 1)[0] ?? '';
  return (watchedActions as readonly string[]).includes(word) ? action : null;
}

/** Lines of a byte stream, whole also when a chunk ends in the middle of one, or of a character. */
export async function* lines(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let rest = '';
  for await (const chunk of chunks) {
    const parts = (rest + decoder.decode(chunk, { stream: true })).split('\n');
    rest = parts.pop() ?? '';
    for (const part of parts) if (part.trim() !== '') yield part;
  }
  if (rest.trim() !== '') yield rest;
}

/** Leaves out a health that was already told: Podman repeats it at every check. */
export function dropRepeatedHealth(): (event: EngineEvent) => boolean {
  const last = new Map<string, string>();
  return ({ containerId, action }) => {
    if (action === 'destroy' || action === 'start') last.delete(containerId);
    if (!action.startsWith('health_status')) return true;
    const repeated = last.get(containerId) === action;
    last.set(containerId, action);
    return !repeated;
  };
}
