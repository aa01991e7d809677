import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import type { CommandMeans } from './commands/command-means.ts';
import { type commands, defaultFlags, type Flags } from './commands/flags.ts';
import { anythingLeft } from './drills/left-behind.ts';
import type { JournalEntry, Watch } from './drills/types.ts';
import type { Monitor } from './monitor/types.ts';
import { StackError, toProblem } from './stack/errors.ts';
import { isUtf8 } from './stack/locale.ts';

/** sysexits.h: EX_USAGE, EX_UNAVAILABLE; 130 as a shell tells of SIGINT. */
const exit = { done: 0, failed: 1, usage: 64, noEngine: 69, interrupted: 130 } as const;
const env = process.env;
/** How this program is started again. */
const program = [process.execPath, process.argv[1] ?? ''];
const screenful = process.stdin.isTTY === true && process.stdout.isTTY === true;

/** Dispatches to a command or the screen. Everything heavy is imported where it is needed, not before. */
async function main(argv: readonly string[]): Promise<number> {
  const said = argv.length === 0 ? bare() : (await import('./commands/arguments.ts')).parseArguments(argv, version);
  if ('text' in said) {
    await write(process.stdout, `${said.text}\n`);
    return exit.done;
  }
  const { command, words, flags } = said;
  if (flags.host !== undefined) await checkHost(flags.host);
  const left = command === 'heal' ? [] : await leftBehind(flags, command !== null || !screenful);
  if (command === null) return screenful ? screen(flags, left) : report(flags);
  const run = { up, down, profile, status: report, drill, heal, logs, doctor, backup, restore, keys }[
    command as keyof typeof commands
  ];
  if (run === undefined) throw new StackError('usage', `"${command}" is not wired`);
  return run(flags, words);
}

function bare(): { command: null; words: readonly string[]; flags: Flags } {
  return { command: null, words: [], flags: defaultFlags };
}

/** The first frame comes before the clients are loaded: a person sees at once that something happens. */
async function screen(flags: Flags, left: readonly JournalEntry[]): Promise<number> {
  const [{ runScreen }, { screenLogs }, { screenMeans }, monitor] = await Promise.all([
    import('./ui/run.tsx'),
    import('./commands/logs-screen.ts'),
    import('./commands/screen-means.ts'),
    watching(flags),
  ]);
  const stack = () => monitor.store.get()?.snapshot.stack ?? '';
  const logs = screenLogs(flags, env, () => flags.project ?? (stack() || null));
  const means = await screenMeans({ flags, env, program, monitor, left, openWatch: drillWatch });
  const onFirstFrame = (): void => {
    // Left alone, V8 lets the young generation grow to 32 MB and more in a process that runs all day. What starting took
    // (two halves of 4 MB) is enough: 40 MB less after five minutes for 0.2 % of a core more.
    setFlagsFromString('--semi-space-growth-factor=1');
    monitor.start();
  };
  const code = await runScreen({ monitor, ...means, logs, readOnly: flags.readOnly, color: flags.color, onFirstFrame });
  logs.close();
  await monitor.stop();
  return code;
}

async function report(flags: Flags): Promise<number> {
  const { status } = await import('./commands/status.ts');
  return status({
    monitor: await watching(flags),
    json: flags.json,
    color: colored(process.stdout, flags),
    width: process.stdout.columns ?? 100,
    ascii: !isUtf8(env, process.platform),
    waitMs: flags.wait ? flags.timeout : null,
    write: (text) => write(process.stdout, text),
  });
}

async function up(flags: Flags, [profile]: readonly string[]): Promise<number> {
  const monitor = await watching({ ...flags, project: projectOf(flags) });
  const { up } = await import('./commands/up.ts');
  return up({
    ...changing(flags),
    profile: profile ?? null,
    install: flags.install,
    openMeans: movingMeans(flags),
    ready: async () => {
      const { readiness } = await import('./commands/up-wait.ts');
      return readiness(monitor);
    },
  }).finally(() => monitor.stop());
}

