import { expect, test } from 'vitest';
import type { Intent } from '../../source/keys/types.ts';
import type { Finder, Logs } from '../../source/logs/types.ts';
import { initialState, nothingShown, type Shown, type UiState } from '../../source/ui/layers.ts';
import { logEffects } from '../../source/ui/log-effects.ts';
import { logWindow } from '../../source/ui/log-window.ts';
import { insert, reduce } from '../../source/ui/state.ts';
import { logOf } from '../../source/ui/state-logs.ts';
import { now } from '../helpers/snapshots.ts';
import { type FakeLine, fakeLogs } from '../screens/fake-logs.ts';

const lines = (texts: readonly string[], newest = 0): FakeLine[] =>
  texts.map((text, index) => ({ ago: newest + (texts.length - index) * 10, service: 'etcd1', text }));

/** Effects and reducer together, as the app has them, with a log of all services open; everything that is kept shows. */
function surroundings(logs: Logs) {
  let state: UiState = { ...initialState, logs: true };
  const written: string[] = [];
  const change = (next: UiState): void => {
    state = effects.follow(state, next);
  };
  const effects = logEffects({
    logs,
    view: () => null,
    state: () => state,
    change,
    now: () => now,
    write: (sequence) => written.push(sequence),
    env: {},
    folder: () => '/nowhere',
  });
  const shown = (): Shown => {
    const matches = (slot: number) => logs.finder.matches(slot);
    const window = logWindow(logs.buffer, { sources: null, levels: null, matches, context: null });
    const ids = Array.from({ length: Math.min(10, logs.buffer.size) }, (_, row) =>
      logs.buffer.idOf(logs.buffer.slotAt(logs.buffer.size - Math.min(10, logs.buffer.size) + row)),
    );
    return { ...nothingShown, log: { ids, ...window.shown }, services: ['etcd1', 'redis1'] };
  };
  const press = (...intents: readonly (Intent | Intent['ui'])[]): void => {
    for (const each of intents) {
      const intent = (typeof each === 'string' ? { ui: each } : each) as Intent;
      if (!effects.perform(intent, shown())) change(reduce(state, intent, shown()));
    }
  };
  press('logs');
  return {
    press,
    type: (text: string) => change(insert(state, text)),
    written,
    reach: () => effects.reach(shown()),
    goal: (at: number) => change({ ...state, logGoal: at }),
    state: () => state,
    said: () => logOf(state)?.said,
    log: () => logOf(state),
  };
}

const copied = (written: readonly string[]) =>
  written.map((sequence) => Buffer.from(sequence.slice('\x1b]52;c;'.length, -1), 'base64').toString());

test('streams go along with the services that are shown, and end with the log', () => {
  const logs = fakeLogs(lines(['x']), { services: ['etcd1', 'redis1'] });
  const { press } = surroundings(logs);
  press('log-services', 'accept', 'log-wrap', 'log-follow', 'logs', 'logs');
  expect(logs.chosen).toEqual([null, ['etcd1'], [], null]);
});

test('every keystroke is searched for, and nothing is any more once the log is closed', () => {
  const searched: (string | null)[] = [];
  const fake = fakeLogs(lines(['x']));
  const finder: Finder = { ...fake.finder, search: (pattern) => searched.push(pattern) };
  const { press, type } = surroundings({ ...fake, finder });
  press('filter');
  type('a');
  type('b');
  press('erase', 'accept', 'log-wrap', 'quit');
  expect(searched).toEqual(['a', 'ab', 'a', null]);
});

test('what is new is counted from when the following ended', () => {
  const logs = fakeLogs(lines(['a', 'b', 'c']));
  const { press, log } = surroundings(logs);
  press({ ui: 'move', by: -1 });
  expect(log()?.pausedAt).toBe(3);
  logs.put(lines(['d'], -100));
  press({ ui: 'move', by: -1 });
  expect(log()?.pausedAt).toBe(3);
  press('log-follow', 'log-follow');
  expect(log()?.pausedAt).toBe(4);
});

