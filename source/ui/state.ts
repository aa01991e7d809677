import type { Intent } from '../keys/types.ts';
import {
  clamp,
  closeTop,
  filterOf,
  layered,
  replaceTop,
  type Shown,
  selectedEvent,
  selectedKey,
  type UiState,
} from './layers.ts';
import { type PaneId, paneIds } from './panes/pane.ts';
import { movedInAction, reduceAction } from './state-actions.ts';
import { unnoted } from './state-connections.ts';
import { breakPressed, choose, closeDrill, healPressed, movedInDrills } from './state-drills.ts';
import { acceptedToggles, hushed, movedInLog, paused, reduceLog, unwound } from './state-logs.ts';
import { marksOf, unmarked } from './state-marks.ts';

/** The state after an intent. Pure; what an intent does to the world (asking everybody, ending) is the app's business. */
export function reduce(before: UiState, intent: Intent, shown: Shown): UiState {
  const state = unnoted(hushed(before));
  const top = state.layers.at(-1);
  switch (intent.ui) {
    case 'quit-now':
      return { ...state, ended: true };
    case 'quit':
      return quit(state, shown);
    case 'back':
      return back(state, shown);
    case 'move':
      if (top?.kind === 'log') return movedInLog(state, top, intent, shown.log);
      return moved(state, intent.by, shown);
    case 'page':
      if (top?.kind === 'log') return movedInLog(state, top, intent, shown.log);
      return moved(state, Math.trunc(intent.by * Math.max(1, shown.page)) || Math.sign(intent.by), shown);
    case 'jump':
      if (top?.kind === 'log') return movedInLog(state, top, intent, shown.log);
      return moved(state, intent.to === 'first' ? -Infinity : Infinity, shown);
    case 'pane':
      return focus(state, paneIds[intent.to - 1], shown);
    case 'pane-step': {
      const at = shown.panes.indexOf(state.pane);
      return focus(state, shown.panes[(at + intent.by + shown.panes.length) % shown.panes.length], shown);
    }
    case 'zoom':
      return { ...state, zoomed: !state.zoomed };
    case 'open':
      return opened(state, shown);
    case 'filter':
      return { ...state, typing: true };
    case 'sort':
      return sortMenu(state, shown);
    case 'stopped':
      return { ...state, showStopped: !state.showStopped };
    case 'hold':
      return { ...(state.holding ? state : paused(state, shown.log)), holding: !state.holding };
    case 'events':
    case 'help':
      return layered(state, { kind: intent.ui, top: intent.ui === 'events' ? Infinity : 0, filter: '' });
    case 'palette':
      return layered(state, { kind: 'palette', index: 0, filter: '' });
    case 'accept':
      return accepted(state, shown);
    case 'erase':
      return typed(state, (text) => [...text].slice(0, -1).join(''));
    case 'erase-all':
      return typed(state, () => '');
    case 'refresh':
      return state;
    case 'break':
      return breakPressed(state, shown);
    case 'choose':
      return choose(state, shown);
    case 'heal':
      return healPressed(state);
    case 'mark':
      return moved(reduceAction(state, intent, shown), 1, shown);
    case 'actions':
    case 'profiles':
    case 'connections':
    case 'doctor':
    case 'act':
    case 'action-stop':
    case 'copy':
    case 'console':
      return reduceAction(state, intent, shown);
    default:
      return reduceLog(state, intent, shown);
  }
}

/** The state after text was typed or pasted. */
export const insert = (state: UiState, text: string): UiState => typed(hushed(state), (before) => before + text);

function typed(state: UiState, change: (text: string) => string): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'confirm') return replaceTop(state, { ...top, typed: change(top.typed), trouble: null });
  if (top?.kind === 'log-time' || top?.kind === 'log-save' || top?.kind === 'action-ask' || top?.kind === 'action')
    return replaceTop(state, { ...top, typed: change(top.typed), trouble: null });
  const filter = change(filterOf(state));
  if (top === undefined) return { ...state, filters: { ...state.filters, [state.pane]: filter } };
  if (top.kind === 'palette') return replaceTop(state, { ...top, filter, index: 0 });
  if (top.kind === 'drills') return replaceTop(state, { ...top, filter });
  if (top.kind === 'log') return replaceTop(state, { ...top, filter, only: top.only && filter !== '' });
  if (top.kind === 'actions') return replaceTop(state, { ...top, filter, index: 0 });
  return 'filter' in top ? replaceTop(state, { ...top, filter, top: 0 }) : state;
}