async function down(flags: Flags): Promise<number> {
  const { down } = await import('./commands/down.ts');
  return down({ ...changing(flags), volumes: flags.volumes, openMeans: movingMeans(flags) });
}

/** What moving leaders takes; connected when there are any that have to. */
function movingMeans(flags: Flags) {
  return async (project: string) => {
    const { openActionMeans } = await import('./commands/action-means.ts');
    const openWatch = () => drillWatch({ ...flags, project });
    const { host = null, composeFile = null } = flags;
    return openActionMeans({ host, env, project, composeFile, program, openWatch });
  };
}

/** A command that is given everything that changing or examining takes. */
const withMeans =
  (load: () => Promise<(means: CommandMeans) => Promise<number>>) =>
  async (flags: Flags, words: readonly string[]): Promise<number> => {
    const command = await load();
    return command({
      flags,
      words,
      env,
      program,
      openWatch: (project) => drillWatch({ ...flags, project: project ?? flags.project }),
      stdout: {
        color: colored(process.stdout, flags),
        width: process.stdout.columns ?? 100,
        ascii: !isUtf8(env, process.platform),
        write: (text) => write(process.stdout, text),
      },
      stderr: process.stderr,
      color: colored(process.stderr, flags),
      interrupted: () => changing(flags).signal,
    });
  };
const drill = withMeans(async () => (await import('./commands/drill-command.ts')).drillCommand);
const profile = withMeans(async () => (await import('./commands/profile.ts')).profile);
const doctor = withMeans(async () => (await import('./commands/doctor.ts')).doctor);
const backup = withMeans(async () => (await import('./commands/backup.ts')).backup);
const restore = withMeans(async () => (await import('./commands/restore.ts')).restore);

/** A monitor for drills: it asks twice as often as the screen's, with a deadline that a busy machine keeps. */
async function drillWatch(flags: Flags): Promise<Watch> {
  const { watchOf } = await import('./commands/ground.ts');
  return watchOf(await watching({ ...flags, interval: Math.min(flags.interval, 500) }, 900));
}

async function heal(flags: Flags): Promise<number> {
  const means = async () => (await import('./commands/healing.ts')).healingMeans(env);
  if (flags.deadMan !== undefined) {
    const { deadMan } = await import('./drills/dead-man.ts');
    await deadMan({ ...JSON.parse(flags.deadMan), env, means });
    return exit.done;
  }
  const { heal } = await import('./commands/heal.ts');
  return heal({
    env,
    project: flags.project ?? null,
    ...(await means()),
    write: (text) => write(process.stdout, text),
    stderr: process.stderr,
  });
}

/** Faults that an earlier run left behind: undone before anything else is done, unless there is a screen to offer that on. */
async function leftBehind(flags: Flags, headless: boolean): Promise<readonly JournalEntry[]> {
  if (!anythingLeft(env)) return [];
  const [{ healAtStart }, { healingMeans }] = await Promise.all([
    import('./commands/heal.ts'),
    import('./commands/healing.ts'),
  ]);
  const say = (line: string) => void process.stderr.write(`${line}\n`);
  const left = await healAtStart({
    env,
    project: flags.project ?? null,
    ...healingMeans(env),
    heal: headless && flags.heal && !flags.readOnly,
    say,
  });
  if (headless && left.length > 0) {
    const what = left.map((entry) => `${entry.what} in "${entry.project}"`).join(', ');
    say(`left from an earlier run: ${what}; \`paws-top heal\` undoes it`);
  }
  return left;
}

async function logs(flags: Flags, words: readonly string[]): Promise<number> {
  const means = {
    flags,
    services: words,
    connect: async () => (await import('./engine/connect.ts')).connectEngine({ host: flags.host ?? null, env }),
    stdout: process.stdout,
    color: colored(process.stdout, flags),
    say: (line: string) => void process.stderr.write(`paws-top: ${line}\n`),
    interrupted: interruption(),
  };
  if (flags.archive !== undefined) return (await import('./commands/logs-archive.ts')).archiveLogs(means);
  return (await import('./commands/logs.ts')).logs(means);
}

