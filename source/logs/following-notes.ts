import type { EngineEvent } from '../engine/types.ts';
import { isBefore } from './follow-bookmark.ts';
import type { Line, Moment, Sink } from './types.ts';

/** Lines of our own among those of a container: that it ended, that it is there again. */
export type Notes = {
  /** The sink for the container's lines. */
  readonly sink: Sink;
  tell(text: string, at: Moment): void;
  /**
   * It runs again since `at`. Its first lines may be older than the event that says so, so the note waits for the first that is
   * newer than its end, and stands before it; not for long, since it may have nothing to say.
   */
  began(text: string, at: Moment): void;
  ended(text: string, at: Moment): void;
  /** Notes made while it is not followed wait until it is again. */
  follow(on: boolean): void;
};

const firstLineMs = 300;
const mostKept = 100;

type Options = {
  readonly source: number;
  readonly sink: Sink;
  readonly after: (ms: number, callback: () => void) => () => void;
};

export function notesOf({ source, sink, after }: Options): Notes {
  let followed = false;
  let missed: { text: string; at: Moment }[] = [];
  let end: Moment | null = null;
  let start: { readonly text: string; readonly at: Moment; readonly cancel: () => void } | null = null;

  function tell(text: string, at: Moment): void {
    if (followed) sink({ source, kind: 'note', at, entry: at, text: Buffer.from(text), cut: 0 });
    else missed = [...missed.slice(1 - mostKept), { text, at }];
  }

  function release(before: Moment | null): void {
    if (start === null) return;
    const { text, at, cancel } = start;
    start = null;
    cancel();
    tell(text, before !== null && isBefore(before, at) ? before : at);
  }

  return {
    tell,
    sink(line: Line) {
      if (start !== null && (end === null || isBefore(end, line.at))) release(line.at);
      sink(line);
    },
    began(text, at) {
      release(null);
      start = { text, at, cancel: after(firstLineMs, () => release(null)) };
    },
    ended(text, at) {
      release(null);
      end = at;
      tell(text, at);
    },
    follow(on) {
      if (!on) release(null);
      followed = on;
      if (!on) return;
      for (const { text, at } of missed) tell(text, at);
      missed = [];
    },
  };
}

/** When the engine says that it happened: its fractions of a millisecond are kept as far as a number holds them. */
export function momentOf(epochMs: number): Moment {
  const ms = Math.floor(epochMs);
  return { ms, ns: Math.round((epochMs - ms) * 1e6) % 1_000_000 };
}

/** `killed`, `exited (3)`. `before`: what was told of the container since it started. */
export function endOf(event: EngineEvent, before: ReadonlySet<string>): string {
  if (before.has('oom')) return 'killed: out of memory';
  if (before.has('SIGKILL')) return 'killed';
  return exited(event.attributes.exitCode ?? event.attributes.containerExitCode); // the latter is Podman's
}

export function exited(code: string | number | null | undefined): string {
  return code === undefined || code === null || code === '' ? 'exited' : `exited (${code})`;
}
