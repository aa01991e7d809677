import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { getStream } from './request.ts';
import type { LogRange, LogStream } from './types.ts';

const deadlineMs = 5000;

/** A container's log with timestamps, both streams; the deadline is for its beginning. */
export async function openLog(
  docker: Docker,
  { id, tty }: { readonly id: string; readonly tty: boolean },
  { follow = false, since, until, tail }: LogRange,
  signal: AbortSignal,
): Promise<LogStream> {
  const query = {
    stdout: 1,
    stderr: 1,
    timestamps: 1,
    follow: follow ? 1 : 0,
    ...(since === undefined ? {} : { since }),
    ...(until === undefined ? {} : { until }),
    ...(tail === undefined ? {} : { tail }),
  };
  const call = { what: 'read logs', path: `/containers/${encodeURIComponent(id)}/logs`, query, deadlineMs };
  const stream = (await getStream(docker, call, signal)) as IncomingMessage;
  // The content type tells frames only since API 1.42, and only where both sides speak it.
  return { stream, framed: !tty, stampsParts: stream.headers['libpod-api-version'] !== undefined };
}
