import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { codeOf, failure, messageOf, socketFailure } from '../probes/failures.ts';
import { explainPostgres, openPostgresClient, type PostgresClient } from '../probes/postgres-client.ts';
import { StackError } from '../stack/errors.ts';
import { type Answer, choreDeadlineMs, type LedgerStore, type Line, readDeadlineMs, wayTo } from './ledger-store.ts';

/** `begin` in recovery, or read-only by the configuration: both refuse a write. */
const writableQuery = {
  name: 'writable',
  text: "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable",
};

/** One table per run in a schema of our own; a table that is logged, since the log is what is at stake. */
export function openPostgresStore(access: readonly Access[], run: string): LedgerStore {
  const table = `paws_top."ledger_${run}"`;
  const insert = { name: 'insert', text: `insert into ${table} (id) values ($1)` };

  const onPrimary = async <T>(
    way: Access,
    work: (client: PostgresClient) => Promise<T>,
    deadlineMs = choreDeadlineMs,
  ): Promise<T | null> => {
    const subject = subjectOf(`Postgres of ${way.member.name}`, way.postgres?.endpoint ?? null);
    const client = openClient(way);
    try {
      const asked = isWritable(client).then((writable) => (writable ? work(client) : null));
      return await withinDeadline(asked, deadlineMs, subject);
    } catch (error) {
      throw error instanceof StackError ? error : (explainPostgres(error, subject) ?? socketFailure(subject, error));
    } finally {
      client.close();
    }
  };
  /** On the first member that is writable, in their order. */
  const onAnyPrimary = async <T>(work: (client: PostgresClient) => Promise<T>): Promise<T> => {
    let last: unknown = null;
    for (const way of access) {
      try {
        const result = await onPrimary(way, async (client) => ({ value: await work(client) }));
        if (result !== null) return result.value;
      } catch (error) {
        last = error;
      }
    }
    throw last ?? new StackError('rejected', 'No Postgres is writable');
  };

  return {
    system: 'patroni',
    spread: false,
    // One that waits for a standby does not notice that we have gone; our stack allows 50 connections.
    mostHung: 30,
    connect: (member) => openLine(wayTo(access, member), insert),
    prepare: () =>
      onAnyPrimary(async (client) => {
        await client.query('create schema if not exists paws_top');
        await client.query(`create table ${table} (id text primary key)`);
      }),
    async read(member) {
      const ids = await onPrimary(wayTo(access, member), (client) => readIds(client, table), readDeadlineMs);
      if (ids === null) throw failure('rejected', `Postgres of ${member}`, undefined, 'it is not writable');
      return ids;
    },
    durability: () => onAnyPrimary(durabilityOf),
    clean: () =>
      onAnyPrimary(async (client) => {
        // A write that still waits for a standby holds the table.
        await client.query("set lock_timeout = '3s'");
        await client.query(`drop table if exists ${table}`);
        await client.query('drop schema if exists paws_top restrict').catch((error: unknown) => {
          if (codeOf(error) !== dependentObjects) throw error; // another run's table
        });
      }),
  };
}

const dependentObjects = '2BP01';
const undefinedTable = '42P01';

function openClient({ member, postgres }: Access): PostgresClient {
  if (postgres?.endpoint) return openPostgresClient(postgres.endpoint, postgres.credentials, postgres.database);
  throw failure('unreachable', `Postgres of ${member.name}`, undefined, 'no published port, no address');
}

async function isWritable(client: PostgresClient): Promise<boolean> {
  await client.ready();
  const [row] = await client.query<{ writable: boolean }>(writableQuery);
  return row?.writable === true;
}

/**
 * Locking the rows needs a transaction of its own, so the read ends only when what it saw is as durable as a write is. A
 * table that is not there has been lost with all its rows.
 */
async function readIds(client: PostgresClient, table: string): Promise<ReadonlySet<string>> {
  const warnings: string[] = [];
  client.onWarning((text) => warnings.push(text));
  await client.query('begin');
  const [row] = await client.query<{ recovery: boolean; found: boolean }>(
    'select pg_is_in_recovery() as recovery, to_regclass($1) is not null as found',
    [table],
  );
  if (row?.recovery !== false) throw new StackError('rejected', 'the member that was read from is in recovery');
  const ids = row.found ? await client.query<{ id: string }>(`select id from ${table} for update`) : [];
  await client.query('commit');
  const [warning] = warnings;
  if (warning !== undefined) throw new StackError('rejected', `the final read was not confirmed: ${warning}`);
  return new Set(ids.map(({ id }) => id));
}

type Settings = { readonly commit: string; readonly standbys: string; readonly fsync: string };

async function durabilityOf(client: PostgresClient): Promise<string> {
  const [row] = await client.query<Settings>(
    `select current_setting('synchronous_commit') as commit, current_setting('synchronous_standby_names') as standbys,
      current_setting('fsync') as fsync`,
  );
  const { commit, standbys, fsync } = row ?? { commit: 'unknown', standbys: '', fsync: 'on' };
  const waits = standbys !== '' && !['off', 'local'].includes(commit);
  const said = waits
    ? `synchronous: ${commit}, ${standbys}`
    : `asynchronous: the last commits may be lost${commit === 'off' ? '; synchronous_commit off' : ''}`;
  return fsync === 'on' ? said : `${said}; fsync ${fsync}`;
}

function openLine(way: Access, insert: { readonly name: string; readonly text: string }): Line {
  const client = openClient(way);
  let warned: string | null = null;
  client.onWarning((text) => {
    warned = text;
  });
  return {
    check: () => isWritable(client),
    async write(id) {
      warned = null;
      try {
        await client.query(insert, [id]);
      } catch (error) {
        return classify(error);
      }
      // `canceling wait for synchronous replication`: committed here alone, and answered as if it were on the standby.
      return warned === null ? { outcome: 'acked' } : { outcome: 'indeterminate', why: warned };
    },
    isDead: () => client.isDead?.() ?? false,
    close: () => client.close(),
  };
}

/** By SQLSTATE; what is not proven to have had no effect may have had it. */
function classify(error: unknown): Answer {
  const code = codeOf(error);
  const text = messageOf(error);
  const why = code === '' ? text : `${text} (${code})`;
  if (code === readOnlyTransaction) return { outcome: 'failed', why, readOnly: true };
  if (code === undefinedTable) return { outcome: 'failed', why, readOnly: false };
  // pg's own words for a statement that it did not send, because the connection is gone.
  if (/is not queryable$/.test(text)) return { outcome: 'failed', why: `not sent: ${text}`, readOnly: false };
  return { outcome: 'indeterminate', why };
}

const readOnlyTransaction = '25006';
