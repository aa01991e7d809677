import type { Intent, LogIntent } from '../keys/types.ts';
import { type LineId, levels } from '../logs/types.ts';
import { clamp, closeTop, type LogDialogLayer, layered, replaceTop, type Shown, type UiState } from './layers.ts';
import { type LogLayer, type LogLook, type LogShown, stampStyles } from './log-types.ts';

type Toggles = Extract<LogDialogLayer, { index: number }>;
type Prompt = Extract<LogDialogLayer, { typed: string }>;

/** Columns that one key scrolls. */
const shiftBy = 16;
const mostContext = 99;

const newLog = (services: readonly string[] | null): LogLayer => ({
  kind: 'log',
  services,
  cursor: null,
  top: null,
  pausedAt: 0,
  shift: 0,
  filter: '',
  only: false,
  levels: null,
  marked: [],
  said: null,
});

/** The log that is open, also under what lies over it. */
export const logOf = (state: UiState): LogLayer | null => state.layers.find((layer) => layer.kind === 'log') ?? null;

const onTop = (state: UiState): LogLayer | null => {
  const top = state.layers.at(-1);
  return top?.kind === 'log' ? top : null;
};

export const sameLine = (a: LineId, b: LineId): boolean => a.slot === b.slot && a.seq === b.seq;

/** The open log with something changed, wherever it lies. */
export const withLog = (state: UiState, change: Partial<LogLayer>): UiState => ({
  ...state,
  layers: state.layers.map((layer) => (layer.kind === 'log' ? { ...layer, ...change } : layer)),
});

/** What was last done, until the next key. */
export const told = (state: UiState, said: string): UiState => withLog(state, { said });

/** Without what was said after the key before. */
export const hushed = (state: UiState): UiState => {
  const said = logOf(state)?.said ?? null;
  return said === null ? state : withLog(state, { said: null });
};

/** A log over what is shown: of these services (null: all), at a moment (null: following). */
export const openedLog = (state: UiState, services: readonly string[] | null, at: number | null): UiState => ({
  ...layered(state, newLog(services)),
  logGoal: at,
});

/** Whether a key of logs can do anything now. */
export function isLogEnabled(state: UiState, intent: LogIntent): boolean {
  const top = state.layers.at(-1);
  if (intent.ui === 'toggle' || intent.ui === 'all') return top?.kind === 'log-levels' || top?.kind === 'log-services';
  const log = onTop(state);
  const among = top?.kind === 'events' || log !== null;
  if (intent.ui === 'logs') return state.logs && (top === undefined || top.kind === 'detail' || among);
  if (intent.ui === 'log-jump') return state.logs && (among || (top === undefined && state.pane === 'timeline'));
  if (log === null) return false;
  switch (intent.ui) {
    case 'log-hit':
    case 'log-only':
      return log.filter !== '';
    case 'log-context':
      return log.only;
    case 'log-shift':
      return !state.logLook.wrap;
    default:
      return true;
  }
}

/** The state after a key of logs; what it does to the world is the business of log-effects. */
export function reduceLog(state: UiState, intent: LogIntent, shown: Shown): UiState {
  const top = state.layers.at(-1);
  if (top?.kind === 'log-levels' || top?.kind === 'log-services') return toggled(state, top, intent, shown);
  const log = onTop(state);
  if (log === null) return state;
  const look = (change: Partial<LogLook>): UiState => ({ ...state, logLook: { ...state.logLook, ...change } });
  switch (intent.ui) {
    case 'log-follow':
      return log.cursor === null ? paused(state, shown.log) : following(state);
    case 'log-stamps': {
      const next = (stampStyles.indexOf(state.logLook.stamps) + 1) % stampStyles.length;
      return look({ stamps: stampStyles[next] ?? 'none' });
    }
    case 'log-wrap':
      return replaceTop(look({ wrap: !state.logLook.wrap }), { ...log, shift: 0 });
    case 'log-raw':
      return told(
        look({ raw: !state.logLook.raw }),
        state.logLook.raw ? 'lines taken apart' : 'lines as they were written',
      );
    case 'log-ansi':
      return told(
        look({ ansi: !state.logLook.ansi }),
        state.logLook.ansi ? 'colours of lines left out' : 'colours of lines kept',
      );
    case 'log-context':
      return look({ context: clamp(state.logLook.context + intent.by, mostContext) });
    case 'log-shift':
      return replaceTop(state, { ...log, shift: Math.max(0, log.shift + intent.by * shiftBy) });
    case 'log-only':
      return replaceTop(state, { ...log, only: !log.only });
    case 'log-hit':
      return toHit(state, log, intent.by, shown.log);
    case 'log-mark':
      return markedLine(state, log, shown.log);
    case 'log-levels':
    case 'log-services':
      return layered(state, { kind: intent.ui, index: firstOf(intent.ui, log, shown), changed: false });
    case 'log-time':
      return layered(state, { kind: 'log-time', typed: '', trouble: null });
    default:
      return state;
  }
}

/** Follows the newest line. */
const following = (state: UiState): UiState => ({ ...withLog(state, { cursor: null, top: null }), logGoal: null });

/** Stops at what is on screen. */
export function paused(state: UiState, shown: LogShown | null): UiState {
  const log = logOf(state);
  const cursor = shown?.last() ?? null;
  if (log === null || log.cursor !== null || shown === null || cursor === null) return state;
  return { ...withLog(state, { cursor: shown.ids.at(-1) ?? cursor, top: shown.ids[0] ?? cursor }), logGoal: null };
}

