import { existsSync } from 'node:fs';
import { type ComposeProject, composeOf } from '../engine/compose.ts';
import { profilesOf } from '../engine/compose-file.ts';
import { imageStates } from '../engine/images.ts';
import type { Run } from '../engine/run.ts';
import { lastLines } from '../engine/run.ts';
import { secretsFile } from '../engine/secrets.ts';
import type { ContainerDetails } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import type { EngineFacts } from './facts-types.ts';

const deadlineMs = 2_500;

/** Images that the files have left behind, and those that were replaced since a container was made of them. */
export async function readStaleImages(
  cli: Run,
  project: ComposeProject | null,
  containers: readonly ContainerDetails[],
): Promise<EngineFacts['staleImages']> {
  const used = new Set(containers.map(({ container }) => container.service));
  const services = project?.own ? project.file.services.filter(({ name }) => used.has(name)) : [];
  const [states, ids] = await Promise.all([
    project === null ? [] : imageStates({ project, services, cli: (argv) => cli(argv, { timeoutMs: deadlineMs }) }),
    imageIds(cli, [...new Set(containers.map(({ container }) => container.image))]),
  ]);
  const outdated = states.filter(({ state }) => state === 'stale');
  const replaced = containers.filter(({ container, labels }) => {
    const now = ids.get(container.image);
    const then = labels['com.docker.compose.image'];
    return now !== undefined && then !== undefined && bare(now) !== bare(then);
  });
  return [
    ...outdated.map(({ name }) => ({ image: name, why: 'it was built from other files than there are now' })),
    ...[...Map.groupBy(replaced, ({ container }) => container.image)].map(([image, users]) => ({
      image,
      why: `it was replaced since ${users.map(({ container }) => container.name).join(', ')} ${users.length === 1 ? 'was' : 'were'} made of it`,
    })),
  ];
}

const bare = (id: string): string => id.replace(/^sha256:/, '');

/** Ids of those of these images that exist, by the name asked for. */
async function imageIds(cli: Run, names: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const tagged = names.filter((name) => !name.includes('@') && !/^(sha256:)?[0-9a-f]{12,64}$/.test(name));
  if (tagged.length === 0) return new Map();
  // Fails when one of them is missing, and prints the others all the same.
  const { stdout } = await cli(['image', 'inspect', ...tagged], { timeoutMs: deadlineMs });
  const images: { Id?: string; RepoTags?: string[] | null }[] = JSON.parse(stdout || '[]');
  const known = new Map(
    images.flatMap(({ Id = '', RepoTags }) => (RepoTags ?? []).map((tag) => [tag.replace(/^localhost\//, ''), Id])),
  );
  return new Map(
    tagged.flatMap((name) => {
      const id = known.get(name) ?? known.get(`${name}:latest`);
      return id === undefined ? [] : [[name, id] as const];
    }),
  );
}

/**
 * Containers that Compose would make anew, by its own hash of their configuration. @throws StackError `precondition` why
 * that can't be judged
 */
export async function readDrift(means: {
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  readonly compose: { readonly command: readonly string[]; readonly version: string } | null;
  readonly project: ComposeProject;
  readonly containers: readonly ContainerDetails[];
}): Promise<EngineFacts['drifted']> {
  const { run, env, compose, project, containers } = means;
  const made = containers.filter(({ labels }) => labels[hashLabel] !== undefined);
  if (compose === null || made.length === 0) return [];
  const [first] = made;
  if (first?.labels['com.docker.compose.project.config_files']?.includes(',')) {
    throw new StackError('precondition', 'they were made from several compose files');
  }
  // Each version hashes in its own way: nothing would be said about the file.
  const other = made
    .map(({ labels }) => labels['com.docker.compose.version'])
    .find((used) => !sameVersion(used, compose.version));
  if (other !== undefined) {
    throw new StackError('precondition', `Compose ${other} made them and this is ${compose.version}`);
  }
  const { requiredVariables } = project.file;
  const missing = requiredVariables.filter((name) => project.variables[name] === undefined);
  if (project.own && missing.length > 0 && !existsSync(secretsFile(env, project.name))) {
    throw new StackError('precondition', 'the passwords they were made with are not on this machine');
  }
  const ask = composeOf(run, { ...compose, project, env, profiles: profilesOf(project.file) });
  const hashes = await ask(['config', '--hash', '*'], { timeoutMs: deadlineMs });
  if (hashes.exitCode !== 0)
    throw new StackError('precondition', `Compose cannot read its file: ${lastLines(hashes, 1)}`);
  return driftAmong(made, hashes.stdout);
}

const hashLabel = 'com.docker.compose.config-hash';

/** `2.26.1` of a label, `2.26.1-4` of a distribution's own build. */
const sameVersion = (used: string | undefined, here: string): boolean =>
  used === undefined || /^\d+\.\d+\.\d+/.exec(used)?.[0] === /^\d+\.\d+\.\d+/.exec(here)?.[0];

/** `hashes`: lines of `SERVICE HASH`. A service that the file does not know is nobody's drift. */
function driftAmong(containers: readonly ContainerDetails[], hashes: string): EngineFacts['drifted'] {
  const wanted = new Map(hashes.split('\n').map((line) => line.trim().split(/\s+/) as [string, string]));
  return containers.flatMap(({ container, labels }) => {
    const service = container.service ?? '';
    const hash = wanted.get(service);
    return hash === undefined || hash === labels[hashLabel] ? [] : [{ container: container.name, service }];
  });
}
