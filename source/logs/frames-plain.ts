import type { Message } from './frames.ts';
import { stampReader } from './stamp.ts';

/** Bytes of text that Docker takes at once (moby daemon/logger/copier.go, defaultBufSize): a longer line comes in parts. */
export const partLength = 16 * 1024;
const longestStamp = 40;
/** Where the last digit of a fraction stands: engines write nine. */
const nanosecond = 28;

/**
 * Takes the stream of a container with a terminal apart: that has no frames, so a line's end is also a message's end, and in
 * the middle of a line a stamp stands after each 16 KiB. A line that was never ended (the process died, or the engine is
 * Podman, which hands on what it has) is followed by the next stamp at once: that is seen where a chunk begins with it, since
 * engines send each message in a chunk of its own. In a flood chunks begin anywhere, perhaps with a time that a program
 * itself has written: that has rarely nine digits, and is older than the engine's before it.
 */
export function plainReader(message: Message): { push(chunk: Uint8Array): void; end(): void } {
  const stamp = stampReader();
  const carry = new Uint8Array(partLength + longestStamp);
  let have = 0;

  /** How long a message may be that begins there. */
  const longest = (bytes: Uint8Array, from: number, to: number) =>
    Math.max(0, stamp.read(bytes, from, Math.min(to, from + longestStamp)) - from) + partLength;

  function flush(): void {
    if (have > 0) message('out', carry, 0, have, 0);
    have = 0;
  }

  /** Whether a chunk is a message of its own, and not more of the open one. */
  function begins(chunk: Uint8Array): boolean {
    if (!isDigit(chunk[nanosecond]) || isDigit(chunk[nanosecond + 1])) return false;
    if (stamp.read(chunk, 0, Math.min(chunk.length, longestStamp)) < 0) return false;
    const { ms, ns } = stamp;
    const text = stamp.read(carry, 0, Math.min(have, longestStamp));
    return text < 0 || (text < have && (stamp.ms < ms || (stamp.ms === ms && stamp.ns <= ns)));
  }

  function push(chunk: Uint8Array): void {
    if (have > 0 && begins(chunk)) flush();
    let at = 0;
    while (at < chunk.length) {
      const newline = chunk.indexOf(10, at);
      const end = newline < 0 ? chunk.length : newline + 1;
      if (have > 0) {
        const taken = Math.min(end - at, carry.length - have);
        carry.set(chunk.subarray(at, at + taken), have);
        have += taken;
        at += taken;
        const beyond = have - longest(carry, 0, have);
        if (beyond > 0) {
          have -= beyond;
          at -= beyond;
          flush();
        } else if (at === end && newline >= 0) flush();
        continue;
      }
      const limit = at + longest(chunk, at, end);
      if (end > limit) {
        message('out', chunk, at, limit, 0);
        at = limit;
      } else if (newline >= 0) {
        message('out', chunk, at, end, 0);
        at = end;
      } else {
        carry.set(chunk.subarray(at, end));
        have = end - at;
        at = end;
      }
    }
  }

  return { push, end: flush };
}

const isDigit = (byte: number | undefined): boolean => byte !== undefined && byte >= 48 && byte <= 57;
