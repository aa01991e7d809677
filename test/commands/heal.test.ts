import { expect, test } from 'vitest';
import { type Healing, heal, healAtStart } from '../../source/commands/heal.ts';
import { noteHealed } from '../../source/drills/healed-log.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { thisProcess } from '../../source/drills/owner.ts';
import type { JournalEntry } from '../../source/drills/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { entryWith, ownState } from '../drills/journal-entries.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';

const later = Date.now() + 3_600_000;
const paused = (project: string): JournalEntry =>
  entryWith({ project, deadlineAt: later, undo: [{ op: 'unpause', container: 'c', name: `patroni2 of ${project}` }] });

async function broken(entries: readonly JournalEntry[], parts: Partial<Healing> = {}) {
  const env = ownState();
  for (const entry of entries) await openJournal({ env, project: entry.project }).write(entry);
  const healing: Healing = {
    env,
    project: null,
    connect: fakeEngine([]).connect,
    mend: async ({ name }) => `${name} unpaused`,
    ...parts,
  };
  const out: string[] = [];
  const complaints: string[] = [];
  const left = async () => {
    const lists = await Promise.all(entries.map(({ project }) => openJournal({ env, project }).list()));
    return lists.flatMap((list) => list.entries.map(({ project }) => project));
  };
  const run = () =>
    heal({
      ...healing,
      write: async (text) => void out.push(text),
      stderr: { write: (text: string) => complaints.push(text) },
    });
  const atStart = (options: { heal: boolean }) =>
    healAtStart({ ...healing, ...options, say: (line) => complaints.push(line) });
  return { env, out, complaints, left, run, atStart };
}

test('heal undoes the faults of every project, a running drill included, and names each', async () => {
  const { run, out, left } = await broken([paused('bank'), { ...paused('shop'), owner: await thisProcess() }]);
  expect(await run()).toBe(0);
  expect(out).toEqual(['patroni2 of bank unpaused\n', 'patroni2 of shop unpaused\n']);
  expect(await left()).toEqual([]);
});

test('heal of one project leaves the others alone', async () => {
  const { run, left } = await broken([paused('bank'), paused('shop')], { project: 'shop' });
  expect(await run()).toBe(0);
  expect(await left()).toEqual(['bank']);
});

test('heal says that there is nothing to heal, without an engine', async () => {
  const { run, out } = await broken([], { connect: () => Promise.reject(new Error('asked')) });
  expect(await run()).toBe(0);
  expect(out).toEqual(['nothing to heal\n']);
});

test('heal says when an entry turned out to be undone already', async () => {
  const { run, out } = await broken([paused('shop')], { mend: async () => null });
  expect(await run()).toBe(0);
  expect(out).toEqual(['nothing was left to undo; one entry taken out of the journal\n']);
});

test.each([
  ['no-engine', 69],
  ['rejected', 1],
] as const)('heal where undoing fails with %s exits %i', async (kind, code) => {
  const { run, out, complaints, left } = await broken([paused('shop')], {
    mend: () => Promise.reject(new StackError(kind, 'it said no')),
  });
  expect(await run()).toBe(code);
  expect(out).toEqual([]);
  expect(complaints).toEqual(['pause of patroni2 in "shop" could not be undone: it said no\n']);
  expect(await left()).toEqual(['shop']);
});

test('at the start, what was left behind is undone with a line each, and a running drill left alone', async () => {
  const { atStart, complaints, left } = await broken([
    paused('bank'),
    { ...paused('shop'), owner: await thisProcess() },
  ]);
  expect(await atStart({ heal: true })).toEqual([]);
  expect(complaints).toEqual(['healed in "bank": patroni2 of bank unpaused']);
  expect(await left()).toEqual(['shop']);
});

test('at the start without healing, what is left behind is only counted', async () => {
  const { atStart, complaints, left } = await broken([
    paused('bank'),
    { ...paused('shop'), owner: await thisProcess() },
  ]);
  expect((await atStart({ heal: false })).map(({ project }) => project)).toEqual(['bank']);
  expect(complaints).toEqual([]);
  expect(await left()).toEqual(['bank', 'shop']);
});

test('at the start, what cannot be undone is said and stops nothing', async () => {
  const { atStart, complaints } = await broken([paused('shop')], {
    connect: () => Promise.reject(new StackError('no-engine', 'no container engine answers')),
  });
  expect((await atStart({ heal: true })).map(({ project }) => project)).toEqual(['shop']);
  expect(complaints).toEqual(['pause of patroni2 in "shop" could not be undone: no container engine answers']);
});

test('at the start, what a dead-man has undone is told once', async () => {
  const { env, atStart, complaints } = await broken([paused('shop')]);
  await noteHealed(env, { at: new Date(2020, 9, 23, 21, 4, 30).getTime(), project: 'shop', text: 'etcd1 started' });
  await atStart({ heal: false });
  await atStart({ heal: false });
  expect(complaints).toEqual(['healed in "shop" at Fri Oct 23 2020 21:04 by the dead-man: etcd1 started']);
});
