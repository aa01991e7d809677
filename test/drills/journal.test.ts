import { mkdirSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { listAllJournals, openJournal } from '../../source/drills/journal.ts';
import { anythingLeft } from '../../source/drills/left-behind.ts';
import type { Undo } from '../../source/drills/types.ts';
import { stateDir } from '../../source/engine/state-dir.ts';
import { entryWith, ownState } from './journal-entries.ts';

const network = { network: 'shop_default', ipv4: '172.28.1.2', ipv6: null, aliases: ['patroni2'], links: [] };
const everyUndo: readonly Undo[] = [
  { op: 'start', container: 'c1', name: 'patroni1' },
  { op: 'unpause', container: 'c2', name: 'patroni2' },
  { op: 'connect', container: 'c3', name: 'patroni3', networks: [network] },
  { op: 'clear-network', container: 'c3', name: 'patroni3' },
  { op: 'redis-settle', name: 'redis1', priorities: [{ member: 'redis1', priority: 100 }] },
  { op: 'clean-ledger', name: 'the redis ledger', system: 'redis', run: 'r1' },
];

const folderOf = (env: NodeJS.ProcessEnv) => join(stateDir(env, 'shop'), 'faults');

test('an entry comes back as it was written, oldest first, until it is removed', async () => {
  const env = ownState();
  const journal = openJournal({ env, project: 'shop' });
  expect(await journal.list()).toEqual({ entries: [], unreadable: [] });
  const later = entryWith({ id: 'a', createdAt: 2_000, undo: everyUndo, host: 'tcp://h:1', engine: 'tcp://h:1' });
  const earlier = entryWith({ id: 'b', createdAt: 1_000 });
  await journal.write(later);
  await journal.write(earlier);
  expect(await journal.list()).toEqual({ entries: [earlier, later], unreadable: [] });
  await journal.remove('b');
  await journal.remove('b');
  expect((await journal.list()).entries).toEqual([later]);
});

test('only its owner can read an entry, and a half written one is none', async () => {
  const env = ownState();
  const journal = openJournal({ env, project: 'shop' });
  await journal.write(entryWith({ id: 'a' }));
  expect(readdirSync(folderOf(env))).toEqual(['a.json']);
  expect(statSync(join(folderOf(env), 'a.json')).mode & 0o777).toBe(0o600);
  writeFileSync(join(folderOf(env), 'b.json.17.new'), '{"schema":1,');
  const { entries, unreadable } = await journal.list();
  expect(entries.map(({ id }) => id)).toEqual(['a']);
  expect(unreadable).toEqual([]);
});

test.each([
  ['no JSON', '{"schema":1,', 'it is no entry of the journal'],
  ['another shape', JSON.stringify({ schema: 1, id: 'x' }), 'it is no entry of the journal'],
  [
    'a newer schema',
    JSON.stringify({ schema: 2, id: 'x' }),
    'a newer paws-top wrote it (schema 2); heal with that one',
  ],
  [
    'an undo that is not known',
    JSON.stringify({ ...entryWith({ id: 'x' }), undo: [{ op: 'rm', container: 'c', name: 'n' }] }),
    'it is no entry of the journal',
  ],
  [
    'an undo named after what every object has',
    JSON.stringify({ ...entryWith({ id: 'x' }), undo: [{ op: 'constructor', container: 'c', name: 'n' }] }),
    'it is no entry of the journal',
  ],
  [
    'another project',
    JSON.stringify(entryWith({ id: 'x', project: 'other' })),
    'it tells of another entry, "x" of project "other"',
  ],
])('%s is told, left alone, and hides no other entry', async (_, text, why) => {
  const env = ownState();
  const journal = openJournal({ env, project: 'shop' });
  await journal.write(entryWith({ id: 'good' }));
  const path = join(folderOf(env), 'x.json');
  writeFileSync(path, text);
  const { entries, unreadable } = await journal.list();
  expect(entries.map(({ id }) => id)).toEqual(['good']);
  expect(unreadable).toEqual([`${path}: ${why}`]);
  expect(readdirSync(folderOf(env))).toEqual(['good.json', 'x.json']);
});

test('an id that would lead out of the folder is refused', async () => {
  const journal = openJournal({ env: ownState(), project: 'shop' });
  await expect(journal.write(entryWith({ id: '../secrets' }))).rejects.toThrow('is no name for an entry');
});

test('the look at the start finds any project with an entry, and nothing once they are gone', async () => {
  const env = ownState();
  expect(anythingLeft(env)).toBe(false);
  expect(listAllJournals(env)).toEqual([]);
  mkdirSync(stateDir(env, 'never-broken'), { recursive: true });
  const journal = openJournal({ env, project: 'shop' });
  await journal.write(entryWith({}));
  expect(anythingLeft(env)).toBe(true);
  expect(listAllJournals(env).map(({ project }) => project)).toEqual(['shop']);
  await journal.remove('one');
  expect(anythingLeft(env)).toBe(false);
});
