import type { Store, View } from './types.ts';

/** Holds the latest view and tells listeners that there is a newer one. */
export function createStore(): Store & { publish(view: View): void } {
  const listeners = new Set<() => void>();
  let current: View | null = null;
  return {
    get: () => current,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    publish(view) {
      current = view;
      for (const listener of listeners) listener();
    },
  };
}
