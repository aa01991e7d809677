import type { Seen, Watch } from '../drills/types.ts';
import type { Monitor } from '../monitor/types.ts';

/** A monitor as drills see the stack: started at once, stopped with the drill. */
export function watchOf(monitor: Monitor): Watch {
  const { store } = monitor;
  monitor.start();
  const latest = (): Seen | null => store.get();

  return {
    latest,
    refresh: () => monitor.refresh(),
    stop: () => monitor.stop(),
    until(fulfilled, deadlineMs, signal) {
      return new Promise((resolve, reject) => {
        const settle = (finish: () => void): void => {
          clearTimeout(timer);
          unsubscribe();
          signal?.removeEventListener('abort', aborted);
          finish();
        };
        const look = (): void => {
          const seen = latest();
          if (seen !== null && fulfilled(seen)) settle(() => resolve(seen));
        };
        const aborted = () => settle(() => reject(signal?.reason));
        const timer = setTimeout(() => settle(() => resolve(null)), deadlineMs);
        const unsubscribe = store.subscribe(look);
        if (signal?.aborted) return aborted();
        signal?.addEventListener('abort', aborted, { once: true });
        look();
      });
    },
  };
}
