import { ofLogs } from '../keys/markdown.ts';
import type { Binding, Intent, Scope } from '../keys/types.ts';
import { filterOf, type Layer, type UiState } from './layers.ts';
import { isActionEnabled, wantsName } from './state-actions.ts';
import { isLogEnabled } from './state-logs.ts';
import { marksOf } from './state-marks.ts';

/** Live scopes, innermost first. */
export function scopesOf(state: UiState): readonly Scope[] {
  const top = state.layers.at(-1);
  switch (top?.kind) {
    case 'palette':
    case 'actions':
    case 'action-ask':
      return ['text', 'dialog', 'global'];
    case 'action':
      return wantsName(top) ? ['text', 'dialog', 'list', 'global'] : ['dialog', 'list', 'global'];
    case 'action-progress':
    case 'connections':
      return ['dialog', 'list', 'global'];
    case 'confirm':
      return top.plan.missing.length === 0 ? ['text', 'dialog', 'global'] : ['dialog', 'global'];
    case 'heal':
    case 'leave':
      return ['dialog', 'global'];
    case 'sort':
    case 'log-levels':
    case 'log-services':
      return ['dialog', 'list', 'global'];
    case 'log-time':
    case 'log-save':
      return ['text', 'dialog', 'global'];
    case 'log':
      return state.typing ? ['text', 'log', 'list', 'global'] : ['log', 'list', 'global'];
    case 'drills':
    case 'drill':
      return state.typing ? ['text', 'drill', 'list', 'global'] : ['drill', 'list', 'global'];
  }
  return state.typing ? ['text', 'list', 'global'] : ['list', 'global'];
}

/** Whether an intent can do anything now; what can't is neither matched nor shown in the footer. */
export function isEnabled(state: UiState, intent: Intent): boolean {
  const layered = state.layers.length > 0;
  const top = state.layers.at(-1);
  switch (intent.ui) {
    case 'back':
      return layered || state.typing || state.zoomed || filterOf(state) !== '' || marksOf(state).length > 0;
    case 'stopped':
      return !layered && state.pane === 'containers';
    case 'sort':
      return top?.kind === 'sort' || (!layered && state.pane !== 'timeline');
    case 'open':
    case 'zoom':
      return !layered;
    case 'filter':
      return top === undefined || 'filter' in top;
    case 'move':
    case 'page':
    case 'jump':
      return top === undefined || !still.has(top.kind);
    case 'accept':
      if (top?.kind === 'confirm') return top.plan.missing.length === 0;
      if (top?.kind === 'action') return top.preview !== null && top.preview.refused === null;
      if (top?.kind === 'action-progress') return false;
      return top?.kind !== 'leave' && !(top?.kind === 'heal' && top.stage === 'healing');
    case 'break':
    case 'heal':
      return state.drills;
    case 'choose':
      return top?.kind === 'drills';
    case 'pane':
    case 'pane-step':
    case 'hold':
    case 'refresh':
    case 'events':
    case 'palette':
    case 'help':
    case 'quit':
    case 'quit-now':
    case 'erase':
    case 'erase-all':
      return true;
    case 'mark':
    case 'actions':
    case 'profiles':
    case 'connections':
    case 'doctor':
    case 'act':
    case 'action-stop':
    case 'copy':
    case 'console':
      return isActionEnabled(state, intent);
    default:
      return isLogEnabled(state, intent);
  }
}
/** Dialogs in which nothing moves. */
const still: ReadonlySet<Layer['kind']> = new Set(['confirm', 'heal', 'leave', 'log-time', 'log-save', 'action-ask']);

/** Whether there is such a key at all: with --read-only none that changes anything, without logs none of them. */
export function isOffered(state: UiState, binding: Binding): boolean {
  switch (binding.intent.ui) {
    case 'break':
    case 'choose':
    case 'heal':
      return state.drills;
    case 'mark':
    case 'actions':
    case 'act':
    case 'action-stop':
    case 'profiles':
    case 'console':
      return state.actions;
    case 'connections':
    case 'copy':
      return state.connections;
    case 'doctor':
      return state.doctor;
    default:
      return state.logs || !ofLogs(binding);
  }
}
