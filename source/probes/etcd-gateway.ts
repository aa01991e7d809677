import type { Access } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { subjectOf } from './connection.ts';
import { failure } from './failures.ts';
import { type Fields, fieldsOf, textOf } from './fields.ts';
import { type JsonAnswer, openJsonClient } from './http.ts';

export type EtcdGateway = {
  readonly subject: string;
  /** One call, `/v3/kv/range` and the like, within the deadline. @throws StackError with etcd's own words */
  call(path: string, body: unknown, deadlineMs: number): Promise<Fields>;
  /**
   * Watches keys and hands over each message, `{ header, events? }`; `created` among them. Resolves when etcd ends it.
   * @throws StackError, or the socket's error
   */
  watch(request: EtcdRange & { readonly start_revision?: string }, onMessage: (result: Fields) => void): Promise<void>;
  /** The member's whole database, piece by piece, 32 bytes of SHA-256 at its end. @throws StackError, or the socket's error */
  snapshot(onBytes: (bytes: Buffer) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): void;
};

/** Keys from `key` to before `range_end`, in base64; without it that key alone. */
export type EtcdRange = { readonly key: string; readonly range_end?: string };

/**
 * etcd's JSON gateway at one member, also with TLS and with credentials (etcd-io/website, dev-guide/api_grpc_gateway):
 * the token is had at the first call, and lasts 5 minutes unless it is used.
 */
export function openEtcdGateway(access: Access): EtcdGateway {
  const { credentials, endpoint, tls } = access;
  const subject = subjectOf(access.member.name, endpoint);
  if (endpoint === null) throw failure('unreachable', subject, undefined, 'no published port, no address');
  let token: Promise<string | null> | null = null;
  let known: string | null = null;
  const closing = new AbortController();
  const client = openJsonClient(endpoint, tls, subject, () => known);

  async function post(path: string, body: unknown, deadlineMs: number): Promise<JsonAnswer> {
    const expired = AbortSignal.timeout(Math.ceil(deadlineMs));
    try {
      return await client.post(path, body, AbortSignal.any([expired, closing.signal]));
    } catch (error) {
      if (!expired.aborted) throw error;
      throw new StackError('timeout', `${subject} did not answer within ${deadlineMs} ms`, { cause: error });
    }
  }

  /** Null where etcd wants none. */
  async function authenticate(deadlineMs: number): Promise<string | null> {
    const { username, password } = credentials;
    if (username === null || password === null) return null;
    const { status, body } = await post('/v3/auth/authenticate', { name: username, password }, deadlineMs);
    if (status === 200) return textOf(fieldsOf(body).token);
    if (/not enabled/.test(textOf(fieldsOf(body).error))) return null;
    throw failure('unauthorized', subject);
  }

  async function introduce(deadlineMs: number): Promise<void> {
    token ??= authenticate(deadlineMs);
    try {
      known = await token;
    } catch (error) {
      token = null;
      throw error;
    }
  }

  /** With a token that is new after one was not taken. */
  async function introduced<T>(deadlineMs: number, ask: () => Promise<T>): Promise<T> {
    await introduce(deadlineMs);
    try {
      return await ask();
    } catch (error) {
      if (error instanceof StackError && (error.kind === 'unauthorized' || /token/.test(error.message))) token = null;
      throw error;
    }
  }

  return {
    subject,
    call: (path, body, deadlineMs) =>
      introduced(deadlineMs, async () => {
        const answer = await post(path, body, deadlineMs);
        if (answer.status === 404) throw new StackError('rejected', `${subject} has no JSON gateway`);
        const fields = fieldsOf(answer.body);
        if (answer.status === 200) return fields;
        throw failure('rejected', subject, undefined, textOf(fields.error) || textOf(fields.message));
      }),
    watch: (request, onMessage) =>
      introduced(2_000, () => {
        const hand = (line: unknown) => onMessage(fieldsOf(fieldsOf(line).result));
        return client.stream('/v3/watch', { create_request: request }, hand, closing.signal);
      }),
    snapshot: (onBytes, signal) =>
      introduced(2_000, () => {
        const hand = async (line: unknown) => {
          const { result, error } = fieldsOf(line);
          if (error !== undefined) throw failure('rejected', subject, undefined, textOf(fieldsOf(error).message));
          await onBytes(Buffer.from(textOf(fieldsOf(result).blob), 'base64'));
        };
        return client.stream('/v3/maintenance/snapshot', {}, hand, AbortSignal.any([signal, closing.signal]));
      }),
    close() {
      closing.abort();
      client.close();
    },
  };
}

export const base64 = (text: string): string => Buffer.from(text).toString('base64');
export const fromBase64 = (value: unknown): string => Buffer.from(textOf(value), 'base64').toString();

/** Every key that begins with this one. */
export function withPrefix(prefix: string): EtcdRange {
  const end = Buffer.from(prefix);
  end[end.length - 1] = (end.at(-1) ?? 0) + 1;
  return { key: base64(prefix), range_end: end.toString('base64') };
}
