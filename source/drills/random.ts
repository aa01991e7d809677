import type { Drill } from './types.ts';

/**
 * Draws drills with a seed: the same seed and the same drills, in whatever order, give the same list on every machine.
 * Only what stays within the tolerance is drawn, and nothing twice in a row. Empty when there is nothing to draw from.
 */
export function drawDrills(options: {
  readonly seed: number;
  readonly steps: number;
  readonly drills: readonly Drill[];
}): readonly Drill[] {
  const pool = options.drills
    .filter((drill) => !drill.beyondTolerance)
    .toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  const next = mulberry32(options.seed);
  const drawn: Drill[] = [];
  while (drawn.length < options.steps && pool.length > 0) {
    const last = drawn.at(-1);
    const others = pool.length > 1 ? pool.filter((drill) => drill !== last) : pool;
    const drill = others[Math.floor(next() * others.length)];
    if (drill !== undefined) drawn.push(drill);
  }
  return drawn;
}

/** A generator of numbers in [0, 1) from 32 bits of state: integer arithmetic only, so the same everywhere. */
function mulberry32(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}
