import { at, type Columns } from './buffer-columns.ts';

/** No line's text may be longer. Many times the longest that streams bring, or much of each would stay empty behind long lines. */
export const chunkBytes = 1024 * 1024;

/** Chunks beyond those needed before texts are moved together, and texts added before that is done again. */
const slack = 2;

/** Texts of lines, in chunks that are used again once all of their lines have fallen out. */
export type Chunks = {
  /** Grows, never shrinks. */
  readonly all: readonly SharedArrayBuffer[];
  /** Copies a slot's text, `chunkBytes` at most. Its seq is set after that. */
  put(slot: number, text: Uint8Array): void;
  /** Its text can still be read until the next `put`. */
  free(slot: number): void;
  bytes(slot: number): Buffer;
  text(slot: number): string;
  /** Frees all of them. */
  clear(): void;
};

/**
 * Lines fall out by their time but are kept by their arrival, so that chunks can be left with a few lines each. Where they take
 * more than 1.2 times what their texts need, the emptier ones are moved together.
 */
export function createChunks({ chunk, offset, length, seq }: Columns): Chunks {
  const all: SharedArrayBuffer[] = [];
  const buffers: Buffer[] = [];
  const lines: number[] = [];
  const bytes: number[] = [];
  let unused: number[] = [];
  let current = -1;
  let filled = 0;
  let kept = 0;
  let sinceGathered = 0;

  const fits = (size: number) => current !== -1 && filled + size <= chunkBytes;
  const begin = () => {
    const next = unused.pop();
    current = next ?? all.length;
    filled = 0;
    if (next !== undefined) return;
    const memory = new SharedArrayBuffer(chunkBytes);
    all.push(memory);
    buffers.push(Buffer.from(memory));
    lines.push(0);
    bytes.push(0);
  };
  const count = (index: number, line: number, size: number) => {
    lines[index] = (lines[index] as number) + line;
    bytes[index] = (bytes[index] as number) + size;
    kept += size;
  };
  const forget = (index: number, size: number) => {
    count(index, -1, -size);
    if (lines[index] !== 0) return;
    if (index === current) filled = 0;
    else unused.push(index);
  };
  const move = (slot: number) => {
    const size = at(length, slot);
    if (!fits(size)) begin();
    const from = at(chunk, slot);
    const start = at(offset, slot);
    buffers[from]?.copy(buffers[current] as Buffer, filled, start, start + size);
    Atomics.store(offset, slot, -1);
    Atomics.store(chunk, slot, current);
    Atomics.store(offset, slot, filled);
    filled += size;
    count(current, 1, size);
    forget(from, size);
  };
  const gather = () => {
    sinceGathered = 0;
    const sparse = bytes.map((size, index) => index !== current && size < 0.8 * chunkBytes);
    for (let slot = 0; slot < seq.length; slot += 1)
      if (at(seq, slot) !== 0 && sparse[at(chunk, slot)] === true) move(slot);
  };
  const scattered = () =>
    (all.length - unused.length - slack) * chunkBytes > 1.2 * kept && sinceGathered > kept / 4 + slack * chunkBytes;

  return {
    all,
    put(slot, text) {
      const size = text.length;
      if (!fits(size) && scattered()) gather();
      if (!fits(size)) begin();
      buffers[current]?.set(text, filled);
      chunk[slot] = current;
      offset[slot] = filled;
      length[slot] = size;
      filled += size;
      sinceGathered += size;
      count(current, 1, size);
    },
    free: (slot) => forget(at(chunk, slot), at(length, slot)),
    bytes(slot) {
      const start = at(offset, slot);
      return (buffers[at(chunk, slot)] as Buffer).subarray(start, start + at(length, slot));
    },
    text(slot) {
      const start = at(offset, slot);
      return (buffers[at(chunk, slot)] as Buffer).toString('utf8', start, start + at(length, slot));
    },
    clear() {
      lines.fill(0);
      bytes.fill(0);
      unused = all.map((_, index) => index);
      current = -1;
      filled = 0;
      kept = 0;
    },
  };
}
