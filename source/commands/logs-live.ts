import type { Engine } from '../engine/types.ts';
import { createFollowing, type Reading } from '../logs/following.ts';
import type { Moment } from '../logs/types.ts';
import { after } from './after.ts';
import type { Printer } from './logs-printer.ts';
import { createTrouble, type Trouble } from './logs-trouble.ts';

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
  /** Resolves when there is nothing more to come, with whether all could be read; never while it follows. */
  readonly done: Promise<boolean>;
  hold(source: number, on: boolean): void;
};

/** Lines are in their files so long after they were stamped. */
const settledMs = 2_000;
/**
 * A source that is followed has told of the past once nobody has for so long: an engine that is busy with others brings nothing
 * of it either, least of all the first line. Who can't be followed is waited for no longer than that.
 */
const quietMs = { before: 250, atFirst: 500, mostly: 3_000 } as const;
const lookMs = 50;
const everything: Moment = { ms: 0, ns: 0 };

/**
 * Reads the past up to a moment, all of it and in exact order, then follows from that moment on: no line belongs to both. With
 * `tail` it follows at once, since only the engine can tell which lines are the last.
 */
export async function readLive(options: LiveOptions): Promise<Live> {
  const { services, since, tail, follow, say, signal, connect } = options;
  const engine = await connect();
  const now = await engine.time();
  const aheadMs = now - Date.now();
  let first: Engine | null = engine;
  const reconnect = async (): Promise<Engine> => {
    const taken = first ?? (await connect());
    first = null;
    return taken;
  };
  const trouble = createTrouble(say, follow);
  let current: Pass | null = null;
  const opened = performance.now();
  const read = (range: Omit<Range, 'began' | 'skippedMs'>): Promise<boolean> => {
    current = pass(
      options,
      reconnect,
      { ...range, began: Date.now() + aheadMs, skippedMs: performance.now() - opened },
      trouble,
    );
    current.reading.choose(services);
    return current.done;
  };
  signal.addEventListener('abort', () => current?.reading.stop(), { once: true });

  async function run(): Promise<boolean> {
    const from = since ?? everything;
    if (tail !== null) return read({ since: from, tail, follow });
    if (!follow) return read({ since: from, follow: false });
    const boundary = { ms: now - settledMs, ns: 0 };
    if (from.ms > boundary.ms) return read({ since: from, follow: true });
    const all = await read({ since: from, until: boundary, follow: false });
    return signal.aborted ? all : read({ since: { ms: boundary.ms, ns: 1 }, follow: true });
  }

  const done = Promise.race([trouble.givenUp, run()]).finally(trouble.stop);
  return { done, hold: (source, on) => current?.hold(source, on) };
}

type Range = {
  readonly since?: Moment;
  readonly until?: Moment;
  readonly tail?: number;
  readonly follow: boolean;
  /** By the engine's clock, epoch ms: what is newer is no past to catch up with. */
  readonly began: number;
  /** How long all before took to be read: an engine that is asked for what is newer goes through it once more, in silence. */
  readonly skippedMs: number;
};

type Pass = Live & { readonly reading: Reading };

/** One pass, with the states of its sources handed on to the printer. */
function pass(
  { project, services, printer, sourceOf, signal }: LiveOptions,
  connect: () => Promise<Engine>,
  range: Range,
  trouble: Trouble,
): Pass {
  /** Sources as this pass counts them, and as all of it does. */
  const numbers: number[] = [];
  const over = Promise.withResolvers<boolean>();
  const states = new Map<number, 'read' | 'through'>();
  /** Numbers of those that wait for what comes, that have brought something, that are held. */
  const [followed, heard, held] = [new Set<number>(), new Set<number>(), new Set<number>()];
  let pastAt = performance.now();
  let catchingUp: NodeJS.Timeout | undefined;
  const reading = createFollowing({
    connect,
    project: () => project,
    sink(line) {
      const source = numbers[line.source] ?? line.source;
      printer.sink(source === line.source ? line : { ...line, source });
      if (catchingUp === undefined) return;
      heard.add(source);
      if (line.at.ms < range.began) pastAt = performance.now();
      else if (line.kind !== 'note') through(source);
    },
    bound: Number.POSITIVE_INFINITY,
    ...range,
    now: Date.now,
    after,
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
      } else if (state === 'waiting' || reading.refuses(source.index)) through(number);
      else if (state === 'following') followed.add(number);
    }
  };
  reading.subscribe(look);
  trouble.watch(reading, services);
  const catchUp = (): void => {
    const silentMs = performance.now() - pastAt;
    const atFirst = Math.min(quietMs.mostly, Math.max(quietMs.atFirst, range.skippedMs));
    numbers.forEach((number) => {
      const patience = !followed.has(number) ? quietMs.mostly : heard.has(number) ? quietMs.before : atFirst;
      if (silentMs >= patience && !held.has(number)) through(number);
    });
    if (silentMs < quietMs.mostly || states.size === 0) return;
    if ([...states.values()].every((state) => state === 'through')) stopCatchingUp();
  };
  const stopCatchingUp = (): void => {
    clearInterval(catchingUp);
    catchingUp = undefined;
  };
  // After what has come meanwhile, so that a busy process takes nobody for silent.
  if (range.follow) catchingUp = setInterval(() => setImmediate(catchUp), lookMs);
  signal.addEventListener('abort', () => over.resolve(false), { once: true });
  void reading.done.then(() => {
    numbers.forEach(through);
    over.resolve(reading.trouble === null);
  });
  const done = over.promise.finally(() => {
    stopCatchingUp();
    reading.stop();
  });
  return {
    reading,
    done,
    hold(source, on) {
      if (on) held.add(source);
      else held.delete(source);
      reading.hold(numbers.indexOf(source), on);
    },
  };
}
