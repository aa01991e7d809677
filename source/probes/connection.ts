import type { Endpoint } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { withinDeadline } from './deadline.ts';
import { failure, socketFailure } from './failures.ts';
import type { Probe } from './types.ts';

/**
 * Something kept between two asks. `close` destroys its sockets at once: a hung peer would never answer a goodbye.
 * `isDead`: the peer has ended it meanwhile, or it is spent, so the next ask opens another.
 */
export type Connection = { close(): void; isDead?(): boolean };

type Kept<C extends Connection, T> = {
  /** The member in messages, `etcd1 (127.0.0.1:2379)`. */
  readonly subject: string;
  readonly endpoint: Endpoint | null;
  readonly deadlineMs: number;
  /** Prepares a connection; connecting itself belongs to `ask`, so that the deadline covers it. */
  readonly open: (endpoint: Endpoint) => C;
  readonly ask: (connection: C) => Promise<T>;
  /** What the client library threw, as a StackError; null leaves it to the socket's code. */
  readonly explain?: (error: unknown) => StackError | null;
};

/** A probe over one kept connection that is dropped after any failure, so that the next ask starts clean. */
export function keepConnection<C extends Connection, T>(kept: Kept<C, T>): Probe<T> {
  const { subject, endpoint, deadlineMs } = kept;
  const closing = new AbortController();
  let connection: C | null = null;

  return {
    async ask() {
      const startedAt = performance.now();
      let used: C | null = null;
      try {
        if (closing.signal.aborted) throw new StackError('closed', `${subject} is no longer asked`);
        if (endpoint === null) throw failure('unreachable', subject, undefined, 'no published port, no address');
        if (connection?.isDead?.()) {
          connection.close();
          connection = null;
        }
        connection ??= kept.open(endpoint);
        used = connection;
        return await withinDeadline(kept.ask(used), deadlineMs, subject, closing.signal);
      } catch (error) {
        used?.close();
        if (connection === used) connection = null;
        const known = error instanceof StackError ? error : (kept.explain?.(error) ?? socketFailure(subject, error));
        throw new StackError(known.kind, known.message, {
          cause: known.cause,
          tookMs: Math.round(performance.now() - startedAt),
        });
      }
    },
    close() {
      closing.abort();
      connection?.close();
      connection = null;
    },
  };
}

/** How messages call a member: by its name, and where it was asked. */
export function subjectOf(name: string, endpoint: Endpoint | null): string {
  return endpoint === null ? name : `${name} (${endpoint.host}:${endpoint.port})`;
}
