import { expect, test } from 'vitest';
import { containerActions } from '../../source/actions/container-actions.ts';
import type { Preview } from '../../source/actions/types.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import { fakeMeans, seeing, service } from './fake-means.ts';

/** What would happen if these were stopped, paused and so on. */
function previewOf(verb: string, names: readonly string[], snapshot: Snapshot = healthySnapshot()): Promise<Preview> {
  const action = containerActions.find(({ id }) => id === `container.${verb}`);
  if (action === undefined) throw new Error(`no container.${verb}`);
  const { means } = fakeMeans(snapshot);
  return action.preview({ targets: names.map(service), input: '', seen: seeing(snapshot), means });
}

const labels = ({ choices }: Preview) => choices.map(({ label }) => label);

test('the leader of Patroni: how long writes stop, and switching over first is what Enter does', async () => {
  const preview = await previewOf('stop', ['patroni2']);
  expect(preview.effects).toEqual([
    'patroni2 leads: writes stop for about 3 s; for about 1.5 s when it switches over first.',
  ]);
  expect(labels(preview)).toEqual(['switch over first, then stop', 'stop anyway']);
  expect(preview.literal).toEqual([
    'POST /switchover {"leader":"patroni2","candidate":"patroni1"}   # when switched over first',
    'POST /containers/paws-patroni2-1/stop',
  ]);
});

test('a leader that freezes keeps its lease until that ends', async () => {
  const { effects } = await previewOf('pause', ['patroni2']);
  expect(effects[0]).toMatch(/^patroni2 leads: writes stop until its lease ends, up to 22 s;/);
});

test('a leader whom nobody can follow is left alone unless somebody insists', async () => {
  const snapshot = having(healthySnapshot(), stopped('patroni1'), stopped('patroni3'));
  const preview = await previewOf('stop', ['patroni2'], snapshot);
  expect(labels(preview)).toEqual(['leave it as it is', 'stop anyway']);
  expect(preview.effects[0]).toBe('No database would be left: nothing can be read or written until one is started.');
});

test('a sync standby: commits wait for a round; a mere replica: nobody notices', async () => {
  expect((await previewOf('stop', ['patroni1'])).effects).toEqual([
    'patroni1: commits wait until Patroni names another sync standby, up to 2 s; no write is lost.',
  ]);
  const replica = await previewOf('stop', ['patroni3']);
  expect(replica.effects).toEqual(['patroni3: a replica, writes go on, with less to spare.']);
  expect(labels(replica)).toEqual(['stop']);
});

test('leader and sync standby at once: the one that stays takes over', async () => {
  const { literal, choices } = await previewOf('stop', ['patroni2', 'patroni1']);
  expect(choices[0]?.id).toBe('handover');
  expect(literal).toEqual([
    'POST /containers/paws-patroni1-1/stop',
    'POST /switchover {"leader":"patroni2","candidate":"patroni3"}   # when switched over first',
    'POST /containers/paws-patroni2-1/stop',
  ]);
});

test('a second etcd goes past the quorum, and what that does to Patroni is told', async () => {
  const one = await previewOf('stop', ['etcd1']);
  expect(one.effects).toEqual(['etcd1: etcd keeps its quorum and its leader, with less to spare.']);
  const two = await previewOf('stop', ['etcd1', 'etcd3']);
  expect(two.effects[0]).toBe(
    "etcd loses its quorum (1 of 2 needed): Patroni's leader gives up within its lease of 20 s, and nothing can be written.",
  );
  expect(labels(two)).toEqual(['leave it as it is', 'stop anyway']);
  // Restarted one after the other two of them are never away at once.
  expect(labels(await previewOf('restart', ['etcd1', 'etcd3']))).toEqual(['restart']);
});

test('etcd with one member down: restarting another breaks the quorum meanwhile', async () => {
  const { effects, choices } = await previewOf('restart', ['etcd1'], having(healthySnapshot(), stopped('etcd3')));
  expect(effects[0]).toMatch(/^etcd loses its quorum \(1 of 2 needed\) meanwhile:/);
  expect(choices[0]?.id).toBe('leave');
});

test('the Redis master: what a planned switchover spares', async () => {
  const preview = await previewOf('restart', ['redis1']);
  expect(preview.effects[0]).toBe(
    'redis1 is the master: writes stop for about 5 s, and some that were acknowledged may be lost; with a planned switchover they wait for about 1 s and none is lost.',
  );
  expect(preview.choices[0]?.id).toBe('handover');
});

test('two Sentinels of three: a dead master would not be replaced', async () => {
  const { effects, choices } = await previewOf('pause', ['sentinel1', 'sentinel2']);
  expect(effects[0]).toBe(
    'Only 1 Sentinel would be left, and 2 must agree: a dead Redis master would not be replaced.',
  );
  expect(choices[0]?.id).toBe('leave');
});

test('what is no member: only that its service stops', async () => {
  const { effects, choices } = await previewOf('stop', ['backend']);
  expect(effects).toEqual(['backend: what it serves stops meanwhile.']);
  expect(choices).toEqual([{ id: 'go', label: 'stop' }]);
});
