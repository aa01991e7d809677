import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type HealOptions, healJournals } from '../../source/drills/heal.ts';
import { noteHealed, takeHealed } from '../../source/drills/healed-log.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { thisProcess } from '../../source/drills/owner.ts';
import type { JournalEntry, Undo } from '../../source/drills/types.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import type { Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';
import { entryWith, ownState } from './journal-entries.ts';

const unpause = (name: string): Undo => ({ op: 'unpause', container: `id-${name}`, name });
const start = (name: string): Undo => ({ op: 'start', container: `id-${name}`, name });

/** A journal with these entries, and what healing it did. */
async function journalOf(entries: readonly JournalEntry[], parts: Partial<HealOptions> = {}) {
  const env = ownState();
  const journal = openJournal({ env, project: 'shop' });
  for (const entry of entries) await journal.write(entry);
  const said: string[] = [];
  const hosts: (string | null)[] = [];
  const options: HealOptions = {
    env,
    journals: [journal],
    which: 'all',
    now: () => 1_000_000,
    connect: async (host) => {
      hosts.push(host);
      return engineAt(host ?? 'unix:///usual');
    },
    mend: async (undo) => `${undo.name}: ${undo.op}`,
    say: (sentence) => said.push(sentence),
    ...parts,
  };
  const left = async () => (await journal.list()).entries.map(({ id }) => id);
  return { env, journal, said, hosts, options, left, heal: () => healJournals(options) };
}

async function engineAt(address: string): Promise<Engine> {
  return { ...(await fakeEngine([]).connect()), address };
}

test('every undo of every entry is done and named, the latest entry first, then the journal is empty', async () => {
  const { heal, said, left, hosts } = await journalOf([
    entryWith({ id: 'a', createdAt: 1, undo: [start('etcd1'), unpause('etcd1')] }),
    entryWith({ id: 'b', createdAt: 2, undo: [unpause('redis1')] }),
  ]);
  expect(await heal()).toBe(2);
  expect(said).toEqual(['redis1: unpause', 'etcd1: start', 'etcd1: unpause']);
  expect(await left()).toEqual([]);
  expect(hosts).toEqual([null]);
  expect(await heal()).toBe(0);
  expect(said).toHaveLength(3);
  expect(hosts).toEqual([null]);
});

test('where there was nothing to undo nothing is said, and the entry is done', async () => {
  const { heal, said, left } = await journalOf([entryWith({})], { mend: async () => null });
  expect(await heal()).toBe(1);
  expect(said).toEqual([]);
  expect(await left()).toEqual([]);
});

test('a fault that the dead have only just asked for may still come about, and is waited for', async () => {
  let asked = 0;
  const waits: [string, number][] = [];
  const { heal, said, left } = await journalOf([entryWith({ createdAt: 995_000, undo: [start('etcd1')] })], {
    mend: async ({ name }) => (++asked === 1 ? null : `${name} started`),
    onWait: ({ id }, until) => waits.push([id, until]),
  });
  expect(await heal()).toBe(1);
  expect(waits).toEqual([['one', 1_030_000]]);
  expect(said).toEqual(['etcd1 started']);
  expect(await left()).toEqual([]);
});

test('who is in a hurry leaves a fault that may still come about to others', async () => {
  const { heal, left } = await journalOf([entryWith({ createdAt: 997_000 })], {
    mend: async () => null,
    hurried: true,
  });
  expect(await heal()).toBe(0);
  expect(await left()).toEqual(['one']);
});

test('a living process knows what it has asked for: nothing is waited for', async () => {
  const owner = await thisProcess();
  const { heal, left } = await journalOf([entryWith({ createdAt: 995_000, undo: [start('etcd1')], owner })], {
    mend: async () => null,
  });
  expect(await heal()).toBe(1);
  expect(await left()).toEqual([]);
});

test('where the engine gave no answer, what it was asked for is waited for even of a living process', async () => {
  let asked = 0;
  const owner = await thisProcess();
  const { heal, said, left } = await journalOf([entryWith({ createdAt: 995_000, undo: [start('etcd1')], owner })], {
    unanswered: true,
    mend: async ({ name }) => (++asked === 1 ? null : `${name} started`),
  });
  expect(await heal()).toBe(1);
  expect(said).toEqual(['etcd1 started']);
  expect(await left()).toEqual([]);
});

const ledger: Undo = { op: 'clean-ledger', name: 'ledger of redis', system: 'redis', run: 'r1' };

test('the faults of a drill that runs are undone when a person asks for it, its ledgers are left to it', async () => {
  const owner = await thisProcess();
  const deadlineAt = 1_000_001;
  const { heal, said, left, options } = await journalOf([
    entryWith({ id: 'fault', owner, deadlineAt, undo: [unpause('redis1')] }),
    entryWith({ id: 'ledger', owner, deadlineAt, undo: [ledger] }),
  ]);
  expect(await heal()).toBe(1);
  expect(said).toEqual(['redis1: unpause']);
  expect(await left()).toEqual(['ledger']);
  expect(await healJournals({ ...options, now: () => deadlineAt })).toBe(1);
  expect(await left()).toEqual([]);
});

test('the ledgers of the dead are removed', async () => {
  const { heal, left } = await journalOf([entryWith({ deadlineAt: 1_000_001, undo: [ledger] })]);
  expect(await heal()).toBe(1);
  expect(await left()).toEqual([]);
});