test('no match is only so far while the search goes on', () => {
  const fake = fakeLogs(lines(['a']));
  const going = { pattern: 'zz', hits: 0, tested: 0, total: 1, caughtUp: false, trouble: null };
  const { press, type, said } = surroundings({ ...fake, finder: { ...fake.finder, state: going } });
  press('filter');
  type('zz');
  press('accept', { ui: 'log-hit', by: 1 });
  expect(said()).toBe('no match yet');
});

test('marked lines are copied in their order, as they were written', () => {
  const logs = fakeLogs(lines(['one', '\x1b[31mtwo', 'three']));
  const { press, written, said } = surroundings(logs);
  press('log-follow', 'log-mark', { ui: 'move', by: -2 }, 'log-mark', 'log-copy');
  expect(copied(written)).toEqual(['one\nthree']);
  expect(said()).toMatch(/^copied 2 lines/);
  press('back', { ui: 'jump', to: 'first' }, { ui: 'move', by: 1 }, 'log-copy');
  expect(copied(written).at(-1)).toBe('\x1b[31mtwo');
});

test('more than a terminal takes is cut, and said', () => {
  const logs = fakeLogs(lines(Array.from({ length: 80 }, () => 'x'.repeat(999))));
  const { press, written, said } = surroundings(logs);
  press({ ui: 'jump', to: 'first' });
  for (let line = 0; line < 80; line += 1) press('log-mark');
  press('log-copy');
  expect(said()).toBe('copied only 54k, 55 of 80 lines: a terminal takes no more');
  expect(copied(written)[0]).toHaveLength(54_999);
});

test('marks that have fallen out, or a log without lines, are no reason for an empty file', () => {
  const logs = fakeLogs(lines(['old']), { bounds: { lines: 2, bytes: 1_000_000 } });
  const { press, written, said } = surroundings(logs);
  press('log-follow', 'log-mark');
  logs.put(lines(['a', 'b', 'c'], -1_000));
  press('log-copy');
  expect([said(), written]).toEqual(['the marked lines have fallen out', []]);
  press('log-clear', 'log-save', 'accept');
  expect(said()).toBe('there is no line to save');
});

test('a moment is waited for until what there is has been read', () => {
  const logs = fakeLogs([], { services: ['etcd1'], states: { etcd1: 'reading' } });
  const { goal, reach, state, log } = surroundings(logs);
  const at = (ago: number) => now - ago;
  goal(at(5_000));
  reach();
  expect([log()?.cursor, state().logGoal]).toEqual([null, at(5_000)]);
  logs.put([{ ago: 1_000, service: 'etcd1', text: 'late' }]);
  reach();
  const first = log()?.cursor;
  expect([first === null, state().logGoal]).toEqual([false, at(5_000)]);
  logs.put([
    { ago: 4_000, service: 'etcd1', text: 'nearer' },
    { ago: 6_000, service: 'etcd1', text: 'before' },
  ]);
  reach();
  expect(logs.buffer.text(log()?.cursor?.slot ?? -1)).toBe('nearer');
  expect(state().logGoal).toBe(at(5_000));
});

test('once all has been read, the moment is reached, or there is nothing of it', () => {
  for (const [ago, found] of [
    [25, 'b'],
    [-60_000, null],
  ] as const) {
    const logs = fakeLogs(lines(['a', 'b', 'c'], 5), { services: ['etcd1'] });
    const { goal, reach, state, log } = surroundings(logs);
    goal(now - ago);
    reach();
    const cursor = log()?.cursor ?? null;
    expect([cursor && logs.buffer.text(cursor.slot), state().logGoal]).toEqual([found, null]);
  }
});

test('what was read before a moment is reached is nothing new, and a moment too old is told', () => {
  const logs = fakeLogs(lines(['a', 'b', 'c']), { services: ['etcd1'] });
  const { goal, reach, said, log } = surroundings(logs);
  goal(now - 3_600_000);
  reach();
  expect([log()?.pausedAt, said()]).toEqual([3, expect.stringMatching(/^what is kept begins at /)]);
});

test('a key that moves is no longer drawn back to that moment', () => {
  const logs = fakeLogs(lines(['a', 'b', 'c']), { states: { etcd1: 'reading' } });
  const { goal, reach, press, state } = surroundings(logs);
  goal(now - 60_000);
  reach();
  press({ ui: 'move', by: 1 });
  expect(state().logGoal).toBeNull();
});
