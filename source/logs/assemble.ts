import { frameReader, type Message } from './frames.ts';
import { partLength, plainReader } from './frames-plain.ts';
import { stampReader } from './stamp.ts';
import type { Moment } from './types.ts';

/** Bytes of a line that are kept. */
export const lineLimit = 64 * 1024;

/** A line as a container wrote it. The text is only valid during the call. */
export type Written = (kind: 'out' | 'err', at: Moment, text: Uint8Array, cut: number) => void;

export type Assembler = {
  push(chunk: Uint8Array): void;
  /** The stream has ended. `whole`: so has what it tells of, so a line without an end is one. */
  end(whole: boolean): void;
};

type Options = {
  /** Whether the stream comes in frames: not that of a container with a terminal. */
  readonly framed: boolean;
  /** Podman hands on what it has read, each part with a stamp of its own, and ends a line even when its process died. */
  readonly stampsParts: boolean;
  readonly written: Written;
  /** For text before the first stamp, epoch ms. */
  readonly now: () => number;
};

/** The beginning of a line whose end has not come. */
type Open = {
  bytes: Uint8Array;
  length: number;
  cut: number;
  at: Moment | null;
  /** How many `\r` are at its end so far, kept or cut. */
  returns: number;
};

/**
 * Puts lines together out of the bytes of a log stream that was asked for with timestamps. Docker sends a line of more than
 * 16 KiB in parts that all have the stamp of the first (moby daemon/logger/copier.go); a shorter part without an end is what a
 * process wrote last.
 */
export function assembler({ framed, stampsParts, written, now }: Options): Assembler {
  const stamp = stampReader();
  const open = { out: opened(), err: opened() };
  let last: Moment = { ms: now(), ns: 0 };
  let plain: ReturnType<typeof plainReader> | null = framed ? null : plainReader(message);
  const frames = frameReader(message);

  function message(...[kind, bytes, from, to, skipped]: Parameters<Message>): void {
    const text = stamp.read(bytes, from, to);
    if (text >= 0 && (stamp.ms !== last.ms || stamp.ns !== last.ns)) last = { ms: stamp.ms, ns: stamp.ns };
    const begun = open[kind];
    if (begun.at !== null) {
      const continues = stampsParts || text < 0 || (begun.at.ms === stamp.ms && begun.at.ns === stamp.ns);
      if (!continues) close(kind);
    }
    let start = text < 0 ? from : text;
    if (skipped === 0) {
      let newline = bytes.indexOf(10, start);
      while (newline >= 0 && newline < to) {
        if (begun.at === null) {
          written(kind, last, bytes.subarray(start, withoutReturns(bytes, start, newline)), 0);
        } else {
          append(begun, bytes, start, newline);
          close(kind);
        }
        start = newline + 1;
        if (start >= to) return;
        newline = bytes.indexOf(10, start);
      }
    }
    begun.at ??= last;
    append(begun, bytes, start, to);
    begun.cut += skipped;
    // Docker hands on what has no end when it has so much of it, and when the process has died.
    const isLast = !stampsParts && text >= 0 && to - text < partLength;
    if (skipped > 0 || isLast) close(kind);
  }

  function close(kind: 'out' | 'err'): void {
    const line = open[kind];
    if (line.at === null) return;
    const { at, bytes, length, cut, returns } = line;
    line.at = null;
    line.length = 0;
    line.cut = 0;
    line.returns = 0;
    written(kind, at, bytes.subarray(0, length - Math.max(0, returns - cut)), Math.max(0, cut - returns));
  }

  return {
    push(chunk) {
      if (plain !== null) return plain.push(chunk);
      const at = frames.push(chunk);
      if (at < 0) return;
      // Not what the engine said it were: read as it is, rather than not at all.
      plain = plainReader(message);
      plain.push(frames.rest);
      plain.push(chunk.subarray(at));
    },
    end(whole) {
      if (!whole) return;
      plain?.end();
      close('out');
      close('err');
    },
  };
}

function opened(): Open {
  return { bytes: new Uint8Array(0), length: 0, cut: 0, at: null, returns: 0 };
}

/** Adds to a line that is not at its end yet, as far as it may grow. */
function append(line: Open, bytes: Uint8Array, from: number, to: number): void {
  const taken = Math.min(to - from, lineLimit - line.length);
  if (line.length + taken > line.bytes.length) {
    const larger = new Uint8Array(Math.min(lineLimit, Math.max(1024, 2 * (line.length + taken))));
    larger.set(line.bytes.subarray(0, line.length));
    line.bytes = larger;
  }
  line.bytes.set(bytes.subarray(from, from + taken), line.length);
  line.length += taken;
  line.cut += to - from - taken;
  const returns = to - withoutReturns(bytes, from, to);
  line.returns = returns === to - from ? line.returns + returns : returns;
}

/** A terminal ends its lines with `\r\n`, or `\r\r\n` when the program does so too. */
function withoutReturns(bytes: Uint8Array, from: number, to: number): number {
  let end = to;
  while (end > from && bytes[end - 1] === 13) end--;
  return end;
}
