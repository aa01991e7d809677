import { setTimeout as pause } from 'node:timers/promises';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { cleanLedger, openLedger } from '../../source/drills/ledgers.ts';
import { tally } from '../../source/drills/tally.ts';
import type { Measured } from '../../source/drills/types.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { Access, Engine } from '../../source/engine/types.ts';
import { ensureStack, status } from '../helpers/stack.ts';

let engine: Engine;
let access: readonly Access[];

beforeAll(async () => {
  await ensureStack();
  engine = await connectEngine({ host: null, env: process.env });
  access = (await discover(engine, await engine.list(), { project: 'paws' })).access;
  return () => engine.close();
});

const primaryOf: Readonly<Record<Measured, () => Promise<string>>> = {
  patroni: async () => (await status()).report.patroni?.leader ?? '',
  redis: async () => (await status()).report.redis?.master ?? '',
  etcd: async () => (await status()).report.etcd?.leader ?? '',
};

const expectedDurability: Readonly<Record<Measured, RegExp>> = {
  patroni: /^synchronous: on, .*patroni\d/,
  redis: /^asynchronous replication; appendfsync everysec; min-replicas-to-write \d$/,
  etcd: /^Raft majority, fsync$/,
};

/** What a command inside a member's container prints. */
async function inside(member: string, ...argv: readonly string[]): Promise<string> {
  const container = access.find((way) => way.member.name === member)?.member.container;
  const id = (await engine.list()).find((entry) => entry.container.name === container)?.container.id ?? '';
  const { exitCode, output } = await engine.control.command(id, argv);
  expect(exitCode, output).toBe(0);
  return output.trim();
}

const psql = (member: string, query: string) =>
  inside(member, 'sh', '-c', `PGPASSWORD=$PATRONI_SUPERUSER_PASSWORD exec psql -U postgres -Atc "$1"`, 'sh', query);

/** What the system itself says is there of a run; empty: nothing. */
const leftOf: Readonly<Record<Measured, (run: string, member: string) => Promise<string>>> = {
  patroni: (run, member) => psql(member, `select tablename from pg_tables where tablename = 'ledger_${run}'`),
  redis: (run, member) => {
    const password = access.find((way) => way.member.name === member)?.credentials.password ?? '';
    return inside(member, 'redis-cli', '--no-auth-warning', '-a', password, '--raw', 'keys', `paws-top:*${run}*`);
  },
  etcd: (run, member) => inside(member, 'etcdctl', 'get', '--prefix', '--keys-only', `paws-top/ledger/${run}`),
};

test.each(['patroni', 'redis', 'etcd'] as const)(
  '%s: what is acknowledged is read back, and nothing is left behind',
  async (system) => {
    const run = `real${Date.now().toString(36)}`;
    const ledger = await openLedger(system, { access, run, perSecond: 20, deadlineMs: 1000, most: 1000 });
    onTestFinished(() => ledger.close());
    await ledger.open();
    expect(await ledger.durability()).toMatch(expectedDurability[system]);
    const from = performance.now();
    ledger.start();
    await pause(3000);
    await ledger.stop();
    const to = performance.now();

    const member = await primaryOf[system]();
    const read = await ledger.read(member);
    const { writes, outageMs } = tally({ attempts: ledger.attempts(), read, injectedAt: null, from, to });
    expect(writes).toMatchObject({ failed: 0, indeterminate: 0, lost: 0, unexpected: 0, recovered: 0 });
    expect(writes.acked).toBe(writes.attempted);
    expect(writes.acked).toBeGreaterThan(50);
    expect(writes.acked).toBeLessThanOrEqual(61);
    expect(outageMs).toBeLessThan(500);
    expect(read.size).toBe(writes.acked);
    const members = new Set(ledger.attempts().map((attempt) => attempt.member));
    expect(members.size).toBe(system === 'etcd' ? 3 : 1);
    expect(await leftOf[system](run, member)).not.toBe('');

    await ledger.clean();
    await cleanLedger(system, run, access);
    expect(await leftOf[system](run, member)).toBe('');
  },
);

test('the last run to be cleaned takes the schema with it, and no other does', async () => {
  const runs = ['one', 'two'].map((name) => `${name}${Date.now().toString(36)}`);
  const primary = await primaryOf.patroni();
  for (const run of runs) {
    const ledger = await openLedger('patroni', { access, run, perSecond: 20, deadlineMs: 1000, most: 1000 });
    await ledger.open();
    ledger.close();
  }
  const [one = '', two = ''] = runs;
  await cleanLedger('patroni', one, access);
  expect(await leftOf.patroni(one, primary)).toBe('');
  expect(await leftOf.patroni(two, primary)).toBe(`ledger_${two}`);
  await cleanLedger('patroni', two, access);
  expect(await leftOf.patroni(two, primary)).toBe('');
  const schemas = "select count(*) from pg_namespace where nspname = 'paws_top'";
  const tables = "select count(distinct schemaname) from pg_tables where schemaname = 'paws_top'";
  expect(await psql(primary, schemas)).toBe(await psql(primary, tables)); // somebody else's run keeps it
});

test.each(['patroni', 'redis'] as const)('%s: a member that is not the primary is not read from', async (system) => {
  const ledger = await openLedger(system, { access, run: 'nobody', perSecond: 20, deadlineMs: 1000, most: 10 });
  onTestFinished(() => ledger.close());
  const primary = await primaryOf[system]();
  const other = access.find(({ member }) => member.system === system && member.name !== primary)?.member.name ?? '';
  await expect(ledger.read(other)).rejects.toMatchObject({ kind: 'rejected' });
});
