import type { SharedLines } from './types.ts';

/** What is kept of each line beside its text, by slot. */
export type Columns = Omit<SharedLines, 'chunks'> & {
  readonly ms: Float64Array;
  readonly ns: Int32Array;
  readonly entryMs: Float64Array;
  readonly entryNs: Int32Array;
  readonly source: Int32Array;
  /** Index in `lineKinds`. */
  readonly kind: Uint8Array;
  /** 1: it belongs to the entry of the line before it. */
  readonly continues: Uint8Array;
  readonly cut: Float64Array;
  /** 0: not asked for yet; 1: none; 2 and more: index in `levels`, plus 2. */
  readonly level: Uint8Array;
};

/** Whether the line in one slot stands before that in another. No two are equal, for no two have the same seq. */
export type Before = (a: number, b: number) => boolean;

/** Pages of it that were never written to cost no memory. */
export function createColumns(slots: number): Columns {
  const shared = () => new Int32Array(new SharedArrayBuffer(slots * Int32Array.BYTES_PER_ELEMENT));
  return {
    ms: new Float64Array(slots),
    ns: new Int32Array(slots),
    entryMs: new Float64Array(slots),
    entryNs: new Int32Array(slots),
    source: new Int32Array(slots),
    kind: new Uint8Array(slots),
    continues: new Uint8Array(slots),
    cut: new Float64Array(slots),
    level: new Uint8Array(slots),
    chunk: shared(),
    offset: shared(),
    length: shared(),
    seq: new Float64Array(new SharedArrayBuffer(slots * Float64Array.BYTES_PER_ELEMENT)),
  };
}

/** The order of lines: by their entry's moment, then source, then arrival. */
export function createBefore({ entryMs, entryNs, source, seq }: Columns): Before {
  return (a, b) => {
    const byMs = at(entryMs, a) - at(entryMs, b);
    if (byMs !== 0) return byMs < 0;
    const byNs = at(entryNs, a) - at(entryNs, b);
    if (byNs !== 0) return byNs < 0;
    const bySource = at(source, a) - at(source, b);
    return bySource !== 0 ? bySource < 0 : at(seq, a) < at(seq, b);
  };
}

/** An element that is known to be there. */
export function at(column: Float64Array | Int32Array | Uint8Array, index: number): number {
  return column[index] as number;
}
