import { constants } from 'node:os';
import { createInterface } from 'node:readline';
import { execa } from 'execa';

export type RunOptions = {
  /** Added to the environment that `createRun` was given. */
  readonly env?: Readonly<Record<string, string>>;
  readonly cwd?: string;
  readonly input?: string;
  readonly timeoutMs?: number;
  /** Aborted: the child is told to stop, and the call throws the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** Every line of stdout and stderr as it comes. */
  readonly onLine?: (line: string) => void;
};

export type RunResult = {
  /** 127: there is no such program. 124: the deadline passed. */
  readonly exitCode: number;
  readonly stdout: string;
  readonly stderr: string;
};

/** Runs a program without a shell and without a terminal; a failure is a result, not an exception. */
export type Run = (argv: readonly string[], options?: RunOptions) => Promise<RunResult>;

/**
 * A program that was told to stop may leave a child of its own behind, which keeps the pipes open (`docker` leaves its
 * Compose plugin): this long after the end that was asked for, ms, they are closed from this side.
 */
const graceMs = 600;
const forceKillMs = 500;

/** The one place that starts programs and waits for them; they see `env` and nothing else of this process. */
export function createRun(env: NodeJS.ProcessEnv): Run {
  return async ([file = '', ...rest], options = {}) => {
    const { signal, onLine, timeoutMs } = options;
    signal?.throwIfAborted();
    const child = execa(file, rest, {
      env: { ...env, ...options.env },
      extendEnv: false,
      reject: false,
      forceKillAfterDelay: forceKillMs,
      ...(options.input === undefined ? { stdin: 'ignore' } : { input: options.input }),
      ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
      ...(timeoutMs === undefined ? {} : { timeout: timeoutMs }),
      ...(signal === undefined ? {} : { cancelSignal: signal }),
      all: true,
    });
    if (onLine !== undefined) createInterface({ input: child.all }).on('line', onLine);
    let timer: NodeJS.Timeout | undefined;
    const hangUpIn = (ms: number) => {
      clearTimeout(timer);
      timer = setTimeout(() => {
        for (const pipe of [child.stdout, child.stderr, child.all]) pipe?.destroy();
      }, ms);
    };
    const aborted = () => hangUpIn(graceMs);
    if (timeoutMs !== undefined) hangUpIn(timeoutMs + graceMs);
    signal?.addEventListener('abort', aborted, { once: true });
    const result = await child.finally(() => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', aborted);
    });
    signal?.throwIfAborted();
    return { exitCode: exitCodeOf(result), stdout: String(result.stdout ?? ''), stderr: String(result.stderr ?? '') };
  };
}

/** How a program ended that had the terminal. */
export type Left = {
  /** 127: there is no such program; 128 + n: ended by signal n. */
  readonly exitCode: number;
};

/**
 * Runs a program that takes the terminal of this process and keeps it until it ends, however long that is. Aborted, it is
 * told to stop, and half a second later made to; it also ends with this process.
 */
export type RunInteractive = (
  argv: readonly string[],
  options: { readonly env: Readonly<Record<string, string>>; readonly signal: AbortSignal },
) => Promise<Left>;

/** Like `createRun`: the program sees `env`, what is added for it, and nothing else of this process. */
export function createRunInteractive(env: NodeJS.ProcessEnv): RunInteractive {
  return async ([file = '', ...rest], options) => {
    if (options.signal.aborted) return { exitCode: 128 + constants.signals.SIGTERM };
    const result = await execa(file, rest, {
      env: { ...env, ...options.env },
      extendEnv: false,
      reject: false,
      stdio: 'inherit',
      buffer: false,
      forceKillAfterDelay: forceKillMs,
      cancelSignal: options.signal,
    });
    const { signal } = result;
    return { exitCode: signal === undefined ? exitCodeOf(result) : 128 + constants.signals[signal] };
  };
}

function exitCodeOf(result: { exitCode?: number | undefined; timedOut: boolean; code?: string | undefined }): number {
  if (result.timedOut) return 124;
  if (result.code === 'ENOENT') return 127;
  return result.exitCode ?? 1;
}

/** The last lines of what a program said, for an error: its complaints if it made any, else its output. */
export function lastLines(result: Pick<RunResult, 'stdout' | 'stderr'>, count: number): string {
  const text = result.stderr.trim() === '' ? result.stdout : result.stderr;
  return text.trimEnd().split('\n').slice(-count).join('\n');
}
