/** Slots that wait to be tested, the newest first. */
export type SlotQueue = {
  /** In the order of their lines, the newest last; newer than what is in it. */
  push(slots: Int32Array): void;
  /** Fills `into`, the newest first; those that are not wanted are forgotten. Returns the part that was filled. */
  take<Slots extends Int32Array>(into: Slots, isWanted: (slot: number) => boolean): Slots;
  /** Those of the last `take` that are to be taken again, in its order. */
  putBack(slots: Int32Array): void;
  clear(): void;
  readonly length: number;
};

export function createSlotQueue(): SlotQueue {
  const parts: Int32Array[] = [];
  /** How many parts lie below what was taken last: it goes back there, under what came since. */
  let below = 0;
  let length = 0;
  return {
    push(slots) {
      if (slots.length === 0) return;
      parts.push(slots);
      length += slots.length;
    },
    take(into, isWanted) {
      let count = 0;
      while (count < into.length) {
        const part = parts.pop();
        if (part === undefined) break;
        let end = part.length;
        while (end > 0 && count < into.length) {
          const slot = part[--end] as number;
          if (isWanted(slot)) into[count++] = slot;
        }
        length -= part.length - end;
        if (end > 0) parts.push(part.subarray(0, end));
      }
      below = parts.length;
      return into.subarray(0, count) as typeof into;
    },
    putBack(slots) {
      if (slots.length === 0) return;
      parts.splice(below, 0, slots.toReversed());
      length += slots.length;
    },
    clear() {
      parts.length = 0;
      below = 0;
      length = 0;
    },
    get length() {
      return length;
    },
  };
}
