import type { Lane } from '../../drills/types.ts';
import { type Span, type Spans, span } from './spans.ts';

/** What each glyph of a lane says, in words for a wide and for a narrow screen. */
export const laneLegend: readonly (readonly [Span, wide: string, narrow: string])[] = [
  [span('█', 'good'), 'acknowledged', 'acked'],
  [span('▄', 'warning'), 'only some', 'some'],
  [span('✖', 'bad'), 'failed', 'failed'],
  [span('?', 'warning'), 'outcome unknown', 'unknown'],
  [span('·', 'faint'), 'none', 'none'],
  [span('│', 'strong'), 'the fault', 'fault'],
];
const [acked, some, failed, unknown, nothing, fault] = laneLegend.map(([glyph]) => glyph) as [
  Span,
  Span,
  Span,
  Span,
  Span,
  Span,
];

type Slice = { readonly acked: number; readonly failed: number; readonly indeterminate: number };

/**
 * Writes as a band, a glyph for each slice of time, the newest last; a stroke stands where the fault was
 * injected. `whole`: slices are put together until all of the lane fits, else the newest
 * are shown, at the right edge.
 */
export function laneSpans(lane: Lane, options: { columns: number; injected: boolean; whole: boolean }): Spans {
  const { columns, injected, whole } = options;
  const slices = slicesOf(lane);
  const at = injected ? Math.max(0, Math.min(slices.length, Math.round(-lane.fromMs / lane.sliceMs))) : slices.length;
  const size = whole ? laneGroup(lane, columns) : 1;
  // Grouped from the fault on to both sides, so that no group has a moment before and one after it.
  const cells = [
    ...grouped(slices.slice(0, at).reverse(), size).reverse().map(glyphOf),
    ...(injected && lane.fromMs <= 0 ? [fault] : []),
    ...grouped(slices.slice(at), size).map(glyphOf),
  ].slice(-columns);
  const blank = span(' '.repeat(columns - cells.length));
  return whole ? [...cells, blank] : [blank, ...cells];
}

/** How many slices one glyph stands for where all of a lane is shown in so many columns. */
export function laneGroup(lane: Lane, columns: number): number {
  const amount = slicesOf(lane).length;
  // One for the stroke, and one on each side of it where a group is not full.
  return Math.max(1, amount + 1 <= columns ? 1 : Math.ceil(amount / Math.max(1, columns - 3)));
}

function slicesOf(lane: Lane): Slice[] {
  const amount = Math.max(lane.acked.length, lane.failed.length, lane.indeterminate.length);
  return Array.from({ length: amount }, (_, index) => ({
    acked: lane.acked[index] ?? 0,
    failed: lane.failed[index] ?? 0,
    indeterminate: lane.indeterminate[index] ?? 0,
  }));
}

function grouped(slices: readonly Slice[], size: number): Slice[] {
  if (size === 1) return [...slices];
  const sum = (group: readonly Slice[], of: keyof Slice) => group.reduce((total, slice) => total + slice[of], 0);
  return Array.from({ length: Math.ceil(slices.length / size) }, (_, index) => {
    const group = slices.slice(index * size, (index + 1) * size);
    return { acked: sum(group, 'acked'), failed: sum(group, 'failed'), indeterminate: sum(group, 'indeterminate') };
  });
}

function glyphOf(slice: Slice): Span {
  if (slice.acked > 0) return slice.failed + slice.indeterminate > 0 ? some : acked;
  return slice.failed > 0 ? failed : slice.indeterminate > 0 ? unknown : nothing;
}
