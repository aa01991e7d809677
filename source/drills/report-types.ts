import type { Counts } from './ledger-types.ts';
import type { DrillPlan, Measured, Prediction } from './types.ts';

/** What happened, from whichever side. `at` is monotonic ms. */
export type Moment = { readonly at: number; readonly source: string; readonly text: string };

/** The first time of each kind after the injection, and everything said on the way. */
export type Signal = Moment & {
  readonly kind: 'detected' | 'elected' | 'note';
  readonly system: Measured;
  readonly leader?: string;
};

export type Phases = {
  readonly detectedMs: number | null;
  readonly electedMs: number | null;
  readonly writableMs: number | null;
  readonly redundantMs: number | null;
};

/** Attempts per slice of time, for the lane on screen and in the page; `fromMs` is that of the first slice, from the injection. */
export type Lane = {
  readonly sliceMs: number;
  readonly fromMs: number;
  readonly acked: readonly number[];
  readonly failed: readonly number[];
  readonly indeterminate: readonly number[];
};

export type SystemResult = {
  readonly system: Measured;
  readonly targetMs: number;
  readonly predicted: Prediction;
  readonly phases: Phases;
  /** Longest gap between acknowledged writes that survived; null: none survived, or nobody could read. */
  readonly outageMs: number | null;
  readonly writes: {
    readonly attempted: number;
    readonly acked: number;
    readonly failed: number;
    readonly indeterminate: number;
    /** null: there was no final read. */
    readonly lost: number | null;
    readonly unexpected: number | null;
    readonly recovered: number | null;
    readonly viaOldPrimary: {
      readonly attempted: number;
      readonly acked: number;
      readonly failed: number;
      readonly indeterminate: number;
    };
    readonly durability: string;
  };
  /** The first hundred. Times from the injection. */
  readonly lostWrites: readonly { readonly id: string; readonly member: string; readonly ackedMs: number }[];
  /** How long two members acknowledged writes side by side. */
  readonly twoPrimariesMs: number;
  readonly leaderBefore: string | null;
  readonly leaderAfter: string | null;
  /** The measured time lies inside the prediction; null: not measured. */
  readonly asPredicted: boolean | null;
  /** What was expected and did not come about; empty: passed. */
  readonly failures: readonly string[];
  readonly lane: Lane;
};

export type DrillVerdict = 'passed' | 'failed' | 'inconclusive' | 'not-run';

/** The contract of `drill --json`. */
export type DrillReport = {
  readonly schema: 1;
  readonly drill: string;
  readonly does: string;
  readonly stack: string;
  readonly target: string;
  readonly fault: string;
  readonly startedAt: string;
  readonly injectedAt: string | null;
  readonly endedAt: string;
  readonly healed: boolean;
  /** When healing began, from the injection; null: there was nothing to mend. */
  readonly healedMs?: number | null;
  readonly systems: readonly SystemResult[];
  readonly timeline: readonly { readonly atMs: number; readonly source: string; readonly text: string }[];
  readonly verdict: DrillVerdict;
  readonly why: string;
};

export type Stage = 'preparing' | 'writing' | 'breaking' | 'recovering' | 'healing' | 'reading' | 'done';

/** A drill as it goes, for the screen and for progress lines; a new value at most four times a second. */
export type DrillProgress = {
  readonly plan: DrillPlan;
  readonly stage: Stage;
  /** What it waits for, one line. */
  readonly waitsFor: string;
  /** Epoch ms. */
  readonly startedAt: number;
  readonly injectedAt: number | null;
  readonly phases: Readonly<Partial<Record<Measured, Phases>>>;
  readonly counts: Readonly<Partial<Record<Measured, Counts>>>;
  /** By 250 ms. */
  readonly lanes: Readonly<Partial<Record<Measured, Lane>>>;
  /** Times from the injection, ms; before it: negative. */
  readonly timeline: DrillReport['timeline'];
  readonly report: DrillReport | null;
};
