import type { Access } from '../engine/types.ts';
import { subjectOf } from '../probes/connection.ts';
import { withinDeadline } from '../probes/deadline.ts';
import { failure, socketFailure } from '../probes/failures.ts';
import { fieldsOf, isFields, listOf, numberOrNull, textOf, textOrNull } from '../probes/fields.ts';
import { explainPostgres, openPostgresClient } from '../probes/postgres-client.ts';
import { StackError } from '../stack/errors.ts';
import type { PatroniFacts } from './facts-types.ts';
import { askDeadlineMs } from './facts-unread.ts';

type PostgresFacts = NonNullable<PatroniFacts['postgres']>;

/**
 * PostgreSQL 12–18. `wal_status` came with 13, so a slot is read as JSON. What a slot holds is counted from the newest WAL
 * of this server: its own on a primary, what it received on a standby.
 */
const factsQuery = `
select pg_is_in_recovery() as in_recovery,
  (select json_object_agg(name, current_setting(name)) from pg_settings where name in ('data_checksums',
    'wal_log_hints', 'synchronous_commit', 'synchronous_standby_names', 'max_slot_wal_keep_size', 'max_wal_size',
    'wal_keep_size', 'fsync', 'full_page_writes', 'archive_mode', 'wal_level')) as settings,
  (select last_failed_time > coalesce(last_archived_time, '-infinity') from pg_stat_archiver) as archive_failing,
  (select coalesce(json_agg(json_build_object('name', slot_name, 'active', active,
      'walStatus', to_jsonb(slot) ->> 'wal_status', 'heldBytes', pg_wal_lsn_diff(newest, restart_lsn))), '[]')
    from pg_replication_slots as slot, (select case when pg_is_in_recovery() then pg_last_wal_receive_lsn()
      else pg_current_wal_lsn() end as newest) as wal) as slots`;

/** Asks the Postgres behind a Patroni member, over a connection of its own. @throws StackError */
export async function readPostgres(access: Access): Promise<PostgresFacts> {
  const { member, postgres } = access;
  const subject = subjectOf(`Postgres of ${member.name}`, postgres?.endpoint ?? null);
  if (!postgres?.endpoint) throw failure('unreachable', subject, undefined, 'no published port, no address');
  const client = openPostgresClient(postgres.endpoint, postgres.credentials, postgres.database);
  try {
    const asked = client.ready().then(() => client.query(factsQuery));
    const [row] = await withinDeadline(asked, askDeadlineMs, subject);
    return parsePostgresFacts(row);
  } catch (error) {
    throw error instanceof StackError ? error : (explainPostgres(error, subject) ?? socketFailure(subject, error));
  } finally {
    client.close();
  }
}

function parsePostgresFacts(row: unknown): PostgresFacts {
  const given = fieldsOf(row);
  const settings = Object.fromEntries(
    Object.entries(fieldsOf(given.settings)).map(([name, value]) => [name, textOf(value)]),
  );
  return {
    inRecovery: given.in_recovery === true,
    dataChecksums: settings.data_checksums === 'on',
    walLogHints: settings.wal_log_hints === 'on',
    archiveFailing: (settings.archive_mode ?? 'off') !== 'off' && given.archive_failing === true,
    settings,
    slots: listOf(given.slots)
      .filter(isFields)
      .map((slot) => ({
        name: textOf(slot.name),
        active: slot.active === true,
        walStatus: textOrNull(slot.walStatus),
        heldBytes: numberOrNull(slot.heldBytes),
      })),
  };
}
