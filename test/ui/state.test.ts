import { describe, expect, test } from 'vitest';
import type { Intent } from '../../source/keys/types.ts';
import { filterOf, initialState, nothingShown, type Shown, selectedKey, type UiState } from '../../source/ui/layers.ts';
import { insert, reduce } from '../../source/ui/state.ts';
import { isEnabled, scopesOf } from '../../source/ui/state-keys.ts';

const shown: Shown = {
  ...nothingShown,
  keys: ['a', 'b', 'c', 'd', 'e'],
  page: 2,
  sortable: ['name', 'cpu'],
  lines: 10,
};
const press = (state: UiState, ...intents: readonly Intent[]): UiState =>
  intents.reduce((before, intent) => reduce(before, intent, shown), state);
const selected = (state: UiState) => selectedKey(state, shown.keys);

describe('moving', () => {
  test('starts at the first row and stops at the ends', () => {
    expect(selected(initialState)).toBe('a');
    expect(selected(press(initialState, { ui: 'move', by: -1 }))).toBe('a');
    expect(selected(press(initialState, { ui: 'move', by: 1 }, { ui: 'page', by: 1 }))).toBe('d');
    expect(selected(press(initialState, { ui: 'jump', to: 'last' }, { ui: 'move', by: 1 }))).toBe('e');
    expect(selected(press(initialState, { ui: 'jump', to: 'last' }, { ui: 'page', by: -0.5 }))).toBe('d');
  });

  test('stays with its row when rows move, and falls back to the first when it goes', () => {
    const state = press(initialState, { ui: 'move', by: 2 });
    expect(selectedKey(state, ['c', 'a'])).toBe('c');
    expect(selectedKey(state, ['a', 'b'])).toBe('a');
    expect(selectedKey(state, [])).toBeUndefined();
  });

  test('in the timeline the newest is selected until somebody moves', () => {
    const state = press(initialState, { ui: 'pane', to: 5 });
    expect(selected(state)).toBe('e');
  });

  test('in a list without rows nothing happens', () => {
    expect(reduce(initialState, { ui: 'move', by: 1 }, { ...shown, keys: [] })).toBe(initialState);
  });
});

describe('panes', () => {
  test('Tab goes round, leaving out what the stack does not have', () => {
    const some: Shown = { ...shown, panes: ['containers', 'redis', 'timeline'] };
    const next = reduce(initialState, { ui: 'pane-step', by: 1 }, some);
    expect(next.pane).toBe('redis');
    expect(reduce(initialState, { ui: 'pane-step', by: -1 }, some).pane).toBe('timeline');
    expect(reduce(initialState, { ui: 'pane', to: 2 }, some).pane).toBe('containers');
  });
});

describe('Esc unwinds', () => {
  test('typing, then the filter, then the top layer, then full screen', () => {
    let state = press(initialState, { ui: 'zoom' }, { ui: 'open' }, { ui: 'filter' });
    state = insert(state, 'etcd');
    expect([state.typing, filterOf(state), state.layers.length, state.zoomed]).toEqual([true, 'etcd', 1, true]);
    state = press(state, { ui: 'back' });
    expect([state.typing, filterOf(state), state.layers.length, state.zoomed]).toEqual([false, 'etcd', 1, true]);
    state = press(state, { ui: 'back' });
    expect([filterOf(state), state.layers.length, state.zoomed]).toEqual(['', 1, true]);
    state = press(state, { ui: 'back' });
    expect([state.layers.length, state.zoomed]).toEqual([0, true]);
    state = press(state, { ui: 'back' });
    expect(state.zoomed).toBe(false);
    expect(press(state, { ui: 'back' }).ended).toBe(false);
  });

  test('a palette closes at once', () => {
    expect(press(initialState, { ui: 'palette' }, { ui: 'back' }).layers).toEqual([]);
  });
});

