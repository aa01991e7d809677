import { type DrillReport, type DrillVerdict, type Measured, measuredSystems, type SystemResult } from './types.ts';
import { median } from './words.ts';

/** The figures of a system that are worth comparing from run to run, in the order of a recovery. Times in ms. */
export const figures = {
  detectedMs: ({ phases }) => phases.detectedMs,
  electedMs: ({ phases }) => phases.electedMs,
  writableMs: ({ phases }) => phases.writableMs,
  redundantMs: ({ phases }) => phases.redundantMs,
  outageMs: ({ outageMs }) => outageMs,
  twoPrimariesMs: ({ twoPrimariesMs }) => twoPrimariesMs,
  lost: ({ writes }) => writes.lost,
} as const satisfies Record<string, (result: SystemResult) => number | null>;
export type Figure = keyof typeof figures;

/** `of`: in how many runs it was measured. */
export type Spread = { readonly min: number; readonly median: number; readonly max: number; readonly of: number };

export type Summary = {
  readonly runs: number;
  /** The worst of them. */
  readonly verdict: DrillVerdict;
  readonly verdicts: Readonly<Record<DrillVerdict, number>>;
  /** null: measured in no run. */
  readonly systems: readonly ({ readonly system: Measured } & Readonly<Record<Figure, Spread | null>>)[];
};

/** The contract of `drill --repeat N --json`. */
export type Repeated = {
  readonly schema: 1;
  readonly drill: string;
  readonly runs: readonly DrillReport[];
  readonly summary: Summary;
};

/** The same drill run several times, as one value. */
export const repeated = (drill: string, runs: readonly DrillReport[]): Repeated => ({
  schema: 1,
  drill,
  runs,
  summary: summary(runs),
});

/** Minimum, median and maximum of each figure of each system over the runs in which it was measured. */
export function summary(runs: readonly DrillReport[]): Summary {
  const times = (verdict: DrillVerdict) => runs.filter((report) => report.verdict === verdict).length;
  const verdicts = Object.fromEntries(worstFirst.map((verdict) => [verdict, times(verdict)])) as Summary['verdicts'];
  const systems = measuredSystems.flatMap((system) => {
    const results = runs.flatMap((report) => report.systems.filter((result) => result.system === system));
    if (results.length === 0) return [];
    const spreads = Object.entries(figures).map(([figure, of]) => [figure, spread(results.map(of))] as const);
    return [{ system, ...(Object.fromEntries(spreads) as Record<Figure, Spread | null>) }];
  });
  return { runs: runs.length, verdict: worst(runs), verdicts, systems };
}

const worstFirst = ['failed', 'inconclusive', 'not-run', 'passed'] as const satisfies DrillVerdict[];

/** What several drills come to: one that failed outweighs all others. Of none: not run. */
export const worst = (reports: readonly Pick<DrillReport, 'verdict'>[]): DrillVerdict =>
  worstFirst.find((verdict) => reports.some((report) => report.verdict === verdict)) ?? 'not-run';

function spread(values: readonly (number | null)[]): Spread | null {
  const measured = values.filter((value) => value !== null);
  const middle = median(measured);
  return middle === null
    ? null
    : { min: Math.min(...measured), median: middle, max: Math.max(...measured), of: measured.length };
}
