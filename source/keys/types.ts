import type { Target } from '../actions/types.ts';

/** Where a key is live. The stack of live scopes, innermost first, decides which binding a chord means. */
export const scopes = ['global', 'list', 'log', 'dialog', 'drill', 'past', 'text'] as const;
export type Scope = (typeof scopes)[number];

/** What a key asks for, as data: the reducer of the screen answers the `ui` ones. */
export type Intent =
  | { readonly ui: 'move'; readonly by: number }
  | { readonly ui: 'page'; readonly by: number }
  | { readonly ui: 'jump'; readonly to: 'first' | 'last' }
  | { readonly ui: 'pane'; readonly to: number }
  | { readonly ui: 'pane-step'; readonly by: 1 | -1 }
  | {
      readonly ui:
        | 'open'
        | 'back'
        | 'zoom'
        | 'filter'
        | 'sort'
        | 'stopped'
        | 'hold'
        | 'refresh'
        | 'events'
        | 'palette'
        | 'help'
        | 'quit'
        | 'quit-now'
        | 'accept'
        | 'erase'
        | 'erase-all'
        | 'break'
        | 'choose'
        | 'heal';
    }
  | LogIntent
  | ActionIntent;

/** What keys that change the stack, or leave the screen for a console, ask for. */
export type ActionIntent =
  /** Marks a row, or unmarks it; opens what can be done to the selection, profiles, connection strings (copies one), the doctor. */
  | { readonly ui: 'mark' | 'actions' | 'profiles' | 'connections' | 'copy' | 'doctor' }
  /** One action on the selection, or on these; of several ids the first that can be done. */
  | { readonly ui: 'act'; readonly actions: readonly string[]; readonly on?: readonly Target[] }
  /** Asks the action that runs to stop at its next safe point. */
  | { readonly ui: 'action-stop' }
  | { readonly ui: 'console'; readonly of: 'shell' | 'client' };

/** What keys of logs ask for. */
export type LogIntent =
  /** The match after (1) or before (-1); fewer or more lines around matches; columns to the right or left. */
  | { readonly ui: 'log-hit' | 'log-context' | 'log-shift'; readonly by: 1 | -1 }
  | {
      readonly ui:
        | 'logs'
        | 'log-jump'
        | 'log-follow'
        | 'log-stamps'
        | 'log-wrap'
        | 'log-raw'
        | 'log-ansi'
        | 'log-only'
        | 'log-levels'
        | 'log-services'
        | 'log-time'
        | 'log-marker'
        | 'log-clear'
        | 'log-mark'
        | 'log-copy'
        | 'log-save'
        | 'toggle'
        | 'all';
    };

export type Binding = {
  /** Dotted, unique: what tests, logs and the palette call it. */
  readonly id: string;
  /** The first is the one shown in the footer. */
  readonly chords: readonly string[];
  readonly scope: Scope;
  readonly intent: Intent;
  /** One to three words, for footer and palette. */
  readonly label: string;
  /** One line, for `?` and the README. */
  readonly help: string;
  /** Changes the stack: with --read-only there is no such key. */
  readonly changes?: true;
  /** Footer: higher stays longer when the terminal is narrow. `keys` and `label` stand for a pair of bindings. */
  readonly hint?: { readonly priority: number; readonly keys?: readonly string[]; readonly label?: string };
};
