import type { ContainerDetails, Engine, EngineEvent } from '../engine/types.ts';
import { toProblem } from '../stack/errors.ts';
import type { EngineView } from '../stack/snapshot.ts';
import { told } from './told.ts';

/** What the engine says exists, kept true by its event stream. */
export type EngineWatch = {
  readonly engine: Engine | null;
  readonly view: EngineView;
  readonly details: readonly ContainerDetails[];
  /** Inspects again what could not be inspected when it changed. */
  resync(): Promise<void>;
  /** Resolves after the first complete list, or the first failure to get one. */
  readonly first: Promise<void>;
  stop(): void;
};

export type EngineWatchOptions = {
  readonly connect: () => Promise<Engine>;
  readonly now: () => number;
  /**
   * Called when something may have changed, with the events that led to it: first as they tell it, then as inspected.
   * No events after a full resync or a loss.
   */
  readonly changed: (events: readonly EngineEvent[]) => void;
};

const settleMs = 5; // a kill is several events within a millisecond
const retryMs = [250, 500, 1_000, 2_000];
const heartbeatMs = 5_000;

export function watchEngine({ connect, now, changed }: EngineWatchOptions): EngineWatch {
  const stopping = new AbortController();
  const firstDone = Promise.withResolvers<void>();
  const known = new Map<string, ContainerDetails>();
  /** The newest question about each container that has not been answered yet. */
  const newest = new Map<string, symbol>();
  let engine: Engine | null = null;
  let details: readonly ContainerDetails[] = [];
  let view: EngineView = { state: 'reconnecting', version: null, since: now(), problem: null };
  let failures = 0;

  function publish(events: readonly EngineEvent[]): void {
    if (stopping.signal.aborted) return;
    details = [...known.values()];
    changed(events);
    firstDone.resolve();
  }

  async function follow(): Promise<void> {
    while (!stopping.signal.aborted) {
      try {
        engine = await connect();
        await session(engine);
      } catch (error) {
        const since = view.state === 'reconnecting' ? view.since : now();
        view = { state: 'reconnecting', version: view.version, since, problem: toProblem(error) };
        publish([]);
      }
      engine?.close();
      engine = null;
      await pause(retryMs[Math.min(failures++, retryMs.length - 1)] ?? 0, stopping.signal);
    }
  }

  /** Lives as long as the event stream does. The list is taken after the stream stands, so nothing falls in between. */
  async function session(current: Engine): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ended.signal]);
    const opened = Promise.withResolvers<void>();
    const touched = collect(current, signal);
    const stream = (async () => {
      for await (const event of current.events(signal, opened.resolve)) touched(event);
      throw new Error('the event stream of the engine ended');
    })();
    try {
      await Promise.race([opened.promise, stream]);
      const [version, list] = await Promise.all([current.version(), current.list()]);
      known.clear();
      newest.clear();
      for (const entry of list) known.set(entry.container.id, entry);
      view = { state: 'connected', version, since: now(), problem: null };
      failures = 0;
      publish([]);
      await Promise.race([stream, heartbeat(current, signal)]);
    } finally {
      ended.abort();
      stream.catch(() => {}); // its end has been told by the race
    }
  }

  /** Gathers events for a moment, then inspects each container they touched once. */
  function collect(current: Engine, signal: AbortSignal): (event: EngineEvent) => void {
    let pending: EngineEvent[] = [];
    async function settle(): Promise<void> {
      const events = pending;
      pending = [];
      const fresh = () => !signal.aborted && view.state === 'connected';
      if (events.filter(takeAtItsWord).length > 0 && fresh()) publish(events);
      const ids = [...new Set(events.map((event) => event.containerId))];
      await Promise.all(ids.map((id) => reinspect(current, id)));
      if (fresh()) publish(events);
    }
    return (event) => {
      if (pending.push(event) === 1) setTimeout(() => void settle(), settleMs);
    };
  }

  function takeAtItsWord(event: EngineEvent): boolean {
    const before = known.get(event.containerId);
    const after = before === undefined ? null : told(before, event);
    if (after !== null) known.set(event.containerId, after);
    ticketFor(event.containerId);
    return after !== null;
  }

  /** An answer that a newer event has overtaken is dropped; one that did not come is asked for again. */
  async function reinspect(current: Engine, id: string): Promise<void> {
    const ticket = ticketFor(id);
    try {
      const found = await current.inspect(id);
      if (newest.get(id) !== ticket) return;
      if (found === null) known.delete(id);
      else known.set(id, found);
      newest.delete(id);
    } catch {
      // Busy, or going away: the end of the stream would say so, and the resync after it bring the truth.
    }
  }

  function ticketFor(id: string): symbol {
    const ticket = Symbol(id);
    newest.set(id, ticket);
    return ticket;
  }

  async function resync(): Promise<void> {
    if (engine === null || view.state !== 'connected' || newest.size === 0) return;
    const current = engine;
    await Promise.all([...newest.keys()].map((id) => reinspect(current, id)));
    publish([]);
  }

  async function heartbeat(current: Engine, signal: AbortSignal): Promise<never> {
    while (!signal.aborted) {
      await pause(heartbeatMs, signal);
      if (signal.aborted) break;
      await current.ping();
      await resync();
    }
    throw new Error('stopped');
  }

  follow();
  return {
    get engine() {
      return engine;
    },
    get view() {
      return view;
    },
    get details() {
      return details;
    },
    resync,
    first: firstDone.promise,
    stop() {
      stopping.abort();
      engine?.close();
    },
  };
}

function pause(ms: number, signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => {
    if (signal.aborted) return resolve();
    const done = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', done);
      resolve();
    };
    const timer = setTimeout(done, ms);
    signal.addEventListener('abort', done);
  });
}
