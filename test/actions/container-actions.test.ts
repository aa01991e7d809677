import { expect, test } from 'vitest';
import { containerActions } from '../../source/actions/container-actions.ts';
import { recreateActions } from '../../source/actions/container-recreate.ts';
import type { Action } from '../../source/actions/types.ts';
import type { Control } from '../../source/engine/types.ts';
import { containing, having, healthySnapshot, missing, stopped } from '../helpers/snapshots.ts';
import { fakeMeans, seeing, service } from './fake-means.ts';

const all = [...containerActions, ...recreateActions];
const named = (id: string): Action => {
  const found = all.find((action) => action.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

/** A healthy stack whose members answer again as soon as they are restarted. */
function world(control: Partial<Control> = {}) {
  const fake: ReturnType<typeof fakeMeans> = fakeMeans(healthySnapshot(), {
    control: { restart: async () => fake.change(healthySnapshot()), ...control },
  });
  return fake;
}

test('several are restarted one after the other, the sync standby last of the replicas', async () => {
  const { calls, running } = world();
  const given = running([service('patroni1'), service('patroni3')]);
  expect(await named('container.restart').run(given)).toBe('patroni3 and patroni1 restarted');
  expect(calls).toEqual(['restart paws-patroni3-1', 'restart paws-patroni1-1']);
  expect(given.said).toEqual(['patroni3 restarts', 'patroni3 restarted', 'patroni1 restarts', 'patroni1 restarted']);
});

test('the next one waits until the first is well again', async () => {
  const restarted = Promise.withResolvers<void>();
  const fake = world({ restart: async () => restarted.resolve() });
  const done = named('container.restart').run(fake.running([service('redis2'), service('redis3')]));
  await restarted.promise;
  fake.change(having(healthySnapshot(), containing('redis2', { health: 'starting' })));
  expect(fake.calls).toEqual(['restart paws-redis2-1']);
  fake.change(healthySnapshot());
  await expect.poll(() => fake.calls).toEqual(['restart paws-redis2-1', 'restart paws-redis3-1']);
  fake.change(healthySnapshot());
  expect(await done).toBe('redis2 and redis3 restarted');
});

test('asked to stop in between, it says what was done and what was not', async () => {
  const stop = new AbortController();
  const fake = world({ restart: async () => stop.abort(new Error('enough')) });
  const { signal } = stop;
  const given = fake.running([service('redis2'), service('redis3')], { signal });
  await expect(named('container.restart').run(given)).rejects.toThrow(
    'stopped: redis2 restarted; redis3 left as it was',
  );
  expect(fake.calls).toEqual(['restart paws-redis2-1']);
});

test('one that does not come back is said, with how long was waited', async () => {
  const fake = world({ restart: async () => fake.change(having(healthySnapshot(), stopped('redis2'))) });
  await expect(named('container.restart').run(fake.running([service('redis2')]))).rejects.toThrow(
    'not within 120 s: redis2 is healthy again',
  );
});

test('leaving it as it is sends nothing', async () => {
  const { calls, running } = world();
  const left = await named('container.stop').run(running([service('etcd1')], { choice: 'leave' }));
  expect([left, calls]).toEqual(['left as it was', []]);
});

test('removing stops first, and takes the container away but not its volumes', async () => {
  const { calls, running } = world();
  await named('container.remove').run(running([service('sentinel3')]));
  expect(calls).toEqual(['stop paws-sentinel3-1', 'cli rm paws-sentinel3-1']);
});

test.each([
  ['start', 'it is running', null, 'its container is gone: recreate it'],
  ['stop', null, 'it is exited', 'its container is gone: recreate it'],
  ['restart', null, 'it is exited', 'its container is gone: recreate it'],
  ['pause', null, 'it is exited', 'its container is gone: recreate it'],
  ['unpause', 'it is running', 'it is exited', 'its container is gone: recreate it'],
  ['recreate', null, null, null],
  ['remove', null, null, 'its container is gone: recreate it'],
])('%s is offered by state: running, stopped, gone', (verb, ...expected) => {
  const worlds = [
    healthySnapshot(),
    having(healthySnapshot(), stopped('redis2')),
    having(healthySnapshot(), missing('redis2')),
  ];
  const why = worlds.map((snapshot) => named(`container.${verb}`).unavailable(service('redis2'), seeing(snapshot)));
  expect(why).toEqual(expected);
});
