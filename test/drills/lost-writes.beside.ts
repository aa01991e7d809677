import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { openLedger } from '../../source/drills/ledgers.ts';
import { tally } from '../../source/drills/tally.ts';
import type { Attempt, Ledger, Measured } from '../../source/drills/types.ts';
import type { Access } from '../../source/engine/types.ts';
import { ensureImages, eventually } from '../helpers/stack.ts';
import { type ThrowAway, throwAwayPostgres, throwAwayRedis } from './throw-away-server.ts';

beforeAll(ensureImages);

type Way = { readonly system?: Measured; readonly deadlineMs: number };

async function writing(
  access: readonly Access[],
  run: string,
  { system = 'patroni', deadlineMs }: Way,
): Promise<Ledger> {
  const ledger = await openLedger(system, { access, run, perSecond: 20, deadlineMs, most: 5000 });
  onTestFinished(() => ledger.close());
  await ledger.open();
  ledger.start();
  await acksOn(ledger, ledger.counts().acked + 10);
  return ledger;
}

const acksOn = (ledger: Ledger, count: number) =>
  eventually(() => (ledger.counts().acked >= count ? true : null), 20_000);
const idsOf = (attempts: readonly Attempt[]) => attempts.map(({ id }) => id).sort();

describe('a commit that waits for a standby that never confirms', () => {
  let postgres: ThrowAway;
  beforeAll(async () => {
    postgres = await throwAwayPostgres('alone');
  });
  const waitFor = async (standbys: string) => {
    await postgres.ask(`alter system set synchronous_standby_names = '${standbys}'`);
    await postgres.ask('select pg_reload_conf()');
  };
  const waiting = "from pg_stat_activity where wait_event = 'SyncRep' and query like 'insert into%'";
  const oneWaits = () =>
    eventually(async () => ((await postgres.ask(`select count(*) ${waiting}`)) === '1' ? true : null), 10_000);

  test('psql takes it for done when the wait is cancelled', async () => {
    await postgres.ask('create table plain (id text)');
    await waitFor('ghost');
    onTestFinished(() => waitFor(''));
    const answer = postgres.ask("insert into plain values ('a')");
    await oneWaits();
    await postgres.ask(`select pg_cancel_backend(pid) ${waiting}`);
    expect(await answer).toMatch(/^WARNING: {2}canceling wait for synchronous replication[\s\S]*\nINSERT 0 1$/);
  });

  test.each([
    ['cancelled', 'pg_cancel_backend', /canceling wait for synchronous replication/],
    ['ended with its session', 'pg_terminate_backend', /terminat/],
  ])('is indeterminate when the wait is %s, and not acknowledged', async (_, call, why) => {
    const ledger = await writing([postgres.access], call.replaceAll('_', ''), { deadlineMs: 8000 });
    const from = ledger.attempts()[0]?.sentAt ?? 0;
    await waitFor('ghost');
    onTestFinished(() => waitFor(''));
    await oneWaits();
    const hung = await eventually(() => ledger.attempts().find(({ outcome }) => outcome === null) ?? null, 1000);
    await postgres.ask(`select ${call}(pid) ${waiting}`);
    await eventually(() => hung.outcome, 2000);
    expect(hung).toMatchObject({ outcome: 'indeterminate', why: expect.stringMatching(why) });
    expect(ledger.counts()).toMatchObject({ indeterminate: 1, failed: 0 });

    // No standby ever confirmed it; Postgres has it here all the same.
    await oneWaits();
    await waitFor('');
    await acksOn(ledger, ledger.counts().acked + 5);
    await ledger.stop();
    const read = await ledger.read('alone');
    const { writes } = tally({ attempts: ledger.attempts(), read, injectedAt: null, from, to: performance.now() });
    expect(read.has(hung.id)).toBe(true);
    expect(writes).toMatchObject({ indeterminate: 1, recovered: 1, lost: 0, unexpected: 0 });
    await ledger.clean();
    expect(await postgres.ask("select count(*) from pg_namespace where nspname = 'paws_top'")).toBe('0');
  });

  test('is indeterminate at our own deadline, which cancels nothing', async () => {
    const ledger = await writing([postgres.access], 'deadline', { deadlineMs: 500 });
    await waitFor('ghost');
    onTestFinished(() => waitFor(''));
    await eventually(() => (ledger.counts().indeterminate >= 2 ? true : null), 10_000);
    // What was given up still waits: no standby confirmed it, and nobody was told otherwise.
    expect(Number(await postgres.ask(`select count(*) ${waiting}`))).toBeGreaterThanOrEqual(2);
    expect(ledger.counts().failed).toBe(0);
    await waitFor('');
    await ledger.stop();
    await ledger.clean();
  });

  test('is what the durability tells of', async () => {
    const ledger = await openLedger('patroni', {
      access: [postgres.access],
      run: 'x',
      perSecond: 1,
      deadlineMs: 1,
      most: 1,
    });
    expect(await ledger.durability()).toBe('asynchronous: the last commits may be lost');
    await waitFor('ghost');
    onTestFinished(() => waitFor(''));
    await eventually(async () => ((await ledger.durability()) === 'synchronous: on, ghost' ? true : null), 5000);
  });
});

