import { at, type Before } from './buffer-columns.ts';

/** Sorts the first `count` slots in place. */
export type SortRuns = (slots: Int32Array, count: number) => void;

/**
 * A merge sort of the runs that are there: what comes from one source is in order mostly, so that sorted slots cost one look
 * each, and those of a few sources a few. Faster than `sort` with a comparison, which knows no runs.
 */
export function createSortRuns(capacity: number, before: Before): SortRuns {
  const spare = new Int32Array(capacity);
  /** Where runs end; a run begins where the one before it ends. */
  const ends = new Int32Array(capacity);

  const findRuns = (slots: Int32Array, count: number) => {
    let runs = 0;
    for (let index = 1; index < count; index += 1)
      if (before(at(slots, index), at(slots, index - 1))) ends[runs++] = index;
    ends[runs++] = count;
    return runs;
  };
  const merge = (from: Int32Array, to: Int32Array, start: number, middle: number, end: number) => {
    let left = start;
    let right = middle;
    for (let target = start; target < end; target += 1) {
      const takeLeft = left < middle && (right === end || !before(at(from, right), at(from, left)));
      to[target] = takeLeft ? at(from, left++) : at(from, right++);
    }
  };

  return (slots, count) => {
    if (count === 0) return;
    let runs = findRuns(slots, count);
    let from = slots;
    let to: Int32Array = spare;
    while (runs > 1) {
      let start = 0;
      let merged = 0;
      for (let run = 0; run < runs; run += 2) {
        const middle = at(ends, run);
        const end = run + 1 < runs ? at(ends, run + 1) : middle;
        merge(from, to, start, middle, end);
        ends[merged++] = end;
        start = end;
      }
      runs = merged;
      [from, to] = [to, from];
    }
    if (from !== slots) slots.set(from.subarray(0, count));
  };
}
