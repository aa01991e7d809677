import { type ComposeProject, composeOf, composeStep, findCompose, openComposeProject } from '../engine/compose.ts';
import { profilesOf } from '../engine/compose-file.ts';
import { connectEngine } from '../engine/connect.ts';
import { systemLabel } from '../engine/recognise.ts';
import { lastLines, type Run } from '../engine/run.ts';
import { removeSecrets } from '../engine/secrets.ts';
import { engineTools } from '../engine/setup.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { homeFirst } from './down-home.ts';
import { createProgress, type Output, type Progress } from './progress.ts';
import { untilAborted } from './until-aborted.ts';
import { createMover, type Mover, type OpenMeans } from './up-move.ts';

export type DownOptions = {
  /** Remove the data too. */
  readonly volumes: boolean;
  readonly project: string | null;
  readonly composeFile: string | null;
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: Output;
  readonly color: boolean;
  readonly signal?: AbortSignal | undefined;
  /** How leaders are moved to those that every profile has. */
  readonly openMeans: OpenMeans;
  /** The outside world, for tests. */
  readonly connect?: typeof connectEngine;
  readonly run?: Run;
};

/**
 * Stops and removes a project's containers and network, with `volumes` also its data and secrets. By Compose with the file
 * that the containers name; where that is gone, by their labels. Nothing there is fine too. Returns 0 done, 1 failed, 130
 * interrupted; throws StackError `usage` (64), `no-engine` or `not-permitted` (69).
 */
export async function down(options: DownOptions): Promise<number> {
  const { env, stderr, signal } = options;
  const progress = createProgress({ output: stderr, env, color: options.color });
  const mover = createMover({ ...options, progress });
  let engine: Engine | null = null;
  try {
    return await untilAborted(signal, async () => {
      engine = await (options.connect ?? connectEngine)(options);
      return takeDown(options, engine, mover, progress);
    });
  } catch (error) {
    progress.close('failed');
    if (signal?.aborted) {
      await mover.settled();
      stderr.write('interrupted; `paws-top down` goes on from here\n');
      return 130;
    }
    if (!(error instanceof StackError) || error.kind !== 'rejected') throw error;
    stderr.write(`${error.message}\n`);
    return 1;
  } finally {
    progress.close('done');
    (engine as Engine | null)?.close();
  }
}

async function takeDown(options: DownOptions, engine: Engine, mover: Mover, progress: Progress): Promise<number> {
  const { env, stderr } = options;
  const tools = engineTools(engine.address, options);
  const own = await openComposeProject(options);
  const left = () => resources(tools.cli, own.name);
  const before = await left();
  if (count(before, options.volumes) === 0) {
    if (options.volumes) await removeSecrets(env, own.name);
    const kept = before.volumes.length === 0 ? '' : `; ${before.volumes.length} volumes stay`;
    stderr.write(`nothing of "${own.name}" is there${kept}\n`);
    return 0;
  }
  const containers = (await engine.list()).filter(({ container }) => container.project === own.name);
  const project = await projectOf(options, own, containers);
  // Data that goes needs nobody to lead it.
  if (project !== null && !options.volumes) {
    await homeFirst({ project, containers, mover, progress, cli: tools.cli, signal: options.signal });
  }
  progress.step('down');
  const done = project !== null && (await byCompose(options, project, tools.run, progress));
  if (!done || count(await left(), options.volumes) > 0) await byLabels(options, tools.cli, await left(), progress);
  if (options.volumes) await removeSecrets(env, own.name);
  progress.done(summary(before, options.volumes));
  return 0;
}

type Resources = {
  readonly containers: readonly string[];
  readonly networks: readonly string[];
  readonly volumes: readonly string[];
};

async function resources(cli: Run, project: string): Promise<Resources> {
  const filter = ['--filter', `label=com.docker.compose.project=${project}`];
  const ids = async (argv: readonly string[]) => (await cli([...argv, ...filter])).stdout.split(/\s+/).filter(Boolean);
  const [containers, networks, volumes] = await Promise.all([
    ids(['ps', '--all', '--quiet']),
    ids(['network', 'ls', '--quiet']),
    ids(['volume', 'ls', '--quiet']),
  ]);
  return { containers, networks, volumes };
}

function count({ containers, networks, volumes }: Resources, withVolumes: boolean): number {
  return containers.length + networks.length + (withVolumes ? volumes.length : 0);
}

function summary({ containers, networks, volumes }: Resources, withVolumes: boolean): string {
  const kept =
    volumes.length === 0 ? '' : withVolumes ? `, ${volumes.length} volumes` : `; ${volumes.length} volumes stay`;
  return `removed ${containers.length} containers, ${networks.length} networks${kept}`;
}

/** The compose file that started the containers, unless one was named; null when it cannot be read any more. */
async function projectOf(
  options: DownOptions,
  own: ComposeProject,
  containers: readonly ContainerDetails[],
): Promise<ComposeProject | null> {
  const labels = containers[0]?.labels;
  // Ours, wherever its copy of the file lies or lay.
  if (labels?.[systemLabel] !== undefined) return own;
  const used = labels?.['com.docker.compose.project.config_files']?.split(',')[0];
  if (options.composeFile !== null || used === undefined || used === own.path) return own;
  return openComposeProject({ ...options, composeFile: used, project: own.name }).catch(() => null);
}

async function byCompose(
  options: DownOptions,
  project: ComposeProject,
  run: Run,
  progress: Progress,
): Promise<boolean> {
  const found = await findCompose(run);
  if (found === null) return false;
  const profiles = profilesOf(project.file);
  const compose = composeOf(run, { command: found.command, project, env: options.env, profiles });
  const result = await compose(['down', '--remove-orphans', ...(options.volumes ? ['--volumes'] : [])], {
    signal: options.signal,
    onLine: (line) => progress.detail(composeStep(line, project.name) ?? ''),
  });
  if (result.exitCode !== 0) progress.note(`Compose could not (${lastLines(result, 1)}); going by the labels`);
  return result.exitCode === 0;
}

async function byLabels(
  { volumes, signal }: DownOptions,
  cli: Run,
  left: Resources,
  progress: Progress,
): Promise<void> {
  const removals: [readonly string[], readonly string[]][] = [
    [['stop'], left.containers],
    [['rm', '--force'], left.containers],
    [['network', 'rm'], left.networks],
    [['volume', 'rm'], volumes ? left.volumes : []],
  ];
  for (const [argv, ids] of removals) {
    if (ids.length === 0) continue;
    progress.detail(`${argv.join(' ')} (${ids.length})`);
    const result = await cli([...argv, ...ids], { signal });
    if (result.exitCode !== 0) throw new StackError('rejected', `${argv.join(' ')} failed: ${lastLines(result, 5)}`);
  }
}
