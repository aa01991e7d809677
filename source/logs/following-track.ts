import { isNotFound } from '../engine/request.ts';
import type { ContainerDetails, Engine, EngineEvent } from '../engine/types.ts';
import { toProblem } from '../stack/errors.ts';
import { type First, type Follower, followContainer, type Tracker } from './follow.ts';
import type { Turns } from './follow-turns.ts';
import { endOf, exited, momentOf, notesOf } from './following-notes.ts';
import type { Sink, Source, SourceState } from './types.ts';

/** One source as it is followed: its container comes and goes, and may be another one under the same name. */
export type Track = {
  readonly source: Source;
  readonly state: SourceState['state'];
  /** Why its log can't be read though the engine answers; null where it can. */
  readonly trouble: string | null;
  /** The engine has said no to reading its log: it has no more to tell, for as long as that is so. */
  readonly refused: boolean;
  readonly id: string;
  /** As it was found: what no event has told is told now. */
  found(details: ContainerDetails): void;
  /** What has happened to its container, or to the one that takes its place. */
  happened(event: EngineEvent): void;
  /** Reads on from where it left off, until the signal, and without `follow` until the end. Never throws. */
  pump(engine: Engine, signal: AbortSignal): Promise<void>;
  /** The engine does not answer. */
  lose(): void;
  hold(on: boolean): void;
};

export type TrackOptions = {
  readonly follow: boolean;
  readonly first: () => First;
  readonly sink: Sink;
  readonly tracker: () => Tracker;
  readonly turns: Turns;
  readonly now: () => number;
  readonly after: (ms: number, callback: () => void) => () => void;
  readonly changed: () => void;
};

/** A log that ends at once, or can't be read, is tried again so much later, twice that, and so on. */
const shortestWaitMs = 50;
const longestWaitMs = 5_000;
/** A log that has brought nothing new for so long has been read. */
const quietMs = 100;
/** How long the log of a container that was replaced may take to end by itself. */
const oldLogMs = 2_000;

