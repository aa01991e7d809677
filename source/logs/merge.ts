import { heapOf } from './merge-heap.ts';
import type { Level, Line, LineKind, Moment, Sink } from './types.ts';

/** A line that waits for its turn: as it came, with its text in memory of its own. */
export type Waiting = {
  readonly source: number;
  readonly kind: LineKind;
  readonly at: Moment;
  readonly entry: Moment;
  readonly cut: number;
  /** Its text is `chunk[start, end)`. */
  readonly chunk: Buffer;
  readonly start: number;
  readonly end: number;
  /** When it came, by the clock of the merge. */
  readonly came: number;
  /** Nothing to the merge: for those whom it goes out to. */
  level: Level | null;
};

/** Where the lines of one source come in. */
export type Inlet = {
  /** Copies the line. */
  readonly add: Sink;
  /** All that it had has come, what comes from now on is new: others no longer wait for it to get as far as they are. */
  caughtUp(): void;
  /** Nothing comes any more. */
  end(): void;
};

export type MergeOptions = {
  /** The next line. Returns false when no more is wanted for now: `flow` goes on. */
  readonly out: (line: Waiting) => boolean;
  /**
   * While a source is open that has not caught up, a line waits until every such source has got as far, which is exact.
   * After that it waits so many ms since it came, for earlier ones of others.
   */
  readonly windowMs: number;
  /** Bytes held at once by all sources, after which those that are ahead are asked to pause. Default: 32 MiB. */
  readonly limit?: number;
  /** A monotonic clock, ms. */
  readonly clock: () => number;
};

export type Merge = {
  /** `pause(true)` when its source is ahead and should bring no more, `pause(false)` when it may again. */
  open(source: number, pause: (on: boolean) => void): Inlet;
  /** Lets out what may go now. To be called after lines came, and in time for the window. */
  flow(): void;
  /** Lets out all that waits, in order, as far as it is wanted. */
  flush(): void;
  /** Lines that wait. */
  readonly size: number;
};

type Queue = {
  readonly source: number;
  readonly pause: (on: boolean) => void;
  lines: Waiting[];
  /** The first of `lines` that has not gone out. */
  head: number;
  bytes: number;
  /** The latest entry that came. */
  high: Moment;
  caughtUp: boolean;
  ended: boolean;
  paused: boolean;
};

/** stdout and stderr of a container are stamped by two writers, and the last line of an entry comes after others. */
const slackMs = 250;
const mostLines = 8_192;
const chunkBytes = 64 * 1024;
const beginning: Moment = { ms: Number.NEGATIVE_INFINITY, ns: 0 };

