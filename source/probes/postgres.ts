import { Socket } from 'node:net';
import { Client } from 'pg';
import type { Access, Credentials, Endpoint } from '../engine/types.ts';
import type { PostgresClaim } from '../stack/claims.ts';
import type { StackError } from '../stack/errors.ts';
import { type Connection, keepConnection, subjectOf } from './connection.ts';
import { orNull } from './deadline.ts';
import { codeOf, failure, messageOf } from './failures.ts';
import {
  notCounted,
  type PostgresRow,
  parsePostgres,
  sizeQuery,
  statusQuery,
  transactionRate,
} from './postgres-query.ts';
import type { Probe } from './types.ts';

const sizeEveryMs = 30_000;
/** After a size that took too long: a database with very many files. */
const sizeAgainAfterMs = 600_000;

/**
 * Asks the Postgres behind a Patroni member, one prepared query each time, and every 30 s for the size of its databases.
 * The deadline is ours: a server-side timeout would cancel, and the connection is destroyed anyhow.
 */
export function openPostgresProbe(access: Access, deadlineMs: number): Probe<PostgresClaim> {
  const { endpoint, credentials, database } = access.postgres ?? noPostgres;
  const subject = subjectOf(`Postgres of ${access.member.name}`, endpoint);
  let size: number | null = null;
  let nextSizeAt = 0;

  return keepConnection({
    subject,
    endpoint,
    deadlineMs,
    open: (to) => openSession(to, credentials, database),
    async ask(session) {
      const startedAt = performance.now();
      await session.ready();
      const { rows } = await session.client.query<PostgresRow>(statusQuery);
      const claim = parsePostgres(rows[0], subject);
      const now = performance.now();
      session.counted = transactionRate(session.counted, claim.transactions, now);
      if (now >= nextSizeAt) {
        const patience = Math.max(10, 0.8 * deadlineMs - (now - startedAt));
        const answer = await orNull(session.client.query<{ bytes: number | null }>(sizeQuery), patience);
        size = answer?.rows[0]?.bytes ?? size;
        nextSizeAt = performance.now() + (answer === null ? sizeAgainAfterMs : sizeEveryMs);
        session.counted = { ...session.counted, own: session.counted.own + 1 };
        // The late query would hold up the next one on this connection.
        if (answer === null) session.spent = true;
      }
      return { ...claim.value, tps: session.counted.perSecond, sizeBytes: size };
    },
    explain: (error) => explain(error, subject),
  });
}

const noPostgres = { endpoint: null, credentials: { username: null, password: null }, database: 'postgres' };

type Session = Connection & {
  readonly client: Client;
  ready(): Promise<unknown>;
  counted: ReturnType<typeof transactionRate>;
  spent: boolean;
};

function openSession({ host, port }: Endpoint, who: Credentials, database: string): Session {
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
    client,
    ready: () => (connected ??= client.connect()),
    counted: notCounted,
    spent: false,
    isDead() {
      return this.spent || ended;
    },
    close: () => socket.destroy(),
  };
}

/** PostgreSQL's SQLSTATE classes (appendix A of its manual), and pg's own complaints about a password. */
function explain(error: unknown, subject: string): StackError | null {
  const code = codeOf(error);
  const text = messageOf(error);
  if (/^28/.test(code) || /SASL|password/i.test(text)) return failure('unauthorized', subject, error, text);
  if (/^[0-9A-Z]{5}$/.test(code) && /\d/.test(code)) return failure('rejected', subject, error, text);
  if (/terminated|not queryable|Client was closed/i.test(text)) return failure('closed', subject, error);
  return code === '' ? failure('garbage', subject, error, text) : null;
}
