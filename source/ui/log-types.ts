import type { Level, LineId, Logs } from '../logs/types.ts';

/** How time stands before a line. */
export const stampStyles = ['none', 'time', 'full', 'relative'] as const;
export type StampStyle = (typeof stampStyles)[number];

/** How lines are shown; kept when the log is closed and opened again. */
export type LogLook = {
  readonly stamps: StampStyle;
  readonly wrap: boolean;
  /** Lines as they were written: no message and fields out of JSON. */
  readonly raw: boolean;
  /** Colours that lines bring along are kept. */
  readonly ansi: boolean;
  /** Lines shown before and after each match while only matches are kept. */
  readonly context: number;
};

/** The log over the overview. */
export type LogLayer = {
  readonly kind: 'log';
  /** Services shown, and followed; null: all. */
  readonly services: readonly string[] | null;
  /** null: it follows the newest. */
  readonly cursor: LineId | null;
  /** The first line shown, while it does not follow; drawing moves on from there until the cursor shows. */
  readonly top: LineId | null;
  /** Lines when following ended, by `counts.added`: how many are new. */
  readonly pausedAt: number;
  /** Columns scrolled to the right. */
  readonly shift: number;
  /** What is searched for, as typed; '' is nothing. */
  readonly filter: string;
  /** Only lines that match, with their context. */
  readonly only: boolean;
  /** Levels that are shown; null: all. Lines without a level go with info. */
  readonly levels: readonly Level[] | null;
  /** Lines marked with Space, to be saved or copied. */
  readonly marked: readonly LineId[];
  /** What was last done, for the line above the footer: `saved 1 204 lines to /tmp/…`; gone with the next key. */
  readonly said: string | null;
};

/** What the last frame showed of a log, as far as keys depend on it. All of it skips lines that are filtered out. */
export type LogShown = {
  /** Lines on screen, the oldest first. */
  readonly ids: readonly LineId[];
  /** From a line on (null: from the newest), so many lines further; the outermost where there are fewer. null: there is none. */
  step(from: LineId | null, by: number): LineId | null;
  first(): LineId | null;
  /** The slots of all that show, the oldest first; they hold until the buffer is next changed. */
  slots(): Int32Array;
  last(): LineId | null;
  /** The next line that matches the search, in a direction; null where there is none. */
  hit(from: LineId | null, direction: 1 | -1): LineId | null;
  /** The first line at or after a moment, epoch ms. */
  at(ms: number): LineId | null;
  /** Epoch ms of a line. */
  ms(line: LineId): number | null;
};

/** What a log is drawn from, beside its layer. */
export type LogsModel = { readonly logs: Logs; readonly look: LogLook };
