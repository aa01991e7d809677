import type { ActionMeans, ComposeMeans } from '../actions/types.ts';
import type { Watch } from '../drills/types.ts';
import { composeOf, findCompose, openComposeProject } from '../engine/compose.ts';
import { connectEngine } from '../engine/connect.ts';
import { systemLabel } from '../engine/recognise.ts';
import { engineTools } from '../engine/setup.ts';
import { survey } from '../engine/survey.ts';
import type { ContainerDetails } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { openActionJournal } from './action-journal.ts';
import { healingMeans } from './healing.ts';

export type ActionMeansOptions = {
  /** `--host`; null: the usual search. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly project: string;
  /** `--compose-file`; null: the one that the containers name, else ours. */
  readonly composeFile: string | null;
  /** This program, as it is started. */
  readonly program: readonly string[];
  /** Stopped by `close`. */
  readonly openWatch: () => Promise<Watch>;
};

/** What actions stand on, connected anew. */
export async function openActionMeans(
  options: ActionMeansOptions,
): Promise<{ readonly means: ActionMeans; readonly close: () => Promise<void> }> {
  const { host, env, project, openWatch, program } = options;
  const engine = await connectEngine({ host, env });
  const watch = await openWatch();
  const { cli, run } = engineTools(engine.address, { host, env });
  const containers = async () => (await engine.list()).filter(({ container }) => container.project === project);

  const means: ActionMeans = {
    engine,
    env,
    project,
    cli,
    access: async () => (await survey(engine, await engine.list(), { project })).access,
    containers,
    seen: () => watch.latest(),
    async until(fulfilled, { deadlineMs, what, signal }) {
      const seen = await watch.until(fulfilled, deadlineMs, signal);
      if (seen === null) throw new StackError('timeout', `not within ${deadlineMs / 1_000} s: ${what}`);
      return seen;
    },
    async compose() {
      const found = await findCompose(run);
      if (found === null)
        throw new StackError(
          'precondition',
          'there is no Compose v2 here, which makes and starts containers: install it (docker-compose-plugin)',
        );
      const file = await composeProject(options, await containers());
      return { project: file, with: (profiles) => composeOf(run, { ...found, project: file, env, profiles }) };
    },
    ...openActionJournal({ env, project, host, engine: engine.address, program, ...healingMeans(env) }),
  };
  return {
    means,
    async close() {
      engine.close();
      await watch.stop();
    },
  };
}

/** The file that was named, else the one that the containers were made from; ours where they are ours, or there are none. */
export async function composeProject(
  { composeFile, env, project }: Pick<ActionMeansOptions, 'composeFile' | 'env' | 'project'>,
  containers: readonly ContainerDetails[],
): Promise<ComposeMeans['project']> {
  const labels = containers[0]?.labels;
  const used = labels?.['com.docker.compose.project.config_files']?.split(',')[0] ?? null;
  const ours = labels === undefined || labels[systemLabel] !== undefined;
  if (composeFile === null && !ours && used === null) {
    throw new StackError('precondition', `the containers of "${project}" do not say which compose file made them`);
  }
  try {
    return await openComposeProject({ project, env, composeFile: composeFile ?? (ours ? null : used) });
  } catch (error) {
    if (composeFile !== null || !(error instanceof StackError)) throw error;
    throw new StackError('precondition', error.message, { cause: error });
  }
}
