import type { Connection } from '../../actions/console-types.ts';
import type { Action, ActionProgress } from '../../actions/types.ts';
import type { Doctor } from '../../doctor/types.ts';
import type { DrillPlan, DrillProgress, JournalEntry } from '../../drills/types.ts';
import type { View } from '../../monitor/types.ts';
import type { Shown, UiState } from '../layers.ts';
import type { LogsModel } from '../log-types.ts';
import type { Theme } from '../theme.ts';

/** Everything a frame is drawn from: the same values give the same lines. */
export type Model = {
  /** What was seen last, or what is held; null until there is something. */
  readonly view: View | null;
  readonly state: UiState;
  readonly columns: number;
  readonly rows: number;
  /** Epoch ms. */
  readonly now: number;
  readonly refreshing: boolean;
  readonly readOnly: boolean;
  readonly theme: Theme;
  /** Quitting waits for a drill to be healed, or for an action to reach a safe point. */
  readonly leaving: boolean;
  /** null: nothing can be broken from here. */
  readonly drills: DrillsModel | null;
  /** null: there are no logs to open. */
  readonly logs: LogsModel | null;
  /** null: nothing can be changed from here. */
  readonly actions: ActionsModel | null;
  readonly connections: readonly Connection[] | null;
  readonly doctor: Pick<Doctor, 'latest' | 'doing'> | null;
};

export type DrillsModel = {
  /** Every drill against what is seen; made only where it is shown. */
  readonly plans: () => readonly DrillPlan[];
  readonly progress: DrillProgress | null;
  /** Faults that are left from an earlier run. */
  readonly journal: readonly JournalEntry[];
};

export type ActionsModel = {
  /** Every action; asked only where a menu shows. */
  readonly list: () => readonly Action[];
  /** What runs, or has ended and is not yet dismissed. */
  readonly progress: ActionProgress | null;
};

/** Painted lines, each as wide as the terminal, and what the reducer must know of them. */
export type Drawn = { readonly lines: readonly string[]; readonly shown: Shown };

/** The part of a screen between header and footer. */
export type Body = { readonly columns: number; readonly lines: number };
