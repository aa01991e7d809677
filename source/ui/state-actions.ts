import type { ActionIntent } from '../keys/types.ts';
import type { Shown, UiState } from './layers.ts';

/** Whether a key of actions can do anything now. */
export function isActionEnabled(state: UiState, intent: ActionIntent): boolean {
  switch (intent.ui) {
    case 'doctor':
      return state.doctor;
    case 'connections':
      return state.connections;
    default:
      return state.actions;
  }
}

/** The state after an intent of actions. */
export function reduceAction(state: UiState, _intent: ActionIntent, _shown: Shown): UiState {
  return state;
}
