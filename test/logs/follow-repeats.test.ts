import { expect, test } from 'vitest';
import { repeatsOf } from '../../source/logs/follow-repeats.ts';

/** Which of these lines are new: a stamp in ms and a text each. */
function fresh(lines: readonly (readonly [number, string])[]): string[] {
  const isRepeated = repeatsOf();
  return lines.filter(([ms, text]) => !isRepeated({ ms, ns: 5 }, Buffer.from(text))).map(([, text]) => text);
}

const numbered = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => [1_000_000 + from + at, `line ${from + at}`] as const);

test.each([1, 2, 300, 20_000])('the last %d lines, sent once more when the log was rotated, are known', (again) => {
  const lines = [...numbered(0, 50_000), ...numbered(50_000 - again, 50_000), ...numbered(50_000, 50_010)];
  expect(fresh(lines)).toEqual(numbered(0, 50_010).map(([, text]) => text));
});

test('what is sent three times is known too', () => {
  const lines = [...numbered(0, 9), ...numbered(4, 9), ...numbered(7, 12), ...numbered(7, 12), ...numbered(12, 15)];
  expect(fresh(lines)).toEqual(numbered(0, 15).map(([, text]) => text));
});

test('a clock that is set back costs no line, nor does one that stands still', () => {
  const back = numbered(0, 1_000).map(([ms], at) => [ms - 500.5, `later ${at}`] as const);
  expect(fresh([...numbered(0, 1_000), ...back])).toHaveLength(2_000);
  const still = Array.from({ length: 500 }, (_, at) => [1_000_000, `${'long '.repeat(at % 40)}${at}`] as const);
  expect(fresh(still)).toHaveLength(500);
});
