import type { Access } from '../engine/types.ts';
import type { Measured, Signal } from './types.ts';
import type { Watching } from './watch-leader-key.ts';

export type WatchesOptions = {
  readonly access: readonly Access[];
  readonly systems: readonly Measured[];
  /** `at` is the monotonic ms at which it was received. */
  readonly onSignal: (signal: Signal) => void;
};

/** One at a time, and each with what it needs, so that a drill on Redis loads no etcd, and the other way round. */
const openers: {
  readonly [K in Measured]: (access: readonly Access[], tell: (signal: Signal) => void) => Promise<Watching>;
} = {
  patroni: async (access, tell) => (await import('./watch-leader-key.ts')).watchLeaderKey(access, tell),
  redis: async (access, tell) => (await import('./watch-sentinels.ts')).watchSentinels(access, tell),
  etcd: async (access, tell) => (await import('./watch-etcd.ts')).watchEtcd(access, tell),
};

/**
 * The clocks of a drill: who notices and who is elected, as the systems themselves tell it. Resolves when the watches
 * stand, or have failed once, within about 2 s; those that fail are told by a note and tried again. Nothing is told after
 * `close`. Never rejects.
 */
export async function openWatches({ access, systems, onSignal }: WatchesOptions): Promise<Watching> {
  let closed = false;
  const tell = (signal: Signal) => {
    if (!closed) onSignal(signal);
  };
  const opened = await Promise.all(systems.map((system) => openers[system](access, tell)));
  return {
    close() {
      closed = true;
      for (const watching of opened) watching.close();
    },
  };
}
