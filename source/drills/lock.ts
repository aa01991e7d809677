import { existsSync } from 'node:fs';
import { mkdir, open, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/errors.ts';
import { isAlive, type Owner, thisProcess } from './owner.ts';

export type Lock = { release(): Promise<void> };

/** How long a taker outlasts others that only look, before it takes one of them for the holder. */
const passingMs = 500;
const lookMs = 25;
let taken = 0;

/**
 * A lock between processes that the death of its holder releases; also between two takers in one process. `folder` is made.
 * Returns who holds it where it cannot be had at once.
 *
 * Every taker puts down a claim of its own, named by pid and start time, then looks: alone among the living, it has the
 * lock. Of two that came at once both see the other, and all but the first by name step back. Nobody ever takes over or
 * moves another's file, so no two takers of a dead holder's lock can undo each other; claims of the dead are only swept.
 */
export async function tryLock(folder: string): Promise<Lock | { readonly heldBy: Owner }> {
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const before = (await livingClaims(folder))[0];
  if (before !== undefined) return { heldBy: before.owner };
  const mine = claimOf(await thisProcess());
  const release = () => rm(join(folder, mine), { force: true });
  await (await open(join(folder, mine), 'wx', 0o600)).close();
  try {
    for (const begun = performance.now(); ; await sleep(lookMs)) {
      const others = (await livingClaims(folder)).filter(({ name }) => name !== mine);
      const [first] = others;
      if (first === undefined) return { release };
      if (first.name > mine && performance.now() - begun < passingMs) continue;
      await release();
      return { heldBy: first.owner };
    }
  } catch (error) {
    await release();
    throw error;
  }
}

/** Who holds it now; null: nobody. */
export async function holderOf(folder: string): Promise<Owner | null> {
  if (!existsSync(folder)) return null;
  return (await livingClaims(folder))[0]?.owner ?? null;
}

/**
 * Works while no other process holds the lock.
 * @throws StackError `precondition` when a living process holds it all that time
 */
export async function withLock<T>(
  folder: string,
  work: () => Promise<T>,
  { waitMs, what }: { readonly waitMs: number; readonly what: string },
): Promise<T> {
  const deadline = performance.now() + waitMs;
  for (;;) {
    const lock = await tryLock(folder);
    if ('release' in lock) return work().finally(lock.release);
    if (performance.now() >= deadline) {
      throw new StackError('precondition', `process ${lock.heldBy.pid} is ${what} already; wait until it is done`);
    }
    await sleep(lookMs * (1 + Math.random()));
  }
}

type Claim = { readonly name: string; readonly owner: Owner };

const claimOf = ({ pid, startedAt }: Owner) => `${pid}_${encodeURIComponent(startedAt)}_${taken++}`;

/** By name; those of the dead are removed on the way. */
async function livingClaims(folder: string): Promise<readonly Claim[]> {
  const living: Claim[] = [];
  for (const name of (await readdir(folder)).sort()) {
    const [, pid, startedAt] = /^(\d+)_(.+)_\d+$/.exec(name) ?? [];
    if (pid === undefined || startedAt === undefined) continue;
    const owner = { pid: Number(pid), startedAt: decodeURIComponent(startedAt) };
    if (await isAlive(owner)) living.push({ name, owner });
    else await rm(join(folder, name), { force: true });
  }
  return living;
}
