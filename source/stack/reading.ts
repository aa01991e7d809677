import type { Problem } from './errors.ts';

/**
 * ok: answered lately. stale: the last good answer is older than it should be, shown with its age.
 * failed: asked and not answered. absent: nobody there to ask (container not running or missing).
 */
export type ReadingStatus = 'ok' | 'stale' | 'failed' | 'absent';

/** What one member answered, and how current that is. Unknown is not down. */
export type Reading<T> = {
  readonly status: ReadingStatus;
  /** The last good answer; kept while stale, failed or absent, so that it can be shown as old. */
  readonly value: T | null;
  /** When the last good answer arrived, epoch ms; null: never. */
  readonly at: number | null;
  /** How long the last good answer took, ms. */
  readonly tookMs: number | null;
  /** Why the last attempt gave nothing; null when it gave something. */
  readonly problem: Problem | null;
};

export const neverRead: Reading<never> = { status: 'absent', value: null, at: null, tookMs: null, problem: null };

/** What is remembered of a member between two polls; the status is derived from it and the clock. */
export type Attempts<T> = {
  readonly value: T | null;
  readonly at: number | null;
  readonly tookMs: number | null;
  readonly problem: Problem | null;
};

/** Intervals after which an answer is no longer current, and no longer one at all. */
const staleAfter = 1.5;
const failedAfter = 2.5;

/**
 * Judges how current an answer is. An answer is ok up to 1.5 intervals, stale up to 2.5, then failed; a refused or closed
 * connection is failed at once, since waiting tells nothing more. A probe that hangs makes the row stale by age alone.
 */
export function judge<T>(attempts: Attempts<T>, now: number, intervalMs: number, present: boolean): Reading<T> {
  return { ...attempts, status: present ? statusOf(attempts, now, intervalMs) : 'absent' };
}

function statusOf(attempts: Attempts<unknown>, now: number, intervalMs: number): ReadingStatus {
  const { at, problem } = attempts;
  if (at === null) return problem === null ? 'stale' : 'failed';
  if (problem !== null && problem.kind !== 'timeout') return 'failed';
  const age = now - at;
  if (age < -intervalMs) return 'stale'; // the clock was put back: nobody knows how old it is
  if (age > failedAfter * intervalMs) return 'failed';
  return age > staleAfter * intervalMs || problem !== null ? 'stale' : 'ok';
}

/** When the status will change if nothing is heard until then, epoch ms; null: it won't. */
export function nextChange({ at }: Attempts<unknown>, now: number, intervalMs: number): number | null {
  if (at === null) return null;
  const change = [staleAfter, failedAfter].find((limit) => now - at <= limit * intervalMs);
  return change === undefined ? null : at + change * intervalMs + 1;
}

/** Age of the last good answer in ms, or null when there never was one. */
export function ageMs(reading: Reading<unknown>, now: number): number | null {
  return reading.at === null ? null : Math.max(0, now - reading.at);
}

/**
 * Those read at the same time as the newest of them. What was true of one member before another took over its place does
 * not contradict it: an answer that came more than half an interval before the newest was asked for is left out.
 */
export function atOnce<T>(
  items: readonly T[],
  readingOf: (item: T) => Reading<unknown>,
  intervalMs: number,
): readonly T[] {
  const asked = (item: T) => (readingOf(item).at ?? 0) - (readingOf(item).tookMs ?? 0);
  const newest = Math.max(...items.map(asked));
  return items.filter((item) => (readingOf(item).at ?? 0) >= newest - intervalMs / 2);
}
