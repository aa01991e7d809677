import { expect, test } from 'vitest';
import { bindings } from '../../source/keys/table.ts';
import type { Binding } from '../../source/keys/types.ts';
import { offerOf, offersOn } from '../../source/ui/action-offers.ts';
import { initialState, type Layer, nothingShown, type Shown, type UiState } from '../../source/ui/layers.ts';
import { reduce } from '../../source/ui/state.ts';
import { confirmation, pressedForActions } from '../../source/ui/state-actions.ts';
import { isEnabled, isOffered, scopesOf } from '../../source/ui/state-keys.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import {
  action,
  fakeActions,
  preview,
  reinitialise,
  remove,
  restart,
  rolling,
  setting,
  target,
} from '../screens/fake-actions.ts';
import { plan } from '../screens/fake-drills.ts';
import { viewOf } from '../screens/screen.ts';

const all: readonly Binding[] = bindings;
const seen = viewOf();
const subjects = [target('patroni1')];
const dialog = {
  kind: 'action',
  action: restart,
  targets: subjects,
  input: '',
  left: [],
  preview: preview(),
  index: 0,
  top: 0,
  typed: '',
  trouble: null,
} as const satisfies Layer;

/** One of each kind of layer that a key can be pressed over. */
const layers: readonly Layer[] = [
  { kind: 'detail', pane: 'patroni', key: 'patroni2', top: 0, filter: '' },
  { kind: 'help', top: 0, filter: '' },
  { kind: 'events', top: 0, filter: '' },
  { kind: 'palette', index: 0, filter: '' },
  { kind: 'sort', index: 0 },
  { kind: 'drills', drill: null, filter: '' },
  { kind: 'confirm', plan: plan(), typed: '', trouble: null },
  { kind: 'leave' },
  { kind: 'actions', of: 'selection', subjects, index: 0, filter: '', note: null },
  { kind: 'action-ask', action: setting, targets: subjects, typed: '', trouble: null },
  dialog,
  { kind: 'action-progress', top: null, from: null },
  { kind: 'connections', index: 0, said: null },
  { kind: 'doctor', top: 0, filter: '' },
];

test('with --read-only no key that changes anything does so, over whatever is open, nor is there such a key', () => {
  const changing = all.filter(({ changes }) => changes === true);
  expect(changing.length).toBeGreaterThan(9);
  expect(changing.filter((binding) => isOffered(initialState, binding))).toEqual([]);
  const able: UiState = { ...initialState, actions: true, drills: true };
  expect(changing.filter((binding) => !isOffered(able, binding))).toEqual([]);
  // Choosing a drill takes the menu of drills, which no key opens then.
  const opening = changing.filter(({ intent }) => intent.ui !== 'choose');
  for (const layer of [null, ...layers]) {
    const state: UiState = { ...initialState, layers: layer === null ? [] : [layer] };
    expect([layer?.kind, opening.filter(({ intent }) => isEnabled(state, intent))]).toEqual([layer?.kind, []]);
  }
  expect(isEnabled(initialState, { ui: 'mark' })).toBe(false);
});

test('keys about rows work over rows and what shows one, and nowhere else', () => {
  const over = (layer: Layer | null): UiState => ({
    ...initialState,
    actions: true,
    layers: layer === null ? [] : [layer],
  });
  const kinds = (ui: 'mark' | 'actions' | 'act') =>
    [null, ...layers]
      .filter((layer) => isEnabled(over(layer), ui === 'act' ? { ui, actions: [] } : { ui }))
      .map((layer) => layer?.kind ?? null);
  expect(kinds('mark')).toEqual([null]);
  expect(kinds('act')).toEqual([null, 'detail', 'events']);
  expect(kinds('actions')).toEqual([null, 'detail', 'events', 'action-progress']);
  expect(isEnabled({ ...over(null), pane: 'timeline' }, { ui: 'mark' })).toBe(false);
});

test('text is typed where a menu is filtered, something is asked, or a name is wanted, and in no other dialog', () => {
  const inner = (layer: Layer) => scopesOf({ ...initialState, layers: [layer] })[0];
  expect(layers.filter((layer) => inner(layer) === 'text').map(({ kind }) => kind)).toEqual([
    'palette',
    'confirm',
    'actions',
    'action-ask',
  ]);
  expect(inner({ ...dialog, action: remove })).toBe('text');
  expect(inner({ ...dialog, action: remove, preview: null })).toBe('text');
  expect(inner({ ...dialog, action: remove, preview: preview({ refused: 'no' }) })).toBe('dialog');
});

