import { describe, expect, test } from 'vitest';
import type { Intent } from '../../source/keys/types.ts';
import { initialState, nothingShown, type Shown, type UiState } from '../../source/ui/layers.ts';
import { reduce } from '../../source/ui/state.ts';
import { confirmed, healed, targetNames } from '../../source/ui/state-drills.ts';
import { isEnabled, scopesOf } from '../../source/ui/state-keys.ts';
import { cascade, notReady, plan, redisKill } from '../screens/fake-drills.ts';

const shown: Shown = { ...nothingShown, plans: [plan(), notReady, redisKill], lines: 30, page: 10 };
const running: Shown = { ...shown, drill: 'running' };
const over: Shown = { ...shown, drill: 'done' };
const start: UiState = { ...initialState, drills: true };
const press = (state: UiState, on: Shown, ...intents: readonly Intent['ui'][]): UiState =>
  intents.reduce((before, ui) => reduce(before, { ui } as Intent, on), state);
const kinds = (state: UiState) => state.layers.map(({ kind }) => kind);

describe('!', () => {
  test('opens the menu, and closes it', () => {
    expect(kinds(press(start, shown, 'break'))).toEqual(['drills']);
    expect(kinds(press(start, shown, 'break', 'break'))).toEqual([]);
  });

  test('goes to what runs, whatever lies below, and layers of drills do not pile up', () => {
    expect(kinds(press(start, running, 'break'))).toEqual(['drill']);
    expect(kinds(press(start, running, 'break', 'break'))).toEqual([]);
    const menu = press(start, shown, 'break', 'help');
    expect(kinds(press(menu, running, 'break'))).toEqual(['help', 'drill']);
  });

  test('shows a result first, and the menu after it', () => {
    expect(kinds(press(start, over, 'break'))).toEqual(['drill']);
    for (const leaving of ['back', 'quit', 'break'] as const) {
      expect([leaving, kinds(press(start, over, 'break', leaving))]).toEqual([leaving, ['drills']]);
    }
  });
});

test('keys of drills are there only where drills are', () => {
  for (const ui of ['break', 'heal'] as const) {
    expect([ui, isEnabled(initialState, { ui })]).toEqual([ui, false]);
    expect([ui, isEnabled(start, { ui })]).toEqual([ui, true]);
  }
  expect(isEnabled(start, { ui: 'choose' })).toBe(false);
  expect(isEnabled(press(start, shown, 'break'), { ui: 'choose' })).toBe(true);
});

test('scopes follow the layer: text where a name is typed, and nowhere else', () => {
  const menu = press(start, shown, 'break');
  expect(scopesOf(menu)).toEqual(['drill', 'list', 'global']);
  expect(scopesOf(press(menu, shown, 'filter'))).toEqual(['text', 'drill', 'list', 'global']);
  expect(scopesOf(press(menu, shown, 'choose'))).toEqual(['text', 'dialog', 'global']);
  const second = reduce(menu, { ui: 'move', by: 1 }, shown);
  expect(scopesOf(press(second, shown, 'choose'))).toEqual(['dialog', 'global']);
  expect(scopesOf(press(start, shown, 'heal'))).toEqual(['dialog', 'global']);
  expect(scopesOf(press(start, running, 'quit'))).toEqual(['dialog', 'global']);
});

test('the menu keeps its drill while plans change, and falls back to the first when it goes', () => {
  const menu = reduce(press(start, shown, 'break'), { ui: 'jump', to: 'last' }, shown);
  expect(menu.layers.at(-1)).toMatchObject({ drill: 'redis-master-kill' });
  const fewer: Shown = { ...shown, plans: [redisKill, plan()] };
  expect(reduce(menu, { ui: 'move', by: 1 }, fewer).layers.at(-1)).toMatchObject({ drill: 'patroni-leader-kill' });
  expect(press(menu, { ...shown, plans: [plan()] }, 'choose').layers.at(-1)).toMatchObject({
    plan: { drill: { id: 'patroni-leader-kill' } },
  });
  expect(kinds(press(menu, { ...shown, plans: [] }, 'choose'))).toEqual(['drills']);
});

describe('Enter in the dialog', () => {
  const asking = (typed: string): UiState => ({
    ...start,
    layers: [
      { kind: 'drills', drill: null, filter: '' },
      { kind: 'confirm', plan: plan(), typed, trouble: null },
    ],
  });

  test('starts what was confirmed, as it is planned now', () => {
    const now = plan({ tolerance: {} });
    const { state, start: started } = confirmed(asking('patroni2'), now);
    expect(started).toBe(now);
    expect(kinds(state)).toEqual(['drill']);
  });

  test('starts nothing for another text, a moved role, a new obstacle, or a stack that is not seen', () => {
    for (const [typed, now, expected] of [
      ['patroni', plan(), { trouble: { kind: 'wrong' } }],
      ['', plan(), { trouble: { kind: 'wrong' } }],
      ['PATRONI2', plan(), { trouble: { kind: 'wrong' } }],
      ['patroni2', plan({ on: 'patroni1' }), { typed: '', trouble: { kind: 'moved', from: 'patroni2' } }],
      ['patroni2', plan({ missing: ['no'] }), { plan: { missing: ['no'] } }],
      ['patroni2', undefined, { trouble: { kind: 'refused' } }],
    ] as const) {
      const { state, start: started } = confirmed(asking(typed), now);
      expect(started).toBeNull();
      expect(state.layers.at(-1)).toMatchObject({ kind: 'confirm', ...expected });
    }
  });

  test('a container made anew under the same name is somebody else', () => {
    const { breaks } = plan();
    const anew = breaks.map((each) => ({ ...each, targets: each.targets.map((t) => ({ ...t, containerId: 'new' })) }));
    expect(confirmed(asking('patroni2'), plan({ breaks: anew })).start).toBeNull();
  });
});

test('q at the root asks while a drill runs; q again quits, Esc goes back', () => {
  const asked = press(start, running, 'quit');
  expect([kinds(asked), asked.ended]).toEqual([['leave'], false]);
  expect(press(asked, running, 'quit').ended).toBe(true);
  expect([kinds(press(asked, running, 'back')), press(asked, running, 'back').ended]).toEqual([[], false]);
  expect(press(start, over, 'quit').ended).toBe(true);
  expect(isEnabled(asked, { ui: 'accept' })).toBe(false);
});

test('healing that ends after its dialog was closed changes nothing', () => {
  expect(healed(start, 'done', ['x'])).toEqual(start);
  expect(healed(press(start, shown, 'heal'), 'done', ['x']).layers).toEqual([
    { kind: 'heal', stage: 'done', said: ['x'] },
  ]);
});

test('everybody a drill is about is named once', () => {
  expect(targetNames(cascade)).toBe('etcd1, patroni2 and redis1');
  expect(targetNames(plan({ breaks: [...plan().breaks, ...plan().breaks] }))).toBe('patroni2');
});