test('who undoes their own is not held up by a file of others that cannot be read', async () => {
  const { env, options, left } = await journalOf([entryWith({ id: 'a' })]);
  writeFileSync(join(stateDir(env, 'shop'), 'faults', 'x.json'), 'no JSON');
  expect(await healJournals({ ...options, which: ({ id }) => id === 'a' })).toBe(1);
  expect(await left()).toEqual([]);
});

test('one undo that fails keeps its entry and stops no other; the error tells of all', async () => {
  const { heal, said, left } = await journalOf(
    [
      entryWith({ id: 'a', createdAt: 1, what: 'kill of etcd1', undo: [start('etcd1'), unpause('etcd1')] }),
      entryWith({ id: 'b', createdAt: 2, undo: [unpause('redis1')] }),
      entryWith({ id: 'c', createdAt: 3, what: 'kill of etcd3', undo: [start('etcd3')] }),
    ],
    {
      mend: async ({ op, name }) => {
        if (op === 'start') throw new StackError('rejected', `${name} has no disk left`);
        return `${name}: ${op}`;
      },
    },
  );
  const error = await heal().catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(StackError);
  expect(error).toMatchObject({
    kind: 'rejected',
    message: [
      'kill of etcd3 in "shop" could not be undone: etcd3 has no disk left',
      'kill of etcd1 in "shop" could not be undone: etcd1 has no disk left',
    ].join('\n'),
  });
  expect(said).toEqual(['redis1: unpause', 'etcd1: unpause']);
  expect(await left()).toEqual(['a', 'c']);
});

test('an engine that does not answer is asked once; the entries stay and the error is its own kind', async () => {
  let asked = 0;
  const { heal, left } = await journalOf([entryWith({ id: 'a' }), entryWith({ id: 'b' })], {
    connect: async () => {
      asked++;
      throw new StackError('no-engine', 'no container engine answers at unix:///x');
    },
  });
  await expect(heal()).rejects.toMatchObject({
    kind: 'no-engine',
    message: 'pause of patroni2 in "shop" could not be undone: no container engine answers at unix:///x',
  });
  expect(asked).toBe(1);
  expect(await left()).toEqual(['a', 'b']);
});

test('what a living process has broken is left alone until its deadline; what the dead have is not', async () => {
  const owner = await thisProcess();
  const { options, said, left } = await journalOf([
    entryWith({ id: 'dead', undo: [unpause('etcd1')] }),
    entryWith({ id: 'overdue', deadlineAt: 1_000_000, owner, undo: [unpause('etcd2')] }),
    entryWith({ id: 'running', deadlineAt: 1_000_001, owner, undo: [unpause('etcd3')] }),
  ]);
  expect(await healJournals({ ...options, which: 'left-behind' })).toBe(2);
  expect(said.toSorted()).toEqual(['etcd1: unpause', 'etcd2: unpause']);
  expect(await left()).toEqual(['running']);
  expect(await healJournals({ ...options, which: ({ id }) => id === 'running' })).toBe(1);
  expect(await left()).toEqual([]);
});

test('two that heal at once do each undo once', async () => {
  const done: string[] = [];
  const { options, left } = await journalOf([entryWith({ id: 'a' }), entryWith({ id: 'b' })], {
    mend: async ({ name }, { id }) => {
      done.push(id);
      await new Promise((resolve) => setTimeout(resolve, 20));
      return name;
    },
  });
  const counts = await Promise.all([healJournals(options), healJournals(options)]);
  expect(counts.toSorted()).toEqual([0, 2]);
  expect(done).toEqual(['b', 'a']);
  expect(await left()).toEqual([]);
});

test('an entry is undone on the engine that it was made on, whatever the usual search finds now', async () => {
  const used: string[] = [];
  const { heal, hosts } = await journalOf([entryWith({ engine: 'tcp://lab:2375' })], {
    mend: async (_, __, { address }) => {
      used.push(address);
      return null;
    },
  });
  expect(await heal()).toBe(1);
  expect(hosts).toEqual([null, 'tcp://lab:2375']);
  expect(used).toEqual(['tcp://lab:2375']);
});

test('an entry that cannot be read is told while the others are undone', async () => {
  const { env, heal, left } = await journalOf([entryWith({ id: 'a' })]);
  const path = join(stateDir(env, 'shop'), 'faults', 'x.json');
  writeFileSync(path, 'no JSON');
  await expect(heal()).rejects.toThrow(`${path}: it is no entry of the journal`);
  expect(await left()).toEqual([]);
});

test('what was healed while nobody watched is told once', async () => {
  const env = ownState();
  expect(await takeHealed(env, 'shop')).toEqual([]);
  const healed = [
    { at: 1_000, project: 'shop', text: 'patroni2 unpaused' },
    { at: 2_000, project: 'shop', text: 'redis1 started' },
  ];
  for (const each of healed) await noteHealed(env, each);
  const told = await Promise.all([takeHealed(env, 'shop'), takeHealed(env, 'shop')]);
  expect(told.flat()).toEqual(healed);
  expect(await takeHealed(env, 'shop')).toEqual([]);
});

test('what nobody ever reads does not grow without end', async () => {
  const env = ownState();
  const text = 'x'.repeat(8_000);
  for (let at = 0; at < 20; at++) await noteHealed(env, { at, project: 'shop', text });
  expect((await takeHealed(env, 'shop')).length).toBe(9);
});
