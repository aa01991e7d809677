import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { expect, onTestFinished, test, vi } from 'vitest';
import { isAlive, ownerOf, thisProcess } from '../../source/drills/owner.ts';
import { nobody } from './journal-entries.ts';

test('this process is alive, one that never was is not', async () => {
  expect(await isAlive(await thisProcess())).toBe(true);
  expect(await isAlive(nobody)).toBe(false);
});

test('a later process with the same pid is not taken for the earlier', async () => {
  const { pid, startedAt } = await thisProcess();
  expect(await isAlive({ pid, startedAt: `${startedAt}0` })).toBe(false);
});

test('a process is dead once it is killed, also while nobody has noticed', async () => {
  // The shell becomes the second sleep, which never asks after its child: a zombie stays.
  const parent = spawn('sh', ['-c', 'sleep 100 & echo $!; exec sleep 100'], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => {
    parent.kill('SIGKILL');
  });
  const [line] = (await once(parent.stdout, 'data')) as [Buffer];
  const owner = await ownerOf(Number(line.toString()));
  if (owner === null) throw new Error('the child does not run');
  expect(await isAlive(owner)).toBe(true);
  process.kill(owner.pid, 'SIGKILL');
  await vi.waitFor(async () => expect(await isAlive(owner)).toBe(false));
  expect(process.kill(owner.pid, 0)).toBe(true); // the pid is still taken
});
