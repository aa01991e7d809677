import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { StackError } from '../stack/errors.ts';
import { getStream } from './request.ts';
import type { LogRange, LogStream } from './types.ts';

const deadlineMs = 5000;

/** A container's log with timestamps, both streams; the deadline is for its beginning. */
export async function openLog(
  docker: Docker,
  { id, tty }: { readonly id: string; readonly tty: boolean },
  range: LogRange,
  signal: AbortSignal,
): Promise<LogStream> {
  const path = `/containers/${encodeURIComponent(id)}/logs`;
  const query = { stdout: 1, stderr: 1, timestamps: 1, ...range, follow: range.follow === true ? 1 : 0 };
  const call = { what: 'read logs', path, query, deadlineMs };
  const stream = (await getStream(docker, call, signal).catch(explain)) as IncomingMessage;
  // The content type tells frames only since API 1.42, and only where both sides speak it.
  return { stream, framed: !tty, stampsParts: stream.headers['libpod-api-version'] !== undefined };
}

function explain(error: StackError): never {
  if ((error.cause as { statusCode?: number } | undefined)?.statusCode !== 501) throw error;
  throw new StackError('rejected', 'its logging driver keeps nothing that can be read', { cause: error.cause });
}