test('without synchronous replication, what was acknowledged after replication was cut is lost, id by id', async () => {
  const old = await throwAwayPostgres('pg1');
  const standby = await throwAwayPostgres('pg2', old);
  await eventually(
    async () => ((await old.ask('select count(*) from pg_stat_replication')) === '1' ? true : null),
    20_000,
  );
  const ledger = await writing([old.access, standby.access], 'cut', { deadlineMs: 1000 });
  const from = ledger.attempts()[0]?.sentAt ?? 0;

  await standby.ask("alter system set primary_conninfo = ''");
  await standby.ask('select pg_reload_conf()');
  await eventually(
    async () => ((await old.ask('select count(*) from pg_stat_replication')) === '0' ? true : null),
    10_000,
  );
  const cutAt = performance.now();
  const survived = new Set((await standby.ask('select id from paws_top.ledger_cut')).split('\n'));
  await acksOn(ledger, ledger.counts().acked + 30);

  const injectedAt = performance.now();
  await old.kill();
  await standby.ask('select pg_promote()');
  await eventually(
    () => ledger.attempts().find(({ member, outcome }) => member === 'pg2' && outcome === 'acked') ?? null,
    20_000,
  );
  await ledger.stop();
  const to = performance.now();
  const read = await ledger.read('pg2');
  const told = tally({ attempts: ledger.attempts(), read, injectedAt, from, to });

  const ackedByOld = ledger.attempts().filter(({ member, outcome }) => member === 'pg1' && outcome === 'acked');
  expect(survived.size).toBeGreaterThanOrEqual(10);
  expect(told.lost.map(({ id }) => id).sort()).toEqual(idsOf(ackedByOld.filter(({ id }) => !survived.has(id))));
  const lost = new Set(told.lost.map(({ id }) => id));
  const afterCut = ackedByOld.filter(({ sentAt }) => sentAt >= cutAt);
  expect(afterCut.length).toBeGreaterThanOrEqual(25);
  expect(afterCut.every(({ id }) => lost.has(id))).toBe(true);
  expect(told.writes).toMatchObject({ lost: told.lost.length, unexpected: 0 });
  expect(told.lost.every(({ member, ackedAt }) => member === 'pg1' && ackedAt <= to)).toBe(true);
  // The outage began with the cut, not with the kill: what was acknowledged in between did not last.
  expect(told.outageMs).toBeGreaterThan(injectedAt - cutAt);
});

