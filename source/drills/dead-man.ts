import { spawn } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/errors.ts';
import { type HealOptions, healJournals } from './heal.ts';
import { noteHealed } from './healed-log.ts';
import { openJournal } from './journal.ts';
import { isAlive, type Owner, sameOwner } from './owner.ts';

/** What a dead-man is told on its command line. */
export type DeadManOrder = { readonly project: string; readonly owner: Owner };

const ready = 'ready\n';
const startDeadlineMs = 10_000;

/**
 * Starts the process that undoes this owner's entries when the owner cannot: 2 s after its death, or at an entry's deadline
 * while it hangs. It has a session of its own, so that neither Ctrl+C nor the end of the terminal reaches it, and ends by
 * itself once the entries it has seen are gone. Start it before the first entry is written; it covers all entries of this
 * owner until then.
 *
 * `argv` runs `deadMan` in this program; the order comes as one more word of JSON.
 * @throws StackError `internal` when it does not run; then nothing may be broken
 */
export async function startDeadMan(options: {
  readonly order: DeadManOrder;
  readonly argv: readonly string[];
  readonly env: NodeJS.ProcessEnv;
}): Promise<{ readonly pid: number }> {
  const [file = '', ...rest] = options.argv;
  const child = spawn(file, [...rest, JSON.stringify(options.order)], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: options.env,
  });
  let said = '';
  child.stderr.on('data', (chunk: Buffer) => {
    said += chunk.toString();
  });
  let timer: NodeJS.Timeout | undefined;
  try {
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string) => reject(new StackError('internal', `the dead-man did not start: ${why}`));
      timer = setTimeout(() => fail(`not within ${startDeadlineMs / 1000} s`), startDeadlineMs);
      child.stdout.once('data', () => resolve());
      child.once('error', ({ message }) => fail(message));
      child.once('close', (code) => fail(said.trim() || `exit ${code}`));
    });
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
    child.stdout.destroy();
    child.stderr.destroy();
    child.unref();
  }
  return { pid: child.pid as number };
}

type Means = Pick<HealOptions, 'connect' | 'mend'>;

export type DeadManOptions = DeadManOrder & {
  readonly env: NodeJS.ProcessEnv;
  /** Loads what undoing takes: called at once, since a program that is updated meanwhile could not load it any more. */
  readonly means: () => Promise<Means>;
  readonly now?: () => number;
  readonly lookMs?: number;
};

const graceMs = 2_000;
const retryMs = 2_000;
/** After an entry's deadline; then the journal is left to the next start. */
const giveUpMs = 600_000;
/** As many looks without any entry: the owner thought better of it. */
const mostEmptyLooks = 120;

/** What the dead-man's process runs: waits, undoes where it must, and resolves when there is nothing left to wait for. */
export async function deadMan(options: DeadManOptions): Promise<void> {
  const { env, project, owner, means, now = Date.now, lookMs = 1_000 } = options;
  const journal = openJournal({ env, project });
  process.stdout.on('error', () => {}); // nobody reads any more: the owner died at once
  process.stdout.write(ready);
  let loaded = await means().catch(() => null);
  let seen = false;
  let deadSince: number | null = null;
  for (let looks = 0; ; looks++) {
    // In this order: what the dead have written is all there is.
    if (!(await isAlive(owner))) deadSince ??= performance.now();
    const listed = await journal.list().catch(() => null);
    if (listed === null) {
      // As where there are too many open files just now.
      if (deadSince !== null && performance.now() - deadSince >= giveUpMs) return;
      await sleep(retryMs);
      continue;
    }
    const mine = listed.entries.filter((entry) => sameOwner(entry.owner, owner));
    seen ||= mine.length > 0;
    if (mine.length === 0 && (seen || deadSince !== null || looks >= mostEmptyLooks)) return;
    if (mine.length > 0 && mine.every(({ deadlineAt }) => now() >= deadlineAt + giveUpMs)) return;
    const orphaned = deadSince !== null && performance.now() - deadSince >= graceMs;
    const due = mine.filter(({ deadlineAt }) => orphaned || now() >= deadlineAt);
    if (due.length > 0) loaded ??= await means().catch(() => null);
    const failed =
      due.length > 0 && !(loaded !== null && (await undone(options, loaded, new Set(due.map(({ id }) => id)))));
    if (failed) await sleep(retryMs);
    else if (due.length === 0) await sleep(deadSince === null ? lookMs : graceMs);
  }
}

async function undone({ env, project, now = Date.now }: DeadManOptions, means: Means, ids: ReadonlySet<string>) {
  try {
    const told: Promise<void>[] = [];
    await healJournals({
      ...means,
      env,
      now,
      journals: [openJournal({ env, project })],
      which: (entry) => ids.has(entry.id),
      say: (text) => told.push(noteHealed(env, { at: now(), project, text })),
    }).finally(() => Promise.allSettled(told));
    return true;
  } catch {
    return false; // the entry is still there, and so is the next look
  }
}
