import type { PostgresClaim } from '../stack/claims.ts';
import { failure } from './failures.ts';
import { fieldsOf, isFields, listOf, numberOrNull, textOf, textOrNull } from './fields.ts';

/** The row as pg gives it: float8 and int4 are numbers, json is parsed. */
export type PostgresRow = {
  readonly in_recovery: boolean;
  readonly read_only: boolean;
  readonly version: string;
  readonly transactions: number;
  readonly connections: number;
  readonly max_connections: number;
  readonly waiting_for_sync: number;
  readonly synchronous_standby_names: string;
  readonly synchronous_commit: string;
  readonly replication: unknown;
};

/** PostgreSQL 12–18. Lag is against the newest WAL of this server: its own on a primary, what it received on a standby. */
export const statusQuery = {
  name: 'paws-top-status',
  text: `
select pg_is_in_recovery() as in_recovery,
  current_setting('transaction_read_only') = 'on' as read_only,
  current_setting('server_version') as version,
  (select sum(xact_commit + xact_rollback)::float8 from pg_stat_database) as transactions,
  activity.connections, activity.waiting_for_sync,
  current_setting('max_connections')::int as max_connections,
  current_setting('synchronous_standby_names') as synchronous_standby_names,
  current_setting('synchronous_commit') as synchronous_commit,
  (select coalesce(json_agg(json_build_object(
      'name', application_name, 'address', host(client_addr), 'state', state, 'syncState', sync_state,
      'sentLagBytes', pg_wal_lsn_diff(newest, sent_lsn), 'replayLagBytes', pg_wal_lsn_diff(newest, replay_lsn))), '[]')
    from pg_stat_replication, (select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
      else pg_current_wal_lsn() end as newest) as wal) as replication
from (select count(*) filter (where backend_type = 'client backend')::int as connections,
    count(*) filter (where backend_type = 'client backend' and wait_event = 'SyncRep')::int as waiting_for_sync
  from pg_stat_activity) as activity`,
};

export const sizeQuery = 'select sum(pg_database_size(oid))::float8 as bytes from pg_database where datallowconn';

/** Everything but what needs a second answer: the rate and the size. */
export function parsePostgres(
  row: unknown,
  subject = 'Postgres',
): { readonly transactions: number; readonly value: PostgresClaim } {
  const given = fieldsOf(row);
  const transactions = numberOrNull(given.transactions);
  if (typeof given.in_recovery !== 'boolean' || transactions === null) {
    throw failure('garbage', subject, undefined, 'an answer without the columns asked for');
  }
  return {
    transactions,
    value: {
      inRecovery: given.in_recovery,
      readOnly: given.read_only === true,
      version: textOf(given.version).split(' ', 1)[0] ?? '',
      tps: null,
      connections: numberOrNull(given.connections) ?? 0,
      maxConnections: numberOrNull(given.max_connections) ?? 0,
      waitingForSync: numberOrNull(given.waiting_for_sync) ?? 0,
      sizeBytes: null,
      synchronousStandbyNames: textOf(given.synchronous_standby_names),
      synchronousCommit: textOf(given.synchronous_commit),
      replication: listOf(given.replication)
        .filter(isFields)
        .map((stream) => ({
          name: textOf(stream.name),
          address: textOrNull(stream.address),
          state: textOf(stream.state),
          syncState: textOf(stream.syncState),
          sentLagBytes: atLeastZero(stream.sentLagBytes),
          replayLagBytes: atLeastZero(stream.replayLagBytes),
        })),
    },
  };
}

/** A standby may have acknowledged more than the position read a moment before. */
function atLeastZero(value: unknown): number | null {
  const number = numberOrNull(value);
  return number === null ? null : Math.max(0, number);
}

type Counted = { at: number | null; transactions: number; own: number; perSecond: number | null };

/** Before the first answer. */
export const notCounted: Counted = { at: null, transactions: 0, own: 0, perSecond: null };

/** Postgres adds a session's transactions to its statistics about once a second: over less than that a rate is chance. */
const countEveryMs = 900;

/**
 * Transactions a second since they were last counted, at least 0.9 s ago; until then the rate before. Null on the first,
 * and when the counters went back (statistics reset). `own` counts our queries that the statistics do not show yet: they
 * come late and in lumps, so each lump is first set against what we asked, and an idle database shows 0.
 */
export function transactionRate(before: Counted, transactions: number, now: number): Counted {
  const own = before.own + 1;
  if (before.at === null || transactions < before.transactions) {
    return { at: now, transactions, own: 1, perSecond: null };
  }
  if (now - before.at < countEveryMs) return { ...before, own };
  const seen = transactions - before.transactions;
  const ours = Math.min(seen, own);
  return { at: now, transactions, own: own - ours, perSecond: ((seen - ours) * 1000) / (now - before.at) };
}
