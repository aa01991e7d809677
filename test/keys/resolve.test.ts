import { expect, test } from 'vitest';
import { chordsOf, type KeyFlags, showChord } from '../../source/keys/chord.ts';
import { resolve } from '../../source/keys/resolve.ts';

const none: KeyFlags = {
  upArrow: false,
  downArrow: false,
  leftArrow: false,
  rightArrow: false,
  pageDown: false,
  pageUp: false,
  home: false,
  end: false,
  return: false,
  escape: false,
  tab: false,
  backspace: false,
  delete: false,
  ctrl: false,
  shift: false,
  meta: false,
};

test('the innermost scope decides', () => {
  expect(resolve('enter', ['dialog', 'list', 'global'])).toMatchObject({ binding: { id: 'dialog.accept' } });
  expect(resolve('enter', ['list', 'global'])).toMatchObject({ binding: { id: 'list.open' } });
  expect(resolve('q', ['dialog', 'list', 'global'])).toMatchObject({ binding: { id: 'screen.quit' } });
});

test('while text is typed, every printable character is text, and control keys are not', () => {
  for (const chord of ['q', 'j', '?', ':', '1', 'ä', '数', '😀']) {
    expect(resolve(chord, ['text', 'list', 'global'])).toEqual({ text: chord });
  }
  expect(resolve('space', ['text', 'global'])).toEqual({ text: ' ' });
  expect(resolve('ctrl+c', ['text', 'list', 'global'])).toMatchObject({ binding: { id: 'screen.quit-now' } });
  expect(resolve('ctrl+u', ['text', 'list', 'global'])).toMatchObject({ binding: { id: 'text.erase-all' } });
});

test('what is not enabled is not matched, and an outer scope may have it', () => {
  expect(resolve('enter', ['dialog', 'list'], ({ scope }) => scope !== 'dialog')).toMatchObject({
    binding: { id: 'list.open' },
  });
  expect(resolve('s', ['list', 'global'], ({ id }) => id !== 'list.sort')).toBeNull();
});

test('an unknown chord is nothing', () => {
  expect(resolve('K', ['list', 'global'])).toBeNull();
  expect(resolve('ctrl+k', ['list', 'global'])).toBeNull();
});

test('keys typed faster than they are read are as many chords', () => {
  expect(chordsOf('jjG', none)).toEqual(['j', 'j', 'G']);
  expect(chordsOf('a\r', none)).toEqual(['a', 'enter']);
  expect(chordsOf('\x12q', none)).toEqual(['ctrl+r', 'q']);
  expect(chordsOf('数 x', none)).toEqual(['数', 'space', 'x']);
});

test('Alt+x and keys without a name are no chord', () => {
  expect(chordsOf('x', { ...none, meta: true })).toEqual([]);
  expect(chordsOf('', none)).toEqual([]);
});

test('chords are shown as people write them', () => {
  expect(['ctrl+r', 'shift+tab', 'up', 'G', 'esc'].map((chord) => showChord(chord))).toEqual([
    '^R',
    '⇧Tab',
    '↑',
    'G',
    'Esc',
  ]);
  expect(showChord('shift+tab', true)).toBe('Shift+Tab');
});
