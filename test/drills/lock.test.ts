import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { type Lock, tryLock, withLock } from '../../source/drills/lock.ts';
import { thisProcess } from '../../source/drills/owner.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import { nobody, ownState } from './journal-entries.ts';

const lockIn = (env: NodeJS.ProcessEnv) => join(stateDir(env, 'shop'), 'drilling');

async function taken(folder: string): Promise<Lock> {
  const lock = await tryLock(folder);
  if ('heldBy' in lock) throw new Error(`held by ${lock.heldBy.pid}`);
  return lock;
}

function abandon(folder: string): void {
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, `${nobody.pid}_${nobody.startedAt}_0`), '');
}

test('a second taker is told who holds it, and gets it once it is released', async () => {
  const folder = lockIn(ownState());
  const first = await taken(folder);
  expect(await tryLock(folder)).toEqual({ heldBy: await thisProcess() });
  await first.release();
  await (await taken(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('of two that come at once one has it', async () => {
  const folder = lockIn(ownState());
  const both = await Promise.all([tryLock(folder), tryLock(folder)]);
  expect(both.filter((lock) => 'release' in lock)).toHaveLength(1);
});

test('the death of its holder releases it', async () => {
  const folder = lockIn(ownState());
  abandon(folder);
  await (await taken(folder)).release();
  expect(readdirSync(folder)).toEqual([]);
});

test('waiting has an end, which names the holder; work that fails releases it', async () => {
  const folder = lockIn(ownState());
  const lock = await taken(folder);
  const waiting = withLock(folder, async () => 'done', { waitMs: 60, what: 'healing' });
  await expect(waiting).rejects.toThrow(`process ${process.pid} is healing already; wait until it is done`);
  await lock.release();
  const failing = withLock(folder, () => Promise.reject(new Error('no')), { waitMs: 0, what: 'healing' });
  await expect(failing).rejects.toThrow('no');
  await (await taken(folder)).release();
});

test('processes that take over from a dead holder all at once are never in it together', {
  timeout: 60_000,
}, async () => {
  const env = ownState();
  const folder = lockIn(env);
  abandon(folder);
  const notes = join(stateDir(env, 'shop'), 'notes');
  const takers = Array.from({ length: 5 }, () => startTaker(folder, notes));
  await Promise.all(takers.map(({ stdout }) => once(stdout as NodeJS.ReadableStream, 'data')));
  const ended = takers.map((taker) => once(taker, 'exit'));
  for (const { stdin } of takers) stdin?.write('go\n');
  expect((await Promise.all(ended)).map(([code]) => code)).toEqual([0, 0, 0, 0, 0]);

  const lines = readFileSync(notes, 'utf8').trimEnd().split('\n');
  expect(lines).toHaveLength(5 * 25 * 2);
  for (let index = 0; index < lines.length; index += 2) {
    expect(lines[index]).toMatch(/ in$/);
    expect(lines[index + 1]).toBe(lines[index]?.replace(/in$/, 'out'));
  }
});

function startTaker(folder: string, notes: string): ChildProcess {
  const script = join(import.meta.dirname, 'lock-taker.ts');
  const child = spawn(process.execPath, [script, folder, notes], { stdio: ['pipe', 'pipe', 'inherit'] });
  onTestFinished(() => {
    child.kill('SIGKILL');
  });
  return child;
}
