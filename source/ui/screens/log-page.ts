import type { LogBuffer } from '../../logs/types.ts';
import type { LogLayer } from '../log-types.ts';
import type { LogWindow, Walk } from '../log-window.ts';

/** Slots on screen, the oldest first, and how many rows of the first one are above the screen. */
export type Page = { readonly slots: readonly number[]; readonly above: number; readonly cursor: number | null };

const empty: Page = { slots: [], above: 0, cursor: null };

/**
 * What fits on so many rows. Following, the newest is at the bottom; else the first line is the one that was, moved on as far
 * as it takes to show the cursor: by lines where that is near, else with the cursor in the middle. Only lines of the page,
 * and of the one between, are asked for their height.
 */
export function pageOf(
  layer: Pick<LogLayer, 'cursor' | 'top'>,
  buffer: LogBuffer,
  window: LogWindow,
  rows: number,
  heightOf: (slot: number) => number,
): Page {
  const slotsOf = (positions: readonly number[]) => positions.map((position) => buffer.slotAt(position));

  /** From a position back, until the rows are full. */
  const back = (from: number, room: number): { readonly positions: number[]; readonly used: number } => {
    const positions: number[] = [];
    const next = window.walk(from, -1);
    let used = 0;
    while (used < room) {
      const position = next();
      if (position < 0) break;
      positions.push(position);
      used += heightOf(buffer.slotAt(position));
    }
    return { positions: positions.reverse(), used };
  };

  if (layer.cursor === null) {
    const { positions, used } = back(buffer.size, rows);
    return positions.length === 0
      ? empty
      : { slots: slotsOf(positions), above: Math.max(0, used - rows), cursor: null };
  }

  const cursor = window.standsFor(layer.cursor);
  if (cursor < 0) return empty;
  const cursorSlot = buffer.slotAt(cursor);

  /** What a walk from a position on has met, and goes on to until the rows are full; what is left is filled from before it. */
  const filled = (first: number, positions: number[], next: Walk, met: number): Page => {
    let used = met;
    while (used < rows) {
      const position = next();
      if (position < 0) break;
      positions.push(position);
      used += heightOf(buffer.slotAt(position));
    }
    if (used >= rows) return { slots: slotsOf(positions), above: 0, cursor: cursorSlot };
    const before = back(first, rows - used);
    return {
      slots: slotsOf([...before.positions, ...positions]),
      above: Math.max(0, before.used + used - rows),
      cursor: cursorSlot,
    };
  };
  const from = (first: number): Page => filled(first, [], window.walk(first - 1, 1), 0);
  const centered = (): Page => {
    const room = Math.max(0, Math.min(Math.floor(rows / 2), rows - heightOf(cursorSlot)));
    const before = back(cursor, room);
    return from(before.positions[before.used > room ? 1 : 0] ?? cursor);
  };

  if (layer.top === null) return centered();
  const top = window.standsFor(layer.top);
  const forward = cursor >= top;
  const next = window.walk(forward ? top - 1 : cursor - 1, 1);
  const goal = forward ? cursor : top;
  const met: number[] = [];
  let used = 0;
  while (used < 2 * rows) {
    const position = next();
    if (position < 0) break;
    met.push(position);
    used += heightOf(buffer.slotAt(position));
    if (position < goal) continue;
    if (!forward) return from(cursor);
    if (used <= rows) return filled(top, met, next, used);
    const above = back(cursor + 1, rows);
    return { slots: slotsOf(above.positions), above: Math.max(0, above.used - rows), cursor: cursorSlot };
  }
  return centered();
}
