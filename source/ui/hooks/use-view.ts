import { useEffect, useReducer, useRef, useSyncExternalStore } from 'react';
import type { Store, View } from '../../monitor/types.ts';

/** The latest view, or while holding the one that was latest when holding began. */
export function useView(store: Store, holding: boolean): View | null {
  const latest = useSyncExternalStore(store.subscribe, store.get);
  const held = useRef<View | null>(null);
  held.current = holding ? (held.current ?? latest) : null;
  return held.current ?? latest;
}

/** What a clock is, so that tests have their own. */
export type Clock = { now(): number; after(ms: number, callback: () => void): () => void };

export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, callback) {
    const timer = setTimeout(callback, ms);
    return () => clearTimeout(timer);
  },
};

/**
 * Draws again when nothing has made it draw for more than a second: ages and the clock go on while the store is silent,
 * from then on with the full seconds. While it speaks once a second this never fires, so that there is one frame a second
 * and not two.
 */
export function useTick(clock: Clock, store: Store): void {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  useEffect(() => {
    let cancel = () => {};
    const tick = () => {
      cancel = clock.after(1000 - (clock.now() % 1000), tick);
      draw();
    };
    const wait = () => {
      cancel();
      cancel = clock.after(1300, tick);
    };
    wait();
    const unsubscribe = store.subscribe(wait);
    return () => {
      unsubscribe();
      cancel();
    };
  }, [clock, store]);
}
