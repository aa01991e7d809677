import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { StackError } from '../stack/errors.ts';
import { openOverSocket } from './log-socket.ts';
import { getStream, withDeadline } from './request.ts';
import type { LogRange, LogStream } from './types.ts';

const deadlineMs = 5000;
const what = 'read logs';

/** A container's log with timestamps, both streams; the deadline is for its beginning. */
export async function openLog(
  docker: Docker,
  { id, tty }: { readonly id: string; readonly tty: boolean },
  range: LogRange,
  signal: AbortSignal,
): Promise<LogStream> {
  const path = `/containers/${encodeURIComponent(id)}/logs`;
  const query = { stdout: 1, stderr: 1, timestamps: 1, ...range, follow: range.follow === true ? 1 : 0 };
  const { socketPath } = docker.modem as { socketPath?: unknown };
  // What a terminal shows needs the chunks, and what is not followed an end that is known to be one.
  if (typeof socketPath === 'string' && range.follow === true && !tty) {
    const asked = new URLSearchParams(
      Object.entries(query).map(([name, value]): [string, string] => [name, String(value)]),
    );
    const opened = await withDeadline(what, deadlineMs, (expired) =>
      openOverSocket(socketPath, `${path}?${asked}`, AbortSignal.any([signal, expired])),
    );
    if (opened !== null) {
      const stampsParts = opened.headers.includes('\r\nlibpod-api-version:');
      return { stream: opened.stream, framed: true, stampsParts };
    }
  }
  const call = { what, path, query, deadlineMs };
  const stream = (await getStream(docker, call, signal).catch(explain)) as IncomingMessage;
  // The content type tells frames only since API 1.42, and only where both sides speak it.
  return { stream, framed: !tty, stampsParts: stream.headers['libpod-api-version'] !== undefined };
}

function explain(error: StackError): never {
  if ((error.cause as { statusCode?: number } | undefined)?.statusCode !== 501) throw error;
  throw new StackError('rejected', 'its logging driver keeps nothing that can be read', { cause: error.cause });
}
