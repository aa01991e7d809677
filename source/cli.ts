import { readFileSync } from 'node:fs';
import process from 'node:process';
import { setFlagsFromString } from 'node:v8';
import { type commands, defaultFlags, type Flags } from './commands/flags.ts';
import type { Monitor } from './monitor/types.ts';
import { StackError, toProblem } from './stack/errors.ts';
import { isUtf8 } from './stack/locale.ts';

/** sysexits.h: EX_USAGE, EX_UNAVAILABLE; 130 as a shell tells of SIGINT. */
const exit = { done: 0, failed: 1, usage: 64, noEngine: 69, interrupted: 130 } as const;
const env = process.env;
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
  if (command === null) return screenful ? screen(flags) : report(flags);
  const run = { up, down, status: report, drill, heal, keys }[command as keyof typeof commands];
  if (run === undefined) throw new StackError('usage', `"${command}" is not wired`);
  return run(flags, words);
}

function bare(): { command: null; words: readonly string[]; flags: Flags } {
  return { command: null, words: [], flags: defaultFlags };
}

/** The first frame comes before the clients are loaded: a person sees at once that something happens. */
async function screen(flags: Flags): Promise<number> {
  const [{ runScreen }, monitor] = await Promise.all([import('./ui/run.tsx'), watching(flags)]);
  const onFirstFrame = (): void => {
    // Left alone, V8 lets the young generation grow to 32 MB and more in a process that runs all day. What starting took
    // (two halves of 4 MB) is enough: 40 MB less after five minutes for 0.2 % of a core more.
    setFlagsFromString('--semi-space-growth-factor=1');
    monitor.start();
  };
  const code = await runScreen({ monitor, readOnly: flags.readOnly, color: flags.color, onFirstFrame });
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
    ready: async () => {
      const { readiness } = await import('./commands/up-wait.ts');
      return readiness(monitor);
    },
  }).finally(() => monitor.stop());
}

async function down(flags: Flags): Promise<number> {
  const { down } = await import('./commands/down.ts');
  return down({ ...changing(flags), volumes: flags.volumes });
}

async function drill(flags: Flags, words: readonly string[]): Promise<number> {
  const given = changing(flags);
  const [{ drill }, ground, { watchOf }] = await Promise.all([
    import('./commands/drill.ts'),
    import('./drills/drilling.ts'),
    import('./commands/ground.ts'),
  ]);
  const engine = await (await import('./engine/connect.ts')).connectEngine({ host: flags.host ?? null, env });
  const watch = watchOf(await watching({ ...flags, interval: Math.min(flags.interval, 500) }, 900));
  const { survey } = await import('./engine/survey.ts');
  await watch.refresh();
  const project = flags.project ?? watch.latest()?.snapshot.stack ?? 'paws';
  const drilling = ground.openDrilling({
    ground: {
      engine,
      watch,
      project,
      host: flags.host ?? null,
      env,
      survey: async () => (await survey(engine, await engine.list(), { project })).access,
    },
    deadManArgv: [process.execPath, process.argv[1] ?? '', 'heal', '--dead-man'],
    ensureNettools: async (onStep) =>
      (await import('./engine/nettools.ts')).ensureNettools({
        address: engine.address,
        host: flags.host ?? null,
        env,
        project,
        onStep,
      }),
  });
  return drill({
    flags,
    words,
    drilling,
    watch,
    write: (text) => write(process.stdout, text),
    stderr: process.stderr,
    signal: given.signal,
  });
}

async function heal(flags: Flags): Promise<number> {
  const [{ heal }, { mender }, { connectEngine }] = await Promise.all([
    import('./commands/heal.ts'),
    import('./drills/mender.ts'),
    import('./engine/connect.ts'),
  ]);
  const connect = (host: string | null) => connectEngine({ host, env });
  const mend = mender(async (project) => {
    const engine = await connect(flags.host ?? null);
    try {
      return (await (await import('./engine/survey.ts')).survey(engine, await engine.list(), { project })).access;
    } finally {
      engine.close();
    }
  });
  if (flags.deadMan !== undefined) {
    const { deadMan } = await import('./drills/dead-man.ts');
    await deadMan({ ...JSON.parse(flags.deadMan), env, means: async () => ({ connect, mend }) });
    return exit.done;
  }
  return heal({
    env,
    project: flags.project ?? null,
    connect,
    mend,
    write: (text) => write(process.stdout, text),
    stderr: process.stderr,
  });
}

/** What the commands that change the stack need. Ctrl+C asks them to stop; a second one ends at once. */
function changing(flags: Flags) {
  if (flags.readOnly) throw new StackError('usage', 'with --read-only nothing is changed; leave one of the two out');
  const interrupted = new AbortController();
  // Not `once`: execa listens too, and where it finds itself alone, it ends the process before anything was said.
  const interrupt = (): void => {
    if (interrupted.signal.aborted) process.exit(exit.interrupted);
    interrupted.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return {
    project: flags.project ?? null,
    composeFile: flags.composeFile ?? null,
    host: flags.host ?? null,
    env,
    stderr: process.stderr,
    color: colored(process.stderr, flags),
    signal: interrupted.signal,
  };
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

// `paws-top status | head -1` is no error: what was read was enough.
for (const stream of [process.stdout, process.stderr]) {
  stream.on('error', (error: NodeJS.ErrnoException) => {
    if (error.code !== 'EPIPE') throw error;
  });
}

process.exit(await main(process.argv.slice(2)).catch(fail));
