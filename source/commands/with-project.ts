import type { ActionMeans } from '../actions/types.ts';
import { openComposeProject } from '../engine/compose.ts';
import { StackError } from '../stack/errors.ts';
import { openActionMeans } from './action-means.ts';
import type { CommandMeans } from './command-means.ts';

/**
 * What actions stand on, over the stack that is meant, for as long as `use` takes. Exits as `use` says, 130 where it was
 * interrupted; says why. @throws StackError `usage`, `no-engine`
 */
export async function withProject(
  given: CommandMeans,
  signal: AbortSignal,
  use: (means: ActionMeans) => Promise<number>,
): Promise<number> {
  const { means, close } = await openMeans(given, await projectOf(given));
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

/** What actions stand on, over that project, with the members asked once. @throws StackError `no-engine` */
export function openMeans(given: CommandMeans, project: string): ReturnType<typeof openActionMeans> {
  const { flags, env, program } = given;
  return openActionMeans({
    host: flags.host ?? null,
    env,
    project,
    composeFile: flags.composeFile ?? null,
    program,
    openWatch: async () => {
      const watch = await given.openWatch(project);
      await watch.refresh();
      return watch;
    },
  });
}

/** As flags and environment name it, else the stack that is watched: the one with the most members. */
export async function projectOf({ flags, env, openWatch }: CommandMeans): Promise<string> {
  if (flags.project !== undefined) return flags.project;
  if (flags.composeFile !== undefined) {
    return (await openComposeProject({ project: null, composeFile: flags.composeFile, env })).name;
  }
  if (env.PAWS_PROJECT) return env.PAWS_PROJECT;
  const watch = await openWatch();
  await watch.refresh();
  const stack = watch.latest()?.snapshot.stack;
  await watch.stop();
  return stack || 'paws';
}
