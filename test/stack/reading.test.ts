import { expect, test } from 'vitest';
import { ageMs, judge, nextChange } from '../../source/stack/reading.ts';

const answered = { value: 'leader', at: 10_000, tookMs: 3, problem: null };
const timeout = { kind: 'timeout', message: 'no answer', cause: null, tookMs: 1_000 } as const;
const refused = { ...timeout, kind: 'refused' } as const;
const at = (now: number, attempts: Parameters<typeof judge<string>>[0] = answered, present = true) =>
  judge(attempts, now, 1_000, present).status;

test('an answer is ok, then stale, then failed, by its age in intervals', () => {
  expect([10_000, 11_500, 11_501, 12_500, 12_501].map((now) => at(now))).toEqual([
    'ok',
    'ok',
    'stale',
    'stale',
    'failed',
  ]);
});

test('a missed deadline makes it stale at once, a refusal failed at once', () => {
  expect(at(10_100, { ...answered, problem: timeout })).toBe('stale');
  expect(at(10_100, { ...answered, problem: refused })).toBe('failed');
});

test('before the first answer it is stale, and failed once it went wrong', () => {
  const never = { value: null, at: null, tookMs: null, problem: null };
  expect(at(10_000, never)).toBe('stale');
  expect(at(10_000, { ...never, problem: timeout })).toBe('failed');
});

test('nobody there is absent whatever was known, and the value is kept', () => {
  expect(judge(answered, 10_000, 1_000, false)).toMatchObject({ status: 'absent', value: 'leader' });
});

test('the next change is when the status differs, and never again after failed', () => {
  for (const now of [10_000, 11_000, 11_600, 12_400]) {
    const next = nextChange(answered, now, 1_000);
    expect(next).not.toBeNull();
    expect(at(next ?? 0)).not.toBe(at(now));
    expect(at((next ?? 0) - 1)).toBe(at(now));
  }
  expect(nextChange(answered, 12_501, 1_000)).toBeNull();
});

test('a clock that went backwards gives no negative age', () => {
  expect(ageMs(judge(answered, 9_000, 1_000, true), 9_000)).toBe(0);
});
