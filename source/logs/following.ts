import { chooseStack } from '../engine/choose.ts';
import type { ContainerDetails, Engine, EngineEvent } from '../engine/types.ts';
import { toProblem } from '../stack/errors.ts';
import { entryTracker } from './entries.ts';
import type { First } from './follow.ts';
import { readingTurns } from './follow-turns.ts';
import { createTrack, type Track } from './following-track.ts';
import type { Following, Moment, Sink, Source, SourceState } from './types.ts';

export type FollowingOptions = {
  /** Opened at the first choice, and anew whenever it is lost. */
  readonly connect: () => Promise<Engine>;
  /** As discovery takes it: null is the stack with the most members. Asked whenever sources are looked for. */
  readonly project: () => string | null;
  readonly sink: Sink;
  /** Lines that are kept of all sources: no more of the past is read than is of use. */
  readonly bound: number;
  /** Lines of the past of each source; by `bound` and the number of sources when left out. */
  readonly tail?: number;
  /** Only what is as new as this, perhaps another moment for each container's name, and not newer than that. */
  readonly since?: Moment | ((container: string) => Moment);
  readonly until?: Moment;
  /** Goes on with what comes; else each source is read once. Default: true. */
  readonly follow?: boolean;
  /** Epoch ms. */
  readonly now: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
};

/** As the headless command needs it as well. */
export type Reading = Following & {
  /** A source brings no more lines while this is on. */
  hold(source: number, on: boolean): void;
  /** The engine says no to reading this source's log. */
  refuses(source: number): boolean;
  /** All that was chosen has been read to its end; never while it follows. */
  readonly done: Promise<void>;
};

const retryMs = [250, 500, 1_000, 2_000];
const heartbeatMs = 5_000;
const leastTail = 1_000;
/** Compose gives a container that is to replace another a name of its own until that is gone: `0a1b2c3d4e5f_paws-redis1-1`. */
const interimName = /^[0-9a-f]{12}_/;

