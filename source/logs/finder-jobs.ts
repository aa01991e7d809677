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

/** What a thread is given once, to work on lines of a buffer. Jobs and answers are written here, so that none leaves garbage. */
export type Desk = {
  readonly lines: Omit<SharedLines, 'chunks'>;
  /** To be tested, and the verdict on each. */
  readonly slots: Int32Array<SharedArrayBuffer>;
  readonly verdicts: Uint8Array<SharedArrayBuffer>;
};

export type Work =
  | {
      /** The first `count` on the desk. */
      readonly kind: 'slots';
      readonly count: number;
      /** What the thread has not been told yet; null: it has its desk. */
      readonly desk: Desk | null;
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

/** `tested`, `verdicts`: may be fewer than what was asked: the rest is to be asked again. */
export type Answer =
  | { readonly kind: 'tested'; readonly count: number }
  | { readonly kind: 'verdicts'; readonly verdicts: Uint8Array }
  | { readonly kind: 'marks'; readonly marks: readonly Marks[] }
  | { readonly kind: 'failed'; readonly failure: Failure };
