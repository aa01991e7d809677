import { expect, test } from 'vitest';
import { parsePattern } from '../../source/logs/finder-pattern.ts';

const flagsOf = (pattern: string) => {
  const parsed = parsePattern(pattern);
  return 'flags' in parsed ? parsed.flags : parsed.trouble;
};

test('a pattern all in lower case matches any case', () => {
  expect(flagsOf('error')).toBe('i');
  expect(flagsOf('größe')).toBe('i');
  expect(flagsOf('Error')).toBe('');
  expect(flagsOf('Größe|ÜBER')).toBe('');
});

test('capitals that are no letters to be matched do not make it strict', () => {
  for (const pattern of ['\\S+ \\W\\D\\B', '\\x4Aa', '\\u00C4', '\\cJ', '(?<Name>a)\\k<Name>']) {
    expect([pattern, flagsOf(pattern)]).toEqual([pattern, 'i']);
  }
  for (const pattern of ['\\\\Server', '\\SError', '(?<name>A)', '(?<!A)', '(?<=A)b']) {
    expect([pattern, flagsOf(pattern)]).toEqual([pattern, '']);
  }
});

test('what grep and JSON are full of is no error', () => {
  for (const pattern of ['{"level":"warn"', 'a\\-b', '\\"msg\\"', '[\\w-]+', 'x{,3}', 'a]b}']) {
    expect([pattern, flagsOf(pattern)]).toEqual([pattern, 'i']);
  }
});

test('what is no expression says why', () => {
  expect(flagsOf('(')).toBe('not a regular expression (unterminated group)');
  expect(flagsOf('a: (')).toBe('not a regular expression (unterminated group)');
  expect(flagsOf('*')).toBe('not a regular expression (nothing to repeat)');
  expect(flagsOf('[z-a]')).toBe('not a regular expression (range out of order in character class)');
  expect(flagsOf('x\\')).toBe('not a regular expression (\\ at end of pattern)');
});
