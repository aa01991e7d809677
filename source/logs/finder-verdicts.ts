import { verdict } from './finder-jobs.ts';

/** What is known of lines, by slot. It holds for the line that was in the slot when it was sent, none other. */
export type Verdicts = {
  isHit(slot: number): boolean;
  /** There is a line, and it is not tested. */
  isWanted(slot: number): boolean;
  /** These are about to be tested. */
  sent(slots: Int32Array): void;
  /** Verdicts on the first `count` that were sent. Returns the slots without one: those after, and what was moved while it was read. */
  put(slots: Int32Array, given: Uint8Array, count: number): Int32Array;
  /** Of lines that are still kept. */
  count(): { readonly hits: number; readonly tested: number };
  clear(): void;
};

/** `seq`: that of `SharedLines`. A line that falls out loses it, so nobody need tell. `most`: how many are sent at once. */
export function createVerdicts(seq: Float64Array, most: number): Verdicts {
  const verdicts = new Uint8Array(seq.length);
  const testedAs = new Float64Array(seq.length);
  const sentAs = new Float64Array(most);
  const isTested = (slot: number) => verdicts[slot] !== verdict.none && testedAs[slot] === seq[slot];
  return {
    isHit: (slot) => verdicts[slot] === verdict.hit && testedAs[slot] === seq[slot],
    isWanted: (slot) => seq[slot] !== 0 && !isTested(slot),
    sent(slots) {
      for (let index = 0; index < slots.length; index++) sentAs[index] = seq[slots[index] as number] as number;
    },
    put(slots, given, count) {
      const moved: number[] = [];
      for (let index = 0; index < count; index++) {
        const slot = slots[index] as number;
        const found = given[index] as number;
        if (found === verdict.none) moved.push(slot);
        else if (seq[slot] === sentAs[index]) {
          verdicts[slot] = found;
          testedAs[slot] = seq[slot] as number;
        }
      }
      return Int32Array.from([...moved, ...slots.subarray(count)]);
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
