import { createInterface } from 'node:readline/promises';
import type { DrillPlan } from '../drills/types.ts';
import { StackError } from '../stack/errors.ts';
import type { Flags } from './flags.ts';

/** Asks a person; null where there is none to ask. */
export type Confirm = ((question: string) => Promise<string>) | null;

/**
 * Resolves when a person has typed what is to be broken, or `--yes` stands for that; on an engine elsewhere the host's name,
 * or `--yes-remote`. @throws StackError `usage` where nobody can be asked, `precondition` when something else was typed
 */
export async function confirmed(
  { flags, confirm, signal }: { readonly flags: Flags; readonly confirm: Confirm; readonly signal: AbortSignal },
  remote: string | null,
  what: DrillPlan | { readonly name: string; readonly plan: DrillPlan },
): Promise<void> {
  const [word, text] =
    'name' in what
      ? [remote ?? what.name, what.name]
      : [remote ?? what.confirm, `${what.drill.id}: ${what.drill.does}`];
  if (remote !== null ? flags.yesRemote : flags.yes || flags.yesRemote) return;
  if (confirm === null) {
    throw new StackError(
      'usage',
      remote === null
        ? 'without a terminal to ask, a drill needs --yes'
        : `the engine is on ${remote}: without a terminal to ask, a drill needs --yes-remote`,
    );
  }
  const typed = await confirm(`${text}\nType ${word} to do it: `);
  if (signal.aborted || typed.trim() !== word)
    throw new StackError('precondition', `that is not ${word}: nothing was done`);
}

/** Asks on this terminal. */
export function askOn(input: NodeJS.ReadStream, output: NodeJS.WriteStream, signal: AbortSignal): Confirm {
  if (input.isTTY !== true || output.isTTY !== true) return null;
  return async (question) => {
    const lines = createInterface({ input, output });
    try {
      return await lines.question(question, { signal });
    } catch {
      return '';
    } finally {
      lines.close();
    }
  };
}
