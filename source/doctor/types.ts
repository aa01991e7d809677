import type { System } from '../stack/topology.ts';
import type { DoctorFacts } from './facts-types.ts';

export type Area = 'machine' | 'containers' | System;

/** One thing that can be wrong, as data. */
export type Check = {
  /** Dotted and unique: `sentinel.host-names`. */
  readonly id: string;
  readonly area: Area;
  /** What is looked for, a few words: `Sentinels monitor by address`. */
  readonly what: string;
  /** Why it matters, one sentence. */
  readonly why: string;
  /** How to mend it, one sentence or a command on its own line. */
  readonly mend: string;
  /** Where that is known from: documentation page, source file, issue, or "tried". */
  readonly source: string;
  /** What is wrong; empty: nothing. Pure. What could not be read is no finding. */
  find(facts: DoctorFacts): readonly Ailment[];
};

export type Ailment = {
  readonly level: 'warning' | 'bad';
  /** Member, container or setting; null: the machine or a whole cluster. */
  readonly subject: string | null;
  /** What is wrong with it, a sentence with its figures. */
  readonly text: string;
  /** How it was found: `SENTINEL MASTER paws at sentinel1 says ip redis1`. */
  readonly how: string;
  /** Where the check's own way to mend it does not fit. */
  readonly mend?: string;
};

export type Finding = Omit<Ailment, 'mend'> & {
  readonly check: string;
  readonly area: Area;
  readonly what: string;
  readonly why: string;
  readonly mend: string;
  readonly source: string;
};

/** The contract of `doctor --json`. */
export type Diagnosis = {
  readonly schema: 1;
  /** ISO. */
  readonly at: string;
  readonly stack: string | null;
  readonly tookMs: number;
  /** How many checks were made. */
  readonly checks: number;
  /** Worst first. */
  readonly findings: readonly Finding[];
  /** Sentences: what could not be looked at, and so was not judged. */
  readonly unread: readonly string[];
};

/** What the screen drives. */
export type Doctor = {
  /** Looks at everything; one examination at a time. @throws StackError */
  examine(): Promise<Diagnosis>;
  /** Listeners are told when an examination begins, too. */
  readonly latest: { get(): Diagnosis | null; subscribe(listener: () => void): () => void };
  /** An examination that is under way, or why the last one came to nothing. */
  readonly doing: () => { readonly looking: boolean; readonly trouble: string | null };
};
