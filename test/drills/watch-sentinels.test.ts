import { expect, onTestFinished, test } from 'vitest';
import { openWatches } from '../../source/drills/watches.ts';
import type { Access } from '../../source/engine/types.ts';
import { type Reply, startRedis } from '../probes/fake-redis.ts';
import { accessTo, closedPort, startServer } from '../probes/fake-server.ts';
import { collect, three } from './signals.ts';

const redis: readonly Access[] = three('redis').map((member) => ({ ...accessTo(1), member }));
const sentinel = (port: number, n: number): Access => ({
  ...accessTo(port, 'sentinel'),
  member: { name: `sentinel${n}`, system: 'sentinel', container: `sentinel${n}`, aliases: [] },
});

/** A Sentinel whose every listener hears what `say` says. */
async function startSentinel(id: string) {
  const listeners = new Map<number, (reply: Reply) => void>();
  const server = await startRedis(([name, first], nth, push) => {
    if (name === 'sentinel' && first === 'myid') return id;
    if (name === 'ping') return ['pong', ''];
    if (name !== 'psubscribe') return 'OK';
    listeners.set(nth, push);
    return ['psubscribe', '*', 1];
  });
  return {
    ...server,
    say(channel: string, message: string): void {
      for (const push of listeners.values()) push(['pmessage', '*', channel, message]);
    },
    drop(): void {
      listeners.clear();
      server.drop();
    },
  };
}

async function listening(...sentinels: readonly Access[]) {
  const heard = collect();
  const { close } = await openWatches({ access: [...redis, ...sentinels], systems: ['redis'], onSignal: heard.tell });
  onTestFinished(close);
  return { ...heard, close };
}

test('a failover as two Sentinels tell it: each thing once, with who said it first', async () => {
  const [one, two] = [await startSentinel('aaaa'), await startSentinel('bbbb')];
  const { lines, next, signals } = await listening(sentinel(one.port, 1), sentinel(two.port, 2));
  one.say('+sdown', 'master paws 10.0.0.1 6379');
  await next(/does not answer/);
  two.say('+sdown', 'master paws 10.0.0.1 6379');
  two.say('+vote-for-leader', 'aaaa 3');
  await next(/vote/);
  one.say('+vote-for-leader', 'aaaa 3');
  one.say('+promoted-slave', 'slave 10.0.0.3:6379 10.0.0.3 6379 @ paws 10.0.0.1 6379');
  await next(/promoted/);
  two.say('+switch-master', 'paws 10.0.0.1 6379 10.0.0.3 6379');
  await next(/is master/);
  expect(lines()).toEqual([
    'detected sentinel1 redis1 does not answer',
    'note sentinel2 vote for sentinel1 in epoch 3',
    'elected sentinel1 redis3 is promoted',
    'elected sentinel2 redis3 is master instead of redis1',
  ]);
  expect(signals.map(({ leader }) => leader)).toEqual([undefined, undefined, 'redis3', 'redis3']);
});

test('a Sentinel that goes away is listened to again, and that something may be missing is said', async () => {
  const one = await startSentinel('aaaa');
  const { next, signals } = await listening(sentinel(one.port, 1));
  one.drop();
  await next(/note sentinel1 is not listened to for now: it ended the connection/);
  await next(/note sentinel1 is listened to again; 0\.\d s may be missing/);
  one.say('+sdown', 'master paws 10.0.0.1 6379');
  await next(/detected sentinel1/);
  expect(signals).toHaveLength(3);
});

test('one that is down, and one that says nothing, hold nobody up', async () => {
  const one = await startSentinel('aaaa');
  const silent = await startServer(() => undefined);
  const startedAt = performance.now();
  const { lines } = await listening(sentinel(one.port, 1), sentinel(await closedPort(), 2), sentinel(silent.port, 3));
  expect(performance.now() - startedAt).toBeLessThan(1_500);
  expect(lines().toSorted()).toEqual([
    expect.stringMatching(/^note sentinel2 is not listened to for now: .*ECONNREFUSED/),
    'note sentinel3 is not listened to for now: sentinel3 did not answer within 1 s',
  ]);
});

test('after close nothing is told and nothing stays open', async () => {
  const one = await startSentinel('aaaa');
  const { close, signals } = await listening(sentinel(one.port, 1));
  expect(one.open()).toBe(1);
  one.say('+tilt', '#tilt mode entered');
  close();
  await expect.poll(one.open).toBe(0);
  expect(signals).toEqual([]);
});
