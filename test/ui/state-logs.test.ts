import { describe, expect, test } from 'vitest';
import type { Intent } from '../../source/keys/types.ts';
import type { LineId } from '../../source/logs/types.ts';
import { initialState, nothingShown, type Shown, type UiState } from '../../source/ui/layers.ts';
import type { LogLayer, LogShown } from '../../source/ui/log-types.ts';
import { insert, reduce } from '../../source/ui/state.ts';
import { isEnabled, scopesOf } from '../../source/ui/state-keys.ts';
import { logOf, openedLog, told } from '../../source/ui/state-logs.ts';

const id = (position: number): LineId => ({ slot: position, seq: position + 1 });
const at = ({ slot }: LineId) => slot;

/** Lines `from` to `to`, a second apart, of which the last ten before `bottom` are on screen; those in `hits` match. */
type Lines = { from?: number; to?: number; bottom?: number; hits?: readonly number[] };
function linesShown({ from = 0, to = 99, bottom = to, hits = [] }: Lines = {}): LogShown {
  const within = (position: number) => Math.max(from, Math.min(to, position));
  const where = (line: LineId | null) => (line === null ? to : within(at(line)));
  return {
    ids: Array.from({ length: 10 }, (_, row) => id(bottom - 9 + row)),
    step: (line, by) => id(within(where(line) + by)),
    first: () => id(from),
    slots: () => Int32Array.from({ length: to - from + 1 }, (_, index) => id(from + index).slot),
    last: () => id(to),
    hit(line, direction) {
      const beyond = line === null ? to + 1 : at(line);
      const found = direction > 0 ? hits.find((hit) => hit > beyond) : hits.findLast((hit) => hit < beyond);
      return found === undefined ? null : id(found);
    },
    at: (ms) => (ms > to * 1000 ? null : id(within(Math.ceil(ms / 1000)))),
    ms: (line) => (at(line) < from ? null : at(line) * 1000),
  };
}

const shown: Shown = { ...nothingShown, log: linesShown(), services: ['etcd1', 'redis1', 'redis2'], lines: 6 };
const hits: Shown = { ...shown, log: linesShown({ hits: [10, 50, 95] }) };
const open = openedLog({ ...initialState, logs: true }, null, null);
const intentOf = (intent: Intent | string): Intent =>
  typeof intent === 'string' ? ({ ui: intent } as Intent) : intent;
const pressOn = (on: Shown, state: UiState, ...intents: readonly (Intent | string)[]): UiState =>
  intents.reduce<UiState>((before, intent) => reduce(before, intentOf(intent), on), state);
const press = (state: UiState, ...intents: readonly (Intent | string)[]) => pressOn(shown, state, ...intents);
const log = (state: UiState): LogLayer => {
  const found = logOf(state);
  if (found === null) throw new Error('no log is open');
  return found;
};
const cursor = (state: UiState) => {
  const line = log(state).cursor;
  return line === null ? null : at(line);
};
const top = (state: UiState) => {
  const line = log(state).top;
  return line === null ? null : at(line);
};
const up: Intent = { ui: 'move', by: -1 };
const down: Intent = { ui: 'move', by: 1 };

describe('following', () => {
  test('ends by going up, where what is shown stays in place', () => {
    const state = press(open, up);
    expect([cursor(state), top(state)]).toEqual([98, 90]);
    expect(cursor(press(open, down))).toBeNull();
  });

  test('is taken up again by G, by f, and by going on past the newest line', () => {
    const away = press(open, up);
    expect(cursor(press(away, { ui: 'jump', to: 'last' }))).toBeNull();
    expect(cursor(press(away, 'log-follow'))).toBeNull();
    expect(cursor(press(away, down))).toBe(99);
    expect(cursor(press(away, down, down))).toBeNull();
    expect(top(press(away, down, down))).toBeNull();
  });

  test('f stops at what is on screen, and so does holding the screen', () => {
    for (const key of ['log-follow', 'hold']) {
      const state = press(open, key);
      expect([key, cursor(state), top(state)]).toEqual([key, 99, 90]);
    }
    expect(cursor(press(open, 'hold', 'hold'))).toBe(99);
  });

  test('a page moves what is shown along with the cursor', () => {
    const state = press(open, { ui: 'page', by: -1 });
    expect([cursor(state), top(state)]).toEqual([90, 81]);
    const half = press(open, { ui: 'page', by: -0.5 });
    expect([cursor(half), top(half)]).toEqual([95, 86]);
    const first = press(open, { ui: 'jump', to: 'first' });
    expect([cursor(first), top(first)]).toEqual([0, 0]);
  });

  test('from a line that has fallen out, it goes on at the oldest', () => {
    const old = press(open, { ui: 'jump', to: 'first' });
    const later: Shown = { ...shown, log: linesShown({ from: 40, to: 140, bottom: 49 }) };
    expect(cursor(pressOn(later, old, down))).toBe(41);
    expect(cursor(pressOn(later, old, up))).toBe(40);
  });
});

