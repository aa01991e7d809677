import type { SharedLines } from './types.ts';

/** What the searching thread is asked, and what it answers. One job at a time. */

/** Where each thread writes what the other looks at while a job runs: an Int32Array of `controls.length`. */
export const controls = {
  /** Counts up when what is being done is no longer wanted. Written by the one who asks. */
  generation: 0,
  /** The line that is being tested, from 1 on; 0: not begun; -1: done. Written by the one who searches. */
  line: 1,
  length: 2,
} as const;

export type Control = Int32Array<SharedArrayBuffer>;

/** By line: not tested, perhaps because it was moved meanwhile; tested, and not found; found. */
export const verdict = { none: 0, miss: 1, hit: 2 } as const;

/** As `new RegExp` takes it. */
export type Expression = { readonly source: string; readonly flags: string };

export type Marks = readonly (readonly [number, number])[];

export type Work =
  | {
      readonly kind: 'slots';
      readonly slots: Int32Array;
      /** What the thread has not been told yet; `lines` only the first time. */
      readonly lines: Omit<SharedLines, 'chunks'> | null;
      readonly chunks: readonly SharedArrayBuffer[];
    }
  | { readonly kind: 'texts'; readonly texts: readonly string[] }
  | { readonly kind: 'marks'; readonly texts: readonly string[] };

export type Job = { readonly generation: number; readonly expression: Expression; readonly work: Work };

/** Why there is no answer. `cannot`: the expression is too large, or runs out of memory on a line. */
export type Failure = 'slow' | 'cannot' | 'superseded' | 'closed';

/** How it is told. */
export const troubles: Record<Failure, string> = {
  slow: 'takes too long on a line',
  cannot: 'needs too much memory',
  superseded: 'was given up',
  closed: 'was ended',
};

/** `verdicts` may be fewer than what was asked: the rest is to be asked again. */
export type Answer =
  | { readonly kind: 'verdicts'; readonly verdicts: Uint8Array }
  | { readonly kind: 'marks'; readonly marks: readonly Marks[] }
  | { readonly kind: 'failed'; readonly failure: Failure };
