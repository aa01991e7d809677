/** Reads the time that the engine puts before what a container wrote. */
export type StampReader = {
  /**
   * Where the text behind the stamp at `from` begins, or -1 when none stands there; after a stamp `ms` and `ns` are those of
   * a Moment.
   */
  read(bytes: Uint8Array, from: number, to: number): number;
  ms: number;
  ns: number;
};

/** `2026-11-23T21:24:36`: what is the same in all lines of a second. */
const secondLength = 19;
const [zero, nine, dot, zulu, space, plus, minus] = [48, 57, 46, 90, 32, 43, 45];

/**
 * RFC 3339 with a fraction of any length: Docker always writes nine digits and Z (moby api/types/time/timestamp.go,
 * RFC3339NanoFixed), Podman the machine's offset as well. Digits are read by hand, since a Date for each line costs more than
 * all else that is done with it; the second that was read last is kept.
 */
export function stampReader(): StampReader {
  const kept = new Uint8Array(secondLength);
  let second = 0;

  /** Whether the second at `from` is the kept one now. */
  function takeSecond(bytes: Uint8Array, from: number): boolean {
    // From its end: that is where seconds differ.
    let at = secondLength - 1;
    while (at >= 0 && bytes[from + at] === kept[at]) at--;
    if (at < 0) return true;
    const read = secondAt(bytes, from);
    if (Number.isNaN(read)) return false;
    second = read;
    kept.set(bytes.subarray(from, from + secondLength));
    return true;
  }

  const reader: StampReader = {
    ms: 0,
    ns: 0,
    read(bytes, from, to) {
      if (to - from < secondLength + 2 || !takeSecond(bytes, from)) return -1;
      let at = from + secondLength;
      let fraction = 0;
      if (bytes[at] === dot) {
        let places = 0;
        for (at++; at < to; at++) {
          const byte = bytes[at] as number;
          if (byte < zero || byte > nine) break;
          if (places < 9) fraction = fraction * 10 + byte - zero;
          places++;
        }
        for (; places < 9; places++) fraction *= 10;
      }
      let offset = 0;
      const zone = bytes[at];
      if (zone === zulu) at++;
      else if (zone === plus || zone === minus) {
        offset = offsetAt(bytes, at, to) * (zone === plus ? 1 : -1);
        if (Number.isNaN(offset)) return -1;
        at += 6;
      } else return -1;
      if (at >= to || bytes[at] !== space) return -1;
      const ms = (fraction / 1e6) | 0;
      reader.ms = second + ms - offset;
      reader.ns = fraction - ms * 1e6;
      return at + 1;
    },
  };
  return reader;
}

/** Epoch ms, or NaN. */
function secondAt(bytes: Uint8Array, from: number): number {
  if (bytes[from + 4] !== minus || bytes[from + 7] !== minus || bytes[from + 10] !== 84) return Number.NaN;
  if (bytes[from + 13] !== 58 || bytes[from + 16] !== 58) return Number.NaN;
  const part = (at: number, length: number) => numberAt(bytes, from + at, length);
  return Date.UTC(part(0, 4), part(5, 2) - 1, part(8, 2), part(11, 2), part(14, 2), part(17, 2));
}

/** `+02:00` in ms, without its sign, or NaN. */
function offsetAt(bytes: Uint8Array, at: number, to: number): number {
  if (to - at < 6 || bytes[at + 3] !== 58) return Number.NaN;
  return (numberAt(bytes, at + 1, 2) * 60 + numberAt(bytes, at + 4, 2)) * 60_000;
}

function numberAt(bytes: Uint8Array, from: number, length: number): number {
  let value = 0;
  for (let at = from; at < from + length; at++) {
    const digit = (bytes[at] as number) - zero;
    if (!(digit >= 0 && digit <= 9)) return Number.NaN;
    value = value * 10 + digit;
  }
  return value;
}