describe('a search', () => {
  const typed = insert(press(open, 'filter'), 'ERR');

  test('is typed, kept by Enter, and cleared by Esc before marks and the log', () => {
    expect([typed.typing, log(typed).filter, scopesOf(typed)]).toEqual([
      true,
      'ERR',
      ['text', 'log', 'list', 'global'],
    ]);
    let state = press(typed, 'accept');
    expect([state.typing, log(state).filter, scopesOf(state)]).toEqual([false, 'ERR', ['log', 'list', 'global']]);
    state = press(state, 'log-mark', 'log-only', 'filter', 'back');
    expect([state.typing, log(state).filter, log(state).only]).toEqual([false, 'ERR', true]);
    state = press(state, 'back');
    expect([log(state).filter, log(state).only, log(state).marked]).toEqual(['', false, [id(99)]]);
    state = press(state, 'back');
    expect(log(state).marked).toEqual([]);
    expect(press(state, 'back').layers).toEqual([]);
  });

  test('q closes the log at once', () => {
    expect(press(press(typed, 'accept'), 'quit').layers).toEqual([]);
  });

  test('n and N go from match to match, from following to the newest, and say where there is none', () => {
    const newest = pressOn(hits, typed, 'accept', { ui: 'log-hit', by: 1 });
    expect(cursor(newest)).toBe(95);
    expect(top(newest)).toBe(90);
    const before = pressOn(hits, newest, { ui: 'log-hit', by: -1 });
    // Out of sight: with some lines before it.
    expect([cursor(before), top(before)]).toEqual([50, 47]);
    expect(cursor(pressOn(hits, before, { ui: 'log-hit', by: 1 }))).toBe(95);
    const none = pressOn(hits, newest, { ui: 'log-hit', by: 1 });
    expect([cursor(none), log(none).said]).toEqual([95, 'no newer match']);
    expect(log(press(typed, { ui: 'log-hit', by: -1 })).said).toBe('no match');
  });

  test('its keys are there only while there is one', () => {
    for (const ui of ['log-hit', 'log-only'] as const) {
      expect([ui, isEnabled(open, { ui, by: 1 } as Intent)]).toEqual([ui, false]);
      expect([ui, isEnabled(typed, { ui, by: 1 } as Intent)]).toEqual([ui, true]);
    }
    expect(isEnabled(typed, { ui: 'log-context', by: 1 })).toBe(false);
    const only = press(typed, 'log-only');
    expect(isEnabled(only, { ui: 'log-context', by: 1 })).toBe(true);
    expect(log(press(only, 'erase-all')).only).toBe(false);
  });

  test('context grows and shrinks down to none', () => {
    const [more, less]: readonly [Intent, Intent] = [
      { ui: 'log-context', by: 1 },
      { ui: 'log-context', by: -1 },
    ];
    expect(press(typed, more, more, less).logLook.context).toBe(1);
    expect(press(typed, less).logLook.context).toBe(0);
  });
});

describe('how lines look', () => {
  test('timestamps go round', () => {
    const styles = [1, 2, 3, 4].map((times) => press(open, ...Array(times).fill('log-stamps')).logLook.stamps);
    expect(styles).toEqual(['full', 'relative', 'none', 'time']);
  });

  test('is kept when the log is closed and opened again', () => {
    const state = press(open, 'log-wrap', 'log-raw', 'log-ansi', 'quit');
    expect(openedLog(state, null, null).logLook).toMatchObject({ wrap: true, raw: true, ansi: false });
  });

  test('wrapped lines are not scrolled to the side', () => {
    const right: Intent = { ui: 'log-shift', by: 1 };
    const left: Intent = { ui: 'log-shift', by: -1 };
    expect(log(press(open, right, right)).shift).toBe(32);
    expect(log(press(open, right, left, left)).shift).toBe(0);
    const wrapped = press(open, right, 'log-wrap');
    expect([log(wrapped).shift, isEnabled(wrapped, right), isEnabled(open, right)]).toEqual([0, false, true]);
  });
});

