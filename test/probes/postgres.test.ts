import { expect, test } from 'vitest';
import { openPostgresProbe } from '../../source/probes/postgres.ts';
import { notCounted, type PostgresRow, parsePostgres, transactionRate } from '../../source/probes/postgres-query.ts';
import { accessTo, startServer } from './fake-server.ts';
import { fixture } from './fixture.ts';

const read = (situation: string) => fixture<PostgresRow>('postgres', situation);

test('a primary tells of its streams and how far behind each is', () => {
  const { value } = parsePostgres(read('primary'));
  expect(value).toMatchObject({ inRecovery: false, readOnly: false, version: '15.18', maxConnections: 50, tps: null });
  expect(value.synchronousStandbyNames).toMatch(/patroni\d/);
  expect(value.synchronousCommit).toBe('on');
  expect(value.connections).toBeGreaterThan(0);
  expect(value.waitingForSync).toBe(0);
  expect(value.replication.map((stream) => stream.syncState).sort()).toEqual(['async', 'sync']);
  for (const stream of value.replication) {
    expect(stream.name).toMatch(/^patroni\d$/);
    expect(stream.address).toMatch(/^172\.28\.2\.\d$/);
    expect(stream.sentLagBytes).toBeGreaterThanOrEqual(0);
    expect(stream.replayLagBytes).toBeGreaterThanOrEqual(0);
  }
});

test('a standby is in recovery and read-only', () => {
  const { value } = parsePostgres(read('standby'));
  expect(value).toMatchObject({ inRecovery: true, readOnly: true, replication: [] });
});

test('lag that nobody may see is null, and never below zero', () => {
  const replication = [
    { name: 'a', address: null, state: null, syncState: null, sentLagBytes: null, replayLagBytes: null },
    { name: 'b', address: '10.0.0.2', state: 'streaming', syncState: 'async', sentLagBytes: -8, replayLagBytes: 4096 },
  ];
  expect(parsePostgres({ ...read('primary'), replication }).value.replication).toEqual([
    { name: 'a', address: null, state: '', syncState: '', sentLagBytes: null, replayLagBytes: null },
    { name: 'b', address: '10.0.0.2', state: 'streaming', syncState: 'async', sentLagBytes: 0, replayLagBytes: 4096 },
  ]);
});

test.each([undefined, {}, { in_recovery: 'f' }])('%j is not our row', (row) => {
  expect(() => parsePostgres(row, 'Postgres of patroni1')).toThrow(/^Postgres of patroni1 answered something/);
});

test('the first count gives no rate', () => {
  expect(transactionRate(notCounted, 5000, 0).perSecond).toBeNull();
});

test('an idle database shows 0, though Postgres counts our own queries late and in lumps', () => {
  let counted = transactionRate(notCounted, 5000, 0);
  const rates = [5000, 5002, 5002, 5002, 5005, 5006].map((transactions, index) => {
    counted = transactionRate(counted, transactions, (index + 1) * 1000);
    return counted.perSecond;
  });
  expect(rates).toEqual([0, 0, 0, 0, 0, 0]);
});

test('the rate is per second of the time between', () => {
  const counted = transactionRate(notCounted, 1000, 0);
  expect(transactionRate(counted, 1302, 1500).perSecond).toBe(200);
});

test('asked again too soon for the statistics to have moved, the rate stays as it was, null at first', () => {
  const first = transactionRate(notCounted, 1000, 0);
  const soon = transactionRate(first, 1000, 250);
  expect(soon.perSecond).toBeNull();
  // Three queries of ours among 103, over the whole second.
  const second = transactionRate(soon, 1103, 1000);
  expect(second.perSecond).toBe(100);
  expect(transactionRate(second, 1103, 1300).perSecond).toBe(100);
});

test('after a reset of the statistics there is no rate once, then there is', () => {
  const counted = transactionRate(notCounted, 1000, 0);
  const reset = transactionRate(counted, 3, 1000);
  expect(reset.perSecond).toBeNull();
  expect(transactionRate(reset, 15, 2000).perSecond).toBe(10);
});

/** Answers the start of a session with an error, as the server itself does. */
const refuse = async (code: string, text: string) => {
  const fields = Buffer.from(`SFATAL\0VFATAL\0C${code}\0M${text}\0\0`);
  const length = Buffer.alloc(4);
  length.writeInt32BE(fields.length + 4);
  return startServer((socket) => {
    socket.once('data', () => socket.end(Buffer.concat([Buffer.from('E'), length, fields])));
  });
};

test.each([
  ['28P01', 'password authentication failed for user "postgres"', 'unauthorized'],
  ['28000', 'no pg_hba.conf entry for host', 'unauthorized'],
  ['57P03', 'the database system is starting up', 'rejected'],
  ['53300', 'sorry, too many clients already', 'rejected'],
  ['3D000', 'database "nothing" does not exist', 'rejected'],
] as const)('SQLSTATE %s, %s, is %s', async (code, text, kind) => {
  const server = await refuse(code, text);
  const probe = openPostgresProbe(accessTo(server.port, 'patroni'), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind, message: expect.stringContaining(text) });
  probe.close();
});
