import type { Attempt, Counts } from './types.ts';

type Outcome = NonNullable<Attempt['outcome']>;
export type Noted = { -readonly [K in keyof Attempt]: Attempt[K] };

/** Every attempt from before it is sent, and how it ended. */
export type Notebook = {
  readonly attempts: readonly Attempt[];
  counts(): Counts;
  /** A new attempt that is about to be sent; null: no room for more. */
  note(member: string, viaOld: boolean): Noted | null;
  isFull(): boolean;
  /** Once: what comes later is not heard any more. */
  end(attempt: Noted, answer: { readonly outcome: Outcome; readonly why?: string }): void;
  /** Another member acknowledged after this one did for the last time. */
  isSuperseded(member: string): boolean;
  onEnd(listener: (attempt: Attempt) => void): void;
};

export function openNotebook(run: string, most: number): Notebook {
  const attempts: Noted[] = [];
  const counts = { attempted: 0, acked: 0, failed: 0, indeterminate: 0 };
  const lastAck = new Map<string, number>();
  const listeners: ((attempt: Attempt) => void)[] = [];

  return {
    attempts,
    counts: () => ({ ...counts }),
    isFull: () => attempts.length >= most,
    note(member, viaOld) {
      if (attempts.length >= most) return null;
      const id = `${run}-${attempts.length + 1}`;
      const sentAt = performance.now();
      const attempt: Noted = { id, member, sentAt, endedAt: null, outcome: null, viaOld, why: null };
      attempts.push(attempt);
      counts.attempted += 1;
      return attempt;
    },
    end(attempt, { outcome, why }) {
      if (attempt.outcome !== null) return;
      attempt.endedAt = performance.now();
      attempt.outcome = outcome;
      attempt.why = why ?? null;
      counts[outcome] += 1;
      if (outcome === 'acked') lastAck.set(attempt.member, attempt.endedAt);
      for (const listener of listeners) listener(attempt);
    },
    isSuperseded(member) {
      const own = lastAck.get(member) ?? Number.NEGATIVE_INFINITY;
      return [...lastAck].some(([other, at]) => other !== member && at > own);
    },
    onEnd(listener) {
      listeners.push(listener);
    },
  };
}
