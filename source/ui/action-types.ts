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
    }
  /** Something has to be typed before the effect can be told. */
  | {
      readonly kind: 'action-ask';
      readonly action: Action;
      readonly targets: readonly Target[];
      readonly typed: string;
      readonly trouble: string | null;
    }
  /** Asks before an action is run. `preview`: what the person was shown; null: it is being looked at. */
  | {
      readonly kind: 'action';
      readonly action: Action;
      readonly targets: readonly Target[];
      readonly input: string;
      readonly preview: Preview | null;
      /** Index of the choice. */
      readonly index: number;
      /** The target's name, where that has to be typed. */
      readonly typed: string;
      readonly trouble: string | null;
    }
  /** An action as it goes, and what came of it. `top`: the first line shown; null: the newest. */
  | { readonly kind: 'action-progress'; readonly top: number | null }
  | { readonly kind: 'connections'; readonly index: number; readonly said: string | null }
  | { readonly kind: 'doctor'; readonly top: number; readonly filter: string };

/** What a row is about. */
export type Subject = Target;
