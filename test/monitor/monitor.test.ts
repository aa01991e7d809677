import { afterEach, expect, test, vi } from 'vitest';
import type { Access, Discovered } from '../../source/engine/types.ts';
import type { OpenProbe } from '../../source/monitor/members.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import type { Monitor } from '../../source/monitor/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { details, type FakeEngine, fakeEngine } from '../helpers/fake-engine.ts';
import { healthySnapshot } from '../helpers/snapshots.ts';

const names = ['redis1', 'redis2', 'redis3'];
const claims = new Map(healthySnapshot().redis?.map((member) => [member.name, member.reading.value]));

/** Only Redis members; each asked through `ask`. */
function watch(
  engine: FakeEngine,
  ask: (name: string) => Promise<unknown>,
  surveyed: (stack: string | null) => void = () => {},
): Monitor {
  return createMonitor({
    connect: engine.connect,
    survey: async (_, found, stack): Promise<Discovered> => {
      surveyed(stack);
      const access = found.map(
        ({ container }): Access => ({
          member: { name: container.service ?? '', system: 'redis', container: container.name, aliases: [] },
          endpoint: { via: 'published', host: '127.0.0.1', port: 1 },
          credentials: { username: null, password: null },
          postgres: null,
          tls: false,
        }),
      );
      const containers = found.map(({ container }) => ({ ...container, role: 'redis' as const }));
      return {
        topology: { stack: 'paws', profile: null, containers, members: access.map(({ member }) => member) },
        access,
      };
    },
    openProbe: (async (_system: string, access: Access) => ({
      ask: () => ask(access.member.name),
      close: () => {},
    })) as unknown as OpenProbe,
    intervalMs: 200,
    deadlineMs: 200,
    now: Date.now,
  });
}

let monitor: Monitor;
afterEach(() => monitor.stop());

const answer = async (name: string): Promise<unknown> => claims.get(name);
const redis = () => monitor.store.get()?.report.redis?.members ?? [];
const reading = (name: string) => redis().find((member) => member.name === name)?.reading;

test('a hung member turns stale, then failed, and no other row ages with it', async () => {
  let hung = false;
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, (name) =>
    hung && name === 'redis2'
      ? new Promise((_, reject) => setTimeout(() => reject(new StackError('timeout', 'no answer')), 200))
      : answer(name),
  );
  monitor.start();
  await vi.waitFor(() => expect(names.map(reading)).toEqual(['ok', 'ok', 'ok']), { timeout: 3_000 });
  const seen: (string | undefined)[] = [];
  let oldest = 0;
  monitor.store.subscribe(() => {
    seen.push(reading('redis2'));
    for (const row of redis())
      if (row.name !== 'redis2') oldest = Math.max(oldest, row.ageMs ?? Number.POSITIVE_INFINITY);
  });
  hung = true;
  await vi.waitFor(() => expect(reading('redis2')).toBe('failed'), { timeout: 3_000 });
  expect(seen.indexOf('stale')).toBeGreaterThanOrEqual(0);
  expect(seen.indexOf('stale')).toBeLessThan(seen.indexOf('failed'));
  expect(oldest).toBeLessThan(400);
});

test('a container that dies is absent before anybody had to time out', async () => {
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer);
  await monitor.refresh();
  expect(names.map(reading)).toEqual(['ok', 'ok', 'ok']);
  engine.put(details('redis3', 'exited'));
  engine.emit({ containerId: 'redis3', action: 'die' });
  await vi.waitFor(() => expect(reading('redis3')).toBe('absent'), { timeout: 1_000 });
});

test('a member that is removed stays on the list as missing', async () => {
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer);
  await monitor.refresh();
  engine.remove('redis3');
  engine.emit({ containerId: 'redis3', action: 'destroy' });
  await vi.waitFor(() =>
    expect(monitor.store.get()?.report.containers.find(({ service }) => service === 'redis3')?.state).toBe('missing'),
  );
  expect(reading('redis3')).toBe('absent');
});

test('a lost engine keeps what was known, says since when, and comes back by itself', async () => {
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer);
  monitor.start();
  await vi.waitFor(() => expect(names.map(reading)).toEqual(['ok', 'ok', 'ok']), { timeout: 3_000 });
  engine.lose();
  await vi.waitFor(() => expect(monitor.store.get()?.report.engine.state).toBe('reconnecting'));
  expect(monitor.store.get()?.report.containers).toHaveLength(3);
  engine.restore();
  await vi.waitFor(() => expect(monitor.store.get()?.report.engine.state).toBe('connected'), { timeout: 5_000 });
  const texts = monitor.store.get()?.events.filter(({ source }) => source === 'docker' || source === 'paws-top');
  expect(texts?.length).toBeGreaterThanOrEqual(2);
});

test('after stop nothing is published any more', async () => {
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer);
  monitor.start();
  await vi.waitFor(() => expect(reading('redis1')).toBe('ok'), { timeout: 3_000 });
  let published = 0;
  monitor.store.subscribe(() => {
    published += 1;
  });
  engine.put(details('redis1', 'exited'));
  engine.emit({ containerId: 'redis1', action: 'die' }); // on its way when it stops
  await monitor.stop();
  await new Promise((resolve) => setTimeout(resolve, 3 * 200));
  expect(published).toBe(0);
});

test('the stack that is watched stays the one, whatever else grows beside it', async () => {
  const asked: (string | null)[] = [];
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer, (stack) => asked.push(stack));
  await monitor.refresh();
  engine.emit({ containerId: 'redis1', action: 'rename' });
  await vi.waitFor(() => expect(asked).toEqual([null, 'paws']));
});

test('what happened to a container is told with the time of the engine', async () => {
  const engine = fakeEngine(names.map((name) => details(name)));
  monitor = watch(engine, answer);
  await monitor.refresh();
  engine.put(details('redis3', 'exited'));
  engine.emit({ containerId: 'redis3', name: 'paws-redis3-1', action: 'die', at: 12_345.5 });
  await vi.waitFor(() => {
    const event = monitor.store
      .get()
      ?.events.find(({ source, subject }) => source === 'docker' && subject === 'redis3');
    expect(event?.at).toBe(12_345.5);
  });
});
