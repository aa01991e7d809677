import type { Engine } from '../engine/types.ts';
import { createBuffer, defaultBounds } from './buffer.ts';
import { createFinder } from './finder.ts';
import { isBefore } from './follow-bookmark.ts';
import { createFollowing } from './following.ts';
import type { Bounds, Following, Line, Logs, Moment, Sink } from './types.ts';

/** Those who subscribed are told no more often. */
const noticeMs = 100;
/** A key waits no longer than this for levels. */
const levelsMs = 3;

export type LogsOptions = {
  /** Called once services are chosen, and again whenever the engine is lost. */
  readonly connect: () => Promise<Engine>;
  /** As discovery takes it: null is the stack with the most members. Asked whenever sources are looked for. */
  readonly project: () => string | null;
  readonly bounds?: Bounds;
  /** Epoch ms. */
  readonly now: () => number;
  /** Runs something so many ms later, unless what it returns is called. */
  readonly after: (ms: number, run: () => void) => () => void;
  /** Where lines come from. Default: the engine's containers. */
  readonly follow?: (sink: Sink) => Following;
};

/** Streams, buffer and search as one. No engine is connected before services are chosen, no thread runs before a search. */
export function createLogs({ connect, project, bounds = defaultBounds, now, after, follow }: LogsOptions): Logs {
  const buffer = createBuffer(bounds);
  const finder = createFinder(buffer);
  const listeners = new Set<() => void>();
  /** Something has come since the last `settle`; `changed`: beside lines. */
  let pending = false;
  let changed = false;
  let settledVersion = buffer.version;
  let toldAt = Number.NEGATIVE_INFINITY;
  let cancel: (() => void) | null = null;
  let newest: Moment = { ms: 0, ns: 0 };
  let cancelLevels: (() => void) | null = null;

  const notice = () => {
    cancel = null;
    if (!pending) return;
    pending = false;
    toldAt = now();
    for (const listener of [...listeners]) listener();
  };
  // Never at once: this is called from within a stream's event, for each line.
  const announce = () => {
    pending = true;
    // A clock that was set back must not stop the notices.
    cancel ??= after(Math.min(noticeMs, Math.max(0, toldAt + noticeMs - now())), notice);
  };
  const note = () => {
    changed = true;
    announce();
  };
  const add = (line: Line) => {
    buffer.add(line);
    if (isBefore(newest, line.entry)) newest = line.entry;
    announce();
  };
  const levelsBefore = (position: number) => {
    cancelLevels = null;
    const until = performance.now() + levelsMs;
    // What falls out meanwhile moves the others down: some are asked twice, which costs nothing.
    let left = Math.min(position, buffer.size);
    while (left > 0 && performance.now() < until) {
      for (let few = 100; few > 0 && left > 0; few -= 1) buffer.level(buffer.slotAt(--left));
    }
    if (left > 0) cancelLevels = after(1, () => levelsBefore(left));
  };
  const settle = () => {
    const fresh = buffer.settle();
    if (fresh.length > 0) finder.test(fresh);
    const isNew = changed || buffer.version !== settledVersion;
    pending = false;
    changed = false;
    settledVersion = buffer.version;
    return isNew;
  };
  const following = follow?.(add) ?? createFollowing({ connect, project, sink: add, bound: bounds.lines, now, after });
  const forget = [finder.subscribe(note), following.subscribe(note)];

  return {
    buffer,
    finder,
    following,
    mark(text) {
      // The engine's clock may be ahead of ours: a marker stands after what was there before it.
      const here = momentOf(now());
      const at = isBefore(newest, here) ? here : next(newest);
      add({ source: -1, kind: 'note', at, entry: at, text: Buffer.from(text), cut: 0 });
    },
    findLevels() {
      if (cancelLevels === null) levelsBefore(buffer.size);
    },
    settle,
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    close() {
      for (const end of forget) end();
      following.stop();
      finder.close();
      listeners.clear();
      cancel?.();
      cancelLevels?.();
    },
  };
}

function momentOf(epochMs: number): Moment {
  const ms = Math.floor(epochMs);
  return { ms, ns: Math.floor((epochMs - ms) * 1_000_000) };
}

const next = ({ ms, ns }: Moment): Moment => (ns < 999_999 ? { ms, ns: ns + 1 } : { ms: ms + 1, ns: 0 });
