import type { Actions } from '../actions/types.ts';
import type { Intent } from '../keys/types.ts';
import type { View } from '../monitor/types.ts';
import type { Shown, UiState } from './layers.ts';

type Surroundings = {
  readonly actions: Actions | null;
  readonly view: () => View | null;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  /** Draws what the actions know now. */
  readonly redraw: () => void;
};

/** What the keys of actions do to the world; what they do to the screen is the reducer's business. */
export function actionEffects(_surroundings: Surroundings) {
  return {
    /** true: the intent is dealt with. */
    perform(_intent: Intent, _shown: Shown): boolean {
      return false;
    },
  };
}