/** Follows the logs of a stack's containers into one sink, whatever becomes of the containers and of the engine. */
export function createFollowing(options: FollowingOptions): Reading {
  const { connect, project, sink, bound, since, until, follow = true, after } = options;
  const stopping = new AbortController();
  const listeners = new Set<() => void>();
  const tracks = new Map<string, Track>();
  /** What reads a track now, or did last. */
  const pumps = new Map<Track, { readonly leave: AbortController; ended: Promise<void> }>();
  const known = new Map<string, ContainerDetails>();
  const unsure = new Set<string>();
  const turns = readingTurns();
  const done = Promise.withResolvers<void>();
  let session: { readonly engine: Engine; readonly signal: AbortSignal } | null = null;
  let begun = false;
  let chosen: ReadonlySet<string> | null = null;
  let problem: string | null = null;
  let sources: readonly SourceState[] | null = null;

  function changed(): void {
    sources = null;
    for (const listener of [...listeners]) listener();
  }

  const isChosen = ({ source }: Track): boolean => begun && (chosen === null || chosen.has(source.service));

  function first(container: string): First {
    const count = Math.max(1, [...tracks.values()].filter(isChosen).length);
    const tail = options.tail ?? (since === undefined ? Math.max(leastTail, Math.ceil((2 * bound) / count)) : null);
    return {
      ...(tail === null ? {} : { tail: options.tail ?? Math.min(tail, bound) }),
      ...(since === undefined ? {} : { since: typeof since === 'function' ? since(container) : since }),
      ...(until === undefined ? {} : { until }),
    };
  }

  /** Everything that belongs to the stack is a source; two containers of one name are an old one and its successor. */
  function takeUp(touched: ReadonlySet<string> | null): void {
    const { containers } = chooseStack([...known.values()], project());
    const found = containers
      .map(({ details }) => ({ details, name: details.container.name.replace(interimName, '') }))
      .sort((a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }));
    const best = new Map<string, ContainerDetails>();
    for (const { details, name } of found) {
      const other = best.get(name);
      if (other === undefined || rank(details) > rank(other)) best.set(name, details);
    }
    for (const [name, details] of best) {
      const track = trackOf(name, details.container.id);
      if (track === undefined) add(name, details);
      else if (touched === null || touched.has(details.container.id)) track.found(details);
    }
    start();
    changed();
  }

  const trackOf = (name: string, id: string): Track | undefined =>
    tracks.get(name) ?? [...tracks.values()].find((track) => track.id === id);

  function add(name: string, details: ContainerDetails): void {
    const source: Source = { index: tracks.size, container: name, service: details.container.service ?? name };
    tracks.set(
      name,
      createTrack(source, details, {
        ...options,
        follow,
        first: () => first(name),
        sink,
        tracker: entryTracker,
        turns,
        changed,
      }),
    );
  }

  /** Reads what is chosen and is not read yet, and leaves the rest off. */
  function start(): void {
    for (const track of tracks.values()) {
      const pump = pumps.get(track);
      const isRead = pump !== undefined && !pump.leave.signal.aborted;
      if (isRead && !isChosen(track)) pump.leave.abort();
      if (isRead || !isChosen(track) || session === null) continue;
      const { engine, signal } = session;
      const leave = new AbortController();
      const both = AbortSignal.any([signal, leave.signal]);
      const before = pump?.ended ?? Promise.resolve();
      pumps.set(track, { leave, ended: before.then(() => track.pump(engine, both)) });
    }
  }

  async function run(): Promise<void> {
    for (let failures = 0; !stopping.signal.aborted; failures++) {
      let engine: Engine | null = null;
      try {
        engine = await connect();
        await serve(engine, () => {
          failures = 0;
        });
      } catch (error) {
        if (stopping.signal.aborted) break;
        problem = toProblem(error).message;
        for (const track of tracks.values()) if (isChosen(track)) track.lose();
        changed();
      } finally {
        engine?.close();
      }
      await pause(retryMs[Math.min(failures, retryMs.length - 1)] ?? 0);
    }
  }

  /** Lives as long as the event stream does. The list is taken after the stream stands, so nothing falls in between. */
  async function serve(engine: Engine, stands: () => void): Promise<void> {
    const ended = new AbortController();
    const signal = AbortSignal.any([stopping.signal, ended.signal]);
    const opened = Promise.withResolvers<void>();
    /** Events that came before the list: what they tell may be in it, so it is asked for once more. */
    const early = new Set<string>();
    let listed = false;
    const stream = (async () => {
      for await (const event of engine.events(signal, opened.resolve)) {
        if (listed) await happened(engine, event);
        else early.add(event.containerId);
      }
      throw new Error('the event stream of the engine ended');
    })();
    try {
      await Promise.race([opened.promise, stream]);
      const list = await Promise.race([engine.list(), stream]);
      known.clear();
      for (const details of list) known.set(details.container.id, details);
      listed = true;
      for (const id of early) await inspect(engine, id);
      session = { engine, signal };
      problem = null;
      stands();
      takeUp(null);
      if (!follow) void readOnce(signal);
      await Promise.race([stream, heartbeat(engine, signal)]);
    } finally {
      session = null;
      ended.abort();
      for (const { leave } of pumps.values()) leave.abort();
      stream.catch(() => {}); // its end has been told by the race
    }
  }

  /** A start may be that of a container that was not there before, a rename make one known by another name. */
  async function happened(engine: Engine, event: EngineEvent): Promise<void> {
    const { action, containerId } = event;
    const comes = action === 'create' || action === 'rename' || action === 'start';
    if (comes && (action !== 'start' || !known.has(containerId))) await inspect(engine, containerId);
    const details = known.get(containerId);
    if (details === undefined) return;
    if (action === 'destroy') known.delete(containerId);
    const track = trackOf(details.container.name.replace(interimName, ''), containerId);
    if (track === undefined && comes) takeUp(new Set());
    else if (track !== undefined && (action === 'start' || track.id === containerId)) track.happened(event);
  }

  /** What could not be inspected is inspected again with the next heartbeat. */
  async function inspect(engine: Engine, id: string): Promise<void> {
    unsure.delete(id);
    try {
      const details = await engine.inspect(id);
      if (details === null) known.delete(id);
      else known.set(id, details);
    } catch {
      unsure.add(id);
    }
  }

  async function heartbeat(engine: Engine, signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await pause(heartbeatMs);
      if (signal.aborted) return;
      await engine.ping();
      const again = new Set(unsure);
      for (const id of again) await inspect(engine, id);
      if (again.size > 0 && !signal.aborted) takeUp(again);
    }
  }

  async function readOnce(signal: AbortSignal): Promise<void> {
    await Promise.all([...pumps.values()].map(({ ended }) => ended));
    if (signal.aborted) return;
    stopping.abort();
    done.resolve();
  }

  function pause(ms: number): Promise<void> {
    return new Promise((resolve) => {
      const end = (): void => {
        cancel();
        stopping.signal.removeEventListener('abort', end);
        resolve();
      };
      const cancel = after(ms, end);
      stopping.signal.addEventListener('abort', end);
    });
  }

  return {
    choose(services) {
      chosen = services === null ? null : new Set(services);
      if (!begun) void run();
      begun = true;
      start();
      changed();
    },
    get sources() {
      sources ??= [...tracks.values()].map(({ source, state }) => ({ source, state }));
      return sources;
    },
    get trouble() {
      return (
        problem ?? [...tracks.values()].find((track) => track.trouble !== null && isChosen(track))?.trouble ?? null
      );
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    stop: () => stopping.abort(),
    hold(source, on) {
      for (const track of tracks.values()) if (track.source.index === source) track.hold(on);
    },
    refuses: (source) => [...tracks.values()].some((track) => track.source.index === source && track.refused),
    done: done.promise,
  };
}

/** Which of two containers of the same name is the one that counts. */
function rank({ container }: ContainerDetails): number {
  return container.state === 'running' || container.state === 'paused' ? Number.MAX_VALUE : (container.startedAt ?? 0);
}
