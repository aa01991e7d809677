import type { Access, Credentials, Endpoint } from '../engine/types.ts';
import type { PostgresClaim } from '../stack/claims.ts';
import { keepConnection, subjectOf } from './connection.ts';
import { orNull } from './deadline.ts';
import { explainPostgres, openPostgresClient, type PostgresClient } from './postgres-client.ts';
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
      const [row] = await session.query<PostgresRow>(statusQuery);
      const claim = parsePostgres(row, subject);
      const now = performance.now();
      session.counted = transactionRate(session.counted, claim.transactions, now);
      if (now >= nextSizeAt) {
        const patience = Math.max(10, 0.8 * deadlineMs - (now - startedAt));
        const answer = await orNull(session.query<{ bytes: number | null }>(sizeQuery), patience);
        size = answer?.[0]?.bytes ?? size;
        nextSizeAt = performance.now() + (answer === null ? sizeAgainAfterMs : sizeEveryMs);
        session.counted = { ...session.counted, own: session.counted.own + 1 };
        // The late query would hold up the next one on this connection.
        if (answer === null) session.spent = true;
      }
      return { ...claim.value, tps: session.counted.perSecond, sizeBytes: size };
    },
    explain: (error) => explainPostgres(error, subject),
  });
}

const noPostgres = { endpoint: null, credentials: { username: null, password: null }, database: 'postgres' };

type Session = PostgresClient & { counted: ReturnType<typeof transactionRate>; spent: boolean };

function openSession(to: Endpoint, who: Credentials, database: string): Session {
  const client = openPostgresClient(to, who, database);
  return {
    ...client,
    counted: notCounted,
    spent: false,
    isDead() {
      return this.spent || (client.isDead?.() ?? false);
    },
  };
}
