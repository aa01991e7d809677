import { expect, test } from 'vitest';
import { repeated, summary, worst } from '../../source/drills/repeat.ts';
import { cascade, failed, inconclusive, notRun, patroniLeaderKill, runs } from '../helpers/drill-reports.ts';

test('minimum, median and maximum of an odd number of runs', () => {
  expect(summary(runs)).toMatchObject({
    runs: 5,
    verdict: 'passed',
    verdicts: { passed: 5, failed: 0 },
    systems: [
      {
        system: 'patroni',
        detectedMs: { min: 18_912, median: 18_912, max: 18_912, of: 5 },
        writableMs: { min: 19_420, median: 20_648, max: 22_910, of: 5 },
        lost: { min: 0, median: 0, max: 0, of: 5 },
      },
    ],
  });
});

test('the median of an even number of runs lies between the two in the middle', () => {
  expect(summary(runs.slice(0, 4)).systems[0]?.writableMs?.median).toBe((20_648 + 21_004) / 2);
});

test('what was not measured in a run is left out, and what never was is null', () => {
  const [system] = summary([patroniLeaderKill, inconclusive]).systems;
  expect(system?.outageMs).toMatchObject({ min: 20_701, max: 20_701, of: 1 });
  expect(summary([inconclusive]).systems[0]?.lost).toBeNull();
});

test('each system has its own figures', () => {
  expect(summary([cascade]).systems.map(({ system, electedMs }) => [system, electedMs?.of ?? 0])).toEqual([
    ['patroni', 1],
    ['redis', 1],
    ['etcd', 0],
  ]);
});

test('a run that failed outweighs the others, and runs that were not run outweigh those that passed', () => {
  expect(worst([patroniLeaderKill, inconclusive, failed, notRun])).toBe('failed');
  expect(worst([patroniLeaderKill, inconclusive, notRun])).toBe('inconclusive');
  expect(worst([patroniLeaderKill, notRun])).toBe('not-run');
  expect(worst([])).toBe('not-run');
});

test('repeated runs are one JSON value with the runs as they were', () => {
  expect(JSON.parse(JSON.stringify(repeated('patroni-leader-kill', runs)))).toMatchObject({
    schema: 1,
    drill: 'patroni-leader-kill',
    runs,
    summary: { runs: 5 },
  });
});
