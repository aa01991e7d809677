import type { View } from '../monitor/types.ts';
import { type Shown, selectedKey, type UiState } from './layers.ts';
import type { PaneId } from './panes/pane.ts';
import { subjectAt } from './state-subject.ts';

/** What stands before a row that is marked, as before a marked line of a log. */
export const markSign = '*';

/** Keys of the focused pane's marked rows, in the order in which they were marked. */
export const marksOf = (state: UiState): readonly string[] => state.marks[state.pane] ?? [];

/** The selected row marked, or no longer. */
export function marked(state: UiState, shown: Shown): UiState {
  const key = selectedKey(state, shown.keys);
  if (key === undefined) return state;
  const before = marksOf(state);
  return withMarks(state, before.includes(key) ? before.filter((one) => one !== key) : [...before, key]);
}

/** No row of the focused pane is marked. */
export const unmarked = (state: UiState): UiState => withMarks(state, []);

const withMarks = (state: UiState, keys: readonly string[]): UiState => ({
  ...state,
  marks: { ...state.marks, [state.pane]: keys },
});

/** Without the marks of rows that have gone; the same state where all are still there. A row that a filter hides is there. */
export function pruned(state: UiState, view: View): UiState {
  const panes = Object.entries(state.marks) as [PaneId, readonly string[]][];
  const kept = panes.map(([pane, keys]) => [pane, keys.filter((key) => subjectAt(view, pane, key) !== null)] as const);
  const same = kept.every(([, keys], index) => keys.length === panes[index]?.[1].length);
  return same ? state : { ...state, marks: Object.fromEntries(kept) };
}
