import { useEffect } from 'react';
import type { Doctor } from '../../doctor/types.ts';
import type { Store } from '../../monitor/types.ts';
import type { Clock } from './use-view.ts';

/** What passes by itself needs no doctor, and one who looks all the time costs more than the screen. */
const settledMs = 4_000;
const againMs = 30_000;

/**
 * Lets the doctor look once when the verdict has turned away from ok and stays so, for the hints under its reasons; never
 * while somebody breaks or changes the stack. Draws when it begins and when it is done.
 */
export function useDoctor(
  doctor: Doctor | null,
  { store, clock, busy, redraw }: { store: Store; clock: Clock; busy: () => boolean; redraw: () => void },
): void {
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is asked of the app is asked anew each time
  useEffect(() => {
    if (doctor === null) return;
    let since: number | null = null;
    let looked = false;
    let lookedAt = -Infinity;
    const look = (): void => {
      const level = store.get()?.report.verdict.level ?? 'ok';
      const now = clock.now();
      if (level === 'ok') {
        since = null;
        looked = false;
        return;
      }
      since ??= now;
      if (looked || now - since < settledMs || now - lookedAt < againMs || busy()) return;
      looked = true;
      lookedAt = now;
      doctor.examine().catch(() => {});
    };
    const unsubscribe = [store.subscribe(look), doctor.latest.subscribe(redraw)];
    return () => {
      for (const leave of unsubscribe) leave();
    };
  }, [doctor, store, clock]);
}
