import { replaceTop, type UiState } from './layers.ts';

/** With what came of copying a connection string, until the next key. */
export function copied(state: UiState, said: string): UiState {
  const top = state.layers.at(-1);
  return top?.kind === 'connections' ? replaceTop(state, { ...top, said }) : state;
}

/** With a sentence over everything, until the next key. */
export const noted = (state: UiState, note: string): UiState => ({ ...state, note });

/** Without what was said after the key before. */
export function unnoted(state: UiState): UiState {
  const top = state.layers.at(-1);
  const hushed = top?.kind === 'connections' && top.said !== null ? replaceTop(state, { ...top, said: null }) : state;
  return hushed.note === null ? hushed : { ...hushed, note: null };
}
