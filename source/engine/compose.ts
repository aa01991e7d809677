import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { basename, dirname, join, resolve } from 'node:path';
import { parseEnv } from 'node:util';
import { StackError } from '../stack/errors.ts';
import { composeDir } from './compose-dir.ts';
import { type ComposeFile, parseComposeFile } from './compose-file.ts';
import type { Variables } from './compose-variables.ts';
import { lastLines, type Run, type RunOptions, type RunResult } from './run.ts';
import { secretsFile } from './secrets.ts';

/** A Compose project: its name, its file, and whether the file is the one that paws-top ships. */
export type ComposeProject = {
  readonly name: string;
  readonly path: string;
  readonly folder: string;
  readonly own: boolean;
  readonly file: ComposeFile;
  /** What the file's variables stand for: defaults file, then the environment. */
  readonly variables: Variables;
};

/**
 * Reads the compose file and finds the project's name as Compose does: the flag, `COMPOSE_PROJECT_NAME` (for a file that
 * is not ours), the file's `name`, its folder. Throws `usage` when there is no such file or it is none.
 */
export async function openComposeProject(options: {
  readonly project: string | null;
  readonly composeFile: string | null;
  readonly env: NodeJS.ProcessEnv;
  readonly shipped?: string;
}): Promise<ComposeProject> {
  const shipped = join(options.shipped ?? composeDir(), 'compose.yaml');
  const path = options.composeFile === null ? shipped : resolve(options.composeFile);
  const own = path === shipped;
  const folder = dirname(path);
  const text = await readFile(path, 'utf8').catch((error: unknown) => {
    throw new StackError('usage', `cannot read the compose file ${path}`, { cause: error });
  });
  const named = options.project ?? (own ? null : (options.env.COMPOSE_PROJECT_NAME ?? null));
  const variables: Record<string, string | undefined> = {
    ...(await defaults(folder)),
    ...options.env,
    ...(named === null ? {} : { COMPOSE_PROJECT_NAME: named }),
    ...(named !== null && own ? { PAWS_PROJECT: named } : {}),
  };
  const file = parseComposeFile(text, variables);
  if (file === null) throw new StackError('usage', `${path} is not a compose file`);
  return { name: named ?? file.name ?? normalised(basename(folder)), path, folder, own, file, variables };
}

/** The `.env` beside the compose file. */
async function defaults(folder: string): Promise<Variables> {
  const path = join(folder, '.env');
  return existsSync(path) ? parseEnv(await readFile(path, 'utf8')) : {};
}

/** Compose's rule for a name made from a folder's (compose-go, NormalizeProjectName). */
function normalised(name: string): string {
  return name
    .toLowerCase()
    .replace(/[^a-z0-9_-]/g, '')
    .replace(/^[_-]+/, '');
}

export type Compose = (args: readonly string[], options?: RunOptions) => Promise<RunResult>;

/**
 * Compose on one project. `command` is what `findCompose` gave, `profiles` are switched on. A required variable that
 * nobody gives is filled with a word that says so: `down` must work when the secrets are gone.
 */
export function composeOf(
  run: Run,
  options: {
    readonly command: readonly string[];
    readonly project: ComposeProject;
    readonly env: NodeJS.ProcessEnv;
    readonly profiles: readonly string[];
  },
): Compose {
  const { project } = options;
  const secrets = secretsFile(options.env, project.name);
  const envFiles = [join(project.folder, '.env'), ...(project.own ? [secrets] : [])].filter((path) => existsSync(path));
  const given = existsSync(secrets) && project.own;
  const fillers = given ? [] : project.file.requiredVariables.filter((name) => project.variables[name] === undefined);
  const env = {
    ...Object.fromEntries(project.own ? fillers.map((name) => [name, 'not-given']) : []),
    ...(project.own ? { PAWS_PROJECT: project.name } : {}),
  };
  const argv = [
    ...options.command,
    ...['--ansi', 'never', '--progress', 'plain', '--project-name', project.name, '--file', project.path],
    ...envFiles.flatMap((path) => ['--env-file', path]),
    ...options.profiles.flatMap((profile) => ['--profile', profile]),
  ];
  return (args, runOptions = {}) =>
    run([...argv, ...args], { ...runOptions, cwd: project.folder, env: { ...env, ...runOptions.env } });
}

/** What a line of Compose's plain progress says: `etcd1 started`; null when it is none of these lines. */
export function composeStep(line: string, project: string): string | null {
  const match = /^\s*(?:Container|Network|Volume) (\S+)\s+(\S+)/.exec(line);
  if (match === null) return null;
  const [, name = '', what = ''] = match;
  const service = name.startsWith(`${project}-`) ? name.slice(project.length + 1).replace(/-\d+$/, '') : name;
  return `${service} ${what.toLowerCase()}`;
}

/** Throws `rejected` with Compose's last lines unless it succeeded. */
export function requireSuccess(result: RunResult, what: string): RunResult {
  if (result.exitCode === 0) return result;
  throw new StackError('rejected', `${what} failed: ${lastLines(result, 20)}`);
}

const pluginFolders = [
  '/usr/local/lib/docker/cli-plugins',
  '/usr/local/libexec/docker/cli-plugins',
  '/usr/lib/docker/cli-plugins',
  '/usr/libexec/docker/cli-plugins',
];

/**
 * How Compose v2 is called here, and its version; null when there is none. `docker compose` first; where that CLI does not
 * know the plugin, or there is no CLI (Podman), the plugin is a program of its own.
 */
export async function findCompose(run: Run): Promise<{ command: readonly string[]; version: string } | null> {
  const candidates = [
    ['docker', 'compose'],
    ['docker-compose'],
    ...pluginFolders.map((at) => [join(at, 'docker-compose')]),
  ];
  for (const command of candidates) {
    const result = await run([...command, 'version', '--short'], { timeoutMs: 10_000 });
    const version = /^v?(\d+\.\d+[\w.+-]*)/.exec(result.stdout.trim())?.[1];
    if (result.exitCode === 0 && version !== undefined && Number.parseInt(version, 10) >= 2)
      return { command, version };
  }
  return null;
}
