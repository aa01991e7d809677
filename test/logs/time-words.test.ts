import { expect, test } from 'vitest';
import { parseMoment } from '../../source/logs/time-words.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-23T21:04:11.500Z');
const iso = (typed: string) => {
  const moment = parseMoment(typed, now);
  return moment === null ? null : new Date(moment.ms).toISOString();
};

test('a time of day is the last one there was', () => {
  expect(iso('21:04')).toBe('2026-11-23T21:04:00.000Z');
  expect(iso('21:04:11')).toBe('2026-11-23T21:04:11.000Z');
  expect(iso('9:00:00.25')).toBe('2026-11-23T09:00:00.250Z');
  expect(iso('21:05')).toBe('2026-11-22T21:05:00.000Z');
});

test('a span counts back from now', () => {
  expect(iso('-10m')).toBe('2026-11-23T20:54:11.500Z');
  expect(iso('10m')).toBe('2026-11-23T20:54:11.500Z');
  expect(iso(' -1h30m ')).toBe('2026-11-23T19:34:11.500Z');
  expect(iso('-1d5s')).toBe('2026-11-22T21:04:06.500Z');
});

test('an ISO time is taken with its zone, or as one of this place', () => {
  expect(iso('2026-11-23T21:04:11Z')).toBe('2026-11-23T21:04:11.000Z');
  expect(iso('2026-11-23 21:04:11.123456789+01:00')).toBe('2026-11-23T20:04:11.123Z');
  expect(iso('2026-11-23T21:04+0100')).toBe('2026-11-23T20:04:00.000Z');
  expect(iso('2026-11-23')).toBe('2026-11-23T00:00:00.000Z');
});

test('fractions are taken to the nanosecond, as they are stamped', () => {
  expect(parseMoment('2026-11-23T21:04:11.123456789Z', now)?.ns).toBe(456_789);
  expect(parseMoment('2026-11-23T21:04:11.1234Z', now)?.ns).toBe(400_000);
  expect(parseMoment('9:00:00.25', now)?.ns).toBe(0);
});

test('anything else is none', () => {
  for (const typed of [
    '',
    '10',
    '10m 5s',
    '-',
    '-m',
    '24:00',
    '12:60',
    '9:5',
    'now',
    '2026-13-40',
    '2026-11-23T',
    '1',
    'Mar 3',
  ]) {
    expect([typed, parseMoment(typed, now)]).toEqual([typed, null]);
  }
});
