import type { Clock } from './hooks/use-view.ts';

/**
 * When a frame is drawn that no key asked for. A terminal at the other end of a slow link takes what is written long after
 * it was written, and buffers on the way hold seconds of it, so each frame is followed by a question that every terminal
 * answers in its turn (DSR, `ESC[5n`, ECMA-48 8.3.35): the next frame waits for the answer, so that never more than one is
 * under way and what shows is current.
 */
export type Pace = {
  /** Calls back once, as soon as a frame may be drawn, perhaps at once. Asked again it forgets the one before. Returns how to forget it. */
  next(draw: () => void): () => void;
  /** To be called after every frame that was written. */
  written(): void;
  /** To be called with what the terminal sends, keys and all. */
  heard(data: string): void;
  /** Asks nothing more. Resolves when no answer is outstanding, or none is to be expected any more; null: none is. */
  quiet(): Promise<void> | null;
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
const bytesPerMs = 36;
/** How much longer than its way there and back a frame is given: keys need some of the link too. */
const spare = 1.2;
/** For the first answers; a terminal that has answered before is slow rather than mute. */
const doubtMs = 1_000;
const patienceMs = 5_000;
/** Unanswered questions after which a terminal counts as mute. */
const doubts = 2;

/** Paces frames for one terminal; all times are the clock's, in ms. */
export function createPace({ clock, write, bytes }: Options): Pace {
  let waiting: (() => void) | null = null;
  let cancel = () => {};
  let drawnAt = Number.NEGATIVE_INFINITY;
  let askedAt = 0;
  /** Of the last answer, or of the question that has none yet. */
  let heardAt = 0;
  let unanswered = 0;
  /** The next frame waits for an answer. */
  let expecting = false;
  let missed = 0;
  let kind: 'unknown' | 'answers' | 'mute' = 'unknown';
  /** Before the frame that is being drawn; null: none is. */
  let bytesBefore: number | null = null;
  let frameBytes = 0;
  let roundTripMs = 0;
  let carry = '';
  let closing: (() => void) | null = null;
  let closed = false;

  const interval = (): number => {
    const byBytes = Math.min(longestMs, frameBytes / bytesPerMs);
    return Math.max(kind === 'mute' ? longestMs : shortestMs, byBytes, roundTripMs * spare);
  };

  const giveUp = (): void => {
    expecting = false;
    missed += 1;
    // One answer that was lost on the way must not be waited for ever; of one that never answered all are still owed.
    if (kind === 'answers') unanswered = 0;
    else if (missed >= doubts) kind = 'mute';
  };

  const look = (): void => {
    cancel();
    cancel = () => {};
    if (waiting === null || closed) return;
    const now = clock.now();
    const patience = kind === 'answers' ? Math.max(patienceMs, roundTripMs * 3) : doubtMs;
    if (expecting && now - heardAt >= patience) giveUp();
    const dueAt = expecting ? heardAt + patience : drawnAt + interval();
    if (dueAt > now) {
      cancel = clock.after(Math.ceil(dueAt - now), look);
      return;
    }
    const draw = waiting;
    waiting = null;
    drawnAt = now;
    bytesBefore = bytes() ?? 0;
    draw();
  };

  return {
    next(draw) {
      waiting = draw;
      look();
      return () => {
        if (waiting === draw) waiting = null;
      };
    },

    written() {
      if (bytesBefore === null || closed) return;
      const size = (bytes() ?? Number.NaN) - bytesBefore;
      bytesBefore = null;
      if (size === 0) return;
      // The last few frames count, so that one that scrolls little does not make the next ones too many.
      if (size > 0) frameBytes = Math.max(size, frameBytes * 0.7 + size * 0.3);
      if (kind === 'mute') return;
      unanswered += 1;
      expecting = true;
      askedAt = clock.now();
      heardAt = askedAt;
      write(question);
    },

    heard(data) {
      const text = carry + data;
      carry = unfinished(text);
      const answers = text.split(answer).length - 1;
      if (answers === 0) return;
      kind = 'answers';
      unanswered = Math.max(0, unanswered - answers);
      expecting = unanswered > 0;
      heardAt = clock.now();
      if (expecting) return;
      roundTripMs = heardAt - askedAt;
      closing?.();
      look();
    },

    quiet() {
      closed = true;
      cancel();
      if (!expecting) return null;
      // A slow link is given what it took last time, within what leaving may take.
      const ms = Math.min(700, Math.max(300, roundTripMs * 1.5));
      return new Promise((resolve) => {
        closing = resolve;
        clock.after(ms, resolve);
      });
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
