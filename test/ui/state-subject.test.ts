import { expect, test } from 'vitest';
import type { View } from '../../source/monitor/types.ts';
import type { StackEvent } from '../../source/stack/events.ts';
import { initialState, nothingShown, type Shown, type UiState } from '../../source/ui/layers.ts';
import type { PaneId } from '../../source/ui/panes/pane.ts';
import { openedLog } from '../../source/ui/state-logs.ts';
import { subjectsOf } from '../../source/ui/state-subject.ts';
import { container, having, healthySnapshot, missing, now } from '../helpers/snapshots.ts';
import { viewOf } from '../screens/screen.ts';

const events: readonly StackEvent[] = [
  { id: 1, at: now - 2_000, source: 'docker', subject: 'sentinel2', level: 'bad', text: 'sentinel2 stopped' },
  { id: 2, at: now - 1_000, source: 'docker', subject: null, level: 'info', text: 'engine lost' },
];
const base = healthySnapshot();
const view = viewOf(base, events);
const patroni2 = { name: 'patroni2', system: 'patroni', member: 'patroni2', container: 'paws-patroni2-1' };

const at = (pane: PaneId, keys: readonly string[], change: Partial<UiState> = {}, seen: View | null = view) => {
  const shown: Shown = { ...nothingShown, keys };
  return subjectsOf({ ...initialState, pane, ...change }, shown, seen);
};

test('a row of any pane is a container, and a member of its system where it is one', () => {
  expect(at('patroni', ['patroni2'])).toEqual([patroni2]);
  expect(at('containers', ['paws-patroni2-1'])).toEqual([patroni2]);
  expect(at('etcd', ['etcd3'])).toEqual([
    { name: 'etcd3', system: 'etcd', member: 'etcd3', container: 'paws-etcd3-1' },
  ]);
  expect(at('redis', ['redis:redis1'])).toMatchObject([{ system: 'redis', member: 'redis1' }]);
  expect(at('redis', ['sentinel:sentinel1'])).toMatchObject([{ system: 'sentinel', container: 'paws-sentinel1-1' }]);
  expect(at('containers', ['paws-backend-1'])).toEqual([
    { name: 'backend', system: null, member: null, container: 'paws-backend-1' },
  ]);
});

test('an event is about whom it names, also among all events', () => {
  const sentinel2 = [{ name: 'sentinel2', system: 'sentinel', member: 'sentinel2', container: 'paws-sentinel2-1' }];
  const picked = { selected: { timeline: '1' } };
  expect(at('timeline', ['1', '2'], picked)).toEqual(sentinel2);
  expect(at('timeline', ['1', '2'])).toEqual([]);
  expect(at('etcd', ['1', '2'], { ...picked, layers: [{ kind: 'events', top: 0, filter: '' }] })).toEqual(sentinel2);
});

test('what is open over a pane comes before the pane, and its marks', () => {
  const marks = { marks: { etcd: ['etcd1', 'etcd2'] } };
  const detail = { kind: 'detail', pane: 'patroni', key: 'patroni2', top: 0, filter: '' } as const;
  expect(at('etcd', [], { ...marks, layers: [detail] })).toEqual([patroni2]);
  const log = (services: readonly string[] | null) =>
    subjectsOf(openedLog({ ...initialState, ...marks }, services, null), nothingShown, view);
  expect(log(['patroni2'])).toEqual([patroni2]);
  expect(log(['patroni2', 'etcd1'])).toEqual([]);
  expect(log(null)).toEqual([]);
});

test('marked rows come before the selected one, also those that a filter hides; what has gone is left out', () => {
  const marks = { marks: { etcd: ['etcd2', 'etcd9', 'etcd1'] } };
  expect(at('etcd', ['etcd3'], marks).map(({ name }) => name)).toEqual(['etcd2', 'etcd1']);
  expect(at('patroni', ['patroni2'], marks)).toEqual([patroni2]);
});

test('nobody is nobody: no view, no row, a row that has gone', () => {
  expect(at('etcd', ['etcd1'], {}, null)).toEqual([]);
  expect(at('etcd', [])).toEqual([]);
  expect(at('etcd', ['etcd9'])).toEqual([]);
});

test('a member whose container is gone keeps its names, and a service that runs twice is called by its containers', () => {
  const gone = viewOf(having(base, missing('patroni2')));
  expect(at('containers', ['paws-patroni2-1'], {}, gone)).toEqual([patroni2]);
  const twice = viewOf({
    ...base,
    containers: [...base.containers, { ...container('backend', 'backend'), name: 'paws-backend-2' }],
  });
  expect(at('containers', ['paws-backend-2'], {}, twice)).toMatchObject([{ name: 'paws-backend-2' }]);
});
