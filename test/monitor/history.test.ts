import { expect, test } from 'vitest';
import { bucketMs, createHistory } from '../../source/monitor/history.ts';
import { report } from '../../source/stack/assess.ts';
import { healthySnapshot } from '../helpers/snapshots.ts';

const healthy = report(healthySnapshot());
const first = healthy.containers[0];
if (first === undefined) throw new Error('the healthy stack has containers');
const key = `cpu:${first.name}`;

function withCpu(cpuPercent: number): typeof healthy {
  return { ...healthy, containers: [{ ...first, cpuPercent } as (typeof healthy.containers)[number]] };
}

test('a point is the average of its bucket, and the array stays the same until the bucket closes', () => {
  const history = createHistory();
  history.record(withCpu(10), 0);
  const before = history.series(key);
  history.record(withCpu(30), bucketMs - 1);
  expect(history.series(key)).toBe(before);
  history.record(withCpu(50), bucketMs);
  expect(history.series(key)).toEqual([20]);
});

test('time without figures is a gap, not a zero and not a line', () => {
  const history = createHistory();
  history.record(withCpu(10), 0);
  history.record(withCpu(30), 3 * bucketMs);
  expect(history.series(key)).toEqual([10, null, null]);
});

test('memory is bounded: a day of polls keeps ten minutes, and a gone container is forgotten', () => {
  const history = createHistory();
  for (let at = 0; at < 86_400_000; at += bucketMs) history.record(withCpu(1), at);
  expect(history.series(key)).toHaveLength(120);
  history.record({ ...healthy, containers: [], patroni: null, redis: null }, 90_000_000);
  expect(history.series(key)).toEqual([]);
});
