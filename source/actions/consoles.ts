import type { Run, RunInteractive } from '../engine/run.ts';
import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import { StackError, toProblem } from '../stack/errors.ts';
import {
  type ConsoleCommand,
  type ConsoleGround,
  clientCommand,
  clientsOf,
  execArgv,
  patronictlCommand,
  shellCommand,
  shells,
} from './console-command.ts';
import type { ConsoleEnd, ConsoleKind, Consoles, FoundConsole } from './console-types.ts';
import type { Target } from './types.ts';
import { until } from './until.ts';

/** What consoles work with; connected when the first one is opened. */
export type ConsoleMeans = {
  readonly engine: Pick<Engine, 'inspect'> & { readonly control: Pick<Engine['control'], 'command'> };
  /** Members and the ways to them, surveyed anew at each call, and all containers. */
  readonly survey: () => Promise<{
    readonly access: readonly Access[];
    readonly containers: readonly ContainerDetails[];
  }>;
  /** `docker` or `podman`, told which engine. */
  readonly cli: Run;
  readonly interactive: RunInteractive;
};

/** Consoles in containers, by the engine's own command line, which knows all about terminals. */
export function createConsoles(open: () => Promise<ConsoleMeans>): Consoles {
  return {
    async find(kind, subject) {
      if (subject.container === null) {
        throw new StackError('precondition', `${subject.name} has no container of its own; select one, or a member`);
      }
      const ground = await open();
      const [{ access, containers }] = await Promise.all([ground.survey(), checkCli(ground.cli)]);
      const details = containers.find(({ container }) => container.name === subject.container);
      const running = runningOf(subject.name, details);
      const command = await commandFor(kind, subject, {
        details: running,
        access,
        command: ground.engine.control.command,
      });
      return consoleOf(ground, subject.name, running, command);
    },
  };
}

async function checkCli(cli: Run): Promise<void> {
  const { exitCode } = await cli(['--version'], { timeoutMs: 5_000 });
  if (exitCode === 127) {
    throw new StackError(
      'precondition',
      'a console takes the docker or the podman command, and neither is installed here',
    );
  }
}

/** @throws StackError `not-running`, with what to do about it */
function runningOf(name: string, details: ContainerDetails | undefined): ContainerDetails {
  const state = details?.container.state ?? 'missing';
  if (details !== undefined && state === 'running') return details;
  const remedies: Readonly<Partial<Record<typeof state, string>>> = {
    missing: 'has no container now; P starts the profile that it belongs to',
    paused: 'is paused; S unpauses it',
    restarting: 'is restarting; try again when it runs',
    removing: 'is being removed',
  };
  throw new StackError('not-running', `no console: ${name} ${remedies[state] ?? 'is stopped; S starts it'}`);
}

type Look = {
  readonly details: ContainerDetails;
  readonly access: readonly Access[];
  readonly command: Engine['control']['command'];
};

async function commandFor(
  kind: ConsoleKind,
  { name, system }: Target,
  { details, access, command }: Look,
): Promise<ConsoleCommand> {
  const member = access.find(
    (entry) => entry.member.container === details.container.name && (system === null || entry.member.system === system),
  );
  if (kind !== 'shell' && member === undefined) {
    throw new StackError('precondition', `${name} is no database; e opens a shell in it`);
  }
  const wanted = member === undefined ? [] : clientsOf(member.member.system);
  const { shell, found } = await programsIn(details.container.id, [...wanted, 'patronictl'], command);
  if (kind === 'shell' || member === undefined) {
    if (shell !== null) return shellCommand(shell);
    throw new StackError('precondition', `the image of ${name} has no shell (${details.container.image})`);
  }
  const client = wanted.find((program) => found.has(program)) ?? null;
  const ground: ConsoleGround = { access: member, details, client: client ?? '', shell };
  if (kind === 'cluster' && found.has('patronictl') && member.member.system === 'patroni')
    return patronictlCommand(ground);
  if (client !== null) return clientCommand(ground);
  throw new StackError(
    'precondition',
    `the image of ${name} has no ${wanted[0]}; o has what a client of yours connects with`,
  );
}

/** What can be run in a container: by its shell in one go; where there is none, by trying. */
async function programsIn(
  id: string,
  wanted: readonly string[],
  command: Look['command'],
): Promise<{ readonly shell: readonly string[] | null; readonly found: ReadonlySet<string> }> {
  const look = `for p in ${[...shells, ...wanted].join(' ')}; do command -v "$p" >/dev/null 2>&1 && echo "$p"; done; exit 0`;
  for (const runner of [['sh'], ['busybox', 'sh'], ['bash']]) {
    const { exitCode, output } = await command(id, [...runner, '-c', look]);
    if (exitCode !== 0) continue;
    const found = new Set(output.split(/\s+/).filter(Boolean));
    const shell = shells.find((program) => found.has(program));
    return { shell: shell === undefined ? runner : [shell], found };
  }
  const there = await Promise.all(
    wanted.map(async (program) =>
      (await command(id, [program, '--version'])).exitCode < noSuchProgram ? [program] : [],
    ),
  );
  return { shell: null, found: new Set(there.flat()) };
}
/** 126 and 127: it could not be run. */
const noSuchProgram = 126;

function consoleOf(
  { engine, interactive }: ConsoleMeans,
  name: string,
  details: ContainerDetails,
  command: ConsoleCommand,
): FoundConsole {
  const { id, startedAt } = details.container;
  const title = `${command.name} on ${name}`;

  /** Why the container is not what it was; null: it is. Gone for good or back already, the console went with it. */
  const gone = async (): Promise<string | null> => {
    const now = await engine.inspect(id);
    if (now === null) return 'was removed';
    const { state, exitCode } = now.container;
    if (state === 'running' || state === 'paused')
      return now.container.startedAt === startedAt ? null : 'was restarted';
    return exitCode === null || exitCode === 0 ? 'stopped' : `ended with exit status ${exitCode}`;
  };

  const end = async (exitCode: number, tookMs: number): Promise<ConsoleEnd> => {
    if (exitCode === 0) return { said: null, unread: command.leave === '' };
    // The client is told of the end of its process before the engine knows of that of the container.
    const patience = { everyMs: 50, deadlineMs: exitCode === killed ? 1_500 : 0, what: 'the container to end' };
    const why = await until(gone, patience).catch(() => null);
    if (why !== null) return { said: `${title} ended: the container ${why}`, unread: false };
    const ended = `${title} ended with exit status ${exitCode}`;
    if (command.ownStatus) return { said: ended, unread: true };
    // A shell ends with the status of what was typed last, unless nobody can have typed anything.
    return tookMs < hastyMs ? { said: ended, unread: true } : { said: null, unread: false };
  };

  return {
    title,
    leave: command.leave,
    async run(signal) {
      const startedAt = performance.now();
      try {
        const { exitCode } = await interactive(execArgv(details.container.name, command), { env: command.env, signal });
        return signal.aborted ? { said: null, unread: false } : await end(exitCode, performance.now() - startedAt);
      } catch (error) {
        return { said: `${title} ended: ${toProblem(error).message}`, unread: true };
      }
    },
  };
}
/** 128 + SIGKILL. */
const killed = 137;
const hastyMs = 1_000;
