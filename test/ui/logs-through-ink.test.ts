import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import type { StackEvent } from '../../source/stack/events.ts';
import { healthySnapshot, now } from '../helpers/snapshots.ts';
import { type FakeLine, type FakeLogsOptions, failover, fakeLogs } from '../screens/fake-logs.ts';
import { openScreen, viewOf } from '../screens/screen.ts';

const events: readonly StackEvent[] = [
  { id: 1, at: now - 12_588, source: 'docker', subject: 'patroni2', level: 'bad', text: 'patroni2 killed' },
  { id: 2, at: now - 8_130, source: 'patroni', subject: 'patroni1', level: 'good', text: 'patroni1 leads' },
  { id: 3, at: now - 100, source: 'etcd', subject: null, level: 'info', text: 'the leader key was read' },
];
const numbered = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => ({
    ago: 60_000 - (from + index) * 10,
    service: 'etcd1',
    text: `line ${from + index}.`,
  }));

async function opened(lines: readonly FakeLine[] = failover, options: FakeLogsOptions = {}) {
  const logs = fakeLogs(lines, options);
  const screen = await openScreen({ logs, view: viewOf(healthySnapshot(), events) });
  return { logs, screen };
}

test('l shows and follows the logs of what is selected, in every pane; closed, nothing is followed', async () => {
  const { logs, screen } = await opened();
  for (const [pane, services] of [
    ['', ['etcd1']],
    ['2jj', ['etcd3']],
    ['3j', ['patroni2']],
    ['4jjj', ['sentinel1']],
  ] as const) {
    screen.type(`${pane}l`);
    await screen.until(new RegExp(`Logs ── ${services[0]}`));
    expect(logs.chosen.at(-1)).toEqual(services);
    screen.type('l');
    await screen.until(/Containers ──/);
    expect(logs.chosen.at(-1)).toEqual([]);
  }
});

test('l over the details of a member shows its logs, and Esc goes back to them', async () => {
  const { logs, screen } = await opened();
  screen.type('3\rm');
  await screen.until(/Logs ── patroni1/);
  expect(logs.chosen).toEqual([['patroni1']]);
  screen.type('\x1b');
  await screen.until(/patroni1 ── Patroni/);
});

test('J goes from an event to the logs of all at its moment, and back to the nearest event', async () => {
  const { logs, screen } = await opened();
  screen.type('5kkJ');
  const around = await screen.until(/Logs ── all 13 services · paused/);
  expect(around).toMatch(/── killed/);
  expect(logs.chosen).toEqual([null]);
  screen.type('J');
  await screen.until(/Timeline/);
  expect(logs.chosen.at(-1)).toEqual([]);
  // From the event that is selected now, to the same lines: l is about its subject alone.
  screen.type('l');
  await screen.until(/Logs ── patroni2 · paused/);
  expect(logs.chosen.at(-1)).toEqual(['patroni2']);
});

test('among all events one is selected, and J goes to the logs around it', async () => {
  const { logs, screen } = await opened();
  screen.type('vkkJ');
  expect(await screen.until(/Logs ── all 13 services · paused/)).toMatch(/── killed/);
  screen.type('\x1b');
  await screen.until(/Events ──/);
  screen.type('jl');
  await screen.until(/Logs ── patroni1 · paused/);
  expect(logs.chosen).toEqual([null, [], ['patroni1']]);
});

test('lines of the moment are waited for while streams are still read', async () => {
  const { logs, screen } = await opened([], { states: { patroni3: 'reading' } });
  screen.type('5gJ');
  await screen.until(/Logs ── all 13 services · following/);
  logs.put([{ ago: 12_000, service: 'patroni1', text: 'right after' }]);
  screen.pass(1_000);
  await screen.until(/paused/);
  logs.put([{ ago: 12_500, service: 'patroni3', text: 'nearer still' }]);
  screen.pass(1_000);
  await screen.until(/nearer still/);
  screen.type('c');
  await screen.until(/copied the line/);
  expect(screen.raw()).toContain(Buffer.from('nearer still').toString('base64'));
});

test('a search is counted while it is typed, and a bad one says so at once', async () => {
  const { logs, screen } = await opened();
  screen.type('lsa\r/leader(');
  await screen.until(/\/leader\(▏.*not a regular expression/);
  screen.type('\x7f');
  await screen.until(/\/leader▏ 29 hits/);
  expect(logs.finder.state?.pattern).toBe('leader');
  screen.type('\rn');
  await screen.until(/paused/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('/leader'));
  expect(logs.finder.state).toBeNull();
});

test('only keys that can do something now are shown', async () => {
  const { screen } = await opened();
  expect(screen.text()).not.toMatch(/F only matches/);
  screen.type('l');
  const plain = await screen.until(/f follow/);
  expect(plain).not.toMatch(/next, previous|context/);
  screen.type('/x\r');
  await screen.until(/nN next, previous.*F only matches/);
  screen.type('F');
  await screen.until(/\[\] context/);
});

test('keys of one burst each act on what the one before has left, also while lines come in', async () => {
  const { logs, screen } = await opened(numbered(3_000));
  screen.type('l');
  await screen.until(/line 2999\./);
  logs.put(numbered(500, 3_000));
  screen.type('kkk  c');
  await screen.until(/copied 2 lines/);
  const copied = Buffer.from('line 3496.\nline 3497.').toString('base64');
  expect(screen.raw()).toContain(`\x1b]52;c;${copied}\x07`);
  screen.type('gjjT-30s\r');
  await screen.until(/line 3000\./);
});

test('^S saves what is shown to a file that only its owner can read, and says where', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'paws-log-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const { screen } = await opened(numbered(50));
  screen.type('l/line 4\rF\x13');
  const asked = await screen.until(/Save all lines that are shown/);
  expect(asked).toMatch(/paws-logs-20260115-210411\.log▏/);
  screen.type(`\x15${folder}/none/a.log\r`);
  await screen.until(/not saved: there is no folder/);
  screen.type(`W\x15${folder}/a.json\r`);
  await screen.until(/saved 11 lines to/);
  const texts = readFileSync(join(folder, 'a.json'), 'utf8')
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).text);
  expect(texts).toEqual([4, 40, 41, 42, 43, 44, 45, 46, 47, 48, 49].map((number) => `line ${number}.`));
});

test('a time that is none is said where it was typed', async () => {
  const { screen } = await opened(numbered(50));
  screen.type('lT25:00\r');
  await screen.until(/✖ a time is 21:04/);
  screen.type('\x1521:03:11.200\r');
  await screen.until(/paused/);
  screen.type('c');
  await screen.until(/copied the line/);
  expect(screen.raw()).toContain(Buffer.from('line 20.').toString('base64'));
});

test('a marker stands among the lines, and clearing forgets them', async () => {
  const { logs, screen } = await opened(numbered(50));
  screen.type('lM');
  await screen.until(/── marker 21:04:11\.000 ──/);
  screen.type('\x0c');
  await screen.until(/cleared/);
  expect(logs.buffer.size).toBe(0);
});

test('the palette has the commands of logs over a log, and only those that can do something', async () => {
  const { screen } = await opened();
  screen.type('l:');
  await screen.until(/: ▏/);
  screen.type('go to time');
  await screen.until(/go to time +Go to a time/);
  screen.type('\r');
  await screen.until(/Go to time ──/);
});

test('without logs there is neither key nor word of them', async () => {
  const screen = await openScreen();
  screen.type('l?');
  const help = await screen.until(/Everywhere/);
  expect(help).not.toMatch(/logs/);
});
