import { randomBytes } from 'node:crypto';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { parseEnv } from 'node:util';
import { StackError } from '../stack/errors.ts';
import type { ComposeFile } from './compose-file.ts';
import type { Variables } from './compose-variables.ts';
import { stateDir, writePrivately } from './state-dir.ts';
import type { ContainerDetails } from './types.ts';

export type SecretsSource = 'kept' | 'recovered' | 'made' | 'completed' | 'none-needed';

/** Where a project's secrets are kept, readable only by their owner. */
export function secretsFile(env: NodeJS.ProcessEnv, project: string): string {
  return join(stateDir(env, project), 'secrets.env');
}

/**
 * Makes sure that every variable which the compose file requires is in the secrets file: kept ones stay, else those in the
 * project's containers are taken, else random ones are made. Throws `precondition` when they are lost but data remains
 * that was made with them. Values never leave the file.
 */
export async function ensureSecrets(options: {
  readonly file: ComposeFile;
  readonly project: string;
  readonly env: NodeJS.ProcessEnv;
  /** What the user has set by hand, which Compose prefers. */
  readonly given: Variables;
  /** The project's containers. */
  readonly containers: readonly ContainerDetails[];
  /** The project's volumes. */
  readonly volumes: () => Promise<readonly string[]>;
}): Promise<SecretsSource> {
  const path = secretsFile(options.env, options.project);
  const kept = await readSecrets(path);
  const missing = options.file.requiredVariables.filter(
    (name) => options.given[name] === undefined && kept?.[name] === undefined,
  );
  if (missing.length === 0) return options.file.requiredVariables.length === 0 ? 'none-needed' : 'kept';

  const recovered = recoverSecrets(options.file, options.containers);
  const lost = missing.filter((name) => recovered[name] === undefined);
  if (lost.length > 0 && kept === null) {
    const volumes = await options.volumes();
    if (volumes.length > 0) throw lostSecrets(options.project, path, volumes);
  }
  const made = Object.fromEntries(lost.map((name) => [name, randomBytes(16).toString('hex')]));
  const found = Object.fromEntries(missing.flatMap((name) => (recovered[name] ? [[name, recovered[name]]] : [])));
  await writePrivately(path, textOf({ ...kept, ...found, ...made }));
  if (lost.length === 0) return 'recovered';
  return kept === null ? 'made' : 'completed';
}

/** Forgets the secrets of a project whose data is gone too. */
export async function removeSecrets(env: NodeJS.ProcessEnv, project: string): Promise<void> {
  await rm(secretsFile(env, project), { force: true });
}

/** The secrets as containers still carry them: by the compose file's word on which variable becomes which key. */
function recoverSecrets(
  file: ComposeFile,
  containers: readonly ContainerDetails[],
): Readonly<Record<string, string | undefined>> {
  const found: Record<string, string> = {};
  const running = (each: ContainerDetails) => (each.container.state === 'running' ? 0 : 1);
  for (const { container, env } of [...containers].sort((a, b) => running(a) - running(b))) {
    const service = file.services.find((each) => each.name === container.service);
    for (const [key, variable] of Object.entries(service?.required ?? {})) {
      const value = env[key];
      if (value) found[variable] ??= value;
    }
  }
  return found;
}

async function readSecrets(path: string): Promise<Readonly<Record<string, string | undefined>> | null> {
  try {
    return parseEnv(await readFile(path, 'utf8'));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw new StackError('precondition', `the secrets in ${path} cannot be read: make the file readable or remove it`, {
      cause: error,
    });
  }
}

function textOf(secrets: Readonly<Record<string, string | undefined>>): string {
  const lines = Object.entries(secrets).map(([name, value = '']) => `${name}=${quoted(name, value)}\n`);
  return `# Passwords of this stack, made by paws-top. Gone while its volumes remain, the data is locked away.\n${lines.join('')}`;
}

/**
 * A value as both Compose (compose-go, dotenv/parser.go) and Node's parseEnv read it back. In single quotes everything
 * stands for itself, but Compose takes a backslash before the quote away and Node does not; in double quotes Compose fills in
 * `$` and backslashes. Throws `precondition` for the few values that neither can hold.
 */
function quoted(name: string, value: string): string {
  if (/^\w*$/.test(value)) return value;
  if (!value.includes("'") && !value.endsWith('\\')) return `'${value}'`;
  if (!/["$\\]/.test(value)) return `"${value}"`;
  throw new StackError(
    'precondition',
    `the ${name} that the containers have cannot be kept in a file that Compose reads; set it in the environment yourself`,
  );
}

function lostSecrets(project: string, path: string, volumes: readonly string[]): StackError {
  const some = volumes.slice(0, 3).join(', ') + (volumes.length > 3 ? ` and ${volumes.length - 3} more` : '');
  return new StackError(
    'precondition',
    `the passwords of "${project}" are lost (${path} is gone and no container has them), but data made with them remains (${some}): ` +
      `put the file back, or give the data up with \`paws-top down --volumes${project === 'paws' ? '' : ` --project ${project}`}\``,
  );
}
