import { expect, onTestFinished, test } from 'vitest';
import { leaseLeft } from '../../source/drills/leader-key.ts';
import { openWatches } from '../../source/drills/watches.ts';
import type { Access } from '../../source/engine/types.ts';
import { accessTo, closedPort } from '../probes/fake-server.ts';
import { startEtcd, startHttp } from './fake-etcd.ts';
import { collect, three } from './signals.ts';

const patroni = async (): Promise<readonly Access[]> => {
  const { port } = await startHttp(() => ({ body: { patroni: { scope: 'paws' } } }));
  return three('patroni').map((member) => ({ ...accessTo(port, 'patroni'), member }));
};
const etcd = (port: number, n: number): Access => {
  const access = accessTo(port, 'etcd');
  return { ...access, member: { ...access.member, name: `etcd${n}` } };
};

async function watching(access: readonly Access[]) {
  const heard = collect();
  const { close } = await openWatches({ access, systems: ['patroni'], onSignal: heard.tell });
  onTestFinished(close);
  return { ...heard, close };
}

test('each change is told once, by whichever member tells first', async () => {
  const [one, two] = [await startEtcd(), await startEtcd()];
  const { lines, next } = await watching([...(await patroni()), etcd(one.port, 1), etcd(two.port, 2)]);
  await expect.poll(() => one.streams() + two.streams()).toBe(2);
  one.say('leader', null, 101);
  await next(/detected/);
  two.say('leader', null, 101);
  two.say('leader', 'patroni2', 102);
  await next(/elected/);
  one.say('leader', 'patroni2', 102);
  one.say('sync', '{"leader":"patroni2","sync_standby":"patroni3"}', 103);
  await next(/sync standby/);
  expect(lines()).toEqual([
    'detected etcd leader key gone: patroni1 no longer leads',
    'elected etcd patroni2 holds the leader key',
    'note etcd patroni3 is now the sync standby',
  ]);
});

test('a member that is down is not missed, and a watch that dies goes on where it stopped', async () => {
  const one = await startEtcd();
  const { next, lines } = await watching([...(await patroni()), etcd(await closedPort(), 1), etcd(one.port, 2)]);
  one.say('status', '{}', 104);
  one.say('failover', '{"leader":"patroni1","member":"patroni3"}', 105);
  await next(/asked for a new leader: patroni3 instead of patroni1/);
  one.drop();
  await expect.poll(() => one.watches, { timeout: 3_000 }).toEqual(['101', '106']);
  await expect.poll(one.streams).toBe(1);
  one.say('leader', 'patroni3', 106);
  await next(/elected etcd patroni3 holds the leader key/);
  expect(lines()).toHaveLength(2);
});

test('the same member with the key again is an election, the same value without a gap is none', async () => {
  const one = await startEtcd();
  const { next, lines } = await watching([...(await patroni()), etcd(one.port, 1)]);
  one.say('leader', 'patroni1', 101);
  one.say('leader', null, 102);
  one.say('leader', 'patroni1', 103);
  await next(/holds the leader key again/);
  expect(lines().map((line) => line.split(' ', 1)[0])).toEqual(['detected', 'elected']);
});

test('the key is found in another namespace', async () => {
  const one = await startEtcd({ at: '/ours/paws/' });
  const { next } = await watching([...(await patroni()), etcd(one.port, 1)]);
  one.say('leader', 'patroni2', 101);
  expect(await next(/elected/)).toMatchObject({ leader: 'patroni2', system: 'patroni' });
});

test('where nothing can be watched, that is said', async () => {
  const { lines } = await watching([...(await patroni()), etcd(await closedPort(), 1)]);
  expect(lines()).toEqual([
    expect.stringMatching(/^note paws-top Patroni's leader key is not watched: .*ECONNREFUSED/),
  ]);
});

test('after close nothing is told and nothing stays open', async () => {
  const one = await startEtcd();
  const { close, signals } = await watching([...(await patroni()), etcd(one.port, 1)]);
  expect(one.streams()).toBe(1);
  close();
  one.say('leader', null, 101);
  await expect.poll(one.streams).toBe(0);
  expect(signals).toEqual([]);
});

test('what is left of the lease is told in ms, and null when nobody tells', async () => {
  const one = await startEtcd();
  expect(await leaseLeft([...(await patroni()), etcd(one.port, 1), etcd(await closedPort(), 2)])).toBe(13_000);
  const startedAt = performance.now();
  const silent = await startHttp(() => null);
  expect(await leaseLeft([...(await patroni()), etcd(silent.port, 1)])).toBeNull();
  expect(performance.now() - startedAt).toBeLessThan(1_500);
});
