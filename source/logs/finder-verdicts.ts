import { verdict } from './finder-jobs.ts';

/** What is known of lines, by slot. It holds for the line that was in the slot when it was sent, none other. */
export type Verdicts = {
  isHit(slot: number): boolean;
  /** There is a line, and it is not tested. */
  isWanted(slot: number): boolean;
  /** To be handed back with the verdicts. */
  seqsOf(slots: Int32Array): Float64Array;
  /** Returns the slots without a verdict: there are fewer verdicts than slots, or one was moved while it was read. */
  put(slots: Int32Array, seqs: Float64Array, given: Uint8Array): Int32Array;
  /** Of lines that are still kept. */
  count(): { readonly hits: number; readonly tested: number };
  clear(): void;
};

/** `seq`: that of `SharedLines`. A line that falls out loses it, so nobody need tell. */
export function createVerdicts(seq: Float64Array): Verdicts {
  const verdicts = new Uint8Array(seq.length);
  const testedAs = new Float64Array(seq.length);
  const isTested = (slot: number) => verdicts[slot] !== verdict.none && testedAs[slot] === seq[slot];
  return {
    isHit: (slot) => verdicts[slot] === verdict.hit && testedAs[slot] === seq[slot],
    isWanted: (slot) => seq[slot] !== 0 && !isTested(slot),
    seqsOf(slots) {
      const seqs = new Float64Array(slots.length);
      for (let index = 0; index < slots.length; index++) seqs[index] = seq[slots[index] as number] as number;
      return seqs;
    },
    put(slots, seqs, given) {
      const again = new Int32Array(slots.length);
      let count = 0;
      for (let index = 0; index < slots.length; index++) {
        const slot = slots[index] as number;
        const found = given[index] ?? verdict.none;
        if (found === verdict.none) again[count++] = slot;
        else if (seq[slot] === seqs[index]) {
          verdicts[slot] = found;
          testedAs[slot] = seq[slot] as number;
        }
      }
      return again.subarray(0, count);
    },
    count() {
      let hits = 0;
      let tested = 0;
      for (let slot = 0; slot < verdicts.length; slot++) {
        if (!isTested(slot)) continue;
        tested++;
        if (verdicts[slot] === verdict.hit) hits++;
      }
      return { hits, tested };
    },
    clear: () => void verdicts.fill(verdict.none),
  };
}
