import type { Clock } from './hooks/use-view.ts';

/**
 * When frames are drawn while there is much to draw. A terminal at the other end of a slow link takes what is written long
 * after it was written, and buffers on the way hold seconds of it. So each frame is followed by a question that every
 * terminal answers in its turn (DSR, `ESC[5n`: ECMA-48 8.3.35), and the next one waits for the answer: never more than
 * that is under way, and what shows is current. Nothing is asked unless somebody has `open`ed it.
 */
export type Pace = {
  /** From now on frames are asked after. Returns how to end that. */
  open(): () => void;
  /** Calls back once as soon as a frame that no key asked for may be drawn, perhaps at once; instead of the one before. Returns how to forget it. */
  next(draw: () => void): () => void;
  /** The same for what a key has changed: at once, unless much is under way still. */
  key(draw: () => void): void;
  /** To be called after every frame that was written. */
  written(): void;
  /** To be called with what the terminal sends, keys and all. Returns it without the answers, which are nobody's keys. */
  heard(data: string): string;
  /** Asks nothing more. Resolves when no answer is outstanding, or none is to be expected any more; null: none is. */
  quiet(): Promise<void> | null;
  /** Goes on after `quiet`: somebody else has had the terminal meanwhile. */
  resume(): void;
};

type Options = {
  readonly clock: Clock;
  readonly write: (text: string) => void;
  /** Bytes written to the terminal so far; null where that isn't known. */
  readonly bytes: () => number | null;
};

const question = '\x1b[5n';
const answer = '\x1b[0n';

/** Lines are at most 0.2 s old on screen, of which the engine and drawing take some 50 ms. */
const shortestMs = 120;
/** Where terminals are so large that frames would exceed the rate. */
const longestMs = 250;
const bytesPerMs = 38.5;
/** How much longer than its way there and back a frame is given: keys need some of the link too. */
const spare = 1.2;
/** A key's frame waits while so much is under way: a page, but not what a moved cursor takes. */
const muchBytes = 6_000;
/** For the first answers; a terminal that has answered before is slow rather than mute. */
const doubtMs = 1_000;
const patienceMs = 5_000;
/** Unanswered questions after which a terminal counts as mute. */
const doubts = 2;
/** The longest that leaving waits for an answer. */
const leavingMs = 700;

/** Paces frames for one terminal; all times are the clock's, in ms. */
export function createPace({ clock, write, bytes }: Options): Pace {
  let opened = 0;
  let closed = false;
  let kind: 'unknown' | 'answers' | 'mute' = 'unknown';
  /** Frames whose answer is still to come, the oldest first. */
  let underWay: { readonly at: number; readonly bytes: number; readonly own: boolean }[] = [];
  /** Frames wait for an answer; not any more for one that took too long. */
  let expecting = false;
  let missed = 0;
  /** Of the last answer, or of the question that has none yet. */
  let heardAt = 0;
  let writtenBytes = 0;

  let waiting: (() => void) | null = null;
  let keyWaiting: (() => void) | null = null;
  let cancel = () => {};
  let drawnAt = Number.NEGATIVE_INFINITY;
  /** A frame of our own is being drawn. */
  let drawing = false;
  let frameBytes = 0;
  let roundTripMs = 0;
  let carry = '';
  let hushed: (() => void) | null = null;

  const interval = (): number => {
    const byBytes = Math.min(longestMs, frameBytes / bytesPerMs);
    return Math.max(kind === 'mute' ? longestMs : shortestMs, byBytes, roundTripMs * spare);
  };
  const isBusy = (): boolean =>
    kind === 'answers' && expecting && underWay.reduce((sum, frame) => sum + frame.bytes, 0) > muchBytes;

  const giveUp = (): void => {
    expecting = false;
    missed += 1;
    // An answer that was lost on the way must not be waited for ever; of a terminal that never answered all are still owed.
    if (kind === 'answers') underWay = [];
    else if (missed >= doubts) kind = 'mute';
  };

  const look = (): void => {
    cancel();
    cancel = () => {};
    if (closed || (waiting === null && keyWaiting === null)) return;
    const now = clock.now();
    const patience = kind === 'answers' ? Math.max(patienceMs, roundTripMs * 3) : doubtMs;
    if (expecting && now - heardAt >= patience) giveUp();
    if (keyWaiting !== null && !isBusy()) {
      const draw = keyWaiting;
      keyWaiting = null;
      draw();
    }
    if (waiting === null && keyWaiting === null) return;
    const dueAt = expecting ? heardAt + patience : drawnAt + interval();
    if (dueAt > now) {
      cancel = clock.after(Math.ceil(dueAt - now), look);
      return;
    }
    const draw = waiting;
    waiting = null;
    drawnAt = now;
    drawing = true;
    draw?.();
  };

  return {
    open() {
      opened += 1;
      let over = false;
      return () => {
        if (!over) opened -= 1;
        over = true;
      };
    },

    next(draw) {
      waiting = draw;
      look();
      return () => {
        if (waiting === draw) waiting = null;
      };
    },

    key(draw) {
      keyWaiting = draw;
      look();
    },

    written() {
      const total = bytes();
      const size = total === null ? null : total - writtenBytes;
      writtenBytes = total ?? 0;
      const own = drawing;
      drawing = false;
      if (opened === 0 || closed || size === 0) return;
      // The last few frames count, so that one that changes little does not make the next ones too many.
      if (own && size !== null) frameBytes = Math.max(size, frameBytes * 0.7 + size * 0.3);
      if (kind === 'mute') return;
      underWay.push({ at: clock.now(), bytes: size ?? 0, own });
      if (!expecting) heardAt = clock.now();
      expecting = true;
      write(question);
      writtenBytes = bytes() ?? 0;
    },

    heard(data) {
      const text = carry + data;
      carry = unfinished(text);
      for (let answers = text.split(answer).length - 1; answers > 0; answers -= 1) {
        kind = 'answers';
        heardAt = clock.now();
        const frame = underWay.shift();
        // Only these had the link for themselves.
        if (frame?.own) roundTripMs = heardAt - frame.at;
        expecting = underWay.length > 0;
        if (!expecting) hushed?.();
        look();
      }
      // What was cut in two has gone half its way already: Ink puts it together again, and drops it.
      return data.replaceAll(answer, '');
    },

    quiet() {
      closed = true;
      cancel();
      if (!expecting) return null;
      // A slow link is given what it took last time, within what leaving may take.
      const ms = Math.min(leavingMs, Math.max(300, roundTripMs * 1.5));
      return new Promise((resolve) => {
        hushed = resolve;
        clock.after(ms, resolve);
      });
    },

    resume() {
      closed = false;
      hushed = null;
      // What was under way then has arrived, or is lost.
      underWay = [];
      expecting = false;
      look();
    },
  };
}

/** What may be the beginning of an answer whose rest is still to come. */
function unfinished(text: string): string {
  for (let length = answer.length - 1; length > 0; length -= 1) {
    if (text.endsWith(answer.slice(0, length))) return text.slice(-length);
  }
  return '';
}
