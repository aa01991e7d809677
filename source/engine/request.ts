import type { Readable } from 'node:stream';
import type Docker from 'dockerode';
import { StackError } from '../stack/errors.ts';

/** Names the call in messages: `list containers`. */
type Call = {
  readonly what: string;
  readonly path: string;
  readonly query?: Readonly<Record<string, string | number | boolean>>;
  readonly deadlineMs: number;
};

/**
 * Runs one call within a deadline. On expiry the signal aborts it, and the returned promise rejects even when the call
 * ignores the signal (docker-modem never calls back when the engine closes in the middle of an answer).
 */
export async function withDeadline<T>(
  what: string,
  deadlineMs: number,
  run: (signal: AbortSignal) => Promise<T>,
): Promise<T> {
  const controller = new AbortController();
  const startedAt = performance.now();
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      reject(new StackError('timeout', `the engine has not answered (${what}) within ${deadlineMs / 1000} s`));
      controller.abort();
    }, deadlineMs);
  });
  try {
    return await Promise.race([run(controller.signal), expired]);
  } catch (error) {
    throw toStackError(what, error, performance.now() - startedAt);
  } finally {
    clearTimeout(timer);
  }
}

/** GET, answered as JSON. */
export function getJson(docker: Docker, call: Call): Promise<unknown> {
  return withDeadline(call.what, call.deadlineMs, async (signal) => {
    const text = (await readAll(await openStream(docker, call, signal), Number.POSITIVE_INFINITY)).toString();
    try {
      return JSON.parse(text) as unknown;
    } catch (cause) {
      throw new StackError('garbage', `the engine answered ${call.what} with something that is not JSON`, { cause });
    }
  });
}

/** GET, answered as bytes; at most `limit` of them are read. */
export function getBytes(docker: Docker, call: Call, limit: number): Promise<Buffer> {
  return withDeadline(call.what, call.deadlineMs, async (signal) =>
    readAll(await openStream(docker, call, signal), limit),
  );
}

/** GET, answered as a stream of unknown length; the deadline is for its beginning. `signal` ends it. */
export async function getStream(docker: Docker, call: Call, signal: AbortSignal): Promise<Readable> {
  return withDeadline(call.what, call.deadlineMs, (expired) =>
    openStream(docker, call, AbortSignal.any([signal, expired])),
  );
}

/** A call that changes something, or starts a stream; `body` goes as JSON. */
type Command = Call & { readonly method: 'POST' | 'DELETE'; readonly body?: object };

/** POST or DELETE, answered as JSON; null where the answer is empty. That it was so already (304) is no error. */
export async function send(docker: Docker, command: Command): Promise<unknown> {
  return withDeadline(command.what, command.deadlineMs, async (signal) => {
    const answer = await dial(docker, { ...changing(command), abortSignal: signal });
    return Buffer.isBuffer(answer) ? null : answer;
  });
}

/** POST, answered as a stream. It must begin before the deadline; the caller ends it. */
export function sendForStream(docker: Docker, command: Command): Promise<Readable> {
  return withDeadline(command.what, command.deadlineMs, async (signal) => {
    return (await dial(docker, { ...changing(command), isStream: true, abortSignal: signal })) as Readable;
  });
}

function changing({ method, path, query = {}, body = {} }: Command): object {
  const options = { _query: { ...query }, _body: body }; // docker-modem leaves an empty body out
  const asked = Object.keys(query).length === 0 ? path : `${path}?`;
  return { method, path: asked, options, statusCodes: succeeds };
}
const fails = { 400: 'bad parameter', 403: 'forbidden', 404: 'not found', 409: 'conflict', 500: 'server error' };
const succeeds = { 200: true, 201: true, 204: true, 304: true, ...fails };

function openStream(docker: Docker, { path, query = {} }: Call, abortSignal: AbortSignal): Promise<Readable> {
  const options = { ...query };
  const statusCodes = { 200: true, ...fails };
  const request = { method: 'GET', path: `${path}?`, options, abortSignal, isStream: true, statusCodes };
  return dial(docker, request) as Promise<Readable>;
}

function dial(docker: Docker, request: object): Promise<unknown> {
  const modem = docker.modem as Docker['modem'] & { dial(options: object, done: Done): void };
  return new Promise((resolve, reject) => {
    modem.dial(request, (error, answer) => (error === null ? resolve(answer) : reject(error)));
  });
}
type Done = (error: Error | null, answer: unknown) => void;

async function readAll(stream: Readable, limit: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of stream as AsyncIterable<Buffer>) {
    chunks.push(chunk);
    length += chunk.length;
    if (length >= limit) break; // leaving the loop destroys the stream
  }
  return Buffer.concat(chunks);
}

/** Whatever a call threw, as the one shape. The engine's own sentence stays in the cause. */
export function toStackError(what: string, error: unknown, tookMs: number): StackError {
  if (error instanceof StackError) return error;
  const { code, statusCode } = error as { code?: string; statusCode?: number };
  const options = { cause: error, tookMs };
  if (statusCode === 404) return new StackError('rejected', `the engine knows no such thing (${what})`, options);
  if (statusCode === 409) return new StackError('not-running', `the container does not run (${what})`, options);
  if (statusCode !== undefined) return new StackError('rejected', `the engine refused (${what})`, options);
  if (code === 'EACCES' || code === 'EPERM') {
    return new StackError('not-permitted', 'the engine is closed to this user', options);
  }
  if (code !== undefined && unreachable.has(code)) {
    return new StackError('no-engine', 'no container engine answers', options);
  }
  if (code?.startsWith('HPE_')) return new StackError('garbage', `the engine does not speak HTTP (${what})`, options);
  return new StackError('closed', `the engine closed the connection before it had answered (${what})`, options);
}
const unreachable = new Set([
  'ENOENT',
  'ECONNREFUSED',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'ENETUNREACH',
  'EAI_AGAIN',
  'ENOTDIR',
]);

/** Whether the engine said that what was asked for does not exist. */
export function isNotFound(error: unknown): boolean {
  const cause = error instanceof StackError ? error.cause : error;
  return (cause as { statusCode?: number } | undefined)?.statusCode === 404;
}
