import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { now, openTerminal } from '../helpers/pty.ts';
import { docker, ensureStack, eventually, healthy, ours } from '../helpers/stack.ts';
import { counting, follow, gaps, linesOf, program } from '../logs/follow-containers.ts';

beforeAll(ensureStack);

/** dockerd as it runs now, and how to start it again just so. */
function daemon() {
  const pid = Number(readFileSync('/var/run/docker.pid', 'utf8'));
  const [command = '', ...args] = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').slice(0, -1);
  const isAlive = () => {
    try {
      process.kill(pid, 0);
      return true;
    } catch {
      return false;
    }
  };
  return {
    async stop() {
      process.kill(pid, 'SIGTERM');
      await eventually(() => (isAlive() ? null : true), 60_000);
    },
    start() {
      spawn(command, args, { detached: true, stdio: 'ignore', cwd: '/' }).unref();
    },
  };
}

const answers = () =>
  docker.ping().then(
    () => true,
    () => false,
  );

test('the engine stops and starts: the screen says so, stays, and tells the truth again; a log goes on where it was', async () => {
  const container = await program('engine', counting(1_000, 600));
  const terminal = openTerminal({ args: ours });
  const engine = daemon();
  onTestFinished(async () => {
    await terminal.close();
    if (!(await answers())) engine.start();
    await eventually(async () => ((await answers()) ? true : null), 60_000);
    await healthy();
  }, 200_000);
  const log = follow('engine');
  const ran = (run: number) => log.texts().filter((text) => text.startsWith(`${run} `)).length;
  await terminal.waitFor(/\bOK\b/, 30_000);
  await eventually(() => (ran(0) > 100 ? true : null), 10_000);

  await engine.stop();
  const stopped = now();
  const said = await terminal.waitFor(/reconnecting/i, 10_000);
  expect(said - stopped).toBeLessThan(2_000);
  await eventually(() => log.following.trouble, 5_000);
  expect(log.state()).toBe('lost');

  engine.start();
  await eventually(async () => ((await answers()) ? true : null), 60_000);
  const returned = now();
  const truth = await terminal.waitFor((screen) => !/reconnecting/i.test(screen) && /etcd1/.test(screen), 10_000);
  expect(truth - returned).toBeLessThan(5_000);

  // The engine has taken the container down with it; its log goes on with what it writes when it runs again.
  await container.start();
  await eventually(() => (ran(1) > 100 ? true : null), 15_000);
  expect(log.following.trouble).toBe(null);
  await container.kill();
  const wrote = await linesOf(container);
  await eventually(() => (log.texts().length >= wrote ? true : null), 10_000);
  expect(log.texts()).toHaveLength(wrote);
  expect(gaps(log.texts())).toEqual([]);
  expect(log.notes()).toContain('restarted');

  const ok = await terminal.waitFor(/\bOK\b/, 100_000);
  process.stdout.write(
    `engine: said after ${Math.round(said - stopped)} ms, true after ${Math.round(truth - returned)}, ok after ${Math.round(ok - returned)}\n`,
  );
  expect(ok - returned).toBeLessThan(60_000);

  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
});
