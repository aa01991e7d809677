import type { System } from './topology.ts';

/** Something that happened: a difference between two snapshots, or pushed by a system. */
export type StackEvent = {
  /** Counts up within a process; unique. */
  readonly id: number;
  /** When it happened at its source, epoch ms; when we learnt of it if the source does not say. */
  readonly at: number;
  readonly source: System | 'docker' | 'paws-top';
  /** The member or container concerned, or null. */
  readonly subject: string | null;
  readonly level: 'good' | 'info' | 'warning' | 'bad';
  readonly text: string;
};
