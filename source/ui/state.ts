import type { Intent, Scope } from '../keys/types.ts';
import { type PaneId, paneIds } from './panes/pane.ts';
import type { Sort } from './parts/table.ts';

/** What lies over the overview. The last one is on top and gets the keys. */
export type Layer =
  | {
      readonly kind: 'detail';
      readonly pane: PaneId;
      readonly key: string;
      readonly top: number;
      readonly filter: string;
    }
  | { readonly kind: 'help' | 'events'; readonly top: number; readonly filter: string }
  | { readonly kind: 'palette'; readonly index: number; readonly filter: string }
  | { readonly kind: 'sort'; readonly index: number };

export type UiState = {
  readonly layers: readonly Layer[];
  readonly pane: PaneId;
  readonly zoomed: boolean;
  /** By pane, the key of the selected row; a pane without one has its first (the timeline its newest) selected. */
  readonly selected: Readonly<Partial<Record<PaneId, string>>>;
  readonly filters: Readonly<Partial<Record<PaneId, string>>>;
  readonly sorts: Readonly<Partial<Record<PaneId, Sort>>>;
  /** Printable keys go into the filter on top. */
  readonly typing: boolean;
  readonly showStopped: boolean;
  readonly holding: boolean;
  readonly ended: boolean;
};

export const initialState: UiState = {
  layers: [],
  pane: 'containers',
  zoomed: false,
  selected: {},
  filters: {},
  sorts: {},
  typing: false,
  showStopped: false,
  holding: false,
  ended: false,
};

/** What the last frame showed, as far as an intent depends on it. */
export type Shown = {
  /** Panes that the stack has. */
  readonly panes: readonly PaneId[];
  /** Keys of the focused pane's rows, in their order. */
  readonly keys: readonly string[];
  /** Lines of the layer on top, or choices of its menu. */
  readonly lines: number;
  /** Lines that are visible at once. */
  readonly page: number;
  /** Ids of the columns that the focused pane can be sorted by. */
  readonly sortable: readonly string[];
  /** Names of the containers on screen; null where there is no list of them. */
  readonly containers: readonly string[] | null;
};

export const nothingShown: Shown = { panes: paneIds, keys: [], lines: 0, page: 1, sortable: [], containers: null };

/** Live scopes, innermost first. */
export function scopesOf(state: UiState): readonly Scope[] {
  const top = state.layers.at(-1)?.kind;
  if (top === 'palette') return ['text', 'dialog', 'global'];
  if (top === 'sort') return ['dialog', 'list', 'global'];
  return state.typing ? ['text', 'list', 'global'] : ['list', 'global'];
}

/** Whether an intent can do anything now; what can't is neither matched nor shown in the footer. */
export function isEnabled(state: UiState, intent: Intent): boolean {
  const layered = state.layers.length > 0;
  switch (intent.ui) {
    case 'back':
      return layered || state.typing || state.zoomed || filterOf(state) !== '';
    case 'stopped':
      return !layered && state.pane === 'containers';
    case 'sort':
      return state.layers.at(-1)?.kind === 'sort' || (!layered && state.pane !== 'timeline');
    case 'open':
    case 'zoom':
      return !layered;
    case 'filter':
      return state.layers.at(-1)?.kind !== 'sort';
    default:
      return true;
  }
}

/** The row that is selected in the focused pane, or undefined when it has none. */
export function selectedKey(state: UiState, keys: readonly string[]): string | undefined {
  const selected = state.selected[state.pane];
  if (selected !== undefined && keys.includes(selected)) return selected;
  return state.pane === 'timeline' ? keys.at(-1) : keys[0];
}

/** The state after an intent. Pure; what an intent does to the world (asking everybody, ending) is the app's business. */
export function reduce(state: UiState, intent: Intent, shown: Shown): UiState {
  switch (intent.ui) {
    case 'quit-now':
      return { ...state, ended: true };
    case 'quit':
      return state.layers.length > 0
        ? closeTop(state)
        : state.zoomed
          ? { ...state, zoomed: false }
          : { ...state, ended: true };
    case 'back':
      return back(state);
    case 'move':
      return moved(state, intent.by, shown);
    case 'page':
      return moved(state, Math.trunc(intent.by * Math.max(1, shown.page)) || Math.sign(intent.by), shown);
    case 'jump':
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
      return { ...state, holding: !state.holding };
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
    default:
      return intent satisfies never;
  }
}

/** The state after text was typed or pasted. */
export const insert = (state: UiState, text: string): UiState => typed(state, (before) => before + text);

/** The filter on top: the layer's, else the focused pane's. */
export function filterOf(state: UiState): string {
  const top = state.layers.at(-1);
  if (top === undefined) return state.filters[state.pane] ?? '';
  return 'filter' in top ? top.filter : '';
}

function typed(state: UiState, change: (text: string) => string): UiState {
  const top = state.layers.at(-1);
  const filter = change(filterOf(state));
  if (top === undefined) return { ...state, filters: { ...state.filters, [state.pane]: filter } };
  if (top.kind === 'palette') return replaceTop(state, { ...top, filter, index: 0 });
  return 'filter' in top ? replaceTop(state, { ...top, filter, top: 0 }) : state;
}

/** Esc unwinds: typing, the filter, then the top layer. */
function back(state: UiState): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'palette' || top?.kind === 'sort') return closeTop(state);
  if (state.typing) return { ...state, typing: false };
  if (filterOf(state) !== '') return typed(state, () => '');
  if (state.layers.length > 0) return closeTop(state);
  return { ...state, zoomed: false };
}

const closeTop = (state: UiState): UiState => ({ ...state, layers: state.layers.slice(0, -1), typing: false });

const replaceTop = (state: UiState, layer: Layer): UiState => ({
  ...state,
  layers: [...state.layers.slice(0, -1), layer],
});

/** A layer on top; pressed again, its own key closes it. */
function layered(state: UiState, layer: Layer): UiState {
  if (state.layers.at(-1)?.kind === layer.kind) return closeTop(state);
  return { ...state, typing: false, layers: [...state.layers, layer] };
}

const clamp = (value: number, last: number): number => Math.max(0, Math.min(value, last));

function moved(state: UiState, by: number, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top === undefined) {
    const selected = selectedKey(state, shown.keys);
    if (selected === undefined) return state;
    const index = clamp(shown.keys.indexOf(selected) + by, shown.keys.length - 1);
    return { ...state, selected: { ...state.selected, [state.pane]: shown.keys[index] ?? selected } };
  }
  if (top.kind === 'palette' || top.kind === 'sort') {
    return replaceTop(state, { ...top, index: clamp(top.index + by, shown.lines - 1) });
  }
  const last = Math.max(0, shown.lines - shown.page);
  return replaceTop(state, { ...top, top: clamp(clamp(top.top, last) + by, last) });
}

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
  if (top?.kind === 'palette') return closeTop(state);
  if (top?.kind !== 'sort') return { ...state, typing: false };
  const column = shown.sortable[top.index];
  if (column === undefined) return closeTop(state);
  const before = state.sorts[state.pane];
  const descending = before?.column === column && !before.descending;
  return { ...closeTop(state), sorts: { ...state.sorts, [state.pane]: { column, descending } } };
}
