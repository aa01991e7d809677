import { at, type Before, type Columns } from './buffer-columns.ts';
import type { Order } from './order.ts';
import { type Level, levels } from './types.ts';

const unknown = 0;
const none = 1;
const named = 2;

/** Levels of kept lines, each found when it is first asked for. */
export type BufferLevels = {
  of(slot: number): Level | null;
  /** The oldest line falls out. */
  dropped(slot: number): void;
  /** No more fall out for now, and this is the oldest of those left. */
  oldest(slot: number): void;
};

/** `own`: what a slot's line says by itself, readable until something is added. A line that continues has its entry's level. */
export function createBufferLevels(
  { level, continues, entryMs, entryNs, source }: Columns,
  order: Order,
  before: Before,
  own: (slot: number) => Level | null,
): BufferLevels {
  /** The last line that fell out, and the first one of its entry that did just now. */
  let last = -1;
  let head = -1;

  const sameEntry = (a: number, b: number) =>
    at(entryMs, a) === at(entryMs, b) && at(entryNs, a) === at(entryNs, b) && at(source, a) === at(source, b);
  /** Of a line with none of its entry before it; one that continues has lost its head, and nothing is known. */
  const first = (slot: number) => {
    const known = at(level, slot);
    if (known !== unknown) return known;
    const found = at(continues, slot) === 1 ? null : own(slot);
    const code = found === null ? none : levels.indexOf(found) + named;
    level[slot] = code;
    return code;
  };
  /** All lines of an entry up to this one get its level, so that a long stack trace is walked through once. */
  const entry = (slot: number) => {
    let code = at(level, slot);
    if (code !== unknown || at(continues, slot) === 0) return first(slot);
    const position = order.search((other) => before(other, slot));
    let walked = position;
    while (code === unknown) {
      const previous = walked > 0 ? order.slotAt(walked - 1) : -1;
      if (previous === -1 || !sameEntry(previous, slot)) break;
      walked -= 1;
      code = at(continues, previous) === 1 ? at(level, previous) : first(previous);
    }
    if (code === unknown) code = none;
    for (; walked <= position; walked += 1) level[order.slotAt(walked)] = code;
    return code;
  };

  return {
    of: (slot) => levels[entry(slot) - named] ?? null,
    dropped(slot) {
      if (last === -1 || at(continues, slot) === 0 || !sameEntry(last, slot)) head = slot;
      last = slot;
    },
    oldest(slot) {
      if (last !== -1 && at(continues, slot) === 1 && sameEntry(last, slot)) level[slot] = first(head);
      last = -1;
    },
  };
}
