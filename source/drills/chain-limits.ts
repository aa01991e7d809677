import { count } from '../stack/format.ts';
import type { Value } from './chain-nodes.ts';
import { type DrillReport, type Measured, measuredSystems, type SystemResult } from './types.ts';
import { limit, seconds } from './words.ts';

/** What a step of a chain holds a system to, beside what its drill expects anyway. Absent: not held to it. */
export type Limits = {
  readonly outageMs?: number;
  readonly writableMs?: number;
  /** At most so many acknowledged writes. */
  readonly lost?: number;
};
export type LimitsBySystem = Readonly<Partial<Record<Measured, Limits>>>;

/** Reads what stands under `expect`. @throws StackError `usage` */
export function limitsOf(value: Value | null): LimitsBySystem {
  const fields = value?.fields('expect', measuredSystems) ?? null;
  return Object.fromEntries(
    measuredSystems.flatMap((system) => {
      const own = fields?.take(system)?.fields(system, ['outage', 'writable', 'lost']);
      if (own === undefined) return [];
      const limits = {
        outageMs: own.take('outage')?.duration('outage'),
        writableMs: own.take('writable')?.duration('writable'),
        lost: own.take('lost')?.number('lost', 0, 1_000_000),
      };
      return [[system, Object.fromEntries(Object.entries(limits).filter(([, most]) => most !== undefined))]];
    }),
  );
}

/** What a step asked for and its drill did not give, in sentences; a figure that was not measured is none that was kept. */
export function brokenLimits(limits: LimitsBySystem, report: DrillReport): readonly string[] {
  return measuredSystems.flatMap((system) => {
    const own = limits[system];
    if (own === undefined) return [];
    const result = report.systems.find((one) => one.system === system);
    return result === undefined ? [`${system} was not measured`] : brokenBy(result, own);
  });
}

function brokenBy({ system, outageMs, phases, writes }: SystemResult, limits: Limits): readonly string[] {
  const exceeds = (figure: number | null, most: number | undefined) =>
    most !== undefined && (figure === null || figure > most);
  return [
    ...(exceeds(outageMs, limits.outageMs)
      ? [`${system}: writes were out for ${measured(outageMs)}, at most ${limit(limits.outageMs ?? 0)} were asked for`]
      : []),
    ...(exceeds(phases.writableMs, limits.writableMs)
      ? [
          `${system}: writable after ${measured(phases.writableMs)}, at most ${limit(limits.writableMs ?? 0)} were asked for`,
        ]
      : []),
    ...(exceeds(writes.lost, limits.lost)
      ? [`${system}: ${lostWords(writes.lost)}, at most ${count(limits.lost ?? 0)} were asked for`]
      : []),
  ];
}

const measured = (ms: number | null): string => (ms === null ? 'a time nobody measured' : seconds(ms));
const lostWords = (lost: number | null): string =>
  lost === null ? 'nobody knows how many acknowledged writes were lost' : `${count(lost)} acknowledged writes lost`;
