import type { Moment } from './types.ts';

/** Lines that are remembered. The engine repeats no more than it read of a file at one go. */
const most = 65_536;
const atFirst = 256;
/** Bytes of a text at either end. */
const looked = 24;

/** Tells lines of one output that the engine has sent before in the same stream. */
export type Repeats = (at: Moment, text: Uint8Array) => boolean;

/**
 * Up to Docker 20.10 a reader that has been handed the next file of a rotated log takes it for one that was cut off, since it
 * is shorter than the last one, and reads it from its beginning again (moby daemon/logger/loggerutils/logfile.go, followLogs,
 * handleDecodeErr; `docker logs -f` doubles the same lines). One output's lines are stamped in their order, so one that is
 * not newer than the last is either one of those, stamp and all, or the clock was set back.
 */
export function repeatsOf(): Repeats {
  let seen = new Int32Array(atFirst);
  let count = 0;
  let newest: Moment = { ms: Number.NEGATIVE_INFINITY, ns: 0 };
  let repeats = false;

  function remember(mark: number): void {
    if (count === seen.length && count < most) {
      const larger = new Int32Array(4 * count);
      larger.set(seen);
      seen = larger;
    }
    seen[count % seen.length] = mark;
    count++;
  }

  return (at, text) => {
    const mark = markOf(at, text);
    const age = at.ms - newest.ms || at.ns - newest.ns;
    if (age > 0) repeats = false;
    else if (repeats || seen.subarray(0, count).includes(mark)) {
      // The last of them may have a stamp and a text that an honest line has too.
      repeats = age < 0;
      return true;
    } else if (age < 0) count = 0; // so that what comes now is not looked for line by line
    newest = at;
    remember(mark);
    return false;
  };
}

/** Of the stamp and of the text's ends, where numbers of lines stand. */
function markOf({ ms, ns }: Moment, text: Uint8Array): number {
  const { length } = text;
  let mark = (Math.imul(ms % 0x7fffffff, 31) + ns) ^ length;
  for (let at = 0; at < length; at++) {
    if (at === looked && length > 2 * looked) at = length - looked;
    mark = Math.imul(mark ^ (text[at] as number), 0x01000193);
  }
  return mark;
}
