import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import type { ActionMeans } from '../actions/types.ts';
import { startDeadMan } from '../drills/dead-man.ts';
import { type HealOptions, healJournals, isLeftBehind } from '../drills/heal.ts';
import { openJournal } from '../drills/journal.ts';
import { holderOf, type Lock, tryLock } from '../drills/lock.ts';
import { thisProcess } from '../drills/owner.ts';
import { stateDir } from '../engine/state-dir.ts';
import { StackError, toProblem } from '../stack/errors.ts';

/**
 * What actions write down in the fault journal while they change a stack. Who does so holds the lock that drills hold, too:
 * nobody breaks what another is changing, and no two change it at once. What is changed for a while is put back by another
 * process, too, should this one be killed: a Redis master that was to be demoted takes writes again some seconds later.
 */
export function openActionJournal({
  env,
  project,
  host,
  engine,
  program,
  ...healing
}: {
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  /** `--host`; null: none was given. */
  readonly host: string | null;
  /** Address of the engine. */
  readonly engine: string;
  /** This program, as it is started. */
  readonly program: readonly string[];
} & Pick<HealOptions, 'connect' | 'mend'>): Pick<ActionMeans, 'unsettled' | 'settle' | 'keep'> {
  const journal = openJournal({ env, project });
  const folder = join(stateDir(env, project), 'drilling');
  let held: Promise<Lock> | null = null;
  let users = 0;
  const own = new Set<string>();

  async function leave(): Promise<void> {
    users -= 1;
    if (users > 0) return;
    const lock = held;
    held = null;
    await lock?.then(({ release }) => release()).catch(() => {}); // it was never had
  }

  return {
    async unsettled() {
      const { entries, unreadable } = await journal.list();
      const holder = await holderOf(folder);
      // Of a change that ended without putting it back: that does not hinder the next one, which settles it.
      const open = entries.filter(({ drill, owner }) => drill !== action || owner.pid === holder?.pid);
      const told = open.map(async (entry) =>
        (await isLeftBehind(entry, Date.now()))
          ? `a fault is still in the journal (${entry.what}): run paws-top heal`
          : `process ${entry.owner.pid} is at it (${entry.what}): wait until it is done`,
      );
      const known = users > 0 || open.some(({ owner }) => owner.pid === holder?.pid);
      return [
        ...(await Promise.all(told)),
        ...(holder === null || known ? [] : [`process ${holder.pid} runs a drill: wait until it is done`]),
        ...unreadable,
      ];
    },
    async settle() {
      if (users === 0 && (await holderOf(folder)) !== null) return; // who changes it now is told by `keep`
      await healJournals({
        ...healing,
        env,
        journals: [journal],
        which: ({ id, drill }) => drill === action && !own.has(id),
        now: Date.now,
        say: () => {},
        hurried: true,
      }).catch((error: unknown) => {
        // As for a member that does not answer yet: it may be asked again.
        throw new StackError('unreachable', toProblem(error).message, { cause: error });
      });
    },
    async keep(what, undo) {
      users += 1;
      held ??= take(folder);
      try {
        await held;
        const owner = await thisProcess();
        if (undo.length > 0) {
          await startDeadMan({ order: { project, owner }, argv: [...program, 'heal', '--dead-man'], env });
        }
        const id = `action-${Date.now()}-${randomBytes(3).toString('hex')}`;
        const now = Date.now();
        own.add(id);
        await journal.write({
          schema: 1,
          id,
          project,
          host,
          engine,
          drill: action,
          what,
          createdAt: now,
          deadlineAt: now + keptMs,
          undo,
          owner,
        });
        return async ({ left } = { left: false }) => {
          if (!left) await journal.remove(id);
          own.delete(id);
          await leave();
        };
      } catch (error) {
        await leave();
        throw error;
      }
    },
  };
}

const action = 'action';
/** Far beyond what any change takes; until then it is ours to put right as long as we live. */
const keptMs = 3_600_000;

async function take(folder: string): Promise<Lock> {
  const lock = await tryLock(folder);
  if ('release' in lock) return lock;
  throw new StackError(
    'precondition',
    `process ${lock.heldBy.pid} is running a drill, or changing the stack: wait until it is done`,
  );
}