/** The log with a line in sight: where it already shows, nothing but the cursor moves. */
export function atLine(state: UiState, line: LineId, shown: LogShown): UiState {
  const visible = shown.ids.some((id) => sameLine(id, line));
  const top = visible ? shown.ids[0] : shown.step(line, -Math.floor(shown.ids.length / 3));
  return withLog(state, { cursor: line, top: top ?? line });
}

type Move = Extract<Intent, { ui: 'move' | 'page' | 'jump' }>;

/**
 * Moves in a log. Going up stops the following; going on at the newest line takes it up again. A page moves what is shown
 * along with the cursor.
 */
export function movedInLog(state: UiState, log: LogLayer, intent: Move, shown: LogShown | null): UiState {
  if (shown === null) return state;
  if (intent.ui === 'jump') {
    const first = shown.first();
    if (intent.to === 'last' || first === null) return following(state);
    return { ...withLog(state, { cursor: first, top: first }), logGoal: null };
  }
  const lines = Math.max(1, shown.ids.length - 1);
  const by = intent.ui === 'move' ? intent.by : Math.trunc(intent.by * lines) || Math.sign(intent.by);
  if (log.cursor === null && by > 0) return state;
  const [here, to] = [shown.step(log.cursor, 0), shown.step(log.cursor, by)];
  if (here === null || to === null) return state;
  if (by > 0 && sameLine(here, to)) return following(state);
  const first = shown.ids[0] ?? to;
  const top = intent.ui === 'page' ? (shown.step(first, by) ?? first) : first;
  return { ...withLog(state, { cursor: to, top }), logGoal: null };
}

function toHit(state: UiState, log: LogLayer, by: 1 | -1, shown: LogShown | null): UiState {
  if (shown === null) return state;
  // Who follows stands behind the newest line.
  const line = log.cursor === null ? shown.hit(null, -1) : shown.hit(log.cursor, by);
  if (line === null)
    return told(state, log.cursor === null ? 'no match' : by > 0 ? 'no newer match' : 'no older match');
  return { ...atLine(state, line, shown), logGoal: null };
}

/** Marks the line at the cursor, or unmarks it, and goes on to the next one, so that several are marked in a row. */
function markedLine(state: UiState, log: LogLayer, shown: LogShown | null): UiState {
  const line = shown?.step(log.cursor, 0) ?? null;
  if (shown === null || line === null) return state;
  const rest = log.marked.filter((id) => !sameLine(id, line));
  const marked = rest.length < log.marked.length ? rest : [...log.marked, line];
  const next = log.cursor === null ? line : (shown.step(line, 1) ?? line);
  return { ...withLog(state, { marked, cursor: next, top: shown.ids[0] ?? next }), logGoal: null };
}

/** Esc, as far as it is the log's: only matches, the search, marks; null: nothing is left but to close it. */
export function unwound(state: UiState, log: LogLayer): UiState | null {
  if (log.filter !== '') return replaceTop(state, { ...log, filter: '', only: false });
  return log.marked.length > 0 ? replaceTop(state, { ...log, marked: [] }) : null;
}

/** The menu starts at the first of what is shown, so that Enter alone is no surprise. */
function firstOf(menu: Toggles['kind'], log: LogLayer, shown: Shown): number {
  if (menu === 'log-levels')
    return Math.max(
      0,
      levels.findIndex((level) => log.levels?.includes(level) ?? true),
    );
  return Math.max(
    0,
    shown.services.findIndex((name) => log.services?.includes(name) ?? true),
  );
}

/** What may be toggled, and what of it is shown; null: all. */
function togglesOf(
  state: UiState,
  menu: Toggles,
  shown: Shown,
): { all: readonly string[]; on: readonly string[] | null } {
  const log = logOf(state);
  if (menu.kind === 'log-levels') return { all: levels, on: log?.levels ?? null };
  return { all: shown.services, on: log?.services ?? null };
}

function toggled(state: UiState, menu: Toggles, intent: LogIntent, shown: Shown): UiState {
  if (intent.ui === 'all') return replaceTop(chosen(state, menu, null), { ...menu, changed: true });
  const { all, on } = togglesOf(state, menu, shown);
  const name = all[menu.index];
  if (intent.ui !== 'toggle' || name === undefined) return state;
  const now = on ?? all;
  const next = now.includes(name) ? now.filter((other) => other !== name) : [...now, name];
  // In one order, so that the same choice is the same value; what is chosen without being listed stays chosen.
  const kept = [...all.filter((other) => next.includes(other)), ...next.filter((other) => !all.includes(other))];
  return replaceTop(chosen(state, menu, kept.length === all.length ? null : kept), { ...menu, changed: true });
}

/** Enter in a menu of toggles: what was toggled; where nothing was, only this service, or this level and worse. */
export function acceptedToggles(state: UiState, menu: Toggles, shown: Shown): UiState {
  const { all } = togglesOf(state, menu, shown);
  const name = all[menu.index];
  if (menu.changed || name === undefined) return closeTop(state);
  return closeTop(chosen(state, menu, menu.kind === 'log-levels' ? all.slice(menu.index) : [name]));
}

function chosen(state: UiState, menu: Toggles, names: readonly string[] | null): UiState {
  if (menu.kind === 'log-services') return withLog(state, { services: names });
  const kept = levels.filter((level) => names === null || names.includes(level));
  return withLog(state, { levels: kept.length === levels.length ? null : kept });
}

/** The dialog that asks for a path, with one proposed. */
export const askedForPath = (state: UiState, path: string): UiState =>
  layered(state, { kind: 'log-save', typed: path, trouble: null });

/** A prompt with what is wrong with what was typed. */
export const troubledPrompt = (state: UiState, prompt: Prompt, trouble: string): UiState =>
  replaceTop(state, { ...prompt, trouble });
