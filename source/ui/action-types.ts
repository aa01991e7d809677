import type { Action, Preview, Target } from '../actions/types.ts';

/** What actions, connection strings and the doctor put over the overview. */
export type ActionLayer =
  /** What can be done to the selection, or to which profile one can change. */
  | {
      readonly kind: 'actions';
      readonly of: 'selection' | 'profiles';
      readonly subjects: readonly Subject[];
      readonly index: number;
      readonly filter: string;
      /** Of the profiles: that they are being read, or why there are none, a sentence; null: they are read. */
      readonly note: string | null;
    }
  /** Something has to be typed before the effect can be told. */
  | {
      readonly kind: 'action-ask';
      readonly action: Action;
      readonly targets: readonly Target[];
      readonly typed: string;
      readonly trouble: string | null;
    }
  | ActionDialog
  /**
   * An action as it goes, and what came of it. `top`: the first step shown; null: the newest. `from`: the dialog that it was
   * started from, which comes back should nothing have been started after all; null: it was opened later.
   */
  | { readonly kind: 'action-progress'; readonly top: number | null; readonly from: ActionDialog | null }
  | { readonly kind: 'connections'; readonly index: number; readonly said: string | null }
  | { readonly kind: 'doctor'; readonly top: number; readonly filter: string };

/** Asks before an action is run, or says why it can't be. */
export type ActionDialog = {
  readonly kind: 'action';
  readonly action: Action;
  readonly targets: readonly Target[];
  readonly input: string;
  /** Sentences: who was meant too and is left out, and why. */
  readonly left: readonly string[];
  /** What the person was shown; null: it is being looked at. */
  readonly preview: Preview | null;
  /** Index of the choice. */
  readonly index: number;
  /** The first line shown of what would happen. */
  readonly top: number;
  /** The target's name, where that has to be typed. */
  readonly typed: string;
  /** Why Enter did not start it, a sentence. */
  readonly trouble: string | null;
};

/** What a row is about. */
export type Subject = Target;

/** One line of a menu of actions. */
export type Offer = {
  readonly action: Action;
  /** Those on whom it can be done; all who are meant where it can be done on none. */
  readonly targets: readonly Target[];
  /** Why not now, the end of a sentence; null: it can be done. */
  readonly why: string | null;
  /** Those who are meant and left out, each with why. */
  readonly without: readonly { readonly target: Target; readonly why: string }[];
};
