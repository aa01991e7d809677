/** How a drill's figures are written, in sentences and in tables. Pure; null is a dash. */
import { none } from '../stack/format.ts';
import type { Prediction } from './types.ts';

/** `812 ms`, `20.6 s`, `152 s`; a negative time keeps its sign. */
export function seconds(ms: number | null): string {
  if (ms === null || !Number.isFinite(ms)) return none;
  const size = Math.abs(ms);
  if (size < 999.5) return `${Math.round(ms)} ms`;
  return `${(ms / 1000).toFixed(size < 99_950 ? 1 : 0)} s`;
}

/** A limit that somebody chose: `60 s`, `2.5 s`, `500 ms`. */
export const limit = (ms: number): string => (ms < 1000 ? `${Math.round(ms)} ms` : `${short(ms)} s`);

/** `18–24 s`, `0.2–2.5 s`, `150–400 ms`; where nothing is to stop: `writes go on`. */
export function span({ minMs, maxMs }: Pick<Prediction, 'minMs' | 'maxMs'>): string {
  if (maxMs === 0) return 'writes go on';
  return maxMs < 1000 ? `${Math.round(minMs)}–${Math.round(maxMs)} ms` : `${short(minMs)}–${short(maxMs)} s`;
}

const short = (ms: number): string => (ms / 1000).toFixed(1).replace(/\.0$/, '');

/** The median of what there is, and null of nothing. */
export function median(values: readonly number[]): number | null {
  const sorted = values.toSorted((a, b) => a - b);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  return low === undefined || high === undefined ? null : (low + high) / 2;
}
