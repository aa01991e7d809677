import { spawnSync } from 'node:child_process';
import { openSync } from 'node:fs';
import { setImmediate as tick } from 'node:timers/promises';
import { ReadStream } from 'node:tty';
import type { Pace } from './pace.ts';

/** What somebody has who was given the terminal. */
export type Turn = {
  /** Aborted when it is wanted back. */
  readonly signal: AbortSignal;
  readonly print: (text: string) => void;
  /** Resolves when Enter, or Ctrl+C, was pressed. */
  readonly entered: () => Promise<void>;
};

export type Lending = {
  /** Whether somebody has it now. */
  readonly lent: () => boolean;
  /**
   * Gives the terminal away for a turn. `suspend` is Ink's: it lets go of the screen and takes it back. Whatever state it
   * comes back in, it is put right; the screen is drawn anew. Throws what the turn throws.
   */
  lend(suspend: Suspend, during: (turn: Turn) => Promise<void>): Promise<void>;
  /** Wants it back: resolves when it is ours again, after 1.5 s at the latest; null: nobody has it. */
  reclaim(): Promise<void> | null;
  /** Puts it right there and then, for a process that ends without waiting. */
  seize(): void;
  /** Ctrl+C. It is meant for who has the terminal; for us where we wait for Enter. */
  interrupted(): void;
};

export type Suspend = (during: () => Promise<void>) => Promise<unknown>;

/** The settings of the terminal's line discipline; a test has others. */
export type Settings = { save(): string | null; restore(saved: string): void };

type Options = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  /** What is asked of the terminal is answered before it is given away. */
  readonly pace?: Pick<Pace, 'quiet' | 'resume'>;
  readonly settings?: Settings;
  readonly openInput?: () => ReadStream;
};

const reclaimMs = 1_500;

/** A line that a terminal takes for wider than we do must not wrap, or every later update lands a row too low. */
export const wrapOff = '\x1b[?7l';
export const wrapOn = '\x1b[?7h';

/**
 * What a program that was killed may have left on in a terminal: a scroll region (setting it moves the cursor, which the
 * shell will want where it is), another keyboard, reports of the mouse, of the focus and of pastes, reverse video,
 * insertion, line drawing, a colour, a cursor of its own (xterm's ctlseqs). Each as a terminal has it from the start.
 */
const sane = [
  ...['\x1b7', '\x1b[r', '\x1b8', '\x1b[>4m', '\x1b[?1l', '\x1b>', '\x1b[?1000l', '\x1b[?1002l', '\x1b[?1003l'],
  ...[
    '\x1b[?1005l',
    '\x1b[?1006l',
    '\x1b[?1004l',
    '\x1b[?2004l',
    '\x1b[?2026l',
    '\x1b[?5l',
    '\x1b[4l',
    '\x0f',
    '\x1b(B',
  ],
  ...['\x1b[0m', '\x1b[0 q', '\x1b[?25h'],
].join('');

/** By stty, which every Unix has: Node tells nothing of the settings that it finds, and takes those it finds for right. */
const stty: Settings = {
  save() {
    const { status, stdout } = spawnSync('stty', ['-g'], { stdio: ['inherit', 'pipe', 'ignore'], timeout: 1_000 });
    return status === 0 ? stdout.toString().trim() : null;
  },
  restore(saved) {
    spawnSync('stty', [saved], { stdio: ['inherit', 'ignore', 'ignore'], timeout: 1_000 });
  },
};

/** Lends the terminal to other programs, one at a time. */
export function createLending(options: Options): Lending {
  const { stdin, stdout, pace, settings = stty } = options;
  let turn: { readonly abort: AbortController; readonly over: Promise<void>; putRight(): void } | null = null;
  let waitsForEnter: (() => void) | null = null;

  /** By a second stream, since what Ink reads from is left as Ink left it. */
  const entered = (): Promise<void> =>
    new Promise((resolve) => {
      const input = (options.openInput ?? openInput)();
      const done = (): void => {
        waitsForEnter = null;
        input.destroy();
        resolve();
      };
      waitsForEnter = done;
      input.once('data', done);
      input.once('end', done);
      input.once('error', done);
    });

  return {
    lent: () => turn !== null,

    async lend(suspend, during) {
      // The one before is over, but Ink may still be drawing.
      while (turn !== null) await turn.over;
      const abort = new AbortController();
      const { promise: over, resolve } = Promise.withResolvers<void>();
      let saved: string | null = null;
      let right = true;
      const putRight = (): void => {
        if (right) return;
        right = true;
        if (saved !== null) settings.restore(saved);
        // Ink draws from the beginning of whatever line the cursor is in.
        stdout.write(`${sane}${wrapOff}\r\n`);
      };
      turn = { abort, over, putRight };
      try {
        await pace?.quiet();
        if (abort.signal.aborted) return;
        await suspend(async () => {
          // Ink listens no more, but what was begun would still read the next key. Pausing ends that once Node has noticed.
          await tick();
          stdin.pause();
          await tick();
          saved = settings.save();
          right = false;
          stdout.write(wrapOn);
          try {
            await during({ signal: abort.signal, print: (text) => stdout.write(text), entered });
          } finally {
            putRight();
          }
        });
      } finally {
        turn = null;
        pace?.resume();
        resolve();
      }
    },

    reclaim() {
      if (turn === null) return null;
      const { abort, over } = turn;
      abort.abort();
      waitsForEnter?.();
      return Promise.race([over, new Promise<void>((resolve) => setTimeout(resolve, reclaimMs))]);
    },

    seize() {
      turn?.putRight();
    },

    interrupted() {
      waitsForEnter?.();
    },
  };
}

const openInput = (): ReadStream => new ReadStream(openSync('/dev/tty', 'r'));
