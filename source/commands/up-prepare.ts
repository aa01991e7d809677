import { ensureBaseImage } from '../engine/base-image.ts';
import type { Compose, ComposeProject } from '../engine/compose.ts';
import type { ComposeService } from '../engine/compose-file.ts';
import { buildImages, type ImageState } from '../engine/images.ts';
import { preflight } from '../engine/preflight.ts';
import { type EngineNetwork, parseNetworks } from '../engine/preflight-network.ts';
import { ensureSecrets } from '../engine/secrets.ts';
import type { EngineSetup } from '../engine/setup.ts';
import { readMachine } from '../engine/setup-machine.ts';
import { readStaleRules, removeStaleRules } from '../engine/stale-rules.ts';
import { stateDir } from '../engine/state-dir.ts';
import { plural } from '../stack/format.ts';
import type { Output, Progress } from './progress.ts';

/** What `up` knows once it has an engine. */
export type Prepared = {
  readonly env: NodeJS.ProcessEnv;
  readonly stderr: Output;
  readonly signal?: AbortSignal | undefined;
  readonly project: ComposeProject;
  readonly profile: string | null;
  readonly progress: Progress;
  readonly setup: EngineSetup;
};

/** Secrets and everything that could be in the way. Prints what was found; false: something must be changed first. */
export async function check(
  given: Prepared,
  services: readonly ComposeService[],
  willBuild: boolean,
): Promise<boolean> {
  const { project, progress, setup } = given;
  const containers = await setup.engine.list();
  if (project.own) {
    const label = `label=com.docker.compose.project=${project.name}`;
    const source = await ensureSecrets({
      file: project.file,
      project: project.name,
      env: given.env,
      given: project.variables,
      containers: containers.filter(({ container }) => container.project === project.name),
      volumes: async () => wordsOf((await setup.cli(['volume', 'ls', '--quiet', '--filter', label])).stdout),
    });
    if (source !== 'kept') progress.note(`passwords ${source}, kept in ${stateDir(given.env, project.name)}`);
  }
  const [networks, info] = await Promise.all([
    networksOf(setup),
    setup.cli(['info', '--format', '{{.DockerRootDir}}']),
  ]);
  const findings = await preflight({
    project,
    profile: given.profile,
    services,
    containers,
    networks,
    local: setup.engine.local,
    willBuild,
    dataFolder: info.exitCode === 0 ? info.stdout.trim() : null,
    availableBytes: setup.engine.local ? process.availableMemory() : null,
  });
  if (setup.engine.local) await clearStaleRules(given);
  if (findings.length === 0) {
    progress.done('nothing in the way');
    return true;
  }
  progress.close('failed');
  for (const { message } of findings) given.stderr.write(`${message}\n`);
  return false;
}

/** The stack runs beside such rules, if not as well: what cannot be removed is no reason not to start it. */
async function clearStaleRules({ project, progress, setup }: Prepared): Promise<void> {
  const rules = await readStaleRules(
    setup.run,
    project.file.subnets.map(({ cidr }) => cidr),
  );
  if (rules === null || rules.length === 0) return;
  const trouble = await removeStaleRules(setup.run, rules);
  const what = `${plural(rules.length, 'address rewriting rule')} of networks that are gone`;
  progress.note(trouble === null ? `removed ${what}` : `${what} cannot be removed: ${trouble}`);
}

/** The base image, then the images that are missing or stale. */
export async function build(given: Prepared, compose: Compose, images: readonly ImageState[]): Promise<void> {
  const { project, progress, setup, env, signal } = given;
  progress.step('base');
  const baseImage = await ensureBaseImage({
    wanted: project.variables.PAWS_BASE_IMAGE,
    cli: setup.cli,
    run: setup.run,
    machine: readMachine(env),
    workFolder: stateDir(env, project.name),
    say: progress.note,
    signal,
  });
  progress.done(baseImage);
  progress.step('images');
  for (const state of ['stale', 'missing'] as const) {
    const names = images.filter((image) => image.state === state).map(({ name }) => name);
    const why = state === 'stale' ? 'made from other files than there are now' : 'missing';
    if (names.length > 0) progress.note(`${names.join(', ')} ${names.length === 1 ? 'is' : 'are'} ${why}: building`);
  }
  await buildImages({ project, images, compose, baseImage, env, signal, onStep: progress.detail });
  progress.done(`${images.length} built`);
}

async function networksOf({ cli }: EngineSetup): Promise<EngineNetwork[]> {
  const ids = wordsOf((await cli(['network', 'ls', '--quiet'])).stdout);
  return parseNetworks((await cli(['network', 'inspect', ...ids])).stdout);
}

function wordsOf(text: string): string[] {
  return text.split(/\s+/).filter(Boolean);
}
