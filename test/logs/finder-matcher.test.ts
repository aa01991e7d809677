import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { createMatcher } from '../../source/logs/finder-matcher.ts';

const bomb = `${'a'.repeat(40)}b`;

test('it tells of every text whether it matches, batch after batch', async () => {
  const matcher = createMatcher('warn|\\d$');
  try {
    const [first, none, second] = await Promise.all([
      matcher.test(['a WARNING', 'fine', '\x1b[33mwa\x1b[1mrn\x1b[0m', 'x 7']),
      matcher.test([]),
      matcher.test(Array.from({ length: 20_000 }, (_, index) => `${index}${index % 2 ? '' : '.'}`)),
    ]);
    expect(first).toEqual([true, false, true, true]);
    expect(none).toEqual([]);
    expect(second.filter(Boolean)).toHaveLength(10_000);
  } finally {
    matcher.close();
  }
});

test('what is no expression is refused in one line', () => {
  expect(() => createMatcher('(')).toThrowError(
    expect.objectContaining({ kind: 'usage', message: 'not a regular expression (unterminated group)' }),
  );
});

test('a line that takes too long is an error, and only of its batch', async () => {
  const matcher = createMatcher('(a+)+$');
  try {
    await expect(matcher.test(['x', bomb])).rejects.toMatchObject({
      kind: 'timeout',
      message: '(a+)+$ takes too long on a line',
    });
    expect(await matcher.test(['aa', 'b'])).toEqual([true, false]);
  } finally {
    matcher.close();
  }
});

test('long texts go in small batches', async () => {
  const matcher = createMatcher('x');
  try {
    const long = 'a'.repeat(600_000);
    const texts = [long, 'x', long, long, '', long, `${long}x`, ...Array<string>(60).fill(long)];
    const matches = await matcher.test(texts);
    expect(matches).toHaveLength(texts.length);
    expect(matches.flatMap((matched, index) => (matched ? [index] : []))).toEqual([1, 6]);
  } finally {
    matcher.close();
  }
});

test('closed, it answers no more', async () => {
  const matcher = createMatcher('(a+)+$');
  const begun = expect(matcher.test([bomb])).rejects.toMatchObject({ kind: 'closed' });
  await new Promise(setImmediate);
  matcher.close();
  await begun;
  await expect(matcher.test(['a'])).rejects.toMatchObject({ kind: 'closed' });
});

test('a process waits for an answer, but does not stay for the thread', async () => {
  const module = JSON.stringify(join(import.meta.dirname, '../../source/logs/finder-matcher.ts'));
  const script = `const { createMatcher } = await import(${module});
    console.log(JSON.stringify(await createMatcher('b').test(['abc', 'xyz'])));`;
  const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', script], {
    timeout: 20_000,
  });
  expect(stdout).toBe('[true,false]\n');
});
