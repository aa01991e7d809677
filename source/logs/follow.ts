import type { Readable } from 'node:stream';
import type { Engine, LogRange, LogStream } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { assembler } from './assemble.ts';
import { bookmark } from './follow-bookmark.ts';
import { repeatsOf } from './follow-repeats.ts';
import type { Flow, Turns } from './follow-turns.ts';
import type { Moment, Sink } from './types.ts';

/** The moment of the entry that a line belongs to; see entries.ts. */
export type Tracker = (text: Uint8Array, at: Moment) => Moment;

/** Which lines are read the first time. */
export type First = { readonly tail?: number; readonly since?: Moment; readonly until?: Moment };

export type Follower = {
  /**
   * Reads on after what was read before: once, or until the container ends. Resolves when the stream has ended, or with the
   * signal; throws StackError when it could not be opened or broke. What it had read of a line is then read again next time.
   */
  attach(engine: Engine, options: { readonly follow: boolean; readonly signal: AbortSignal }): Promise<void>;
  /** Brings no more lines while it is on. */
  hold(on: boolean): void;
  /** The newest moment that was handed on. */
  readonly newest: Moment | null;
};

type Options = {
  /** Container's id. */
  readonly id: string;
  /** Source's index. */
  readonly source: number;
  readonly first: First;
  readonly sink: Sink;
  readonly tracker: () => Tracker;
  readonly turns: Turns;
  readonly now: () => number;
};

/** Hands on each line of a container once, however often its stream ends or breaks. */
export function followContainer({ id, source, first, sink, tracker, turns, now }: Options): Follower {
  const place = bookmark(first.tail);
  let held = false;
  let flow: Flow | null = null;
  const entryOf = { out: tracker(), err: tracker() };

  function range(follow: boolean): LogRange {
    const since = place.since ?? first.since;
    return {
      follow,
      ...(since === undefined ? {} : { since: engineTime(since) }),
      ...(first.until === undefined ? {} : { until: engineTime(first.until) }),
      ...(place.isFresh && first.tail !== undefined ? { tail: first.tail } : {}),
    };
  }

  async function attach(engine: Engine, { follow, signal }: Parameters<Follower['attach']>[1]): Promise<void> {
    if (signal.aborted) return;
    let opened: LogStream;
    try {
      opened = await engine.logs(id, range(follow), signal);
    } catch (error) {
      if (signal.aborted) return;
      throw error;
    }
    if (signal.aborted) {
      // Somebody else may be reading on from the same place already.
      opened.stream.on('error', () => {}).destroy();
      return;
    }
    place.rewind();
    const isRepeated = { out: repeatsOf(), err: repeatsOf() };
    const lines = assembler({
      ...opened,
      now,
      written(kind, at, text, cut) {
        // Podman stamps what it has read at once with one time, and reads its files in another way.
        if (!opened.stampsParts && isRepeated[kind](at, text)) return;
        if (place.take(at)) sink({ source, kind, at, entry: entryOf[kind](text, at), text, cut });
      },
    });
    const { stream } = opened;
    const gate: Flow = {
      pause: () => stream.pause(),
      resume: () => {
        if (!held) stream.resume();
      },
    };
    flow = gate;
    try {
      await drain(
        stream,
        (chunk) => {
          lines.push(chunk);
          turns.taken(gate, chunk.length);
          if (held) gate.pause();
        },
        signal,
      );
      // The end of what is followed may be that of the engine: all else that it has is read next time.
      lines.end(!follow && !signal.aborted);
    } finally {
      if (flow === gate) flow = null;
    }
  }

  return {
    attach,
    hold(on) {
      held = on;
      if (on) flow?.pause();
      else flow?.resume();
    },
    get newest() {
      return place.newest;
    },
  };
}

/** Docker and Podman take a moment as seconds and nanoseconds with a dot between. */
function engineTime({ ms, ns }: Moment): string {
  const seconds = Math.floor(ms / 1000);
  return `${seconds}.${String((ms - seconds * 1000) * 1e6 + ns).padStart(9, '0')}`;
}

/** By data events: asynchronous iteration costs more than all that is done with a line. */
function drain(stream: Readable, push: (chunk: Buffer) => void, signal: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      stream.removeAllListeners('data').destroy();
      resolve();
    };
    const done = (settle: () => void): void => {
      signal.removeEventListener('abort', stop);
      settle();
    };
    const broken = (cause?: Error): void =>
      done(() => reject(new StackError('closed', 'the log of a container was cut off', cause ? { cause } : {})));
    stream.on('error', broken);
    if (signal.aborted) return stop();
    signal.addEventListener('abort', stop, { once: true });
    stream.on('data', push);
    stream.on('end', () => done(resolve));
    stream.on('close', () => broken()); // says nothing after a proper end
  });
}
