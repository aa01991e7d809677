import { join } from 'node:path';
import { StackError } from '../stack/errors.ts';
import { baseKind } from './base-image.ts';
import type { Compose, ComposeProject } from './compose.ts';
import type { ComposeService } from './compose-file.ts';
import { contextHash } from './images-context.ts';
import { lastLines, type Run } from './run.ts';
import { stateDir, writePrivately } from './state-dir.ts';

/** The label by which an image says what it was built from. */
export const contextLabel = 'paws-top.context';

export type ImageState = {
  readonly name: string;
  readonly service: string;
  readonly hash: string;
  readonly state: 'current' | 'stale' | 'missing';
};

/** How the images that a profile needs stand against the files they are built from. */
export async function imageStates(options: {
  readonly project: ComposeProject;
  readonly services: readonly ComposeService[];
  readonly cli: Run;
}): Promise<readonly ImageState[]> {
  const base = baseKind(options.project.variables.PAWS_BASE_IMAGE);
  const needed = new Set(options.services.map((service) => service.image));
  const built = options.project.file.services.filter(
    (service) => service.buildTarget !== null && service.image !== null && needed.has(service.image),
  );
  if (built.length === 0) return [];
  const present = await labelsOf(
    options.cli,
    built.map((service) => service.image ?? ''),
  );
  return Promise.all(
    built.map(async (service): Promise<ImageState> => {
      const name = service.image ?? '';
      const hash = await contextHash(options.project.folder, service.buildTarget ?? '', base);
      const labels = present.get(withTag(name));
      const state = labels === undefined ? 'missing' : labels[contextLabel] === hash ? 'current' : 'stale';
      return { name, service: service.name, hash, state };
    }),
  );
}

/**
 * Builds images and labels them with what they were built from; `onStep` hears what the builder is at. The builder's whole
 * output goes to `build.log` in the state directory. Throws `rejected` with its last 20 lines.
 */
export async function buildImages(options: {
  readonly project: ComposeProject;
  readonly images: readonly ImageState[];
  readonly compose: Compose;
  readonly baseImage: string;
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly onStep: (text: string) => void;
}): Promise<void> {
  const { project, images } = options;
  // The labels come as a second compose file on stdin, so the shipped one stays usable by hand.
  const labels = Object.fromEntries(
    images.map(({ service, hash }) => [service, { build: { labels: { [contextLabel]: hash } } }]),
  );
  const log: string[] = [];
  const result = await options.compose(['--file', '-', 'build', ...images.map(({ service }) => service)], {
    input: JSON.stringify({ services: labels }),
    env: { PAWS_BASE_IMAGE: options.baseImage },
    signal: options.signal,
    onLine: (line) => {
      log.push(line);
      const step = buildStep(line);
      if (step !== null) options.onStep(step);
    },
  });
  const path = join(stateDir(options.env, project.name), 'build.log');
  await writePrivately(path, `${log.join('\n')}\n`);
  if (result.exitCode === 0) return;
  throw new StackError('rejected', `building the images failed (all of it in ${path}):\n${lastLines(result, 20)}`);
}

/**
 * Removes images that a build has put others in the place of: ours, without a name, and used by no container. Left alone
 * they would fill the disk; where it fails nothing is lost but room, so nothing is said.
 */
export async function removeReplaced(cli: Run, signal?: AbortSignal): Promise<void> {
  await cli(['image', 'prune', '--force', '--filter', `label=${contextLabel}`], { signal, timeoutMs: 30_000 });
}

/** What a line of the builder says it is doing, by both of Docker's builders; null for any other line. */
export function buildStep(line: string): string | null {
  const classic = /^Step (\d+\/\d+) : (.*)/.exec(line);
  if (classic !== null) return `${classic[1]} ${classic[2]}`;
  const buildKit = /^#\d+ \[([^\]]+)\] (.*)/.exec(line);
  return buildKit === null ? null : `${buildKit[1]} ${buildKit[2]}`;
}

/** Labels of those of these images that exist, by name and tag. */
export async function labelsOf(cli: Run, names: readonly string[]): Promise<Map<string, Record<string, string>>> {
  // Fails when one of them is missing, and prints the others all the same.
  const { stdout } = await cli(['image', 'inspect', ...names]);
  const images: { RepoTags?: string[]; Config?: { Labels?: Record<string, string> | null } }[] = JSON.parse(
    stdout || '[]',
  );
  return new Map(
    images.flatMap((image) =>
      (image.RepoTags ?? []).map((tag) => [tag.replace(/^localhost\//, ''), image.Config?.Labels ?? {}] as const),
    ),
  );
}

function withTag(name: string): string {
  return /:[^/]+$/.test(name) ? name : `${name}:latest`;
}
