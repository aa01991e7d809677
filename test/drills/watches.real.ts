import { setTimeout as sleep } from 'node:timers/promises';
import type Docker from 'dockerode';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { monotonicOf, watchInjection } from '../../source/drills/clock.ts';
import { leaseLeft, readLeaderKey, scopeOf } from '../../source/drills/leader-key.ts';
import { openWatches } from '../../source/drills/watches.ts';
import { connectEngine } from '../../source/engine/connect.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { Access } from '../../source/engine/types.ts';
import { openEtcdGateway } from '../../source/probes/etcd-gateway.ts';
import { containerOf, docker, ensureStack, status } from '../helpers/stack.ts';
import { collect } from './signals.ts';

let ways: readonly Access[];

beforeAll(async () => {
  await ensureStack();
  const engine = await connectEngine({ host: null, env: process.env });
  ways = (await discover(engine, await engine.list(), { project: 'paws' })).access;
  engine.close();
});

test('the watches of a healthy stack stand within a second, stay, and say nothing alarming', async () => {
  const { signals, tell } = collect();
  const startedAt = performance.now();
  const watches = await openWatches({ access: ways, systems: ['patroni', 'redis', 'etcd'], onSignal: tell });
  onTestFinished(watches.close);
  expect(performance.now() - startedAt).toBeLessThan(1_000);
  await sleep(4_000); // longer than a round of Patroni, and of a Sentinel's hello
  expect(signals).toEqual([]);
});

test("Patroni's leader key is where the members say who leads, and its lease lasts no longer than the ttl", async () => {
  const etcd = ways.find(({ member }) => member.system === 'etcd');
  if (etcd === undefined) throw new Error('no etcd member');
  const gateway = openEtcdGateway(etcd);
  onTestFinished(gateway.close);
  const key = await readLeaderKey(gateway, await scopeOf(ways, 1_000), 1_000);
  const { report } = await status();
  expect(key).toMatchObject({ prefix: '/service/paws/', leader: report.patroni?.leader });
  const startedAt = performance.now();
  const left = await leaseLeft(ways);
  expect(performance.now() - startedAt).toBeLessThan(600);
  // Renewed every loop_wait (2 s) of a ttl of 20 s; whole seconds, cut off.
  expect(left).toBeGreaterThanOrEqual(15_000);
  expect(left).toBeLessThanOrEqual(20_000);
});

test('what the engine tells of a container is dated on our monotonic clock', async () => {
  const engine = await connectEngine({ host: null, env: process.env });
  const watching = watchInjection(engine);
  onTestFinished(() => {
    watching.close();
    engine.close();
  });
  await watching.ready;
  const sleeper = await startSleeper();
  const [since, before] = [Date.now(), performance.now()];
  await sleeper.pause();
  const after = performance.now();
  const told = await watching.timeOf(sleeper.id, ['pause'], since, 3_000);
  expect(told).not.toBeNull();
  const at = monotonicOf(told ?? 0, watching.skewMs());
  expect(at).toBeGreaterThan(before - 3);
  expect(at).toBeLessThan(after + 3);
});

/** A container of the test's own, so that nothing is done to the stack. */
async function startSleeper(): Promise<Docker.Container> {
  const { Image } = await (await containerOf('redis1')).inspect();
  const sleeper = await docker.createContainer({ Image, Cmd: ['sleep', '60'], Entrypoint: [] });
  onTestFinished(() => sleeper.remove({ force: true, v: true }));
  await sleeper.start();
  return sleeper;
}