/** Merges streams by (moment of the entry, source, arrival), in bounded memory. Lines of one source come nearly in order. */
export function createMerge({ out, windowMs, limit = 32 * 2 ** 20, clock }: MergeOptions): Merge {
  /** Those that are open. */
  const queues: Queue[] = [];
  /** Those with lines, the one whose line is next at the top. */
  const heap = heapOf(before);
  let chunk = Buffer.allocUnsafeSlow(chunkBytes);
  let used = 0;
  let waiting = 0;

  const room = (): number => Math.max(64 * 1024, limit / Math.max(1, queues.length));
  const isFull = (queue: Queue): boolean => queue.bytes >= room() || queue.lines.length - queue.head >= mostLines;

  function keep({ source, kind, at, entry, text, cut }: Line): Waiting {
    if (used + text.length > chunk.length) {
      chunk = Buffer.allocUnsafeSlow(Math.max(chunkBytes, text.length));
      used = 0;
    }
    const start = used;
    chunk.set(text, start);
    used += text.length;
    return { source, kind, at, entry, cut, chunk, start, end: used, came: clock(), level: null };
  }

  function add(queue: Queue, line: Line): void {
    const kept = keep(line);
    const { lines } = queue;
    let place = lines.length;
    lines.push(kept);
    while (place > queue.head && compare((lines[place - 1] as Waiting).entry, kept.entry) > 0) {
      lines[place] = lines[place - 1] as Waiting;
      place -= 1;
    }
    lines[place] = kept;
    queue.bytes += kept.end - kept.start + lineBytes;
    waiting += 1;
    if (compare(queue.high, kept.entry) < 0) queue.high = kept.entry;
    if (lines.length - queue.head === 1) heap.push(queue);
    else if (place === queue.head) heap.risen(queue);
    if (!queue.paused && !queue.ended && isFull(queue)) {
      queue.paused = true;
      queue.pause(true);
    }
  }

  /** Up to where nothing can come in between any more: the least that a source has got to. null: all have caught up. */
  function settled(): Key | null {
    let least: Key | null = null;
    for (const { caughtUp, paused, high, source } of queues) {
      if (caughtUp) continue;
      // What is paused brings nothing before these go out, so that it must not wait for more.
      const key = { entry: paused ? high : { ms: high.ms - slackMs, ns: high.ns }, source };
      if (least === null || compareKeys(key, least) < 0) least = key;
    }
    return least;
  }

  /** Up to where lines have waited long enough, or where there is no more room for those that wait. */
  function due(before: number): Key | null {
    let most: Key | null = null;
    for (const { lines, head, paused, high, source } of heap.items) {
      let next = head;
      while (next < lines.length && (lines[next] as Waiting).came <= before) next += 1;
      if (next === head && !paused) continue;
      const key = { entry: paused ? high : (lines[next - 1] as Waiting).entry, source };
      if (most === null || compareKeys(key, most) > 0) most = key;
    }
    return most;
  }

  /** Lets out in order, up to a key (null: all). Returns whether more is wanted. */
  function release(last: Key | null): boolean {
    for (let queue = heap.items[0]; queue !== undefined; queue = heap.items[0]) {
      const line = queue.lines[queue.head] as Waiting;
      if (last !== null && compareKeys(line, last) > 0) return true;
      queue.head += 1;
      queue.bytes -= line.end - line.start + lineBytes;
      waiting -= 1;
      if (queue.head === queue.lines.length) {
        queue.lines = [];
        queue.head = 0;
        heap.pop();
      } else {
        if (queue.head >= 1_024 && queue.head * 2 >= queue.lines.length) {
          queue.lines = queue.lines.slice(queue.head);
          queue.head = 0;
        }
        heap.sunk();
      }
      if (!out(line)) return false;
    }
    return true;
  }

  /** Those that were asked to pause go on once half of their room is free. */
  function resume(): void {
    for (const queue of queues) {
      if (!queue.paused || queue.bytes * 2 > room() || (queue.lines.length - queue.head) * 2 > mostLines) continue;
      queue.paused = false;
      queue.pause(false);
    }
  }

  function flow(): void {
    // Letting some out may let those in that the others waited for.
    for (let before = -1; before !== waiting; ) {
      before = waiting;
      const last = settled() ?? (queues.length === 0 ? null : due(clock() - windowMs));
      const wanted = (last === null && queues.length > 0) || release(last);
      resume();
      if (!wanted) return;
    }
  }

  return {
    open(source, pause) {
      const queue: Queue = {
        source,
        pause,
        lines: [],
        head: 0,
        bytes: 0,
        high: beginning,
        caughtUp: false,
        ended: false,
        paused: false,
      };
      queues.push(queue);
      return {
        add: (line) => add(queue, line),
        caughtUp() {
          queue.caughtUp = true;
        },
        end() {
          queue.ended = true;
          queue.paused = false;
          const place = queues.indexOf(queue);
          if (place >= 0) queues.splice(place, 1);
        },
      };
    },
    flow,
    flush() {
      release(null);
      resume();
    },
    get size() {
      return waiting;
    },
  };
}

type Key = { readonly entry: Moment; readonly source: number };

/** What a waiting line takes beside its text. */
const lineBytes = 120;

export function compare(a: Moment, b: Moment): number {
  return a.ms - b.ms || a.ns - b.ns;
}

function compareKeys(a: Key, b: Key): number {
  return compare(a.entry, b.entry) || a.source - b.source;
}

function before(a: Queue, b: Queue): boolean {
  const order = compare((a.lines[a.head] as Waiting).entry, (b.lines[b.head] as Waiting).entry);
  return order === 0 ? a.source < b.source : order < 0;
}
