import type { Doctor } from '../doctor/types.ts';
import type { View } from '../monitor/types.ts';
import type { UiState } from './layers.ts';

type Surroundings = {
  readonly doctor: Doctor | null;
  readonly view: () => View | null;
  readonly redraw: () => void;
};

/** What the doctor does while the screen is open. */
export function doctorEffects(_surroundings: Surroundings) {
  return {
    /** What has to follow a change of layers: the doctor looks when its screen is opened. */
    follow(_before: UiState, _after: UiState): void {},
  };
}
