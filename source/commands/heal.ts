import { type HealOptions, healJournals, isLeftBehind } from '../drills/heal.ts';
import { takeHealed } from '../drills/healed-log.ts';
import { type Journal, listAllJournals } from '../drills/journal.ts';
import type { JournalEntry } from '../drills/types.ts';
import { StackError, toProblem } from '../stack/errors.ts';

export type Healing = Pick<HealOptions, 'env' | 'connect' | 'mend'> & {
  /** null: every project that has a journal. */
  readonly project: string | null;
};

/**
 * `paws-top heal`: undoes every fault that is still in the journal, a running drill's too, and prints what it did. Exits 0
 * done, 1 something could not be undone, 69 no engine.
 */
export async function heal(
  options: Healing & {
    readonly write: (text: string) => Promise<void>;
    readonly stderr: { write(text: string): unknown };
  },
): Promise<number> {
  const { write, stderr } = options;
  const journals = journalsOf(options);
  for (const sentence of await healedMeanwhile(options, journals)) stderr.write(`${sentence}\n`);
  const writing: Promise<void>[] = [];
  const say = (sentence: string) => writing.push(write(`${sentence}\n`));
  try {
    const onWait = (entry: JournalEntry, until: number): void => {
      const seconds = Math.ceil((until - Date.now()) / 1000);
      stderr.write(`${entry.what} may only be on its way; waiting for it, ${seconds} s at most\n`);
    };
    const done = await healJournals({ ...options, journals, which: 'all', now: Date.now, say, onWait });
    if (done === 0) say('nothing to heal');
    else if (writing.length === 0) say(`nothing was left to undo; ${counted(done)} taken out of the journal`);
    return 0;
  } catch (error) {
    if (!(error instanceof StackError)) throw error;
    stderr.write(`${error.message}\n`);
    return error.kind === 'no-engine' ? 69 : 1;
  } finally {
    await Promise.all(writing);
  }
}

/**
 * The look at the start of every other command, once `anythingLeft` has said that there is something: tells what a dead-man
 * has undone and, unless `heal` is off, undoes what others have left behind. One line each through `say`; never throws.
 * Resolves with the entries that are left behind still.
 */
export async function healAtStart(
  options: Healing & { readonly heal: boolean; readonly say: (line: string) => void },
): Promise<readonly JournalEntry[]> {
  const { say } = options;
  const journals = journalsOf(options);
  try {
    for (const sentence of await healedMeanwhile(options, journals)) say(sentence);
    if (options.heal) {
      await healJournals({
        ...options,
        journals,
        which: 'left-behind',
        hurried: true,
        now: Date.now,
        say: (sentence, { project }) => say(`healed in "${project}": ${sentence}`),
      });
    }
  } catch (error) {
    for (const line of toProblem(error).message.split('\n')) say(line);
  }
  return leftBehind(journals);
}

async function leftBehind(journals: readonly Journal[]): Promise<readonly JournalEntry[]> {
  const left: JournalEntry[] = [];
  for (const journal of journals) {
    const { entries } = await journal.list().catch(() => ({ entries: [] })); // said already
    for (const entry of entries) if (await isLeftBehind(entry, Date.now())) left.push(entry);
  }
  return left;
}

function journalsOf({ env, project }: Healing): readonly Journal[] {
  return listAllJournals(env).filter((journal) => project === null || journal.project === project);
}

async function healedMeanwhile({ env }: Healing, journals: readonly Journal[]): Promise<readonly string[]> {
  const healed = await Promise.all(journals.map(({ project }) => takeHealed(env, project)));
  return healed
    .flat()
    .map(({ at, project, text }) => `healed in "${project}" at ${clock(at)} by the dead-man: ${text}`);
}

/** Local time; with the day where it is not today. */
function clock(at: number): string {
  const time = new Date(at);
  const today = time.toDateString() === new Date().toDateString();
  return `${today ? '' : `${time.toDateString()} `}${time.toTimeString().slice(0, 5)}`;
}

const counted = (entries: number) => (entries === 1 ? 'one entry' : `${entries} entries`);
