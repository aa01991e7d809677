import type { ActionMeans } from '../actions/types.ts';
import { StackError } from '../stack/errors.ts';
import { openActionMeans } from './action-means.ts';
import type { CommandMeans } from './command-means.ts';
import { projectOf } from './profile.ts';

/**
 * What actions stand on, over the stack that is meant, for as long as `use` takes. Exits as `use` says, 130 where it was
 * interrupted; says why. @throws StackError `usage`, `no-engine`
 */
export async function withProject(
  given: CommandMeans,
  signal: AbortSignal,
  use: (means: ActionMeans) => Promise<number>,
): Promise<number> {
  const { flags, env } = given;
  const project = await projectOf(given);
  const { means, close } = await openActionMeans({
    host: flags.host ?? null,
    env,
    project,
    composeFile: flags.composeFile ?? null,
    program: given.program,
    openWatch: async () => {
      const watch = await given.openWatch(project);
      await watch.refresh();
      return watch;
    },
  });
  try {
    return await use(means);
  } catch (error) {
    if (!signal.aborted) throw error;
    given.stderr.write(`${error instanceof StackError ? error.message : 'interrupted'}\n`);
    return 130;
  } finally {
    await close();
  }
}
