import pg from 'pg';
import { log } from './log.ts';
import { type Address, nameOf, settings } from './settings.ts';

/**
 * Runs statements on the one PostgreSQL that accepts writes, wherever it is now. The hosts are asked themselves: this
 * works with and without Patroni, and a leader that is not writable yet is not taken for one.
 */

const timeouts = { connectionTimeoutMillis: 1000, query_timeout: 3000, keepAlive: true };
/** A failover takes longer than any request should wait: a second look covers a switchover, no more. */
const attempts = 3;
const pauseMs = 300;

/** The statement itself is at fault (syntax, data, constraint): another server would say the same. */
const statementFault = /^(22|23|42)/;

interface Primary {
  host: string;
  pool: pg.Pool;
}

let primary: Primary | null = null;
let search: Promise<Primary> | null = null;

function optionsFor(address: Address): pg.ClientConfig {
  const { database, user, password } = settings.postgres;
  return { ...address, database, user, password, application_name: 'paws-backend', ...timeouts };
}

async function mustBeWritable(server: pg.Client | pg.Pool): Promise<void> {
  const { rows } = await server.query<{ writable: boolean }>(
    `select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable`,
  );
  if (rows[0]?.writable !== true) throw new Error('read-only');
}

/** Resolves with the address when that server accepts writes, else rejects. */
async function askWritable(address: Address): Promise<Address> {
  const client = new pg.Client(optionsFor(address));
  client.on('error', () => {});
  try {
    await client.connect();
    await mustBeWritable(client);
    return address;
  } finally {
    void client.end().catch(() => {});
  }
}

async function find(): Promise<Primary> {
  const address = await Promise.any(settings.postgres.hosts.map(askWritable)).catch(() => {
    throw new Error(`none of ${settings.postgres.hosts.map(nameOf).join(', ')} accepts writes`);
  });
  const pool = new pg.Pool({ ...optionsFor(address), max: 4, idleTimeoutMillis: 30_000 });
  // An idle connection that breaks is replaced at the next use; without a listener it would end the process.
  pool.on('error', () => {});
  log(`postgres: writing to ${nameOf(address)}`);
  primary = { host: nameOf(address), pool };
  return primary;
}

/** One search at a time, shared by all who wait for it. */
function current(): Promise<Primary> {
  if (primary !== null) return Promise.resolve(primary);
  search ??= find().finally(() => {
    search = null;
  });
  return search;
}

function forget(lost: Primary, why: Error): void {
  if (primary !== lost) return;
  log(`postgres: lost ${lost.host}: ${why.message}`);
  primary = null;
  void lost.pool.end().catch(() => {});
}

/** Statements must bear being repeated: an attempt whose answer was lost may have taken effect. */
export async function query<Row extends pg.QueryResultRow>(text: string, values: unknown[] = []): Promise<Row[]> {
  for (let attempt = 1; ; attempt++) {
    let used: Primary | null = null;
    try {
      used = await current();
      return (await used.pool.query<Row>(text, values)).rows;
    } catch (error) {
      const failure = error instanceof Error ? error : new Error(String(error));
      if (failure instanceof pg.DatabaseError && statementFault.test(failure.code ?? '')) throw failure;
      if (used !== null) forget(used, failure);
      if (attempt === attempts) throw failure;
      await new Promise((resolve) => setTimeout(resolve, pauseMs));
    }
  }
}

/** For /health: whether a writable server answers now, without retries. */
export async function check(): Promise<{ writable: boolean; host: string | null; error?: string }> {
  let used: Primary | null = null;
  try {
    used = await current();
    await mustBeWritable(used.pool);
    return { writable: true, host: used.host };
  } catch (error) {
    const failure = error instanceof Error ? error : new Error(String(error));
    if (used !== null) forget(used, failure);
    return { writable: false, host: used?.host ?? null, error: failure.message };
  }
}

export async function close(): Promise<void> {
  await primary?.pool.end();
}
