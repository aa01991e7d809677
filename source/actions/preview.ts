import type { Choice, Preview } from './types.ts';

/** A preview with nothing in it but what is given; one way to go on unless there are others. */
export const previewOf = (parts: Partial<Preview> & Pick<Preview, 'effects' | 'literal'>): Preview => ({
  diff: [],
  choices: [{ id: 'go', label: 'go on' }],
  refused: null,
  ...parts,
});

/** What can't be done after all, and why. */
export const refusal = (why: string): Preview => previewOf({ effects: [], literal: [], refused: why });

/** First where going on would break something: Enter then does nothing. */
export const leaveIt: Choice = { id: 'leave', label: 'leave it as it is' };
export const leftAlone = 'left as it was';
