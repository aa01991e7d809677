import { leaveIt } from '../actions/preview.ts';
import type { Action, ActionProgress, Preview, Target } from '../actions/types.ts';
import type { ActionIntent } from '../keys/types.ts';
import type { ActionDialog, Subject } from './action-types.ts';
import { clamp, closeTop, type Layer, layered, replaceTop, type Shown, type UiState } from './layers.ts';
import { marked } from './state-marks.ts';

/** Whether an action runs, or has ended and is not yet dismissed. */
export const actionStage = (progress: ActionProgress | null): Shown['action'] =>
  progress === null ? null : progress.endedAt === null ? 'running' : 'ended';

/** Layers under which there are rows that an action may be about. */
const overRows: ReadonlySet<Layer['kind'] | undefined> = new Set([undefined, 'detail', 'events', 'log']);

/** Whether a key of actions can do anything now. */
export function isActionEnabled(state: UiState, intent: ActionIntent): boolean {
  const top = state.layers.at(-1)?.kind;
  switch (intent.ui) {
    case 'doctor':
      return state.doctor;
    case 'connections':
      return state.connections;
    case 'profiles':
      return state.actions;
    case 'mark':
      return state.actions && top === undefined && state.pane !== 'timeline';
    case 'actions':
      return state.actions && (overRows.has(top) || top === 'action-progress');
    case 'act':
    case 'console':
      return state.actions && overRows.has(top);
    case 'copy':
      return top === 'connections';
    case 'action-stop':
      return state.actions && top === 'action-progress';
    default:
      return intent satisfies never;
  }
}

/** The state after a key of actions; what it does to the world is the business of action-effects. */
export function reduceAction(state: UiState, intent: ActionIntent, shown: Shown): UiState {
  switch (intent.ui) {
    case 'mark':
      return marked(state, shown);
    case 'doctor':
      return layered(state, { kind: 'doctor', top: 0, filter: '' });
    case 'connections':
      return layered(state, { kind: 'connections', index: 0, said: null });
    default:
      return state;
  }
}

const kinds: readonly Layer['kind'][] = ['actions', 'action-ask', 'action', 'action-progress'];

/** Layers of actions do not pile up. */
const without = (state: UiState): UiState => ({
  ...state,
  typing: false,
  layers: state.layers.filter(({ kind }) => !kinds.includes(kind)),
});

/** What lies under layers of actions. */
export function beneathActions(state: UiState): UiState {
  const last = state.layers.findLastIndex(({ kind }) => !kinds.includes(kind));
  return { ...state, layers: state.layers.slice(0, last + 1) };
}

/** `x` or `P`: the menu; what runs, or has just ended, comes before it. Once more closes it. */
export function pressedForActions(
  state: UiState,
  of: 'selection' | 'profiles',
  subjects: readonly Subject[],
  stage: Shown['action'],
  note: string | null = null,
): UiState {
  const top = state.layers.at(-1)?.kind;
  if (stage !== null && top === 'action-progress') return closeTop(state);
  if (stage !== null) return layered(without(state), { kind: 'action-progress', top: null, from: null });
  return layered(without(state), { kind: 'actions', of, subjects, index: 0, filter: '', note });
}

/** The profiles have been read, or not, and why. */
export const profilesRead = (state: UiState, trouble: string | null): UiState => ({
  ...state,
  layers: state.layers.map((layer) => (layer.kind === 'actions' ? { ...layer, note: trouble } : layer)),
});

/** Asks for what an action needs to be told. */
export const askedFor = (state: UiState, action: Action, targets: readonly Target[]): UiState =>
  layered(state, { kind: 'action-ask', action, targets, typed: action.ask?.initial ?? '', trouble: null });

/** The dialog before an action; what it would do is still being looked at. */
export const dialogOpened = (
  state: UiState,
  about: Pick<ActionDialog, 'action' | 'targets' | 'input' | 'left'>,
  preview: Preview | null = null,
): UiState => ({
  ...state,
  typing: false,
  layers: [...state.layers, { kind: 'action', ...about, preview, index: 0, top: 0, typed: '', trouble: null }],
});

/** Something about that very dialog, wherever it lies by now; nothing where it has been closed. */
export const withDialog = (
  state: UiState,
  { targets, input }: Pick<ActionDialog, 'targets' | 'input'>,
  change: Partial<ActionDialog>,
): UiState => ({
  ...state,
  layers: state.layers.map((layer) =>
    layer.kind === 'action' && layer.targets === targets && layer.input === input ? { ...layer, ...change } : layer,
  ),
});

/** What has to be typed before something is destroyed: the name; of several, how many. */
export const confirmation = ({ action, targets }: Pick<ActionDialog, 'action' | 'targets'>): string =>
  targets.length === 1 ? (targets[0]?.name ?? '') : `${action.label.toLowerCase()} ${targets.length}`;

/** Whether a name has to be typed in a dialog; also while it is looked what would happen, since people type ahead. */
export const wantsName = ({ action, preview }: Pick<ActionDialog, 'action' | 'preview'>): boolean =>
  action.danger === 'destroys' && (preview?.refused ?? null) === null;

/** What Enter in the dialog leads to: the id of the choice to start with, or the dialog with what is wrong, or without it. */
export function chosen(state: UiState, dialog: ActionDialog): { state: UiState; choice: string | null } {
  const { preview, index, typed } = dialog;
  const choice = preview?.choices[index];
  if (preview === null || preview.refused !== null || choice === undefined) return { state, choice: null };
  if (choice.id === leaveIt.id) return { state: closeTop(state), choice: null };
  const wanted = confirmation(dialog);
  if (wantsName(dialog) && typed.trim() !== wanted) {
    return {
      state: withDialog(state, dialog, { trouble: `that is not ${wanted}; nothing was started` }),
      choice: null,
    };
  }
  return { state, choice: choice.id };
}

/** The action has been started: its progress is in place of what led there, and marks have served. */
export const started = (state: UiState, from: ActionDialog): UiState => ({
  ...layered(without(state), { kind: 'action-progress', top: null, from }),
  marks: {},
});

/** Nothing was started, since things have moved: the dialog again, with what would happen now. */
export const askedAnew = (state: UiState, fresh: Preview): UiState => ({
  ...state,
  layers: state.layers.map((layer) =>
    layer.kind === 'action-progress' && layer.from !== null
      ? { ...layer.from, preview: fresh, index: 0, top: 0, typed: '', trouble: movedText }
      : layer,
  ),
});
const movedText = 'Things have moved since you looked, so nothing was started; above is what would happen now.';

/** Moves in a layer of actions; null: it is none where that is special. */
export function movedInAction(state: UiState, by: number, shown: Shown): UiState | null {
  const top = state.layers.at(-1);
  const last = Math.max(0, shown.lines - shown.page);
  if (top?.kind === 'action') {
    const choices = top.preview?.choices.length ?? 0;
    // Where there is nothing to choose, and by whole pages, it is the text that moves.
    return choices > 1 && Math.abs(by) === 1
      ? replaceTop(state, { ...top, index: clamp(top.index + by, choices - 1) })
      : replaceTop(state, { ...top, top: clamp(clamp(top.top, last) + by, last) });
  }
  if (top?.kind !== 'action-progress') return null;
  const to = clamp((top.top ?? last) + by, last);
  return replaceTop(state, { ...top, top: to === last ? null : to });
}
