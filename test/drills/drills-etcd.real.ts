import { beforeAll, expect, test } from 'vitest';
import { drilled, leftovers, resultOf } from '../helpers/drill.ts';
import { ensureStack, healthy, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

const passed = { code: 0, report: { verdict: 'passed', healed: true } };
const nothingLost = { lost: 0, unexpected: 0 };

test('a killed etcd leader: etcd writable within 4 s, and Patroni keeps its leader', async () => {
  const run = await drilled('etcd-leader-kill');
  expect(run).toMatchObject(passed);
  const [etcd, patroni] = [resultOf(run.report, 'etcd'), resultOf(run.report, 'patroni')];
  expect(etcd.phases.writableMs).toBeLessThanOrEqual(4_000);
  expect(etcd.writes).toMatchObject(nothingLost);
  expect(etcd.leaderAfter).not.toBe(etcd.leaderBefore);
  expect(patroni.leaderAfter).toBe(patroni.leaderBefore);
  expect(patroni.writes).toMatchObject(nothingLost);
});

test('without a quorum nobody writes until it is healed, and then everything is back', async () => {
  const run = await drilled('etcd-quorum-loss');
  expect(run).toMatchObject(passed);
  const healedAt = run.report.healedMs ?? 0;
  expect(healedAt).toBeGreaterThan(20_000);
  const [etcd, patroni] = [resultOf(run.report, 'etcd'), resultOf(run.report, 'patroni')];
  // Without its quorum etcd stops at once, and Patroni's leader after what ttl and retry_timeout leave it.
  expect(etcd.outageMs).toBeGreaterThan(20_000);
  expect(patroni.outageMs).toBeGreaterThan(1_000);
  for (const { phases, writes } of [etcd, patroni]) {
    expect(phases.writableMs).toBeGreaterThan(20_000);
    expect(writes).toMatchObject(nothingLost);
  }
  expect(run.report.why).toMatch(/took no writes until it was healed, as expected/);
  expect((await status()).code).toBe(0);
});

test('all at once: all three recover, and each is told as inside or outside its prediction', async () => {
  const run = await drilled('cascade');
  expect(run).toMatchObject(passed);
  expect(run.report.systems.map(({ system }) => system).sort()).toEqual(['etcd', 'patroni', 'redis']);
  expect(run.report.target.split(', ')).toHaveLength(3);
  for (const { system, phases, targetMs, predicted, asPredicted, writes } of run.report.systems) {
    expect(phases.writableMs).toBeLessThanOrEqual(targetMs);
    const inside = Number(phases.writableMs) >= predicted.minMs && Number(phases.writableMs) <= predicted.maxMs;
    expect([system, asPredicted]).toEqual([system, inside]);
    expect(writes.lost).toBeTypeOf('number');
  }
  expect(resultOf(run.report, 'patroni').writes).toMatchObject(nothingLost);
  expect((await status()).code).toBe(0);
});

test('nothing is left behind', async () => {
  await healthy();
  expect(await leftovers()).toEqual([]);
});
