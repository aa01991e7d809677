import { readFileSync } from 'node:fs';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import type { JournalEntry } from '../../source/drills/types.ts';
import { runCli } from '../helpers/cli.ts';
import { journalFiles, leftovers, processes, type RunningDrill, startDrill } from '../helpers/drill.ts';
import { containerOf, ensureStack, eventually, healthy, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

function begun(id: string): RunningDrill {
  const running = startDrill([id, '--yes', '--json']);
  onTestFinished(() => running.end());
  return running;
}

/** What the drill that runs now has paused, by its journal. */
async function paused() {
  const entries = journalFiles().map((path) => JSON.parse(readFileSync(path, 'utf8')) as JournalEntry);
  const entry = entries.find(({ undo }) => undo.some(({ op }) => op === 'unpause'));
  const undo = entry?.undo.find(({ op }) => op === 'unpause');
  if (entry === undefined || undo === undefined) throw new Error('no pause is in the journal');
  const container = await containerOf(undo.name);
  const isPaused = async () => (await container.inspect()).State.Paused;
  return { deadlineAt: entry.deadlineAt, isPaused, name: undo.name };
}

test('killed with SIGKILL while it recovers, it leaves nothing: all is undone by the deadline without help', async () => {
  const running = begun('redis-master-pause');
  await running.says(/^recovering:/m);
  const { deadlineAt, isPaused, name } = await paused();
  expect(await isPaused()).toBe(true);
  expect(processes()).toHaveLength(2); // itself, and the dead-man

  running.signal('SIGKILL');
  const killed = performance.now();
  expect(await running.finished).toMatchObject({ code: 137, report: null });
  const left = deadlineAt - Date.now();
  expect(left).toBeGreaterThan(30_000);
  // Looked at without our own commands, which would heal at their start.
  await eventually(async () => ((await isPaused()) ? null : true), left);
  process.stdout.write(`undone ${Math.round(performance.now() - killed)} ms after the kill, ${left} ms were left\n`);
  await eventually(() => (journalFiles().length === 0 && processes().length === 0 ? true : null), 30_000);
  expect(await leftovers()).toEqual([]);

  const { code, stdout, stderr } = await runCli(['heal', ...ours]);
  expect({ code, stdout }).toEqual({ code: 0, stdout: 'nothing to heal\n' });
  expect(stderr).toMatch(new RegExp(`^healed in "paws" at .* by the dead-man: .*${name}.*$`, 'm'));
  await healthy();
});

test('Ctrl+C while it recovers: it heals first, says so, and ends with 130 within 15 s', async () => {
  const running = begun('patroni-leader-pause');
  await running.says(/^recovering:/m);
  const { isPaused } = await paused();
  expect(await isPaused()).toBe(true);

  const interrupted = performance.now();
  running.signal('SIGINT');
  const { code, report } = await running.finished;
  const tookMs = performance.now() - interrupted;
  process.stdout.write(`ended ${Math.round(tookMs)} ms after Ctrl+C\n`);
  expect(await isPaused()).toBe(false);
  expect(code).toBe(130);
  expect(tookMs).toBeLessThan(15_000);
  expect(report).toMatchObject({ verdict: 'inconclusive', healed: true, why: expect.stringMatching(/stopped/) });
  await healthy();
  expect(await leftovers()).toEqual([]);
});

test('Ctrl+C twice: it ends at once, and the dead-man heals', async () => {
  const running = begun('patroni-leader-pause');
  await running.says(/^recovering:/m);
  const { isPaused } = await paused();
  running.signal('SIGINT');
  running.signal('SIGINT');
  expect(await running.finished).toMatchObject({ code: 130 });
  await eventually(async () => (!(await isPaused()) && journalFiles().length === 0 ? true : null), 15_000);
  await healthy();
  expect(await leftovers()).toEqual([]);
});
