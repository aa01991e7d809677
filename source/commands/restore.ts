import process from 'node:process';
import { postgresLeader } from '../actions/postgres-leader.ts';
import { restoreAction } from '../actions/restore.ts';
import type { Given } from '../actions/types.ts';
import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';
import { askOn } from './drill-confirm.ts';
import { createProgress } from './progress.ts';
import { withProject } from './with-project.ts';

/**
 * `paws-top restore FILE`: says what is replaced, asks, and does it. Exits 0 done, 1 failed, 130 interrupted. @throws
 * StackError `usage`, `no-engine`
 */
export async function restore(given: CommandMeans): Promise<number> {
  const { flags, words, stdout, stderr, env, color } = given;
  const [file] = words;
  if (file === undefined) throw new StackError('usage', 'say which file: paws-top restore FILE');
  const signal = given.interrupted();
  const confirm = askOn(process.stdin, process.stderr, signal);
  if (confirm === null && !flags.yes) throw new StackError('usage', 'without a terminal to ask, a restore needs --yes');
  return withProject(given, signal, async (means) => {
    await postgresLeader(means);
    const seen = means.seen();
    if (seen === null) throw new StackError('precondition', `there is no stack "${means.project}"`);
    const target = { name: 'patroni', system: 'patroni', member: null, container: null } as const;
    const about: Given = { targets: [target], input: file, seen, means };
    const obstacle = restoreAction.unavailable(target, seen);
    if (obstacle !== null) throw new StackError('precondition', `not now: ${obstacle}`);
    const { effects, refused, choices } = await restoreAction.preview(about);
    if (refused !== null) throw new StackError('precondition', refused);
    await stdout.write(`${effects.join('\n')}\n`);
    if (!flags.yes && confirm !== null) {
      const typed = await confirm(`Type ${means.project} to do it: `);
      if (typed.trim() !== means.project) {
        stderr.write('nothing was done\n');
        return signal.aborted ? 130 : 1;
      }
    }
    const progress = createProgress({ output: stderr, env, color });
    progress.step('restore');
    try {
      const choice = choices[0]?.id ?? '';
      const result = await restoreAction.run({ ...about, choice, signal, say: progress.detail });
      progress.done(file);
      progress.close('done');
      await stdout.write(`${result}\n`);
      return 0;
    } catch (error) {
      progress.close('failed');
      throw error;
    }
  });
}
