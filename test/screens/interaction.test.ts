import { expect, test } from 'vitest';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import { fakeLogs } from './fake-logs.ts';
import { openScreen, viewOf } from './screen.ts';

const at = (snapshot: Snapshot, laterMs: number): Snapshot => ({ ...snapshot, at: snapshot.at + laterMs });

test('a filter keeps what matches, in any case; Esc leaves typing, once more clears', async () => {
  const screen = await openScreen();
  screen.type('/ETCD');
  const text = await screen.until(/filter ETCD/);
  expect(text).toMatch(/│ etcd1 +running/);
  expect(text).not.toMatch(/│ redis1 +running/);
  expect(text).toMatch(/\/ETCD▏/);
  screen.type('\x1b');
  await screen.until((shown) => !shown.includes('▏') && shown.includes('filter ETCD'));
  screen.type('\x1b');
  await screen.until(/│ redis1 +running/);
});

test('a filter may be a regular expression', async () => {
  const screen = await openScreen();
  screen.type('/^(etcd|redis)1');
  const text = await screen.until((shown) => !/│ etcd2 +running/.test(shown));
  expect(text).toMatch(/│ redis1 +running/);
});

test('a bad regular expression says so and breaks nothing', async () => {
  const screen = await openScreen();
  screen.type('/etcd(');
  await screen.until(/not a regular expression/);
  screen.type('\x7f');
  await screen.until((shown) => !/not a regular expression/.test(shown) && /filter etcd\b/.test(shown));
});

test('letters typed into a filter are text, q included', async () => {
  const screen = await openScreen();
  screen.type('/q?:1');
  await screen.until(/filter q\?:1/);
});

test('pasted text is text where text is typed, and nothing elsewhere', async () => {
  const screen = await openScreen();
  screen.type('\x1b[200~q\x1b[201~?');
  await screen.until(/Next pane/);
  screen.type('/\x1b[200~quit\x1b[201~');
  const text = await screen.until(/filter quit/);
  expect(text).toMatch(/Quit from anywhere/);
});

test('a held screen stays while the world goes on, says how old it is, and catches up when released', async () => {
  const screen = await openScreen();
  screen.type('p');
  await screen.until(/HELD/);
  screen.show(viewOf(at(having(healthySnapshot(), stopped('redis3')), 5000)));
  const held = await screen.until(/HELD {2}5 s/);
  expect(held).toMatch(/● OK/);
  expect(held).toMatch(/redis3 +running/);
  screen.type('p');
  const text = await screen.until(/redis3 +exited 137/);
  expect(text).not.toMatch(/HELD/);
});

test('sorting by a column, and the same one again the other way round', async () => {
  const screen = await openScreen();
  const order = (text: string) => [...text.matchAll(/│ (\w+?) +running/g)].map((match) => match[1]);
  screen.type('s');
  await screen.until(/Sort Containers by/);
  screen.type('\r');
  await screen.until((text) => text.includes('↑NAME') && order(text)[0] === 'backend');
  screen.type('s\r');
  await screen.until((text) => text.includes('↓NAME') && order(text)[0] === 'sentinel3');
});

test('the palette finds a command by some of its letters and does it', async () => {
  const screen = await openScreen();
  screen.type(':');
  await screen.until(/: ▏/);
  screen.type('evnt');
  await screen.until(/: evnt▏/);
  screen.type('\r');
  await screen.until(/Now: no reason for concern/);
});

test('help lists the keys, and searches them', async () => {
  const screen = await openScreen();
  screen.type('?');
  await screen.until(/Everywhere/);
  screen.type('/hold');
  const text = await screen.until((shown) => !shown.includes('Next pane'));
  expect(text).toMatch(/p +Hold what is shown/);
});

test('help over a log begins with the keys of logs', async () => {
  const screen = await openScreen({ logs: fakeLogs() });
  screen.type('?');
  expect(await screen.until(/Everywhere/)).toMatch(/Keys ─.*\n.*Everywhere/);
  screen.type('?l');
  await screen.until(/Logs ──/);
  screen.type('?');
  expect(await screen.until(/In logs/)).toMatch(/Keys ─.*\n.*In logs/);
});

test('the detail of a member has its claims, what others say of it, and its container', async () => {
  const screen = await openScreen({ size: [120, 200] });
  screen.type('3j\r');
  const text = await screen.until(/What others say of it/);
  for (const pattern of [
    /patroni2 ── Patroni/,
    /through its published port/,
    /patroni1 +leader, running/,
    /inRecovery +false/,
    /replication +name +state +syncState/,
    /transactions, 5m +█+ {2}up to 42/,
    /What it uses ── ok · answered \d+ ms ago/,
  ]) {
    expect(text).toMatch(pattern);
  }
});

test("the detail of a Redis has the Sentinels' opinion of it", async () => {
  const screen = await openScreen({ size: [120, 100] });
  screen.type('4\r');
  expect(await screen.until(/What others say of it/)).toMatch(/sentinel2 +master of paws-redis-master/);
});

test('a full-screen pane has the whole screen', async () => {
  const screen = await openScreen();
  screen.type('2z');
  const text = await screen.until((shown) => !shown.includes('1 Containers'));
  expect(text).toMatch(/2 etcd ── quorum 3\/3/);
  screen.type('z');
  await screen.until(/1 Containers/);
});

test('^R asks everybody', async () => {
  const screen = await openScreen();
  screen.type('\x12?');
  await screen.until(/Everywhere/);
  expect(screen.calls.refresh).toBe(1);
});

test('all reasons are on the events screen', async () => {
  const screen = await openScreen({ view: viewOf(having(healthySnapshot(), stopped('redis3'), stopped('etcd1'))) });
  expect(screen.text()).toMatch(/\+\d more \(v\)/);
  screen.type('v');
  const text = await screen.until(/Now/);
  expect(text).toMatch(/▲ .*redis3/);
  expect(text).toMatch(/▲ .*etcd1/);
});

test('a change of the store is on screen without any wait of ours', async () => {
  const screen = await openScreen();
  screen.show(viewOf(at(having(healthySnapshot(), stopped('redis3', 137, 0)), 10)));
  await screen.until(/redis3 +exited 137/);
});

test('read-only is said', async () => {
  const screen = await openScreen({ readOnly: true });
  expect(screen.text()).toMatch(/read-only/);
});
