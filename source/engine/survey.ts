import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { chooseStack } from './choose.ts';
import { composeDir } from './compose-dir.ts';
import { type ComposeFile, type ComposeService, parseComposeFile } from './compose-file.ts';
import { rosterOf } from './compose-roster.ts';
import { discover, type Roster } from './discovery.ts';
import { recognise, systemLabel } from './recognise.ts';
import type { ContainerDetails, Discovered, Engine } from './types.ts';

/** Discovery, with the roster that the compose file behind the containers tells, where it can be read from here. */
export async function survey(
  engine: Engine,
  details: readonly ContainerDetails[],
  { project }: { readonly project: string | null },
): Promise<Discovered> {
  const { containers } = chooseStack(details, project);
  const roster = await rosterFor(containers.map((entry) => entry.details));
  return discover(engine, details, { project, roster });
}

async function rosterFor(containers: readonly ContainerDetails[]): Promise<Roster | null> {
  const labels = containers.find((entry) => entry.labels[filesLabel] !== undefined)?.labels;
  const [path, ...more] = labels?.[filesLabel]?.split(',') ?? [];
  if (labels === undefined || path === undefined || more.length > 0) return null; // merged files: only Compose knows the sum
  const shipped = labels[systemLabel] === undefined ? null : join(composeDir(), 'compose.yaml');
  // The folder that our stack was started from may be gone; the file is the same everywhere.
  const file = (await composeFile(path)) ?? (shipped === null ? null : await composeFile(shipped));
  if (file === null) return null;
  const existing = containers.flatMap(({ container }) => container.service ?? []);
  const { profile, expected } = rosterOf(file, existing);
  return { profile, expected: expected.map((service) => ({ service: service.name, role: roleOf(service) })) };
}

const filesLabel = 'com.docker.compose.project.config_files';
const read = new Map<string, Promise<ComposeFile | null>>();

/** Read once: containers are what the file made of them, whatever is typed into it later. */
function composeFile(path: string): Promise<ComposeFile | null> {
  const known = read.get(path);
  if (known !== undefined) return known;
  const found = readFile(path, 'utf8').then(
    (text) => parseComposeFile(text, process.env),
    () => null, // another machine's path, or gone: the roster is then what was seen
  );
  read.set(path, found);
  return found;
}

/** What a service of a compose file is, whether a container of it exists or not. */
export function roleOf(service: ComposeService): ReturnType<typeof recognise> {
  return recognise({
    argv: service.argv,
    env: service.environment,
    labels: service.labels,
    ports: service.ports,
    container: { image: service.image ?? service.name },
  });
}
