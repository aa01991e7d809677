import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stateDir } from '../engine/state-dir.ts';
import type { Engine } from '../engine/types.ts';
import { type ProblemKind, StackError, toProblem } from '../stack/errors.ts';
import type { Journal } from './journal.ts';
import { withLock } from './lock.ts';
import { isAlive } from './owner.ts';
import type { JournalEntry, Undo } from './types.ts';

/** Undoes one thing; what it did in a sentence, or null where there was nothing to do. @throws StackError */
export type Mend = (undo: Undo, entry: JournalEntry, engine: Engine) => Promise<string | null>;

/**
 * `all`: but the ledgers of a drill that runs, in which nothing is broken, and with which its losses would be made up.
 * `left-behind`: nobody will undo it any more, since its process is dead or its deadline has passed.
 */
export type Which = 'all' | 'left-behind' | ((entry: JournalEntry) => boolean);

export type HealOptions = {
  readonly env: NodeJS.ProcessEnv;
  readonly journals: readonly Journal[];
  readonly which: Which;
  /** Called for a host once at most, and only when there is something to undo there. */
  readonly connect: (host: string | null) => Promise<Engine>;
  readonly mend: Mend;
  /** Epoch ms. */
  readonly now: () => number;
  /** Each undo as soon as it is done: `patroni2 unpaused`. */
  readonly say: (sentence: string, entry: JournalEntry) => void;
  /** Waits for nobody: what another is healing is said, and what may still come about is left to its dead-man. */
  readonly hurried?: boolean;
  /** What was asked for got no answer: a fault may still come about, although its process lives. */
  readonly unanswered?: boolean;
  /** Called once for an entry whose fault may still come about, and is waited for until then, epoch ms. */
  readonly onWait?: (entry: JournalEntry, until: number) => void;
};

/** An undo takes seconds at most, so who waits longer waits for something that hangs. */
const lockWaitMs = { hurried: 2_000, else: 60_000 };

/**
 * Undoes what is in the journals, the latest first; each undo even where another failed. An entry goes once all of its undos
 * are done. Safe to do twice, and in several processes at once: one waits for the other, then finds nothing.
 * Resolves with the number of entries that are done.
 * @throws StackError at the end, about everything that could not be undone: `no-engine` where it was that alone
 */
export async function healJournals(options: HealOptions): Promise<number> {
  const { env, journals } = options;
  const failures = new Map<string, ProblemKind>();
  const fail = (error: unknown, what: string | null): void => {
    const { kind, message, cause } = toProblem(error);
    const why = cause === null || message.includes(cause) ? message : `${message} (${cause})`;
    failures.set(what === null ? why : `${what}: ${why}`, kind);
  };
  const engines = engineRoom(options.connect);
  const begunAt = options.now();
  let done = 0;
  try {
    for (const journal of journals) {
      const { entries, unreadable } = await journal.list();
      // Who undoes what is their own has nothing to do with others' files.
      if (typeof options.which !== 'function') for (const text of unreadable) failures.set(text, 'precondition');
      if ((await chosen(entries, options)).length === 0) continue;
      const lock = join(stateDir(env, journal.project), 'healing');
      const work = async () => {
        done += await healOne({ ...options, journal, begunAt, engines, fail });
      };
      const waitMs = options.hurried === true ? lockWaitMs.hurried : lockWaitMs.else;
      const what = `undoing the faults in "${journal.project}"`;
      await withLock(lock, work, { waitMs, what }).catch((error: unknown) => fail(error, null));
    }
  } finally {
    await engines.close();
  }
  if (failures.size === 0) return done;
  const kinds = [...new Set(failures.values())];
  const noEngine = kinds.every((kind) => kind === 'no-engine' || kind === 'not-permitted');
  throw new StackError(noEngine ? 'no-engine' : 'rejected', [...failures.keys()].join('\n'));
}

type One = HealOptions & {
  readonly journal: Journal;
  /** Epoch ms. */
  readonly begunAt: number;
  readonly engines: EngineRoom;
  readonly fail: (error: unknown, what: string | null) => void;
};