describe('quitting', () => {
  test('q closes the top layer and quits at the root', () => {
    const state = press(initialState, { ui: 'help' }, { ui: 'quit' });
    expect([state.layers.length, state.ended]).toEqual([0, false]);
    expect(press(state, { ui: 'quit' }).ended).toBe(true);
  });

  test('^C quits from anywhere', () => {
    expect(press(initialState, { ui: 'help' }, { ui: 'filter' }, { ui: 'quit-now' }).ended).toBe(true);
  });
});

describe('filters', () => {
  test('each pane has its own', () => {
    const state = press(insert(press(initialState, { ui: 'filter' }), 'x'), { ui: 'accept' }, { ui: 'pane', to: 2 });
    expect(filterOf(state)).toBe('');
    expect(filterOf(press(state, { ui: 'pane', to: 1 }))).toBe('x');
  });

  test('Backspace takes a whole character, ^U everything', () => {
    const state = insert(press(initialState, { ui: 'filter' }), 'ab😀');
    expect(filterOf(press(state, { ui: 'erase' }))).toBe('ab');
    expect(filterOf(press(state, { ui: 'erase-all' }))).toBe('');
  });
});

describe('sorting', () => {
  const choose = (state: UiState) => press(state, { ui: 'sort' }, { ui: 'accept' });

  test('the same column again reverses, and again', () => {
    const once = choose(initialState);
    expect(once.sorts.containers).toEqual({ column: 'name', descending: false });
    expect(choose(once).sorts.containers).toEqual({ column: 'name', descending: true });
    expect(choose(choose(once)).sorts.containers).toEqual({ column: 'name', descending: false });
  });

  test('the menu opens on the column sorted by; s goes to the next, and round', () => {
    const byCpu = press(initialState, { ui: 'sort' }, { ui: 'move', by: 1 }, { ui: 'accept' });
    expect(byCpu.sorts.containers?.column).toBe('cpu');
    expect(press(byCpu, { ui: 'sort' }).layers.at(-1)).toMatchObject({ kind: 'sort', index: 1 });
    const menu: Shown = { ...shown, lines: 2 };
    const round = [{ ui: 'sort' }, { ui: 'sort' }, { ui: 'sort' }] as const;
    expect(round.reduce((state, intent) => reduce(state, intent, menu), initialState).layers.at(-1)).toMatchObject({
      index: 0,
    });
  });
});

describe('layers', () => {
  test('scroll within their lines', () => {
    const help = press(initialState, { ui: 'help' }, { ui: 'jump', to: 'last' });
    expect(help.layers.at(-1)).toMatchObject({ top: 8 });
    expect(press(help, { ui: 'move', by: 1 }).layers.at(-1)).toMatchObject({ top: 8 });
    expect(press(help, { ui: 'page', by: -1 }).layers.at(-1)).toMatchObject({ top: 6 });
  });

  test('events open at their end, and from the timeline by Enter', () => {
    expect(press(initialState, { ui: 'events' }).layers.at(-1)).toMatchObject({ kind: 'events', top: Infinity });
    expect(press(initialState, { ui: 'pane', to: 5 }, { ui: 'open' }).layers.at(-1)?.kind).toBe('events');
  });

  test('their own key closes them again', () => {
    expect(press(initialState, { ui: 'help' }, { ui: 'help' }).layers).toEqual([]);
  });

  test('what they cannot do is not enabled', () => {
    const help = press(initialState, { ui: 'help' });
    for (const ui of ['open', 'sort', 'stopped', 'zoom'] as const) {
      expect([ui, isEnabled(help, { ui })]).toEqual([ui, false]);
      expect([ui, isEnabled(initialState, { ui })]).toEqual([ui, true]);
    }
    expect(isEnabled(initialState, { ui: 'back' })).toBe(false);
    expect(isEnabled(help, { ui: 'back' })).toBe(true);
  });
});

test('scopes follow what is on top', () => {
  expect(scopesOf(initialState)).toEqual(['list', 'global']);
  expect(scopesOf(press(initialState, { ui: 'filter' }))[0]).toBe('text');
  expect(scopesOf(press(initialState, { ui: 'palette' }))[0]).toBe('text');
  expect(scopesOf(press(initialState, { ui: 'sort' }))[0]).toBe('dialog');
});
