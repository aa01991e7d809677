import { beforeAll, expect, test } from 'vitest';
import { drilled, leftovers, resultOf } from '../helpers/drill.ts';
import { ensureStack, healthy, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

const passed = { code: 0, report: { verdict: 'passed', healed: true } };

test('a killed master: writable within 6 s, its losses told with the durability, and it is back as a replica', async () => {
  const run = await drilled('redis-master-kill');
  expect(run).toMatchObject(passed);
  const { phases, writes, lostWrites, leaderBefore, leaderAfter } = resultOf(run.report, 'redis');
  expect(phases.writableMs).toBeLessThanOrEqual(6_000);
  expect(writes.lost).toBeTypeOf('number');
  expect(writes.lost).toBe(lostWrites.length);
  expect(writes.unexpected).toBe(0);
  expect(writes.durability).toMatch(/^asynchronous.*append/);
  expect(run.report.target).toBe(leaderBefore);

  const { redis } = (await status()).report;
  expect(redis).toMatchObject({ verdict: 'ok', master: leaderAfter });
  expect(redis?.members.find(({ name }) => name === leaderBefore)).toMatchObject({ role: 'slave', link: 'up' });
});

test('the planned switchover: at most 2 s of outage, nothing lost, never two masters', async () => {
  const run = await drilled('redis-switchover');
  expect(run).toMatchObject(passed);
  const { outageMs, writes, twoPrimariesMs, leaderBefore, leaderAfter } = resultOf(run.report, 'redis');
  expect(outageMs).toBeLessThanOrEqual(2_000);
  expect(writes).toMatchObject({ lost: 0, unexpected: 0 });
  expect(twoPrimariesMs).toBe(0);
  expect(leaderAfter).not.toBe(leaderBefore);
});

test('nothing is left behind', async () => {
  await healthy();
  expect(await leftovers()).toEqual([]);
});
