import { expect, test } from 'vitest';
import { harmless, harmlessPieces } from '../../source/logs/harmless.ts';
import { widthOf } from '../../source/ui/parts/text.ts';

test.each([
  ['plain', 'plain', 5],
  ['a\x00b\x1b[31m\x7f', 'a␀b␛[31m␡', 9],
  ['10 %\r20 %', '10 %␍20 %', 9],
  ['a\x85b\x9b', 'a�b�', 4],
  ['user\u202etxt.exe\u2066\u200f', 'usertxt.exe', 11],
  ['zero\u200bwidth\ufeff\u00ad', 'zerowidth', 9],
  ['half \ud83d and \udc00', 'half � and �', 12],
  ['a\u2028b', 'a b', 3],
  ['漢字とかな', '漢字とかな', 10],
  ['한국어', '한국어', 6],
  ['\u1112\u1161\u11ab\u1100', '한�', 3],
  ['👩\u200d👩\u200d👧 👍🏽 ❤\ufe0f', '👩👩👧 👍 ❤', 11],
  ['🇩🇪🇫', 'DEF', 3],
  ['e\u0301', 'e\u0301', 1],
  [`z${'\u0335'.repeat(50)}`, `z${'\u0335'.repeat(4)}`, 1],
])('%j is shown as %j', (text, shown, columns) => {
  expect(harmless(text)).toBe(shown);
  expect(widthOf(shown)).toBe(columns);
});

test.each([
  ['\tx', '        x'],
  ['1234567\tx', '1234567 x'],
  ['12345678\tx', '12345678        x'],
  ['漢字\tx', '漢字    x'],
  ['a\u0301\tx', 'a\u0301       x'],
  ['\x00\tx\t', '␀       x       '],
])('a tab in %j goes to the next eighth column', (text, shown) => {
  expect(harmless(text)).toBe(shown);
});

test('tabs are counted from the beginning of the line, not of a piece', () => {
  expect(harmlessPieces('abc\x1b[31mdef\tg\x1b[0m\th', true)).toEqual([
    { text: 'abc', sgr: '' },
    { text: 'def  g', sgr: '31' },
    { text: '       h', sgr: '' },
  ]);
});

test('the end of a line of Windows is not shown', () => {
  expect(harmlessPieces('text\r', true)).toEqual([{ text: 'text', sgr: '' }]);
});

test('only the beginning of a long line is looked at', () => {
  expect(harmlessPieces('x'.repeat(1_000_000), true, 100)).toEqual([{ text: 'x'.repeat(100), sgr: '' }]);
});
