import type { Moment } from './types.ts';

/** How far a container's log has been handed on, so that reading it again from there doubles nothing and misses nothing. */
export type Bookmark = {
  /** From when on the log is to be read next; null: all that was read the first time. */
  readonly since: Moment | null;
  /** Nothing has been handed on. */
  readonly isFresh: boolean;
  /** The newest moment that was handed on. */
  readonly newest: Moment | null;
  /** The log is about to be read again from `since`. */
  rewind(): void;
  /** Whether a line is new; if so it counts as handed on. */
  take(at: Moment): boolean;
};

/** How far back reading begins again at least, ms: lines of stdout and stderr are stamped before they are put in a row. */
const overlapMs = 1000;

type Mark = { readonly at: Moment; count: number };

/**
 * The engine tells lines of a moment or later, that moment included, always in the same order. So of the lines from a chosen
 * moment on those that were handed on are counted, and when the log is read again from there as many are left out. That holds
 * where lines have the same stamp, and where stderr's come after later ones of stdout. A mark is set where a line is newer
 * than all before, so none before belongs to it; the last but one is used, which is `overlapMs` older than the last. Until
 * there are two, all is read again. Of a log whose last `tail` lines were asked for that would be too much: it is read from the
 * first mark on.
 */
export function bookmark(tail = Number.POSITIVE_INFINITY): Bookmark {
  let newest: Moment | null = null;
  let [earlier, later]: [Mark | null, Mark | null] = [null, null];
  /** Lines handed on, while there is one mark at most. */
  let total = 0;
  let toSkip = 0;
  let skipUntil: Moment | null = null;

  const mark = (): Mark | null => earlier ?? (tail === Number.POSITIVE_INFINITY ? null : later);

  return {
    get since() {
      return mark()?.at ?? null;
    },
    get isFresh() {
      return newest === null;
    },
    get newest() {
      return newest;
    },
    rewind() {
      toSkip = mark()?.count ?? total;
      skipUntil = newest;
    },
    take(at) {
      if (toSkip > 0) {
        // What is newer was never handed on: the engine has thrown away lines since, and there are fewer to leave out.
        if (skipUntil !== null && isBefore(skipUntil, at)) toSkip = 0;
        else {
          toSkip--;
          return false;
        }
      }
      if (newest === null || isBefore(newest, at)) {
        newest = at;
        if (later === null || at.ms - later.at.ms >= overlapMs) {
          earlier = later;
          later = { at, count: 0 };
        }
      }
      if (earlier === null) total++;
      if (later !== null && !isBefore(at, later.at)) {
        later.count++;
        if (earlier !== null) earlier.count++;
      } else if (earlier !== null && !isBefore(at, earlier.at)) earlier.count++;
      return true;
    },
  };
}

export function isBefore(a: Moment, b: Moment): boolean {
  return a.ms === b.ms ? a.ns < b.ns : a.ms < b.ms;
}
