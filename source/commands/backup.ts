import process from 'node:process';
import { dumpedText } from '../actions/backup.ts';
import { dumpLeader } from '../actions/backup-dump.ts';
import { postgresLeader } from '../actions/postgres-leader.ts';
import { pathOf, wayTo } from '../actions/whole-file.ts';
import { StackError } from '../stack/errors.ts';
import { bytes } from '../stack/format.ts';
import type { CommandMeans } from './command-means.ts';
import { askOn } from './drill-confirm.ts';
import { createProgress } from './progress.ts';
import { withProject } from './with-project.ts';

/**
 * `paws-top backup FILE`: everything that the leader of Patroni has, into a file that is whole or not there. Exits 0 done,
 * 1 failed, 130 interrupted. @throws StackError `usage`, `no-engine`
 */
export async function backup(given: CommandMeans): Promise<number> {
  const { flags, words, stdout, stderr, env, color } = given;
  const [file] = words;
  if (file === undefined) throw new StackError('usage', 'say which file: paws-top backup FILE');
  const path = pathOf(file);
  const { exists, obstacle } = await wayTo(path);
  if (obstacle !== null) throw new StackError('precondition', obstacle);
  const signal = given.interrupted();
  if (exists && !flags.yes) {
    const confirm = askOn(process.stdin, process.stderr, signal);
    if (confirm === null) throw new StackError('usage', `${file} is there already; --yes replaces it`);
    const answer = await confirm(`${file} is there already. Replace it? [y/N] `);
    if (!/^y(es)?$/i.test(answer.trim())) {
      stderr.write('nothing was done\n');
      return signal.aborted ? 130 : 1;
    }
  }
  return withProject(given, signal, async (means) => {
    const leader = await postgresLeader(means);
    const progress = createProgress({ output: stderr, env, color });
    progress.step('backup');
    progress.detail(`from ${leader.member}`);
    try {
      const onBytes = (size: number) => progress.detail(`from ${leader.member}, ${bytes(size)}`);
      const dumped = await dumpLeader({ means, leader, path, signal, onBytes });
      progress.done(`from ${leader.member}`);
      progress.close('done');
      await stdout.write(`${dumpedText(path, dumped, leader.member)}\n`);
      return 0;
    } catch (error) {
      progress.close('failed');
      throw error;
    }
  });
}
