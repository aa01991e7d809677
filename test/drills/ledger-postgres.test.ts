import { expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../source/drills/ledgers.ts';
import type { Ledger } from '../../source/drills/types.ts';
import { accessTo, type FakeServer, startServer } from '../probes/fake-server.ts';
import { startPostgres, type Told } from './fake-postgres.ts';

async function ledgerOf({ port }: FakeServer, most = 1): Promise<Ledger> {
  const access = [accessTo(port, 'patroni')];
  const ledger = await openLedger('patroni', { access, run: 'r1', perSecond: 50, deadlineMs: 300, most });
  onTestFinished(() => ledger.close());
  ledger.start();
  return ledger;
}

const writableQuery = "select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off' as writable";
const primary = { row: { writable: 't' } } as const;
const standby = { row: { writable: 'f' } } as const;
/** A primary that does this with an insert. */
const inserting = (told: Told | 'hangs') => startPostgres((sql) => (sql.startsWith('insert') ? told : primary));

const first = (ledger: Ledger) => ledger.attempts()[0];

test('an insert that is answered is acknowledged', async () => {
  const statements: string[] = [];
  const server = await startPostgres((sql) => {
    statements.push(sql);
    return sql.startsWith('insert') ? {} : primary;
  });
  const ledger = await ledgerOf(server, 3);
  await expect.poll(() => ledger.counts()).toMatchObject({ attempted: 3, acked: 3 });
  const inserts = statements.filter((sql) => sql !== writableQuery);
  expect(inserts).toEqual(Array(3).fill('insert into paws_top."ledger_r1" (id) values ($1)'));
});

test.each([
  [
    'a cancelled wait for the standby',
    { severity: 'WARNING', code: '01000', text: 'canceling wait for synchronous replication due to user request' },
  ],
  ['any warning', { severity: 'ADVERTENCIA', code: '01000', text: 'algo' }],
] as const)('%s makes an answered insert indeterminate', async (_, notice) => {
  const ledger = await ledgerOf(await inserting({ notice }));
  await expect.poll(() => first(ledger)).toMatchObject({ outcome: 'indeterminate', why: notice.text });
});

test('what is only told does not', async () => {
  const ledger = await ledgerOf(
    await inserting({ notice: { severity: 'LOG', code: '00000', text: 'duration: 1 ms' } }),
  );
  await expect.poll(() => first(ledger)?.outcome).toBe('acked');
});

test.each([
  ['25006', 'cannot execute INSERT in a read-only transaction', 'failed'],
  ['42P01', 'relation does not exist', 'failed'],
  ['57014', 'canceling statement due to user request', 'indeterminate'],
  ['53100', 'could not extend file', 'indeterminate'],
  ['40001', 'could not serialize access', 'indeterminate'],
] as const)('%s, %s: %s', async (code, text, outcome) => {
  const ledger = await ledgerOf(await inserting({ error: { code, text } }));
  await expect.poll(() => first(ledger)).toMatchObject({ outcome, why: `${text} (${code})` });
});

test.each<[string, Told | 'hangs']>([
  ['ends without a word', { ends: true }],
  ['is shut down', { error: { severity: 'FATAL', code: '57P01', text: 'terminating connection' }, ends: true }],
  ['hangs', 'hangs'],
])('a server that %s in the middle of an insert is indeterminate', async (_, told) => {
  const ledger = await ledgerOf(await inserting(told));
  await expect.poll(() => first(ledger)?.outcome).toBe('indeterminate');
  expect(ledger.counts()).toMatchObject({ acked: 0, failed: 0 });
});

test.each([
  ['57P03', 'the database system is starting up'],
  ['53300', 'sorry, too many clients already'],
])('a primary that refuses the connection with %s has had nothing sent to it', async (code, text) => {
  let refuses = false;
  const server = await startPostgres(
    (sql) => (sql.startsWith('insert') ? {} : primary),
    () => (refuses ? { code, text } : null),
  );
  const ledger = await ledgerOf(server, 500);
  await expect.poll(() => ledger.counts().acked).toBeGreaterThan(1);
  refuses = true;
  server.drop();
  await expect.poll(() => ledger.attempts().at(-1)).toMatchObject({ outcome: 'failed', why: `not sent: ${text}` });
});

test('a primary that takes the connection and hangs, as a paused one does, has had nothing sent to it', async () => {
  const frozen = await startServer(() => undefined);
  const ledger = await ledgerOf(frozen, 10);
  ledger.insist('patroni1');
  await expect
    .poll(() => first(ledger))
    .toMatchObject({ outcome: 'failed', viaOld: true, why: expect.stringMatching(/^not sent/) });
});

test('a standby is asked on one connection, and written to once it is promoted', async () => {
  let promoted = false;
  const server = await startPostgres((sql) => (sql.startsWith('insert') ? {} : promoted ? primary : standby));
  const ledger = await ledgerOf(server, 2);
  await expect.poll(server.open).toBe(1);
  promoted = true;
  await expect.poll(() => ledger.counts().acked).toBe(2);
  expect(server.connects()).toBeLessThanOrEqual(2); // the second is the one kept for a patient client
});
