import { StackError } from '../stack/errors.ts';
import { candidates } from './address.ts';
import { findCompose } from './compose.ts';
import { createRun, createRunInteractive, type Run, type RunInteractive } from './run.ts';
import { act } from './setup-act.ts';
import { advice } from './setup-advice.ts';
import { startDaemon } from './setup-daemon.ts';
import { type Machine, readMachine, withSystemPath } from './setup-machine.ts';
import { type Lack, planInstall } from './setup-plan.ts';
import { surroundings } from './surroundings.ts';
import type { Engine } from './types.ts';

export type SetupOptions = {
  /** `--host`, or null. */
  readonly host: string | null;
  readonly env: NodeJS.ProcessEnv;
  /** Progress, line by line. */
  readonly say: (line: string) => void;
  /** Whether packages may be installed. Starting an engine that is installed needs no leave. */
  readonly install: boolean;
  readonly connect: (options: { host: string | null; env: NodeJS.ProcessEnv }) => Promise<Engine>;
  readonly signal?: AbortSignal | undefined;
  readonly machine?: Machine;
  readonly run?: Run;
  readonly start?: typeof startDaemon;
};

/** An engine that answers, and the programs that drive it. */
export type EngineSetup = {
  readonly engine: Engine;
  /** `docker` or `podman`, told which engine. */
  readonly cli: Run;
  readonly compose: { readonly command: readonly string[]; readonly version: string };
  /** Any program, told which engine. */
  readonly run: Run;
};

/**
 * Connects to Docker, else to Podman's socket. Where neither answers and we are root on Linux, an installed dockerd is
 * started; where there is none, `install` allows Debian's or Ubuntu's packages. A named engine (`--host`, DOCKER_HOST, a
 * context) is never replaced. Throws `no-engine` with the exact commands to run where it does none of this.
 */
export async function ensureEngine(options: SetupOptions): Promise<EngineSetup> {
  const env = withSystemPath(options.env);
  const run = options.run ?? createRun(env);
  const machine = options.machine ?? readMachine(env);
  const given: Given = { ...options, env, run, machine };
  const engine = await engineOf(given);
  const tools = engineTools(engine.address, { ...options, run });
  return { engine, ...tools, compose: await composeOfMachine(given, tools.run) };
}

type Given = SetupOptions & { readonly run: Run; readonly machine: Machine };

async function engineOf(given: Given): Promise<Engine> {
  const { machine, host, env } = given;
  const first = await attempt(given);
  if (!(first instanceof StackError)) return first;
  if (first.kind !== 'no-engine' || isNamed(host, env)) throw first;
  const mayAct = machine.root && machine.platform === 'linux';
  const lack = { engine: true, compose: (await findCompose(given.run)) === null };
  const mayInstall = mayAct && given.install && planInstall(machine, lack) !== null;
  if (!machine.has.dockerd && mayInstall) await install(given, lack);
  else if (!machine.has.dockerd || !mayAct) throw new StackError('no-engine', advice(machine, lack), { cause: first });
  const answers = async () => {
    const engine = await attempt(given);
    if (engine instanceof StackError) return false;
    engine.close();
    return true;
  };
  // Installing may have started it, by the package's own hand.
  if (!(await answers())) await (given.start ?? startDaemon)({ ...given, systemd: machine.systemd, answers });
  return given.connect({ host, env });
}

/** Whether somebody said which engine it must be. */
function isNamed(host: string | null, env: NodeJS.ProcessEnv): boolean {
  return candidates(host, surroundings(env))[0]?.source !== 'usual place';
}

async function attempt({ connect, host, env }: Given): Promise<Engine | StackError> {
  try {
    return await connect({ host, env });
  } catch (error) {
    if (error instanceof StackError) return error;
    throw error;
  }
}

async function composeOfMachine(given: Given, run: Run): Promise<EngineSetup['compose']> {
  const found = await findCompose(run);
  if (found !== null) return found;
  const lack = { engine: false, compose: true };
  if (!given.install || !given.machine.root || planInstall(given.machine, lack) === null) {
    throw new StackError('no-engine', advice(given.machine, lack));
  }
  await install(given, lack);
  const installed = await findCompose(run);
  if (installed === null) throw new StackError('no-engine', advice(given.machine, lack));
  return installed;
}

async function install(given: Given, lack: Lack): Promise<void> {
  for (const { title, actions } of planInstall(given.machine, lack) ?? []) {
    given.say(title);
    for (const action of actions) await act(given, action, 'no-engine');
  }
}

/** Programs told to talk to the engine that was found, and not to the one they would choose themselves. */
export function engineTools(
  address: string,
  options: { readonly host: string | null; readonly env: NodeJS.ProcessEnv; readonly run?: Run },
): Pick<EngineSetup, 'cli' | 'run'> & {
  /** The same as `cli`, in the terminal of this process. */
  readonly interactive: RunInteractive;
} {
  const env = withSystemPath(options.env);
  const base = options.run ?? createRun(env);
  const named = address.startsWith('unix://') ? address : options.host;
  const told: Record<string, string> = named === null ? {} : { DOCKER_HOST: named, CONTAINER_HOST: named };
  const run: Run = (argv, runOptions = {}) => base(argv, { ...runOptions, env: { ...told, ...runOptions.env } });
  const { docker, podman } = readMachine(env).has;
  const program = docker || !podman ? ['docker'] : ['podman', '--remote'];
  const takeTerminal = createRunInteractive({ ...env, ...told });
  return {
    run,
    cli: (argv, runOptions) => run([...program, ...argv], runOptions),
    interactive: (argv, runOptions) => takeTerminal([...program, ...argv], runOptions),
  };
}
