import { at, type Before } from './buffer-columns.ts';

/** Slots in the order of their lines. */
export type Order = {
  readonly size: number;
  slotAt(position: number): number;
  /** The first position whose slot is not left of what is sought, which must be so for all after it too. */
  search(left: (slot: number) => boolean): number;
  /** Drops so many of the oldest. */
  drop(count: number): void;
  /** Puts sorted slots among the others. Costs as much as there are of them and of those that come to stand after one. */
  merge(sorted: Int32Array): void;
  clear(): void;
};

/** A window that slides through an array twice as long as it may get, and is moved back where it would not fit. */
export function createOrder(capacity: number, before: Before): Order {
  const slots = new Int32Array(Math.max(2 * capacity, 1024));
  let start = 0;
  let end = 0;
  return {
    get size() {
      return end - start;
    },
    slotAt: (position) => at(slots, start + position),
    search(left) {
      let low = start;
      let high = end;
      while (low < high) {
        const middle = (low + high) >>> 1;
        if (left(at(slots, middle))) low = middle + 1;
        else high = middle;
      }
      return low - start;
    },
    drop(count) {
      start += count;
    },
    merge(sorted) {
      if (end + sorted.length > slots.length) {
        slots.copyWithin(0, start, end);
        end -= start;
        start = 0;
      }
      let kept = end - 1;
      let added = sorted.length - 1;
      let target = end + added;
      end += sorted.length;
      while (added >= 0) {
        const slot = at(sorted, added);
        while (kept >= start && before(slot, at(slots, kept))) slots[target--] = at(slots, kept--);
        slots[target--] = slot;
        added -= 1;
      }
    },
    clear() {
      start = 0;
      end = 0;
    },
  };
}