/** What the commands that change the stack need. */
function changing(flags: Flags) {
  if (flags.readOnly) throw new StackError('usage', 'with --read-only nothing is changed; leave one of the two out');
  return {
    project: flags.project ?? null,
    composeFile: flags.composeFile ?? null,
    host: flags.host ?? null,
    env,
    stderr: process.stderr,
    color: colored(process.stderr, flags),
    signal: interruption(),
  };
}

/** Ctrl+C asks a command to stop; a second one ends it at once. */
function interruption(): AbortSignal {
  const interrupted = new AbortController();
  // Not `once`: execa listens too, and where it finds itself alone, it ends the process before anything was said.
  const interrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(exit.interrupted);
    interrupted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return interrupted.signal;
}

/** The project that `up` is about; undefined where only Compose can say. */
function projectOf(flags: Flags): string | undefined {
  return flags.project ?? (flags.composeFile === undefined ? (env.PAWS_PROJECT ?? 'paws') : undefined);
}

async function keys(flags: Flags): Promise<number> {
  const { keysMarkdown, keysText } = await import('./keys/markdown.ts');
  await write(process.stdout, flags.markdown ? keysMarkdown() : keysText());
  return exit.done;
}

/**
 * A monitor over the real engine and the real probes; nothing is connected before it is started. The deadline is shorter
 * than the interval, so that one missed deadline does not cost the next poll too.
 */
async function watching(flags: Flags, deadlineMs = 0.9 * Math.min(1_000, flags.interval)): Promise<Monitor> {
  const { createMonitor } = await import('./monitor/monitor.ts');
  return createMonitor({
    connect: async () => (await import('./engine/connect.ts')).connectEngine({ host: flags.host ?? null, env }),
    survey: async (engine, details, stack) =>
      (await import('./engine/survey.ts')).survey(engine, details, { project: flags.project ?? stack }),
    openProbe: async (...question) => (await import('./probes/probes.ts')).openProbe(...question),
    intervalMs: flags.interval,
    deadlineMs,
    now: Date.now,
  });
}

function colored(stream: NodeJS.WriteStream, flags: Flags): boolean {
  if (!flags.color || env.NO_COLOR || env.TERM === 'dumb') return false;
  return stream.isTTY === true || (env.FORCE_COLOR !== undefined && env.FORCE_COLOR !== '0');
}

function version(): string {
  const found: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  return (found as { version: string }).version;
}

/** An address that is none would otherwise be tried for ever. Throws `usage`. */
async function checkHost(host: string): Promise<void> {
  const { candidates } = await import('./engine/address.ts');
  candidates(host, { env, home: '/', uid: null, read: () => null });
}

/** Resolves when the text is out, or nobody reads any more. */
function write(stream: NodeJS.WriteStream, text: string): Promise<void> {
  return new Promise((resolve) => stream.write(text, () => resolve()));
}

async function fail(error: unknown): Promise<number> {
  const { kind, message, cause } = toProblem(error);
  // Commands to run stand on lines of their own; nothing may stick to the last one when it is pasted.
  const gap = message.includes('\n') ? '\n' : ' ';
  const why = cause === null || message.includes(cause) ? '' : `${gap}(${cause})`;
  const trace = kind === 'internal' && error instanceof Error ? `${error.stack}\n` : '';
  await write(process.stderr, `paws-top: ${message}${why}\n${trace}`);
  if (kind === 'usage') return exit.usage;
  return kind === 'no-engine' || kind === 'not-permitted' ? exit.noEngine : exit.failed;
}

// A client library's use of old Node functions is no news for who runs this, and would be drawn over the screen.
process.noDeprecation = true;

// `paws-top status | head -1` is no error: what was read was enough. Other errors are thrown unless somebody tells of them.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE' && stream.listenerCount('error') === 1) throw error;
  });
}

process.exit(await main(process.argv.slice(2)).catch(fail));
