import { spawn } from 'node:child_process';
import { cli, plainEnvironment } from './pty.ts';

export type Finished = {
  readonly code: number | null;
  readonly signal: NodeJS.Signals | null;
  readonly stdout: string;
  readonly stderr: string;
  readonly ms: number;
};

export type CliOptions = {
  /** Default: no standard input at all, as in CI. */
  readonly stdin?: string;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly cwd?: string;
  /** Instead of this Node and dist/cli.js. */
  readonly command?: string;
  /** Default 60 s; then it is killed, and `signal` says so. */
  readonly timeoutMs?: number;
};

/** Runs the command as shipped, without a terminal, to its end. Never rejects because of an exit code. */
export async function runCli(args: readonly string[], options: CliOptions = {}): Promise<Finished> {
  const begun = performance.now();
  const child = spawn(options.command ?? process.execPath, options.command ? args : [cli, ...args], {
    cwd: options.cwd ?? process.cwd(),
    env: plainEnvironment(options.env),
    stdio: [options.stdin === undefined ? 'ignore' : 'pipe', 'pipe', 'pipe'],
    timeout: options.timeoutMs ?? 60_000,
    killSignal: 'SIGKILL',
  });
  child.stdin?.end(options.stdin);
  const [stdout, stderr, [code, signal]] = await Promise.all([
    textOf(child.stdout),
    textOf(child.stderr),
    new Promise<[number | null, NodeJS.Signals | null]>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', (...result) => resolve(result));
    }),
  ]);
  return { code, signal, stdout, stderr, ms: performance.now() - begun };
}

async function textOf(stream: NodeJS.ReadableStream | null): Promise<string> {
  let text = '';
  for await (const chunk of stream ?? []) text += chunk;
  return text;
}
