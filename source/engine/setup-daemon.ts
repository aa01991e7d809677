import { spawn } from 'node:child_process';
import { existsSync, mkdirSync, openSync, readdirSync, rmSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError } from '../stack/errors.ts';
import { lastLines, type Run } from './run.ts';
import { readText } from './surroundings.ts';

export type DaemonOptions = {
  readonly run: Run;
  readonly env: NodeJS.ProcessEnv;
  readonly systemd: boolean;
  readonly say: (line: string) => void;
  /** Answers whether the engine does. */
  readonly answers: () => Promise<boolean>;
  readonly signal?: AbortSignal | undefined;
  /** Where this machine's files are; a test lays out its own. */
  readonly root?: string;
  /** How long dockerd may take to answer, ms. */
  readonly deadlineMs?: number;
};

/**
 * Starts the installed dockerd and waits for its answer, up to 60 s: by systemd where that runs, else by hand, detached,
 * after clearing what an unclean end has left behind. Throws `no-engine` with the last lines of its log.
 */
export async function startDaemon(options: DaemonOptions): Promise<void> {
  const { run, say, signal, root = '/', deadlineMs = 60_000 } = options;
  const logFile = join(root, 'var/log/paws-top-dockerd.log');
  let exited: () => boolean = () => false;
  let log = () => readTail(logFile);
  if (options.systemd) {
    say('starting the Docker service (systemctl start docker)');
    const started = await run(['systemctl', 'start', 'docker'], { timeoutMs: deadlineMs, signal });
    const journal = await run(['journalctl', '--unit', 'docker', '--lines', '20', '--no-pager', '--output', 'cat'], {});
    log = () => `${lastLines(started, 5)}\n${journal.stdout}`.trim();
    exited = () => started.exitCode !== 0;
  } else if (isLiving('dockerd', root)) {
    say('a dockerd is starting already; waiting for it');
  } else {
    for (const path of await clearLeftovers(root)) say(`removed ${path}, left by an engine that did not end cleanly`);
    await mountCgroups(run, say, root);
    say(`starting dockerd (log: ${logFile})`);
    exited = spawnDaemon(options.env, logFile);
  }
  const deadline = performance.now() + deadlineMs;
  while (!(await options.answers())) {
    signal?.throwIfAborted();
    if (!exited() && performance.now() < deadline) await sleep(250);
    else {
      const what = exited() ? 'dockerd did not start' : `dockerd has not answered within ${deadlineMs / 1000} s`;
      throw new StackError('no-engine', `${what}; its last lines:\n${log()}`);
    }
  }
}

/** Returns whether it has ended. In a session of its own, so that a Ctrl+C here does not reach it. */
function spawnDaemon(env: NodeJS.ProcessEnv, logFile: string): () => boolean {
  const log = openSync(logFile, 'w', 0o640);
  const child = spawn('dockerd', [], { detached: true, stdio: ['ignore', log, log], env, cwd: '/' });
  let failed = false;
  child.once('error', () => {
    failed = true;
  });
  child.unref();
  return () => failed || child.exitCode !== null || child.signalCode !== null;
}

/**
 * Removes what makes dockerd refuse to start or wait in vain after all processes were ended at once: pid files that name a
 * process which is none of Docker's any more (dockerd only looks whether that number lives), and a containerd socket that
 * nobody serves (dockerd takes the file's existence for a running containerd). Returns what was removed.
 */
export async function clearLeftovers(root: string): Promise<string[]> {
  const stale: string[] = [];
  const dockerPid = join(root, 'var/run/docker.pid');
  const own = join(root, 'var/run/docker/containerd');
  if (!namesLiving(dockerPid, 'dockerd', root)) stale.push(dockerPid);
  if (!namesLiving(join(own, 'containerd.pid'), 'containerd', root)) {
    stale.push(join(own, 'containerd.pid'), join(own, 'containerd.sock'), join(own, 'containerd.sock.ttrpc'));
  }
  const shared = join(root, 'run/containerd/containerd.sock');
  if (existsSync(shared) && !(await isServed(shared))) stale.push(shared, `${shared}.ttrpc`);
  const removed = stale.filter((path) => existsSync(path));
  for (const path of removed) rmSync(path, { force: true });
  return removed;
}

function namesLiving(pidFile: string, program: string, root: string): boolean {
  const pid = Number.parseInt(readText(pidFile) ?? '', 10);
  return pid > 0 && runs(program, String(pid), root);
}

function isLiving(program: string, root: string): boolean {
  const proc = join(root, 'proc');
  const pids = existsSync(proc) ? readdirSync(proc).filter((name) => /^\d+$/.test(name)) : [];
  return pids.some((pid) => runs(program, pid, root));
}

/** A zombie (Z, X) keeps its name and number until its parent asks for its end; it serves nobody. proc_pid_stat(5). */
function runs(program: string, pid: string, root: string): boolean {
  const [, name, state = ''] = /^\d+ \((.*)\) (\S)/s.exec(readText(join(root, 'proc', pid, 'stat')) ?? '') ?? [];
  return name === program && !'ZXx'.includes(state);
}

function isServed(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = createConnection(path);
    const answer = (served: boolean) => {
      socket.destroy();
      resolve(served);
    };
    socket.once('connect', () => answer(true));
    socket.once('error', () => answer(false));
  });
}

/** A machine without an init system may have no control groups mounted, and dockerd needs them. */
async function mountCgroups(run: Run, say: (line: string) => void, root: string): Promise<void> {
  const folder = join(root, 'sys/fs/cgroup');
  if (!existsSync(join(root, 'proc/cgroups')) || (existsSync(folder) && readdirSync(folder).length > 0)) return;
  say(`mounting the control groups on ${folder}`);
  if (!existsSync(folder)) mkdirSync(folder, { recursive: true });
  await run(['mount', '-t', 'cgroup2', 'cgroup2', folder]); // if it fails, dockerd says so in its log
}

function readTail(path: string): string {
  return (readText(path) ?? '').trimEnd().split('\n').slice(-10).join('\n');
}
