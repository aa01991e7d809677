import type { Engine, EngineEvent } from '../engine/types.ts';

/**
 * An epoch time as ms of this process's monotonic clock, through the difference of the two now: a wall clock that was set
 * a minute ago does not matter. `skewMs`: how far ahead the clock is that it was read from. Exact to about 1 ms.
 */
export const monotonicOf = (epochMs: number, skewMs = 0): number => epochMs - skewMs + (performance.now() - Date.now());

/** Most events ever kept; a drill waits for a handful. */
const mostKept = 1_000;
/** Clocks are read in whole ms, and a remote one is only known to about half a round trip. */
const slackMs = 2;
const skewAsks = 3;

export type InjectionWatch = {
  /** The engine's events are being listened to. @throws StackError */
  readonly ready: Promise<void>;
  /** How far the engine's clock is ahead of ours, ms; 0 where it is the same one. Known once ready. */
  skewMs(): number;
  /**
   * Engine's time, epoch ms, of the container's first event of one of these actions that is not older than `sinceEpochMs`
   * by our clock; null when none has come within `waitMs`.
   */
  timeOf(containerId: string, actions: readonly string[], sinceEpochMs: number, waitMs: number): Promise<number | null>;
  close(): void;
};

/** Remembers what the engine says has happened to containers, so that a fault is dated by it and not by our call. */
export function watchInjection(engine: Pick<Engine, 'events' | 'local' | 'time'>): InjectionWatch {
  const closing = new AbortController();
  const waiting = new Set<() => void>();
  const seen: EngineEvent[] = [];
  let skew: Skew = { ms: 0, halfTripMs: 0 };

  const listening = new Promise<void>((opened, lost) => {
    const listen = async (): Promise<void> => {
      for await (const event of engine.events(closing.signal, opened)) {
        seen.push(event);
        if (seen.length > mostKept) seen.shift();
        for (const look of waiting) look();
      }
    };
    // Lost later on: whoever waits is given null at the end of their patience.
    listen().catch(lost);
  });
  const measure = async (): Promise<void> => {
    // A desktop's engine is local too, and lives in a virtual machine whose clock is its own.
    if (!engine.local || process.platform !== 'linux') skew = await measureSkew(engine);
  };
  const ready = Promise.all([listening, measure()]).then(() => undefined);
  ready.catch(() => undefined); // who awaits it is told

  return {
    ready,
    skewMs: () => skew.ms,
    timeOf: (containerId, actions, sinceEpochMs, waitMs) =>
      new Promise((resolve) => {
        const settle = (at: number | null): void => {
          clearTimeout(timer);
          waiting.delete(look);
          resolve(at);
        };
        const look = (): void => {
          const since = sinceEpochMs + skew.ms - skew.halfTripMs - slackMs;
          const found = seen.find(
            (event) => event.containerId === containerId && event.at >= since && actions.includes(event.action),
          );
          if (found !== undefined) settle(found.at);
        };
        const timer = setTimeout(() => settle(null), waitMs);
        waiting.add(look);
        look();
      }),
    close() {
      closing.abort();
    },
  };
}

type Skew = { readonly ms: number; readonly halfTripMs: number };

/** Around the middle of the quickest of three asks. */
async function measureSkew(engine: Pick<Engine, 'time'>): Promise<Skew> {
  let best: Skew | null = null;
  for (let ask = 0; ask < skewAsks; ask++) {
    const sentAt = Date.now();
    const startedAt = performance.now();
    const theirs = await engine.time();
    const halfTripMs = (performance.now() - startedAt) / 2;
    if (best === null || halfTripMs < best.halfTripMs) best = { ms: theirs - (sentAt + halfTripMs), halfTripMs };
  }
  return best ?? { ms: 0, halfTripMs: 0 };
}
