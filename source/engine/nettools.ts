import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '../stack/errors.ts';
import { baseKind, ensureBaseImage } from './base-image.ts';
import { findCompose, openComposeProject } from './compose.ts';
import { buildStep, contextLabel, labelsOf } from './images.ts';
import { contextHash, onlyStages } from './images-context.ts';
import { lastLines, type Run, type RunOptions, type RunResult } from './run.ts';
import { type EngineSetup, engineTools } from './setup.ts';
import { readMachine } from './setup-machine.ts';
import { stateDir } from './state-dir.ts';

/** What helpers in a member's network namespace run: iptables in both variants, ip, tc, a shell. */
export const nettoolsImage = 'paws-top/nettools:latest';
const target = 'nettools';

export type NettoolsOptions = {
  /** Of the engine that is connected: its `address`. */
  readonly address: string;
  /** `--host`, or null. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  /** Whose state directory is worked in. */
  readonly project: string;
  /** What it is at, line by line; silent when nothing is to be done. */
  readonly onStep: (text: string) => void;
  readonly signal?: AbortSignal | undefined;
  readonly tools?: Pick<EngineSetup, 'cli' | 'run'>;
};

/**
 * Makes the image unless it is there and made from the files as they are: a few seconds where the stack's own images are
 * built, else about half a minute. Throws `rejected` with the builder's last lines, `precondition` without a base image.
 */
export async function ensureNettools(options: NettoolsOptions): Promise<void> {
  const { address, env, project, onStep, signal } = options;
  const { cli, run } = options.tools ?? engineTools(address, options);
  // Of the shipped files, whoever wrote those of the stack.
  const { folder, variables } = await openComposeProject({ project, composeFile: null, env });
  const wanted = variables.PAWS_BASE_IMAGE;
  const hash = await contextHash(folder, target, baseKind(wanted));
  if ((await labelsOf(cli, [nettoolsImage])).get(nettoolsImage)?.[contextLabel] === hash) return;
  const workFolder = stateDir(env, project);
  const base = await ensureBaseImage({ wanted, cli, run, machine: readMachine(env), workFolder, say: onStep, signal });
  onStep(`building ${nettoolsImage}`);
  const making = { folder, base, hash, options: { signal, onLine: stepsTo(onStep) } };
  const compose = await findCompose(run);
  const built = compose === null ? await byBuilder(cli, making) : await byCompose(run, compose.command, making);
  if (built.exitCode === 0) return;
  throw new StackError('rejected', `building ${nettoolsImage} failed:\n${lastLines(built, 20)}`);
}

type Making = { readonly folder: string; readonly base: string; readonly hash: string; readonly options: RunOptions };

/** With the builder that made the stack's own images, whose layers it then shares. */
function byCompose(run: Run, command: readonly string[], { folder, base, hash, options }: Making): Promise<RunResult> {
  const build = { context: folder, target, args: { BASE_IMAGE: base }, labels: { [contextLabel]: hash } };
  const input = JSON.stringify({ services: { [target]: { image: nettoolsImage, build } } });
  return run([...command, '--project-name', 'paws-top-nettools', '--file', '-', 'build'], { ...options, input });
}

async function byBuilder(cli: Run, { folder, base, hash, options }: Making): Promise<RunResult> {
  const named = ['--target', target, '--tag', nettoolsImage, '--label', `${contextLabel}=${hash}`];
  // Docker's classic builder would make every stage that stands before the wanted one.
  const input = onlyStages(await readFile(join(folder, 'Dockerfile'), 'utf8'), target);
  return cli(['build', '--file', '-', ...named, '--build-arg', `BASE_IMAGE=${base}`, folder], { ...options, input });
}

function stepsTo(onStep: (text: string) => void): (line: string) => void {
  return (line) => {
    const step = buildStep(line);
    if (step !== null) onStep(step);
  };
}