test('a paused primary acknowledges to a patient client when it goes on, and to no other', async () => {
  const postgres = await throwAwayPostgres('frozen');
  const ledger = await writing([postgres.access], 'frozen', { deadlineMs: 400 });
  const from = ledger.attempts()[0]?.sentAt ?? 0;
  ledger.insist('frozen');
  const acked = ledger.counts().acked;
  await acksOn(ledger, acked + 5);
  await postgres.pause();
  onTestFinished(() => postgres.unpause().catch(() => undefined)); // when it did not come so far
  const pausedAt = performance.now();
  await eventually(() => (ledger.counts().failed >= 3 ? true : null), 10_000);
  const [patient, ...others] = ledger
    .attempts()
    .filter(({ outcome, sentAt }) => outcome === null && sentAt < pausedAt + 400);
  expect(others).toEqual([]);
  // One was sent over the usual connection; what came after could not even connect.
  expect(ledger.counts().indeterminate).toBe(1);
  await postgres.unpause();
  const zombie = await eventually(() => (patient?.outcome === null ? null : (patient ?? null)), 5000);
  expect(zombie).toMatchObject({ outcome: 'acked', viaOld: true });
  expect((zombie.endedAt ?? 0) - zombie.sentAt).toBeGreaterThan(1000);

  await acksOn(ledger, ledger.counts().acked + 5);
  await ledger.stop();
  const read = await ledger.read('frozen');
  const told = tally({ attempts: ledger.attempts(), read, injectedAt: pausedAt, from, to: performance.now() });
  expect(told.writes).toMatchObject({ lost: 0, unexpected: 0, indeterminate: 1 });
  expect(told.writes.viaOldPrimary.attempted).toBeGreaterThan(5);
  expect(told.writes.viaOldPrimary.failed).toBeGreaterThanOrEqual(3);
  expect(told.outageMs).toBeGreaterThan(1000);
});

test('two masters: what the old one acknowledges beside the new one is lost, id by id', async () => {
  const old = await throwAwayRedis('redis1');
  const replica = await throwAwayRedis('redis2', old);
  await eventually(
    async () => (/master_link_status:up/.test(await replica.ask('info', 'replication')) ? true : null),
    20_000,
  );
  const ledger = await writing([old.access, replica.access], 'two', { system: 'redis', deadlineMs: 1000 });
  const from = ledger.attempts()[0]?.sentAt ?? 0;
  ledger.insist('redis1');

  const injectedAt = performance.now();
  await replica.ask('replicaof', 'no', 'one');
  await acksOn(ledger, ledger.counts().acked + 60);
  const byOld = new Set((await old.ask('smembers', 'paws-top:ledger:two')).split('\n'));
  const byNew = new Set((await replica.ask('smembers', 'paws-top:ledger:two')).split('\n'));
  await old.ask('replicaof', replica.address, '6379');
  await eventually(
    async () => (/master_link_status:up/.test(await old.ask('info', 'replication')) ? true : null),
    20_000,
  );
  await ledger.stop();
  const read = await ledger.read('redis2');
  await expect(ledger.read('redis1')).rejects.toThrow('it is not a master');
  const to = performance.now();
  const told = tally({ attempts: ledger.attempts(), read, injectedAt, from, to });

  const lost = new Set(told.lost.map(({ id }) => id));
  expect(lost.size).toBeGreaterThan(20);
  for (const id of byOld) expect(lost.has(id), id).toBe(id !== 'began' && !byNew.has(id));
  expect(told.lost.every(({ id, member }) => member === 'redis1' && !byNew.has(id))).toBe(true);
  expect(told.twoPrimariesMs).toBeGreaterThan(1000);
  expect(told.writes).toMatchObject({ lost: lost.size, unexpected: 0 });
  expect(told.writes.viaOldPrimary.acked).toBeGreaterThanOrEqual(lost.size);
  // The new one took writes nearly at once: the old one's were no availability, and the outage is short all the same.
  expect(told.outageMs).toBeLessThan(1500);
  await ledger.clean();
  expect(await replica.ask('exists', 'paws-top:ledger:two')).toBe('0');
});
