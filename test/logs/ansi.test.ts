import { expect, test } from 'vitest';
import { piecesOf, stripped } from '../../source/logs/ansi.ts';

const pieces = (text: string) => piecesOf(text, true).map((piece) => [piece.text, piece.sgr]);

test('a text without sequences is one piece, an empty one is none', () => {
  expect(pieces('plain, 漢字\tand \x07')).toEqual([['plain, 漢字\tand \x07', '']]);
  expect(pieces('')).toEqual([]);
  expect(pieces('\x1b[1m\x1b[0m')).toEqual([]);
});

test.each([
  ['\x1b[1;31mbold red', '1;31'],
  ['\x1b[31m\x1b[1mbold red in two', '1;31'],
  ['\x1b[0;1;4;7;2;3mall', '1;2;3;4;7'],
  ['\x1b[38;5;208mindexed', '38;5;208'],
  ['\x1b[48;2;1;2;3mtrue', '48;2;1;2;3'],
  ['\x1b[38:2::1:2:3mcolons', '38;2;1;2;3'],
  ['\x1b[38:5:9mcolons', '38;5;9'],
  ['\x1b[97;104mbright', '97;104'],
  ['\x1b[4:3mcurly', '4'],
  ['\x1b[21mdouble', '4'],
  ['\x9b32m8-bit', '32'],
  ['\x1b[1m\x1b[22mno longer', ''],
  ['\x1b[31;42;3m\x1b[39;49;23mno longer', ''],
  ['\x1b[31m\x1b[mreset', ''],
  ['\x1b[4m\x1b[4:0mno longer', ''],
  ['\x1b[5;6;8;9;53mnothing that blinks or hides', ''],
  ['\x1b[58;5;3;31mred, its underline not', '31'],
  ['\x1b[38;5;300mno such colour', ''],
  ['\x1b[38;5mbroken off', ''],
  ['\x1b[?31mprivate', ''],
  ['\x1b[31 mwith an intermediate', ''],
  ['\x1b(mno CSI', ''],
])('%j is styled %j', (text, sgr) => {
  expect(pieces(text)).toEqual([[stripped(text), sgr]]);
});

test('pieces of one style are one, whatever was said between them', () => {
  expect(pieces('\x1b[31ma\x1b[Kb\x1b[31mc\x1b[39md')).toEqual([
    ['abc', '31'],
    ['d', ''],
  ]);
  expect(piecesOf('\x1b[31ma\x1b[32mb', false)).toEqual([{ text: 'ab', sgr: '' }]);
});

test.each([
  ['a\x1b[2J\x1b[10;20Hb', 'ab'],
  ['a\x1b]0;title\x07b', 'ab'],
  ['a\x1b]8;;https://example.org\x1b\\link\x1b]8;;\x1b\\b', 'alinkb'],
  ['a\x9d52;c;aGk=\x9cb', 'ab'],
  ['a\x1bP$q"p\x1b\\b', 'ab'],
  ['a\x1b_application\x1b\\b\x1b^private\x1b\\c\x1bXstring\x1b\\d', 'abcd'],
  ['a\x1bPbell \x07 is part of it\x1b\\b', 'ab'],
  ['a\x1bcb\x1b7\x1b(Bc', 'abc'],
  ['a\x1b', 'a'],
  ['a\x1b[', 'a'],
  ['a\x1b[31', 'a'],
  ['a\x1b[31漢', 'a漢'],
  ['a\x1b]0;never ends', 'a'],
  ['a\x1b]0;cancelled\x18b', 'ab'],
  ['a\x1b]0;interrupted\x1b[31mb', 'ab'],
  ['a\x1b\x1b[31mb', 'ab'],
  ['a\x1b漢', 'a漢'],
])('%j reads %j', (text, read) => {
  expect(stripped(text)).toBe(read);
});

test('no more text than was asked for, however many sequences there are', () => {
  expect(piecesOf('\x1b[31mabc\x1b[32mdef', true, 4)).toEqual([
    { text: 'abc', sgr: '31' },
    { text: 'd', sgr: '32' },
  ]);
  expect(piecesOf('abc', true, 2)).toEqual([{ text: 'ab', sgr: '' }]);
  expect(piecesOf('abc', true, 0)).toEqual([]);
});