test('an action is offered to whom it applies: by scope, by system, and to several only where it takes several', () => {
  const ids = (names: readonly string[]) =>
    offersOn(fakeActions().list(), names.map(target), seen).map((offer) => offer.action.id);
  expect(ids(['patroni1'])).toEqual([
    'container.restart',
    'container.stop',
    'container.remove',
    'container.start',
    'patroni.reinitialise',
    'patroni.setting',
    'patroni.rolling',
    'stack.pause',
    'stack.down',
  ]);
  expect(ids(['patroni1', 'patroni2'])).not.toContain('patroni.reinitialise');
  expect(ids(['patroni1', 'patroni2'])).toContain('patroni.rolling');
  expect(ids(['patroni1', 'redis1'])).not.toContain('patroni.rolling');
  expect(ids(['sentinel1'])).toContain('sentinel.reset');
  expect(ids([])).toEqual(['stack.pause', 'stack.down']);
});

test('of several only those are meant on whom it can be done; where it can be done on none, why not', () => {
  const view = viewOf(having(healthySnapshot(), stopped('etcd2')));
  const both = offerOf(restart, [target('etcd1'), target('etcd2')], view);
  expect(both).toMatchObject({ targets: [{ name: 'etcd1' }], why: null, without: [{ why: 'it does not run' }] });
  expect(offerOf(restart, [target('etcd2')], view)).toMatchObject({ why: 'it does not run', without: [] });
  expect(offerOf(reinitialise, [target('patroni2')], seen)).toMatchObject({ why: 'it leads' });
});

test('a cluster and the stack are called by their names', () => {
  expect(offerOf(rolling, [target('patroni3')], seen)?.targets).toEqual([
    { name: 'patroni', system: 'patroni', member: null, container: null },
  ]);
  const everything = action({ id: 'stack.x', label: 'X', does: 'x', scope: 'stack' });
  expect(offerOf(everything, [], seen)?.targets).toEqual([
    { name: 'paws', system: null, member: null, container: null },
  ]);
});

test('layers of actions do not pile up', () => {
  const start: UiState = { ...initialState, actions: true };
  const menu = pressedForActions(start, 'selection', subjects, null);
  const inDialog: UiState = { ...menu, layers: [...menu.layers, dialog] };
  expect(pressedForActions(inDialog, 'profiles', [], null).layers.map(({ kind }) => kind)).toEqual(['actions']);
  const watching = pressedForActions(inDialog, 'profiles', [], 'running');
  expect(watching.layers.map(({ kind }) => kind)).toEqual(['action-progress']);
  expect(pressedForActions(watching, 'selection', subjects, 'running').layers).toEqual([]);
});

test('in a dialog arrows choose where there is a choice, and pages scroll; else both scroll', () => {
  const shown: Shown = { ...nothingShown, lines: 30, page: 10 };
  const two = [
    { id: 'a', label: 'a' },
    { id: 'b', label: 'b' },
  ];
  const state = (layer: Layer): UiState => ({ ...initialState, layers: [layer] });
  const choice = state({ ...dialog, preview: preview({ choices: two }) });
  const down = reduce(reduce(choice, { ui: 'move', by: 1 }, shown), { ui: 'move', by: 1 }, shown);
  expect(down.layers).toMatchObject([{ index: 1, top: 0 }]);
  expect(reduce(choice, { ui: 'page', by: 1 }, shown).layers).toMatchObject([{ index: 0, top: 10 }]);
  expect(reduce(state(dialog), { ui: 'move', by: 1 }, shown).layers).toMatchObject([{ index: 0, top: 1 }]);
  expect(reduce(state(dialog), { ui: 'jump', to: 'last' }, shown).layers).toMatchObject([{ top: 20 }]);
});

test('what is typed to destroy several says what and how many', () => {
  expect(confirmation({ action: remove, targets: subjects })).toBe('patroni1');
  expect(confirmation({ action: remove, targets: [target('etcd1'), target('etcd2')] })).toBe('remove 2');
});
