import { type Figure, figures } from './repeat.ts';
import { type DrillReport, type Measured, measuredSystems } from './types.ts';
import { median, seconds } from './words.ts';

/** How the newest run of a drill stands against the earlier ones. */
export type Comparison = {
  readonly system: Measured;
  readonly figure: Extract<Figure, 'writableMs' | 'outageMs'>;
  readonly nowMs: number;
  /** Median of the earlier runs in which it was measured; null: there are none. */
  readonly beforeMs: number | null;
  /** Less than that is chance. */
  readonly noiseMs: number;
  readonly change: 'faster' | 'slower' | 'same' | 'first';
  /** `faster by 3.1 s (12 %)`, `about the same`, `nothing to compare with`. */
  readonly words: string;
};

const compared = ['writableMs', 'outageMs'] as const;

/**
 * The newest run against the median of the earlier ones, for each system. Reports oldest first. A difference counts when it
 * is larger than the runs differ among themselves, and than a quarter of a second and a twentieth of the time in any case.
 */
export function compare(reports: readonly DrillReport[]): Comparison[] {
  const [newest, earlier] = [reports.at(-1), reports.slice(0, -1)];
  return measuredSystems.flatMap((system) =>
    compared.flatMap((figure) => {
      const of = (report: DrillReport | undefined): number | null => {
        const result = report?.systems.find((one) => one.system === system);
        return result === undefined ? null : figures[figure](result);
      };
      const nowMs = of(newest);
      if (nowMs === null) return [];
      const before = earlier.map(of).filter((ms) => ms !== null);
      const beforeMs = median(before);
      const noiseMs = beforeMs === null ? 0 : noise(before, beforeMs);
      const change = changeOf(nowMs, beforeMs, noiseMs);
      return [{ system, figure, nowMs, beforeMs, noiseMs, change, words: wordsFor(change, nowMs, beforeMs ?? 0) }];
    }),
  );
}

/** Three times the median absolute deviation; of fewer than three runs, which say nothing of that, a tenth of the time. */
function noise(before: readonly number[], middle: number): number {
  const deviation = median(before.map((ms) => Math.abs(ms - middle))) ?? 0;
  const own = before.length < 3 ? middle * 0.1 : 3 * deviation;
  return Math.max(250, middle * 0.05, own);
}

function changeOf(nowMs: number, beforeMs: number | null, noiseMs: number): Comparison['change'] {
  if (beforeMs === null) return 'first';
  if (Math.abs(nowMs - beforeMs) <= noiseMs) return 'same';
  return nowMs < beforeMs ? 'faster' : 'slower';
}

function wordsFor(change: Comparison['change'], nowMs: number, beforeMs: number): string {
  if (change === 'first') return 'nothing to compare with';
  if (change === 'same') return 'about the same';
  const share = beforeMs > 0 ? ` (${Math.round((Math.abs(nowMs - beforeMs) / beforeMs) * 100)} %)` : '';
  return `${change} by ${seconds(Math.abs(nowMs - beforeMs))}${share}`;
}