/** Under the lock: what another has undone meanwhile is no longer in the list. */
async function healOne(options: One): Promise<number> {
  const { journal, hurried = false, onWait } = options;
  const { entries } = await journal.list();
  let waiting = (await chosen(entries, options)).toReversed();
  let done = 0;
  for (let look = 0; waiting.length > 0; look++) {
    const coming: JournalEntry[] = [];
    for (const entry of waiting) {
      const outcome = await healEntry(entry, options);
      if (outcome === 'coming') coming.push(entry);
      if (outcome !== 'undone') continue;
      await journal.remove(entry.id);
      done++;
    }
    if (hurried) break;
    if (look === 0) for (const entry of coming) onWait?.(entry, comingUntil(entry, options));
    if (coming.length > 0) await sleep(lookMs);
    waiting = coming;
  }
  return done;
}

async function healEntry(entry: JournalEntry, options: One): Promise<'undone' | 'failed' | 'coming'> {
  const { engines, mend, say, fail } = options;
  let failed = false;
  let coming = false;
  for (const undo of entry.undo) {
    try {
      const did = await mend(undo, entry, await engines.of(entry));
      if (did !== null) say(did, entry);
      else coming ||= mayStillCome(undo) && (await mayBeComing(entry, options));
    } catch (error) {
      failed = true;
      fail(error, `${entry.what} in "${entry.project}" could not be undone`);
    }
  }
  if (failed) return 'failed';
  return coming ? 'coming' : 'undone';
}

/** What is not the engine's doing is asked for request by request, and ends with the process that asks. */
const mayStillCome = ({ op }: Undo): boolean => op !== 'redis-settle' && op !== 'patroni-settle';

const lookMs = 2_000;
/**
 * How long after it was written down a fault may still come about, although the process that asked for it is dead: the
 * engine goes on with a stop for the container's grace (30 s for our Patroni), and a helper may be on its way.
 */
const comingMs = { start: 35_000, other: 10_000 };

/** Epoch ms. Where the engine gave no answer, it has had that from the asking on. */
function comingUntil({ createdAt, undo }: JournalEntry, { unanswered, begunAt }: One): number {
  const lasts = undo.some(({ op }) => op === 'start') ? comingMs.start : comingMs.other;
  return (unanswered === true ? begunAt : createdAt) + lasts;
}

async function mayBeComing(entry: JournalEntry, one: One): Promise<boolean> {
  const now = one.now();
  const young = now >= entry.createdAt && now < comingUntil(entry, one);
  return young && (one.unanswered === true || !(await isAlive(entry.owner)));
}

async function chosen(entries: readonly JournalEntry[], { which, now }: HealOptions): Promise<readonly JournalEntry[]> {
  if (typeof which === 'function') return entries.filter(which);
  const left = await Promise.all(entries.map((entry) => isLeftBehind(entry, now())));
  return entries.filter((entry, index) => left[index] || (which === 'all' && !isOfLedgers(entry)));
}

const isOfLedgers = ({ undo }: JournalEntry): boolean => undo.every(({ op }) => op === 'clean-ledger');

/** Whether nobody will undo it any more; `now` is epoch ms. */
export async function isLeftBehind(entry: JournalEntry, now: number): Promise<boolean> {
  return now >= entry.deadlineAt || !(await isAlive(entry.owner));
}

type EngineRoom = { of(entry: JournalEntry): Promise<Engine>; close(): Promise<void> };

/** Each engine once, failures too: waiting again for one that does not answer helps nobody. */
function engineRoom(connect: HealOptions['connect']): EngineRoom {
  const open = new Map<string | null, Promise<Engine>>();
  const at = (host: string | null): Promise<Engine> => {
    const known = open.get(host) ?? connect(host);
    open.set(host, known);
    return known;
  };
  return {
    async of({ host, engine }) {
      const found = await at(host).catch((error: unknown) => {
        if (engine === undefined) throw error;
        return null;
      });
      if (found !== null && (engine === undefined || found.address === engine)) return found;
      // The usual search finds another one than it did then, or none (DOCKER_HOST, the Docker context).
      return at(engine as string);
    },
    async close() {
      for (const each of await Promise.allSettled(open.values())) if (each.status === 'fulfilled') each.value.close();
    },
  };
}
