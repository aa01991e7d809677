import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openActionJournal } from '../../source/commands/action-journal.ts';
import type { Mend } from '../../source/drills/heal.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { type Lock, tryLock } from '../../source/drills/lock.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import type { Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { ownState } from '../drills/journal-entries.ts';

const journalIn = (env: NodeJS.ProcessEnv, mend: Mend = async () => null) =>
  openActionJournal({
    mend,
    connect: async () => ({ close: () => {} }) as Engine,
    env,
    project: 'shop',
    host: null,
    engine: 'unix:///var/run/docker.sock',
    program: [process.execPath, '-e', standIn],
  });
/** In place of this program: a dead-man that only says that it is there. */
const standIn = "console.log('ready')";
const busy = `process ${process.pid} is running a drill, or changing the stack: wait until it is done`;

test('of two that would change the stack at once one does; parts of one change may overlap', async () => {
  const env = ownState();
  const [one, other] = [journalIn(env), journalIn(env)];
  const whole = await one.keep('change of profile to minimal', []);
  const part = await one.keep('leadership moves to those that stay', []);
  await expect(other.keep('change of profile to full', [])).rejects.toThrow(busy);
  await part();
  await expect(other.keep('change of profile to full', [])).rejects.toThrow(busy);
  expect(await other.unsettled()).toEqual([
    `process ${process.pid} is at it (change of profile to minimal): wait until it is done`,
  ]);
  await whole();
  await (await other.keep('change of profile to full', []))();
  expect(await one.unsettled()).toEqual([]);
  expect((await openJournal({ env, project: 'shop' }).list()).entries).toEqual([]);
});

test('nothing is changed under a drill, which has nothing in the journal before it breaks something', async () => {
  const env = ownState();
  const drilling = (await tryLock(join(stateDir(env, 'shop'), 'drilling'))) as Lock;
  const journal = journalIn(env);
  expect(await journal.unsettled()).toEqual([`process ${process.pid} runs a drill: wait until it is done`]);
  await expect(journal.keep('change of profile to minimal', [])).rejects.toThrow(busy);
  await drilling.release();
  await (await journal.keep('change of profile to minimal', []))();
});

test('what is changed for a while is only begun where another process stands by to put it back', async () => {
  const env = ownState();
  const undo = [
    { op: 'patroni-settle', name: 'synchronous_node_count', patch: { synchronous_node_count: null } },
  ] as const;
  const nobody = openActionJournal({
    ...{ env, project: 'shop', host: null, engine: 'unix:///var/run/docker.sock' },
    program: [process.execPath, '-e', 'process.exit(3)'],
    mend: async () => null,
    connect: async () => ({ close: () => {} }) as Engine,
  });
  await expect(nobody.keep('leadership moves', undo)).rejects.toThrow('the dead-man did not start');
  expect((await openJournal({ env, project: 'shop' }).list()).entries).toEqual([]);
  const release = await journalIn(env).keep('leadership moves', undo);
  expect((await openJournal({ env, project: 'shop' }).list()).entries).toMatchObject([{ undo }]);
  await release();
});

test('what could not be put back hinders no later change, which puts it back before anything else', async () => {
  const env = ownState();
  const undo = [{ op: 'redis-settle', name: 'replica-priority', priorities: [] }] as const;
  let answers = false;
  const journal = journalIn(env, async () => {
    if (!answers) throw new StackError('unreachable', 'redis1 refuses connections');
    return 'replica-priority of redis1 is 100 again';
  });
  const release = await journal.keep('leadership moves', undo);
  await release({ left: true });
  expect(await journal.unsettled()).toEqual([]);
  const whole = await journal.keep('change of profile to full', []);
  await expect(journal.settle()).rejects.toThrow('redis1 refuses connections');
  answers = true;
  await journal.settle();
  const { entries } = await openJournal({ env, project: 'shop' }).list();
  expect(entries.map(({ what }) => what)).toEqual(['change of profile to full']);
  await whole();
});
