import { useEffect, useReducer, useRef, useSyncExternalStore } from 'react';
import type { DrillProgress, Drills } from '../../drills/types.ts';
import type { Leaving } from '../terminal.ts';
import type { Clock } from './use-view.ts';

/** Four times a second where a drill is watched, else as often as the rest of the screen: its seconds in the header. */
const watchedMs = 250;
const asideMs = 1000;

/**
 * The running drill, drawn anew as time passes. Only while one runs is there a timer; a new stage is drawn at once, all
 * else with the next tick.
 */
export function useProgress(drills: Drills | null, clock: Clock, watched: boolean): DrillProgress | null {
  const [, draw] = useReducer((count: number) => count + 1, 0);
  const drawnAt = useRef(0);
  drawnAt.current = clock.now();
  useEffect(() => {
    if (drills === null) return;
    const every = watched ? watchedMs : asideMs;
    let cancel: (() => void) | null = null;
    let known = drills.progress.get();
    const wait = (ms: number): void => {
      cancel = clock.after(ms, () => {
        const left = every - (clock.now() - drawnAt.current);
        // Whatever else has drawn meanwhile has drawn this too.
        if (left <= 0) draw();
        wait(left <= 0 ? every : left);
      });
    };
    const stop = (): void => {
      cancel?.();
      cancel = null;
    };
    const look = (): void => {
      const next = drills.progress.get();
      if (next?.stage !== known?.stage || next?.injectedAt !== known?.injectedAt) draw();
      known = next;
      const running = next !== null && next.stage !== 'done';
      if (running && cancel === null) wait(every);
      if (!running) stop();
    };
    look();
    const unsubscribe = drills.progress.subscribe(look);
    return () => {
      unsubscribe();
      stop();
    };
  }, [drills, clock, watched]);
  return drills?.progress.get() ?? null;
}

/** Whether leaving waits for a drill to be healed. */
export const useLeaving = (leaving: Leaving): boolean => useSyncExternalStore(leaving.subscribe, leaving.get);
