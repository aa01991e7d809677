import type { Connections, Consoles } from '../actions/console-types.ts';
import type { Intent } from '../keys/types.ts';
import type { View } from '../monitor/types.ts';
import type { Shown, UiState } from './layers.ts';

type Surroundings = {
  readonly consoles: Consoles | null;
  readonly connections: Connections | null;
  readonly view: () => View | null;
  readonly state: () => UiState;
  readonly change: (next: UiState) => void;
  readonly write: (sequence: string) => void;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Gives the terminal away until the promise settles; the screen comes back whole. */
  readonly suspend: (during: () => Promise<void>) => Promise<void>;
};

/** What the keys of consoles and connection strings do to the world. */
export function consoleEffects(_surroundings: Surroundings) {
  return {
    /** true: the intent is dealt with. */
    perform(_intent: Intent, _shown: Shown): boolean {
      return false;
    },
  };
}
