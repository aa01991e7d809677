import type { DrillPlan } from '../drills/types.ts';
import type { ActionLayer, Offer } from './action-types.ts';
import type { LogLayer, LogLook, LogShown } from './log-types.ts';
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
  | { readonly kind: 'sort'; readonly index: number }
  | DrillLayer
  | LogLayer
  | LogDialogLayer
  | ActionLayer;

/** What drills put over it. */
export type DrillLayer =
  /** The menu; `drill` is the id of the selected one, null: the first. */
  | { readonly kind: 'drills'; readonly drill: string | null; readonly filter: string }
  /** Asks before a drill is started, or says why it can't be. `plan` is what the person was shown. */
  | {
      readonly kind: 'confirm';
      readonly plan: DrillPlan;
      readonly typed: string;
      readonly trouble: ConfirmTrouble | null;
    }
  /** A drill as it goes. `top`: the first line shown; null: from the beginning, and the newest of the timeline. */
  | { readonly kind: 'drill'; readonly top: number | null }
  | { readonly kind: 'heal'; readonly stage: 'asking' | 'healing' | 'done'; readonly said: readonly string[] }
  /** A drill runs, and somebody wants to quit. */
  | { readonly kind: 'leave' };

/** What is asked over a log. `trouble`: what was wrong with what was typed. */
export type LogDialogLayer =
  /** Toggles. `changed`: since it was opened, so that Enter keeps what was toggled. */
  | { readonly kind: 'log-levels' | 'log-services'; readonly index: number; readonly changed: boolean }
  | { readonly kind: 'log-time' | 'log-save'; readonly typed: string; readonly trouble: string | null };

export type ConfirmTrouble =
  | { readonly kind: 'wrong' }
  /** Roles moved since: whom it was about. */
  | { readonly kind: 'moved'; readonly from: string }
  | { readonly kind: 'refused'; readonly text: string };

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
  /** Whether anything can be broken from here; with --read-only it can't. */
  readonly drills: boolean;
  /** Whether there are logs to open. */
  readonly logs: boolean;
  /** Whether the stack can be changed from here; with --read-only it can't. */
  readonly actions: boolean;
  /** Whether there is a doctor. */
  readonly doctor: boolean;
  /** Whether there are connection strings. */
  readonly connections: boolean;
  /** What came of the last key, a sentence; it goes with the next one. */
  readonly note: string | null;
  /** By pane, keys of the rows that are marked. */
  readonly marks: Readonly<Partial<Record<PaneId, readonly string[]>>>;
  readonly logLook: LogLook;
  /** The moment that an opened log is to show as soon as its lines are there, epoch ms; null once it does. */
  readonly logGoal: number | null;
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
  drills: false,
  logs: false,
  actions: false,
  doctor: false,
  connections: false,
  note: null,
  marks: {},
  logLook: { stamps: 'time', wrap: false, raw: false, ansi: true, context: 0 },
  logGoal: null,
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
  /** Drills of the menu on top, in its order. */
  readonly plans: readonly DrillPlan[];
  /** Whether a drill runs, or is done and not yet dismissed. */
  readonly drill: 'running' | 'done' | null;
  /** Whether an action runs, or has ended and is not yet dismissed. */
  readonly action: 'running' | 'ended' | null;
  /** Actions of the menu on top, in its order. */
  readonly offers: readonly Offer[];
  /** Of the log on top, or under what asks something of it. */
  readonly log: LogShown | null;
  /** Services that a log may be of, in the order of its menu. */
  readonly services: readonly string[];
};

export const nothingShown: Shown = {
  panes: paneIds,
  keys: [],
  lines: 0,
  page: 1,
  sortable: [],
  containers: null,
  plans: [],
  drill: null,
  action: null,
  offers: [],
  log: null,
  services: [],
};

/** The row that is selected in the focused pane, or undefined when it has none. */
export function selectedKey(state: UiState, keys: readonly string[]): string | undefined {
  const selected = state.selected[state.pane];
  if (selected !== undefined && keys.includes(selected)) return selected;
  return state.pane === 'timeline' ? keys.at(-1) : keys[0];
}

/** The event that is selected, on the timeline and among all events. */
export const selectedEvent = (state: UiState, keys: readonly string[]): string | undefined =>
  selectedKey({ ...state, pane: 'timeline' }, keys);

/** The filter on top: the layer's, else the focused pane's. */
export function filterOf(state: UiState): string {
  const top = state.layers.at(-1);
  if (top === undefined) return state.filters[state.pane] ?? '';
  return 'filter' in top ? top.filter : '';
}

export const closeTop = (state: UiState): UiState => ({ ...state, layers: state.layers.slice(0, -1), typing: false });

export const replaceTop = (state: UiState, layer: Layer): UiState => ({
  ...state,
  layers: [...state.layers.slice(0, -1), layer],
});

/** A layer on top; pressed again, its own key closes it. */
export function layered(state: UiState, layer: Layer): UiState {
  if (state.layers.at(-1)?.kind === layer.kind) return closeTop(state);
  return { ...state, typing: false, layers: [...state.layers, layer] };
}

export const clamp = (value: number, last: number): number => Math.max(0, Math.min(value, last));
