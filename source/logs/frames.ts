/**
 * What the engine sends at once: a line, or a part of one, behind its stamp. The bytes are only valid during the call.
 * `skipped`: how many of them were left out at its end.
 */
export type Message = (kind: 'out' | 'err', bytes: Uint8Array, from: number, to: number, skipped: number) => void;

export type Frames = {
  /** Takes what came next; -1, or from where on it is no frames: then nothing may be pushed any more. */
  push(chunk: Uint8Array): number;
  /** The beginning of a frame that has not ended, taken before `push` found no frames; for reading it otherwise. */
  readonly rest: Uint8Array;
};

const headLength = 8;
/** Of a single frame: Docker's have 16 KiB at most; what is longer is cut, so that a head that lies costs no memory. */
const keptLength = 128 * 1024;
/** No engine sends that at once: the head is none. */
const possibleLength = 16 * 1024 * 1024;

/**
 * Takes a stream of frames apart: a head of the stream's number (1 stdout, 2 stderr, 3 the engine's own errors), three zeros
 * and the length, then the payload (docs.docker.com/reference/api/engine, ContainerAttach, "Stream format"). Chunks may end
 * anywhere. A frame that lies in one chunk, as nearly all do, is not copied.
 */
export function frameReader(message: Message): Frames {
  let carry = new Uint8Array(1024);
  /** Bytes of the open frame in `carry`, its head included. */
  let have = 0;
  /** Bytes of the open frame that are still to be dropped. */
  let toSkip = 0;
  let skipped = 0;

  function keep(chunk: Uint8Array, from: number, to: number): void {
    if (have + to - from > carry.length) {
      const larger = new Uint8Array(Math.max(2 * carry.length, have + to - from));
      larger.set(carry.subarray(0, have));
      carry = larger;
    }
    carry.set(chunk.subarray(from, to), have);
    have += to - from;
  }

  /** Goes on with the open frame; where the next one begins, or -1 when the chunk is used up, -2 when it is no frame. */
  function goOn(chunk: Uint8Array): number {
    let at = 0;
    if (have < headLength) {
      at = Math.min(headLength - have, chunk.length);
      keep(chunk, 0, at);
      if (have < headLength) return -1;
      const length = lengthAt(carry, 0);
      if (length < 0) return -2;
      skipped = Math.max(0, length - keptLength);
      toSkip = skipped;
    }
    const end = headLength + lengthAt(carry, 0) - skipped;
    const taken = Math.min(end - have, chunk.length - at);
    keep(chunk, at, at + taken);
    at += taken;
    const dropped = Math.min(toSkip, chunk.length - at);
    toSkip -= dropped;
    at += dropped;
    if (have < end || toSkip > 0) return -1;
    message(carry[0] === 1 ? 'out' : 'err', carry, headLength, end, skipped);
    have = 0;
    skipped = 0;
    return at;
  }

  return {
    get rest() {
      return carry.subarray(0, have);
    },
    push(chunk) {
      let at = 0;
      if (have > 0) {
        const before = have;
        at = goOn(chunk);
        if (at === -2) {
          have = before;
          return 0;
        }
        if (at < 0) return -1;
      }
      const size = chunk.length;
      while (at + headLength <= size) {
        const length = lengthAt(chunk, at);
        if (length < 0) return at;
        const end = at + headLength + length;
        if (end > size) break;
        message(chunk[at] === 1 ? 'out' : 'err', chunk, at + headLength, end, 0);
        at = end;
      }
      if (at < size) goOn(chunk.subarray(at));
      return -1;
    },
  };
}

/** A frame's length; -1 when what stands there is no head. */
function lengthAt(bytes: Uint8Array, at: number): number {
  const stream = bytes[at] as number;
  if (stream > 3 || (bytes[at + 1] as number) + (bytes[at + 2] as number) + (bytes[at + 3] as number) > 0) return -1;
  const high = bytes[at + 4] as number;
  const length =
    high * 0x1000000 +
    (((bytes[at + 5] as number) << 16) | ((bytes[at + 6] as number) << 8) | (bytes[at + 7] as number));
  return length > possibleLength ? -1 : length;
}