export function createTrack(source: Source, details: ContainerDetails, options: TrackOptions): Track {
  const { follow, first, tracker, turns, now, after, changed } = options;
  const notes = notesOf({ source: source.index, sink: options.sink, after });
  /** Signals and the like, since it started. */
  const told = new Set<string>();
  let { id } = details.container;
  let running = isRunning(details);
  /** When it was last started, as far as known; later than its end where that is all that is. 0: never. */
  let startedAt = details.container.startedAt ?? details.container.finishedAt ?? 0;
  let state: Track['state'] = 'waiting';
  let trouble: string | null = null;
  let refused = false;
  let follower: Follower | null = null;
  let attached: AbortController | null = null;
  let held = false;
  let stopOld = () => {};
  /** Counts up whenever an event has told something about it: an answer that was asked for before is then out of date. */
  let version = 0;
  let woken = Promise.withResolvers<void>();

  function set(next: Track['state'], problem: string | null = null): void {
    if (state === next && trouble === problem) return;
    state = next;
    trouble = problem;
    changed();
  }

  function wake(): void {
    version++;
    woken.resolve();
    woken = Promise.withResolvers();
  }

  /** Another container has its name now: its log is another one. The old one's may still be on its way. */
  function replace(by: string): void {
    id = by;
    follower = null;
    const old = attached;
    stopOld();
    if (old !== null) stopOld = after(oldLogMs, () => old.abort());
  }

  function found({ container, ...rest }: ContainerDetails): void {
    const [before, isNew] = [running, container.id !== id];
    running = isRunning({ container, ...rest });
    if (isNew) replace(container.id);
    if (running && (isNew || (container.startedAt ?? 0) > startedAt)) {
      const since = container.startedAt ?? now();
      if (isNew || startedAt > 0) notes.tell(isNew ? 'recreated' : 'restarted', momentOf(since));
      startedAt = since;
      told.clear();
    } else if (before && !running && !isNew) {
      notes.ended(exited(container.exitCode), momentOf(container.finishedAt ?? now()));
    }
    wake();
  }

  function happened(event: EngineEvent): void {
    const at = momentOf(event.at);
    const { action, containerId } = event;
    if (action === 'start') {
      const isNew = containerId !== id;
      if (isNew) replace(containerId);
      if (isNew || startedAt > 0) notes.began(isNew ? 'recreated' : 'restarted', at);
      startedAt = event.at;
      told.clear();
      running = true;
    } else if (containerId !== id) return;
    else if (action === 'die') {
      notes.ended(endOf(event, told), at);
      running = false;
    } else if (action === 'destroy') running = false;
    else if (action === 'kill' && /^(9|SIGKILL)$/.test(event.attributes.signal ?? '')) told.add('SIGKILL');
    else if (action === 'oom') told.add('oom');
    else if (action === 'pause' || action === 'unpause') notes.tell(`${action}d`, at);
    wake();
  }

  /** Resolves after so long, with the signal, or when something has happened to the container. */
  async function wait(signal: AbortSignal, ms?: number): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const stop = () => resolve();
    signal.addEventListener('abort', stop, { once: true });
    const cancel = ms === undefined ? () => {} : after(ms, resolve);
    void woken.promise.then(resolve);
    await promise;
    signal.removeEventListener('abort', stop);
    cancel();
  }

  /** Says that it follows, once what was there has been read. Returns how to leave off. */
  function watchReading(current: Follower): () => void {
    const began = now();
    let seen = current.newest;
    let cancel = after(quietMs, look);
    function look(): void {
      const { newest } = current;
      // What is held brings nothing new, and has not been read for that.
      if (held || (newest !== seen && newest !== null && newest.ms < began)) {
        seen = newest;
        cancel = after(quietMs, look);
      } else set('following');
    }
    return () => cancel();
  }

  async function read(engine: Engine, current: Follower, live: boolean, signal: AbortSignal): Promise<void> {
    attached = new AbortController();
    const leave = live ? watchReading(current) : () => {};
    try {
      await current.attach(engine, { follow: live, signal: AbortSignal.any([signal, attached.signal]) });
    } finally {
      leave();
    }
  }

  /** Whether it runs, when its log has ended although no event has said that it does not. */
  async function lookAgain(engine: Engine): Promise<void> {
    const asked = version;
    const details = await engine.inspect(id);
    if (version === asked) running = details !== null && isRunning(details);
  }

  async function pump(engine: Engine, signal: AbortSignal): Promise<void> {
    notes.follow(true);
    let waitMs = shortestWaitMs;
    while (!signal.aborted) {
      follower ??= followContainer({
        id,
        source: source.index,
        first: first(),
        sink: notes.sink,
        tracker,
        turns,
        now,
      });
      follower.hold(held);
      const current = follower;
      const live = follow && running;
      const began = now();
      // What was refused before says so until it is not: it does not change at each attempt.
      set(trouble === null ? 'reading' : 'lost', trouble);
      try {
        await read(engine, current, live, signal);
        refused = false;
        if (signal.aborted) break;
        if (live && follower === current) await lookAgain(engine);
        if (now() - began > 1000) waitMs = shortestWaitMs;
        else if (live && running) waitMs = await later(waitMs, signal);
        if (live || follower !== current) continue; // what it wrote last is read once more when it has ended
        set('waiting');
      } catch (error) {
        if (signal.aborted) break;
        if (isNotFound(error)) set('waiting');
        else {
          const { kind, message } = toProblem(error);
          refused = kind === 'rejected';
          set('lost', `the log of ${source.service} can't be read: ${message}`);
          if (!follow && refused) break;
          waitMs = await later(waitMs, signal);
          continue;
        }
        running = false;
      }
      if (!follow) break;
      while (!running && !signal.aborted) await wait(signal);
    }
    stopOld();
    notes.follow(false);
    if (state !== 'lost') set('waiting');
  }

  async function later(waitMs: number, signal: AbortSignal): Promise<number> {
    await wait(signal, waitMs);
    return Math.min(2 * waitMs, longestWaitMs);
  }

  return {
    source,
    get state() {
      return state;
    },
    get trouble() {
      return trouble;
    },
    get refused() {
      return refused;
    },
    get id() {
      return id;
    },
    found,
    happened,
    pump,
    lose: () => set('lost'),
    hold(on) {
      held = on;
      follower?.hold(on);
    },
  };
}

function isRunning({ container }: ContainerDetails): boolean {
  return container.state === 'running' || container.state === 'paused';
}
