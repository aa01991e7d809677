import type { Engine } from '../engine/types.ts';
import { createFollowing, type Reading } from '../logs/following.ts';
import type { Moment } from '../logs/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Printer } from './logs-printer.ts';

export type LiveOptions = {
  readonly connect: () => Promise<Engine>;
  readonly project: string | null;
  /** null: all. */
  readonly services: readonly string[] | null;
  readonly since: Moment | null;
  /** Lines of each source; null: all. */
  readonly tail: number | null;
  readonly follow: boolean;
  readonly printer: Printer;
  /** By container: who a source is, the same one for as long as this runs. */
  readonly sourceOf: (container: string, service: string) => number;
  /** One line about the engine. */
  readonly say: (line: string) => void;
  readonly signal: AbortSignal;
};

export type Live = {
  /** Resolves when there is nothing more to come; never while it follows. */
  readonly done: Promise<void>;
  hold(source: number, on: boolean): void;
};

/** Lines are in their files so long after they were stamped. */
const settledMs = 2_000;
/** Who has not caught up after so long is no longer waited for. */
const mostCatchingUpMs = 3_000;
/** How long an engine may be away before reading once is given up. */
const mostAwayMs = 10_000;
const everything: Moment = { ms: 0, ns: 0 };

/**
 * Reads the past up to a moment, all of it and in exact order, then follows from that moment on: no line belongs to both. With
 * `tail` it follows at once, since only the engine can tell which lines are the last.
 */
export async function readLive(options: LiveOptions): Promise<Live> {
  const { services, since, tail, follow, signal, connect } = options;
  const engine = await connect();
  const now = await engine.time();
  let first: Engine | null = engine;
  const reconnect = async (): Promise<Engine> => {
    const taken = first ?? (await connect());
    first = null;
    return taken;
  };
  let current: Pass | null = null;
  const read = (range: { since?: Moment; until?: Moment; tail?: number; follow: boolean }): Promise<void> => {
    current = pass(options, reconnect, range);
    current.reading.choose(services);
    return current.done;
  };
  signal.addEventListener('abort', () => current?.reading.stop(), { once: true });

  async function run(): Promise<void> {
    const from = since ?? everything;
    if (tail !== null) return read({ since: from, tail, follow });
    if (!follow) return read({ since: from, follow: false });
    const boundary = { ms: now - settledMs, ns: 0 };
    if (from.ms <= boundary.ms) {
      await read({ since: from, until: boundary, follow: false });
      if (signal.aborted) return;
      await read({ since: { ms: boundary.ms, ns: 1 }, follow: true });
    } else await read({ since: from, follow: true });
  }

  return { done: run(), hold: (source, on) => current?.hold(source, on) };
}

type Pass = Live & { readonly reading: Reading };

/** One pass, with the states of its sources handed on to the printer. */
function pass(
  { project, services, printer, sourceOf, say, signal }: LiveOptions,
  connect: () => Promise<Engine>,
  range: { since?: Moment; until?: Moment; tail?: number; follow: boolean },
): Pass {
  /** Sources as this pass counts them, and as all of it does. */
  const numbers: number[] = [];
  const over = Promise.withResolvers<void>();
  const states = new Map<number, 'read' | 'through'>();
  let trouble: string | null = null;
  let giveUp: NodeJS.Timeout | undefined;
  const reading = createFollowing({
    connect,
    project: () => project,
    sink(line) {
      const source = numbers[line.source] ?? line.source;
      printer.sink(source === line.source ? line : { ...line, source });
    },
    bound: Number.POSITIVE_INFINITY,
    ...range,
    now: Date.now,
    after(ms, callback) {
      const timer = setTimeout(callback, ms);
      return () => clearTimeout(timer);
    },
  });
  const through = (source: number): void => {
    if (states.get(source) === 'through') return;
    states.set(source, 'through');
    if (range.follow) printer.caughtUp(source);
    else printer.end(source);
  };
  const look = (): void => {
    for (const { source, state } of reading.sources) {
      if (services !== null && !services.includes(source.service)) continue;
      const number = sourceOf(source.container, source.service);
      numbers[source.index] = number;
      if (!states.has(number)) {
        printer.open(number);
        if (state === 'reading') states.set(number, 'read');
      } else if (state === 'following' || state === 'waiting') through(number);
    }
    tell(reading.trouble);
  };
  const tell = (now: string | null): void => {
    if (now === trouble) return;
    say(now ?? 'all logs can be read again');
    trouble = now;
    clearTimeout(giveUp);
    if (now === null || range.follow) return;
    giveUp = setTimeout(() => over.reject(new StackError('no-engine', now)), mostAwayMs);
  };
  reading.subscribe(look);
  const catchingUp = setTimeout(() => {
    if (range.follow) numbers.forEach(through);
  }, mostCatchingUpMs);
  signal.addEventListener('abort', () => over.resolve(), { once: true });
  void reading.done.then(() => {
    numbers.forEach(through);
    if (trouble === null) over.resolve();
    else over.reject(new StackError('rejected', 'not all logs could be read'));
  });
  const done = over.promise.finally(() => {
    clearTimeout(giveUp);
    clearTimeout(catchingUp);
    reading.stop();
  });
  return { reading, done, hold: (source, on) => reading.hold(numbers.indexOf(source), on) };
}
