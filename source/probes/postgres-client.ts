import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Credentials, Endpoint } from '../engine/types.ts';
import type { StackError } from '../stack/errors.ts';
import type { Connection } from './connection.ts';
import { codeOf, failure, messageOf } from './failures.ts';

export type PostgresClient = Connection & {
  /** Connects at the first call. */
  ready(): Promise<unknown>;
  /** One statement; a named one is prepared once. Rejects with pg's error, whose `code` is the SQLSTATE. */
  query<Row>(
    statement: string | { readonly name: string; readonly text: string },
    values?: readonly string[],
  ): Promise<readonly Row[]>;
  /** What the server says beside its answers, warnings and worse only. */
  onWarning(listener: (text: string) => void): void;
};

/** One connection to one Postgres; `close` destroys its socket at once. */
export function openPostgresClient({ host, port }: Endpoint, who: Credentials, database: string): PostgresClient {
  // Our own socket, because pg has no way to end a connection at once.
  const socket = new Socket();
  const client = new Client({
    host,
    port,
    user: who.username ?? 'postgres',
    // A function, so that pg never looks for a password in the environment or in ~/.pgpass.
    password: () => who.password ?? '',
    database,
    ssl: false,
    application_name: 'paws-top',
    keepAlive: true,
    // A role or database that keeps warnings to itself would turn a write that nobody confirmed into an acknowledged one.
    options: '-c client_min_messages=warning',
    stream: () => socket,
  });
  let ended = false;
  client.once('end', () => {
    ended = true;
  });
  // Between two asks nobody awaits the client; that it has ended is seen at the next.
  client.on('error', () => undefined);
  let connected: Promise<unknown> | null = null;
  return {
    ready: () => (connected ??= client.connect()),
    async query<Row>(
      statement: string | { readonly name: string; readonly text: string },
      values: readonly string[] = [],
    ) {
      const config = typeof statement === 'string' ? { text: statement } : statement;
      const { rows } = await client.query({ ...config, values: [...values] });
      return rows as Row[];
    },
    onWarning(listener) {
      client.on('notice', ({ code, message }) => {
        // By its code, since the severity is translated: what is only told comes with that of success.
        if (code !== '00000') listener(message ?? 'a warning');
      });
    },
    isDead: () => ended,
    close: () => socket.destroy(),
  };
}

/** PostgreSQL's SQLSTATE classes (appendix A of its manual), and pg's own complaints about a password. */
export function explainPostgres(error: unknown, subject: string): StackError | null {
  const code = codeOf(error);
  const text = messageOf(error);
  if (/^28/.test(code) || /SASL|password/i.test(text)) return failure('unauthorized', subject, error, text);
  if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)) return failure('rejected', subject, error, text);
  if (/terminated|not queryable|Client was closed/i.test(text)) return failure('closed', subject, error);
  return code === '' ? failure('garbage', subject, error, text) : null;
}
