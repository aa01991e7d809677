import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Endpoint } from '../engine/types.ts';
import { failure, messageOf } from './failures.ts';

export type JsonAnswer = { readonly status: number; readonly body: unknown };
export type TextAnswer = { readonly status: number; readonly text: string };

/** May take its time: nothing more is read meanwhile. */
type OnLine = (line: unknown) => void | Promise<void>;

export type JsonClient = {
  /**
   * GETs a JSON document, whatever its status. Rejects with a StackError or the socket's error. When `signal` fires the
   * socket is destroyed, so that neither side holds on to it.
   */
  get(path: string, signal?: AbortSignal): Promise<JsonAnswer>;
  /** The same, of plain text. */
  getText(path: string, signal?: AbortSignal): Promise<TextAnswer>;
  /** GET's, with a JSON document sent. */
  post(path: string, body: unknown, signal?: AbortSignal): Promise<JsonAnswer>;
  /** The same, for a server that answers in plain words. */
  postForText(path: string, body: unknown, signal?: AbortSignal): Promise<TextAnswer>;
  /** The same by PATCH. */
  patchForText(path: string, body: unknown, signal?: AbortSignal): Promise<TextAnswer>;
  /**
   * POSTs, and hands over each line of the answer, parsed, as it comes, the next when that is done. Resolves when the
   * server ends it; rejects when the connection dies, or the answer is not a 200.
   */
  stream(path: string, body: unknown, onLine: OnLine, signal: AbortSignal): Promise<void>;
  /** Destroys every socket, busy ones included. */
  close(): void;
};

const mostBytes = 1024 * 1024;

/**
 * HTTP to one member on kept sockets, as far as the server keeps them (Patroni speaks HTTP/1.0 and ends each).
 * Certificates are not verified: a development stack signs its own. `authorization` is asked for at each request; null
 * sends none.
 */
export function openJsonClient(
  endpoint: Endpoint,
  tls: boolean,
  subject: string,
  authorization: () => string | null = () => null,
): JsonClient {
  const agent = tls
    ? new TlsAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false })
    : new Agent({ keepAlive: true, maxSockets: 4 });
  const send = tls ? tlsRequest : request;
  const running = new Set<ClientRequest>();

  const ask = <T>(
    method: 'GET' | 'POST' | 'PATCH',
    path: string,
    text: string,
    read: (incoming: IncomingMessage, subject: string) => Promise<T>,
    signal?: AbortSignal,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const secret = authorization();
      const sent = secret === null ? headers : { ...headers, authorization: secret };
      const options = { method, host, port, path, agent, headers: sent, ...(signal === undefined ? {} : { signal }) };
      const outgoing = send(options, (incoming) => {
        read(incoming, subject).then(resolve, reject);
      });
      running.add(outgoing);
      outgoing.once('close', () => running.delete(outgoing));
      outgoing.on('error', (error) =>
        reject(isParseError(error) ? failure('garbage', subject, error, 'not HTTP') : error),
      );
      outgoing.end(text);
    });

  return {
    get: (path, signal) => ask('GET', path, '', readJson, signal),
    getText: (path, signal) => ask('GET', path, '', readText, signal),
    post: (path, body, signal) => ask('POST', path, JSON.stringify(body), readJson, signal),
    postForText: (path, body, signal) => ask('POST', path, JSON.stringify(body), readText, signal),
    patchForText: (path, body, signal) => ask('PATCH', path, JSON.stringify(body), readText, signal),
    stream: (path, body, onLine, signal) =>
      ask('POST', path, JSON.stringify(body), (incoming) => readLines(incoming, subject, onLine), signal),
    close() {
      for (const outgoing of running) outgoing.destroy();
      agent.destroy();
    },
  };
}

const headers = { accept: 'application/json', 'user-agent': 'paws-top' };

const isParseError = (error: Error): boolean => 'code' in error && String(error.code).startsWith('HPE_');

async function readJson(incoming: IncomingMessage, subject: string): Promise<JsonAnswer> {
  const { status, text } = await readText(incoming, subject);
  if (status === 404) return { status, body: null }; // whatever page says so
  try {
    return { status, body: JSON.parse(text) };
  } catch (error) {
    throw notJson(status, text, subject, error);
  }
}

function readText(incoming: IncomingMessage, subject: string): Promise<TextAnswer> {
  const status = incoming.statusCode ?? 0;
  return new Promise((resolve, reject) => {
    let text = '';
    incoming.setEncoding('utf8');
    incoming.on('data', (chunk: string) => {
      text += chunk;
      if (text.length > mostBytes) incoming.destroy(failure('garbage', subject, undefined, 'more than 1 MiB'));
    });
    incoming.on('error', reject);
    incoming.on('end', () => {
      if (status !== 401 && status !== 403) return resolve({ status, text });
      reject(failure('unauthorized', subject, undefined, `HTTP ${status}`));
    });
  });
}

async function readLines(incoming: IncomingMessage, subject: string, onLine: OnLine): Promise<void> {
  if (incoming.statusCode !== 200) {
    const { status, text } = await readText(incoming, subject);
    throw failure('rejected', subject, undefined, `HTTP ${status}, ${text}`);
  }
  let rest = '';
  incoming.setEncoding('utf8');
  for await (const chunk of incoming as AsyncIterable<string>) {
    const parts = (rest + chunk).split('\n');
    rest = parts.pop() ?? '';
    if (rest.length > mostBytes) throw failure('garbage', subject, undefined, 'a line of more than 1 MiB');
    for (const part of parts.filter((line) => line.trim() !== '')) await onLine(parsed(part, subject));
  }
}

function parsed(line: string, subject: string): unknown {
  try {
    return JSON.parse(line);
  } catch (error) {
    throw failure('garbage', subject, error, 'a line that is not JSON');
  }
}

function notJson(status: number, text: string, subject: string, error: unknown): Error {
  // HTTP/1.0 has no length: a connection that dies halfway looks like an answer that is too short.
  if (text === '' || /end of JSON|Unterminated/i.test(messageOf(error))) return failure('closed', subject, error);
  return failure('garbage', subject, error, `HTTP ${status}, not JSON`);
}
