import type { Probe } from '../probes/types.ts';
import { toProblem } from '../stack/errors.ts';
import type { Attempts } from '../stack/reading.ts';

/** Asks one member again and again; remembers the last good answer and the last failure. */
export type Poller<T> = {
  /** Asks now. A call while one is under way is dropped, never queued; true when it was asked. */
  poll(): Promise<boolean>;
  readonly attempts: Attempts<T>;
  /** Lets the connection go; what was answered is kept. */
  close(): void;
};

const nothing = { value: null, at: null, tookMs: null, problem: null };

/**
 * @param open opens the probe, on first use and whenever it could not be opened before
 * @param now epoch ms
 * @param before what was known of the same member over an earlier way to it
 */
export function createPoller<T>(
  open: () => Promise<Probe<T>>,
  now: () => number,
  before: Attempts<T> = nothing,
): Poller<T> {
  let attempts = before;
  let probe: Probe<T> | null = null;
  let asking = false;
  let closed = false;

  async function ask(): Promise<void> {
    const started = now();
    try {
      probe ??= await open();
      if (closed) return probe.close();
      const value = await probe.ask();
      attempts = { value, at: now(), tookMs: now() - started, problem: null };
    } catch (error) {
      attempts = { ...attempts, problem: toProblem(error, now() - started) };
    }
  }

  return {
    get attempts() {
      return attempts;
    },
    async poll() {
      if (asking || closed) return false;
      asking = true;
      await ask();
      asking = false;
      return true;
    },
    close() {
      closed = true;
      probe?.close();
    },
  };
}
