import { expect, test } from 'vitest';
import { catalogue } from '../../source/actions/catalogue.ts';
import type { Action, ComposeMeans, Target } from '../../source/actions/types.ts';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { claiming, containing, having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import { cluster, fakeMeans, service } from './fake-means.ts';
import { fakePatroni } from './fake-patroni.ts';

const file = parseComposeFile(
  'services:\n  patroni1: {image: x, profiles: [minimal, full]}\n  patroni2: {image: x, profiles: [full]}\n',
  {},
);
const compose = { project: { name: 'paws', file }, with: () => Promise.reject(new Error('not in a preview')) };

/** A stack in which this action has something to do. */
const worlds: Readonly<Record<string, Snapshot>> = {
  'container.start': having(healthySnapshot(), stopped('patroni3')),
  'container.unpause': having(healthySnapshot(), containing('patroni3', { state: 'paused' })),
  'patroni.restart-pending': having(
    healthySnapshot(),
    claiming('patroni', 'patroni3', () => ({ pendingRestart: true })),
  ),
  'patroni.resume': having(
    healthySnapshot(),
    claiming('patroni', 'patroni2', ({ cluster: seen }) => ({
      paused: true,
      cluster: seen === null ? null : { ...seen, paused: true },
    })),
  ),
  'etcd.disarm': having(
    healthySnapshot(),
    claiming('etcd', 'etcd1', ({ memberId }) => ({ alarms: [{ memberId, alarm: 'NOSPACE' }] })),
  ),
  'stack.up': having(healthySnapshot(), stopped('patroni3')),
  'stack.resume': having(healthySnapshot(), containing('patroni3', { state: 'paused' })),
};

const targetFor = ({ scope, system }: Action): Target => {
  if (scope === 'container' || scope === 'member') return service('patroni3');
  return system === null ? { name: 'paws', system, member: null, container: null } : cluster(system);
};

/** Which of them change nothing, and are there to be asked. */
const asks = new Set(['sentinel.ckquorum']);

test('each action has an id of its own, a label of three words at most, and a sentence', () => {
  const ids = catalogue.map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const wrong = catalogue.filter(
    ({ id, label, does }) =>
      !/^[a-z]+\.[a-z-]+$/.test(id) || label.split(' ').length > 3 || !/^[A-Z].*\.$/.test(does) || does.length > 130,
  );
  expect(wrong.map(({ id }) => id)).toEqual([]);
});

test('what cannot be had back is asked for by name: data, a container, the stack', () => {
  const destroying = catalogue.filter(({ danger }) => danger === 'destroys').map(({ id }) => id);
  expect(destroying).toEqual(['container.remove', 'patroni.reinitialise', 'patroni.restore', 'stack.down']);
});

/** Takes a file to look into, and a database: restore.test.ts. */
const elsewhere = 'patroni.restore';

test.each(catalogue.filter(({ id }) => id !== elsewhere).map((action) => [action.id, action] as const))(
  '%s: its preview changes nothing, and shows what would be sent, without a secret',
  async (id, action) => {
    const { access, changes } = await fakePatroni({ config: { ttl: 20, postgresql: { parameters: {} } } });
    const snapshot = worlds[id] ?? healthySnapshot();
    const { means, calls, running } = fakeMeans(snapshot, { access, compose: compose as unknown as ComposeMeans });
    const target = targetFor(action);
    const { seen } = running([target]);
    expect(action.unavailable(target, seen)).toBeNull();
    const input = action.ask === null ? '' : 'max_connections = 60';
    const preview = await action.preview({ targets: [target], input, seen, means });
    expect(preview.refused).toBeNull();
    expect([calls, changes]).toEqual([[], []]);
    expect(preview.literal.length).toBeGreaterThan(0);
    expect(preview.effects.length).toBeGreaterThan(0);
    expect(preview.choices.length).toBeGreaterThan(0);
    expect(JSON.stringify(preview)).not.toContain('hush-hush');
    if (!asks.has(id)) expect(preview.effects.join(' ')).not.toContain('Nothing is changed');
    // Two looks at the same stack mean the same: otherwise nothing could ever be confirmed.
    expect(await action.preview({ targets: [target], input, seen, means })).toEqual(preview);
  },
);

test('what is typed wrongly is told before anything is sent', async () => {
  const edit = catalogue.find(({ id }) => id === 'patroni.edit');
  const { access } = await fakePatroni({ config: { ttl: 20, loop_wait: 2 } });
  const { means, running } = fakeMeans(healthySnapshot(), { access });
  const { seen } = running([]);
  const refusedBy = async (input: string) =>
    (await edit?.preview({ targets: [cluster('patroni')], input, seen, means }))?.refused;
  expect(await refusedBy('faster please')).toBe('write it as: max_connections = 60 (nothing after = takes it out)');
  expect(await refusedBy('ttl = 20')).toBe('ttl is so already');
  expect(await refusedBy('port = 5433')).toBe('port is not set here: Patroni sets it by itself');
});
