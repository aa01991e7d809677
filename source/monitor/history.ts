import type { Report } from '../stack/report.ts';
import type { History } from './types.ts';

/** One point stands for this long; 60 points are the five minutes of a sparkline. */
export const bucketMs = 5_000;
const keptBuckets = 120;

type Series = { points: readonly (number | null)[]; bucket: number; sum: number; count: number };

/**
 * Bounded series of averages. An array is replaced only when its bucket closes, so that what is drawn from it changes
 * every five seconds and not at every poll: bytes on a slow line.
 */
export function createHistory(): History & { record(report: Report, at: number): void } {
  const all = new Map<string, Series>();
  const empty: readonly (number | null)[] = [];

  function add(key: string, value: number | null, at: number): void {
    const bucket = Math.floor(at / bucketMs);
    const series = all.get(key) ?? { points: empty, bucket, sum: 0, count: 0 };
    all.set(key, series);
    if (bucket > series.bucket) {
      const gap = Math.min(bucket - series.bucket - 1, keptBuckets);
      const closed = series.count === 0 ? null : series.sum / series.count;
      series.points = [...series.points, closed, ...Array<null>(gap).fill(null)].slice(-keptBuckets);
      series.bucket = bucket;
      series.sum = 0;
      series.count = 0;
    }
    if (value === null) return;
    series.sum += value;
    series.count += 1;
  }

  return {
    series: (key) => all.get(key)?.points ?? empty,
    record(report, at) {
      for (const row of report.containers) {
        add(`cpu:${row.name}`, row.reading === 'ok' ? row.cpuPercent : null, at);
      }
      for (const row of report.patroni?.members ?? []) {
        add(`tps:${row.name}`, row.postgres.reading === 'ok' ? row.postgres.tps : null, at);
      }
      for (const row of report.redis?.members ?? []) {
        add(`ops:${row.name}`, row.reading === 'ok' ? row.opsPerSecond : null, at);
      }
      forgetOld(at);
    },
  };

  /** A series that nobody has added to for as long as it is kept belongs to a container that is gone. */
  function forgetOld(at: number): void {
    const oldest = Math.floor(at / bucketMs) - keptBuckets;
    for (const [key, series] of all) if (series.bucket < oldest) all.delete(key);
  }
}
