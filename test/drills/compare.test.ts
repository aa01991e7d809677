import { expect, test } from 'vitest';
import { compare } from '../../source/drills/compare.ts';
import type { DrillReport } from '../../source/drills/types.ts';
import { cascade, inconclusive, notRun, patroniLeaderKill } from '../helpers/drill-reports.ts';

/** Runs of one drill that took so long, oldest first. */
const took = (...times: number[]): DrillReport[] =>
  times.map((ms) => ({
    ...patroniLeaderKill,
    systems: patroniLeaderKill.systems.map((result) => ({
      ...result,
      phases: { ...result.phases, writableMs: ms },
      outageMs: ms + 50,
    })),
  }));
const writable = (...times: number[]) => compare(took(...times)).find(({ figure }) => figure === 'writableMs');

test('a run that differs by more than the runs among themselves is faster or slower, and by how much', () => {
  expect(writable(25_000, 25_400, 26_100, 25_300, 22_250)).toMatchObject({
    beforeMs: 25_350,
    change: 'faster',
    words: 'faster by 3.1 s (12 %)',
  });
  expect(writable(2_000, 2_100, 1_950, 2_900)?.words).toBe('slower by 900 ms (45 %)');
});

test('a difference within the noise is none', () => {
  expect(writable(19_000, 22_500, 20_600, 24_000, 18_500)).toMatchObject({ change: 'same', words: 'about the same' });
  expect(writable(800, 800, 800, 1_000)?.words).toBe('about the same');
});

test('one earlier run says little, so only a large difference counts', () => {
  expect(writable(20_000, 21_900)?.change).toBe('same');
  expect(writable(20_000, 22_100)?.change).toBe('slower');
});

test('a first run has nothing to compare with', () => {
  expect(compare(took(20_000)).map(({ figure, words }) => [figure, words])).toEqual([
    ['writableMs', 'nothing to compare with'],
    ['outageMs', 'nothing to compare with'],
  ]);
});

test('runs without the figure are passed over, and nothing is said of what was not measured now', () => {
  const [old, now] = took(20_000, 26_000);
  const between = { ...notRun, drill: patroniLeaderKill.drill };
  expect(compare([old, between, now].filter((one) => one !== undefined))[0]).toMatchObject({
    beforeMs: 20_000,
    change: 'slower',
  });
  expect(compare([patroniLeaderKill, inconclusive]).map(({ figure }) => figure)).toEqual(['writableMs']);
  expect(compare([])).toEqual([]);
});

test('each system is compared with itself', () => {
  expect(new Set(compare([cascade, cascade]).map(({ system }) => system))).toEqual(
    new Set(['patroni', 'redis', 'etcd']),
  );
});