describe('menus of toggles', () => {
  test('Space shows or hides, and Enter keeps what was toggled', () => {
    const state = press(open, 'log-services', 'toggle', down, down, 'toggle', 'accept');
    expect([log(state).services, state.layers.length]).toEqual([['redis1'], 1]);
    expect(log(press(state, 'log-services', up, 'toggle')).services).toEqual(['etcd1', 'redis1']);
  });

  test('Enter without any keeps only this service, or this level and what is worse', () => {
    expect(log(press(open, 'log-services', down, 'accept')).services).toEqual(['redis1']);
    expect(log(press(open, 'log-levels', down, down, down, 'accept')).levels).toEqual(['warning', 'error', 'fatal']);
    expect(log(press(open, 'log-levels', 'accept')).levels).toBeNull();
  });

  test('they begin at what is shown, so that Enter once more changes nothing', () => {
    const one = press(open, 'log-services', down, down, 'accept');
    expect(log(press(one, 'log-services', 'accept')).services).toEqual(['redis2']);
    const worse = press(open, 'log-levels', down, down, down, 'accept');
    expect(log(press(worse, 'log-levels', 'accept')).levels).toEqual(log(worse).levels);
  });

  test('all is no choice at all, so that what comes new is shown too', () => {
    const some = press(open, 'log-services', 'toggle');
    expect(log(some).services).toEqual(['redis1', 'redis2']);
    expect(log(press(some, 'toggle')).services).toBeNull();
    expect(log(press(some, 'all')).services).toBeNull();
    expect(log(press(open, 'log-levels', 'toggle', 'toggle')).levels).toBeNull();
  });

  test('a service that is chosen and not there stays chosen', () => {
    const elsewhere = openedLog({ ...initialState, logs: true }, ['gone'], null);
    expect(log(press(elsewhere, 'log-services', 'toggle')).services).toEqual(['etcd1', 'gone']);
  });

  test('their keys are theirs alone', () => {
    expect([isEnabled(open, { ui: 'toggle' }), isEnabled(open, { ui: 'all' })]).toEqual([false, false]);
    const menu = press(open, 'log-levels');
    expect([isEnabled(menu, { ui: 'toggle' }), isEnabled(menu, { ui: 'log-copy' }), scopesOf(menu)[0]]).toEqual([
      true,
      false,
      'dialog',
    ]);
  });
});

test('Space marks line after line, and unmarks', () => {
  const state = press(open, up, up, 'log-mark', 'log-mark');
  expect([log(state).marked, cursor(state)]).toEqual([[id(97), id(98)], 99]);
  expect(log(press(state, up, 'log-mark')).marked).toEqual([id(97)]);
});

test('what a key changed that may not show is said', () => {
  const said = (...keys: Parameters<typeof press>[1][]) =>
    keys.map((key, index) => log(press(open, ...keys.slice(0, index + 1))).said ?? String(key));
  expect(said('log-raw', 'log-raw')).toEqual(['lines as they were written', 'lines taken apart']);
  expect(said('log-ansi', 'log-ansi')).toEqual(['colours of lines left out', 'colours of lines kept']);
});

test('what was said is gone with the next key, typed text included', () => {
  const said = told(open, 'copied the line');
  expect(log(press(said, 'log-wrap')).said).toBeNull();
  expect(log(insert(said, 'x')).said).toBeNull();
});

test('without logs there are no keys of them', () => {
  const timeline: UiState = { ...initialState, pane: 'timeline' };
  for (const ui of ['logs', 'log-jump', 'log-copy', 'log-follow'] as const) {
    expect([ui, isEnabled(timeline, { ui })]).toEqual([ui, false]);
  }
  expect(isEnabled({ ...timeline, logs: true }, { ui: 'log-jump' })).toBe(true);
  expect(isEnabled({ ...initialState, logs: true }, { ui: 'log-jump' })).toBe(false);
  expect(isEnabled({ ...initialState, logs: true }, { ui: 'logs' })).toBe(true);
});

test('a time is typed where it is asked for, and nothing moves meanwhile', () => {
  const asked = insert(press(open, 'log-time'), '-1x');
  expect(asked.layers.at(-1)).toEqual({ kind: 'log-time', typed: '-1x', trouble: null });
  expect(press(asked, 'erase').layers.at(-1)).toMatchObject({ typed: '-1' });
  expect([scopesOf(asked)[0], isEnabled(asked, up), isEnabled(asked, { ui: 'accept' })]).toEqual(['text', false, true]);
  expect(press(asked, 'back').layers).toEqual(open.layers);
});

test('another pane closes the log', () => {
  expect(press(open, { ui: 'pane', to: 2 }).layers).toEqual([]);
});