/** `q` closes the top layer; at the root it asks while a drill or an action runs, and then quits. */
function quit(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'leave') return { ...state, ended: true };
  if (top?.kind === 'drill') return closeDrill(state, shown);
  if (top !== undefined) return closeTop(state);
  if (state.zoomed) return { ...state, zoomed: false };
  return shown.drill === 'running' || shown.action === 'running'
    ? layered(state, { kind: 'leave' })
    : { ...state, ended: true };
}

/** Esc unwinds: typing, the filter or search, marks, then the top layer. */
function back(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'drill') return closeDrill(state, shown);
  if (top !== undefined && (top.kind === 'palette' || top.kind === 'actions' || !('filter' in top)))
    return closeTop(state);
  if (state.typing) return { ...state, typing: false };
  if (top?.kind === 'log') return unwound(state, top) ?? closeTop(state);
  if (filterOf(state) !== '') return typed(state, () => '');
  if (state.layers.length > 0) return closeTop(state);
  if (marksOf(state).length > 0) return unmarked(state);
  return { ...state, zoomed: false };
}

function moved(state: UiState, by: number, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top === undefined) {
    const selected = selectedKey(state, shown.keys);
    if (selected === undefined) return state;
    const index = clamp(shown.keys.indexOf(selected) + by, shown.keys.length - 1);
    return { ...state, selected: { ...state.selected, [state.pane]: shown.keys[index] ?? selected } };
  }
  const inActions = movedInAction(state, by, shown);
  if (inActions !== null) return inActions;
  if ('index' in top) {
    return replaceTop(state, { ...top, index: clamp(top.index + by, shown.lines - 1) });
  }
  const inDrills = movedInDrills(state, by, shown);
  if (inDrills !== null) return inDrills;
  if (top.kind === 'log' || !('top' in top) || top.top === null) return state;
  const last = Math.max(0, shown.lines - shown.page);
  const first = clamp(top.top, last);
  const at = shown.keys.indexOf(selectedEvent(state, shown.keys) ?? '');
  const to = clamp(at + by, shown.keys.length - 1);
  // Events are selected one by one; past the last one, and where nothing is selected, it is the lines that move.
  if (top.kind !== 'events' || at < 0 || to === at) return replaceTop(state, { ...top, top: clamp(first + by, last) });
  const selected = { ...state.selected, timeline: shown.keys[to] ?? '' };
  return { ...replaceTop(state, { ...top, top: by === Infinity ? last : inSight(to, first, shown.page) }), selected };
}

/** The first line to show so that one of them is among those that show, moved no more than needed. */
const inSight = (line: number, first: number, page: number): number =>
  line < first ? line : Math.max(first, line - page + 1);

/** Another pane: the layers close, since they belong to what was focused. */
function focus(state: UiState, pane: PaneId | undefined, shown: Shown): UiState {
  if (pane === undefined || !shown.panes.includes(pane)) return state;
  return { ...state, pane, layers: [], typing: false };
}

function opened(state: UiState, shown: Shown): UiState {
  if (state.pane === 'timeline') return layered(state, { kind: 'events', top: Infinity, filter: '' });
  const key = selectedKey(state, shown.keys);
  return key === undefined ? state : layered(state, { kind: 'detail', pane: state.pane, key, top: 0, filter: '' });
}

/** The menu starts at the column sorted by, so that `s Enter` reverses. */
function sortMenu(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'sort') return moved(state, top.index + 1 < shown.lines ? 1 : -Infinity, shown);
  if (shown.sortable.length === 0) return state;
  const current = shown.sortable.indexOf(state.sorts[state.pane]?.column ?? '');
  return layered(state, { kind: 'sort', index: Math.max(0, current) });
}

function accepted(state: UiState, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'palette' || top?.kind === 'heal') return closeTop(state);
  if (top?.kind === 'log-levels' || top?.kind === 'log-services') return acceptedToggles(state, top, shown);
  if (top?.kind !== 'sort') return { ...state, typing: false };
  const column = shown.sortable[top.index];
  if (column === undefined) return closeTop(state);
  const before = state.sorts[state.pane];
  const descending = before?.column === column && !before.descending;
  return { ...closeTop(state), sorts: { ...state.sorts, [state.pane]: { column, descending } } };
}
