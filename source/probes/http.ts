import { Agent, type ClientRequest, type IncomingMessage, request } from 'node:http';
import { Agent as TlsAgent, request as tlsRequest } from 'node:https';
import type { Endpoint } from '../engine/types.ts';
import { failure, messageOf } from './failures.ts';

export type JsonAnswer = { readonly status: number; readonly body: unknown };

export type JsonClient = {
  /**
   * GETs a JSON document, whatever its status. Rejects with a StackError or the socket's error. When `signal` fires the
   * socket is destroyed, so that neither side holds on to it.
   */
  get(path: string, signal?: AbortSignal): Promise<JsonAnswer>;
  /** The same, with a JSON document sent. */
  post(path: string, body: unknown, signal?: AbortSignal): Promise<JsonAnswer>;
  /** Destroys every socket, busy ones included. */
  close(): void;
};

const mostBytes = 1024 * 1024;

/**
 * HTTP to one member on kept sockets, as far as the server keeps them (Patroni speaks HTTP/1.0 and ends each).
 * Certificates are not verified: a development stack signs its own, and nothing secret is sent.
 */
export function openJsonClient(endpoint: Endpoint, tls: boolean, subject: string): JsonClient {
  const agent = tls
    ? new TlsAgent({ keepAlive: true, maxSockets: 4, rejectUnauthorized: false })
    : new Agent({ keepAlive: true, maxSockets: 4 });
  const send = tls ? tlsRequest : request;
  const running = new Set<ClientRequest>();

  const ask = (method: 'GET' | 'POST', path: string, text: string, signal?: AbortSignal): Promise<JsonAnswer> =>
    new Promise((resolve, reject) => {
      const { host, port } = endpoint;
      const options = { method, host, port, path, agent, headers, ...(signal === undefined ? {} : { signal }) };
      const outgoing = send(options, (incoming) => {
        readJson(incoming, subject).then(resolve, reject);
      });
      running.add(outgoing);
      outgoing.once('close', () => running.delete(outgoing));
      outgoing.on('error', (error) =>
        reject(isParseError(error) ? failure('garbage', subject, error, 'not HTTP') : error),
      );
      outgoing.end(text);
    });

  return {
    get: (path, signal) => ask('GET', path, '', signal),
    post: (path, body, signal) => ask('POST', path, JSON.stringify(body), signal),
    close() {
      for (const outgoing of running) outgoing.destroy();
      agent.destroy();
    },
  };
}

const headers = { accept: 'application/json', 'user-agent': 'paws-top' };

const isParseError = (error: Error): boolean => 'code' in error && String(error.code).startsWith('HPE_');

function readJson(incoming: IncomingMessage, subject: string): Promise<JsonAnswer> {
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
      if (status === 401 || status === 403)
        return reject(failure('unauthorized', subject, undefined, `HTTP ${status}`));
      if (status === 404) return resolve({ status, body: null }); // whatever page says so
      try {
        resolve({ status, body: JSON.parse(text) });
      } catch (error) {
        reject(notJson(status, text, subject, error));
      }
    });
  });
}

function notJson(status: number, text: string, subject: string, error: unknown): Error {
  // HTTP/1.0 has no length: a connection that dies halfway looks like an answer that is too short.
  if (text === '' || /end of JSON|Unterminated/i.test(messageOf(error))) return failure('closed', subject, error);
  return failure('garbage', subject, error, `HTTP ${status}, not JSON`);
}
