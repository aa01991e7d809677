import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test, vi } from 'vitest';
import { deadMan, startDeadMan } from '../../source/drills/dead-man.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { thisProcess } from '../../source/drills/owner.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import { StackError } from '../../source/stack/errors.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';
import { entryWith, nobody, ownState } from './journal-entries.ts';

const order = { project: 'shop', owner: nobody };
const start = (script: string) =>
  startDeadMan({ order, argv: [process.execPath, '-e', script, '--'], env: process.env });

test.each([
  ['ends at once', 'process.exit(3)', 'the dead-man did not start: exit 3'],
  ['says why', 'console.error("no room"); process.exit(1)', 'the dead-man did not start: no room'],
])('a dead-man that %s has not started', async (_, script, message) => {
  await expect(start(script)).rejects.toMatchObject({ kind: 'internal', message });
});

test('a dead-man whose program is missing has not started', async () => {
  await expect(startDeadMan({ order, argv: ['/no/such/program'], env: process.env })).rejects.toThrow(
    'the dead-man did not start: spawn /no/such/program ENOENT',
  );
});

test('a dead-man that says so has started, and is handed its order', async () => {
  const file = join(stateDir(ownState(), 'shop').replace(/\/paws-top\/shop$/, ''), 'told');
  const script = `console.log('ready'); require('fs').writeFileSync(${JSON.stringify(file)}, process.argv.at(-1))`;
  const { pid } = await start(script);
  expect(pid).toBeGreaterThan(0);
  await vi.waitFor(() => expect(existsSync(file)).toBe(true));
});

/** The waiting itself, in this process. */
function standBy(env: NodeJS.ProcessEnv, { owner = nobody, failures = 0 } = {}) {
  const said = vi.spyOn(process.stdout, 'write').mockReturnValue(true);
  onTestFinished(() => said.mockRestore());
  const mended: string[] = [];
  let failing = failures;
  let looks = 0;
  const ended = deadMan({
    project: 'shop',
    owner,
    env,
    lookMs: 20,
    now: () => {
      looks++;
      return Date.now();
    },
    means: async () => ({
      connect: fakeEngine([]).connect,
      mend: async ({ name }) => {
        if (failing-- > 0) throw new StackError('no-engine', 'no container engine answers');
        mended.push(name);
        return `${name} unpaused`;
      },
    }),
  });
  expect(said).toHaveBeenCalledWith('ready\n');
  return { ended, mended, looks: () => looks };
}

test('with a dead owner and nothing in the journal there is nothing to stay for', async () => {
  const { ended, mended } = standBy(ownState());
  await ended;
  expect(mended).toEqual([]);
});

test('while its owner lives the dead-man leaves its entries alone, and ends when they are gone', async () => {
  const env = ownState();
  const owner = await thisProcess();
  const journal = openJournal({ env, project: 'shop' });
  await journal.write(entryWith({ owner, deadlineAt: Date.now() + 60_000 }));
  const { ended, mended, looks } = standBy(env, { owner });
  await vi.waitFor(() => expect(looks()).toBeGreaterThan(5));
  await journal.remove('one');
  await ended;
  expect(mended).toEqual([]);
});

test('at the deadline it undoes what its own owner has broken, tries again where the engine is gone, and touches no other', async () => {
  const env = ownState();
  const owner = await thisProcess();
  const journal = openJournal({ env, project: 'shop' });
  const undo = (name: string) => [{ op: 'unpause', container: 'c', name }] as const;
  await journal.write(entryWith({ id: 'mine', owner, deadlineAt: Date.now() + 50, undo: undo('mine') }));
  await journal.write(entryWith({ id: 'other', undo: undo('other') }));
  const { ended, mended } = standBy(env, { owner, failures: 1 });
  await ended;
  expect(mended).toEqual(['mine']);
  expect((await journal.list()).entries.map(({ id }) => id)).toEqual(['other']);
});
