import { expect, test } from 'vitest';
import type { LogLayer } from '../../source/ui/log-types.ts';
import { textOf } from './drawn-log.ts';
import { type FakeLogs, failover, fakeLogs, stackServices } from './fake-logs.ts';
import { openScreen } from './screen.ts';

/** A marker is shown whatever is chosen. */
const ofServices = failover.filter(({ service }) => service !== null);

test.each<readonly [string, FakeLogs, Partial<LogLayer>, RegExp]>([
  ['nothing written yet', fakeLogs(), {}, /nothing has been written yet/],
  ['history is read', fakeLogs([], { states: { redis1: 'reading' } }), {}, /\n reading +\n/],
  [
    'a container that does not run',
    fakeLogs([], { states: { redis3: 'waiting' } }),
    { services: ['redis3'] },
    /redis3 does not run.*\n.*as soon as/,
  ],
  ['a stream that was lost', fakeLogs(failover, { states: { redis3: 'lost' } }), {}, /▲ redis3 lost/],
  ['no engine', fakeLogs([], { trouble: 'the engine does not answer' }), {}, /▲ the engine does not answer/],
  [
    'a service of which all fell out',
    fakeLogs(ofServices, { bounds: { lines: 5, bytes: 9_999 } }),
    { services: ['etcd1'] },
    /nothing of etcd1 is kept/,
  ],
  ['no service', fakeLogs(ofServices), { services: [] }, /no service is chosen: s/],
  [
    'a level that a service never had',
    fakeLogs(ofServices),
    { services: ['backend'], levels: ['fatal'] },
    /only fatal: L changes the levels *\n *of backend: s changes the services/,
  ],
  [
    'the few that are hidden',
    fakeLogs(failover),
    { services: stackServices.slice(2) },
    /Logs ── all but etcd1 and etcd2 ·/,
  ],
  [
    'no match',
    fakeLogs(failover),
    { filter: 'nowhere', only: true },
    /none of 58 lines shows +\n only matches of \/nowhere: F shows the others/,
  ],
  ['no such level', fakeLogs(failover.slice(0, 3)), { levels: ['fatal'] }, /only fatal: L changes the levels/],
  ['a service that is silent', fakeLogs(failover.slice(0, 9)), { services: ['redis3'] }, /redis3 has written nothing/],
  [
    'a bad expression',
    fakeLogs(failover),
    { filter: '(a', only: true },
    /no action(.|\n)*\/\(a ▲ not a regular expression/,
  ],
  ['levels', fakeLogs(failover), { levels: ['warning', 'error', 'fatal'] }, /warning and worse/],
  ['what was done', fakeLogs(failover), { said: 'saved 1 204 lines to /tmp/x' }, /\n saved 1 204 lines to \/tmp\/x/],
])('%s is told', (_, logs, changes, expected) => {
  expect(textOf(logs, changes)).toMatch(expected);
});

test('what does not run is waited for in so many words only where nothing else is shown', () => {
  const logs = fakeLogs(failover, { states: { redis3: 'waiting', etcd1: 'waiting' } });
  expect(textOf(logs, { services: ['redis3'] })).toMatch(/\n waiting for redis3 /);
  expect(textOf(logs, { services: ['redis3', 'etcd1'] })).toMatch(/\n waiting for etcd1 and redis3 /);
  for (const services of [null, ['redis3', 'redis2']]) expect(textOf(logs, { services })).not.toMatch(/waiting/);
});

test('a service of which one container runs is not waited for', () => {
  const { following, ...logs } = fakeLogs(failover);
  const source = { index: 99, container: 'paws-redis3-2', service: 'redis3' };
  const sources = [...following.sources, { source, state: 'waiting' as const }];
  const scaled = { ...logs, following: { ...following, sources } };
  expect(textOf(scaled, { services: ['redis3'] })).not.toMatch(/waiting|not run/);
});

test('a search has found so many so far until it has seen all that was kept', () => {
  const { finder, ...logs } = fakeLogs(failover);
  const searching = (caughtUp: boolean) => {
    const state = { pattern: 'lock', hits: 3, tested: 20, total: 58, caughtUp, trouble: null };
    return textOf({ ...logs, finder: { ...finder, search: () => {}, state } }, { filter: 'lock' });
  };
  expect(searching(false)).toMatch(/\/lock 3 hits so far /);
  expect(searching(true)).toMatch(/\/lock 3 hits +\n/);
});

test('of a search longer than the terminal its end is in sight while it is typed, and then what it has found', async () => {
  const screen = await openScreen({ size: [60, 15], logs: fakeLogs(failover) });
  screen.type(`l/${'long '.repeat(14)}end`);
  expect(await screen.until(/end▏/)).toMatch(/\n \/….*long end▏ 0 hits *\n?$/);
  screen.type('\r');
  expect(await screen.until(/f follow/)).toMatch(/\/long long .*… 0 hits/);
});

test('a match that does not show is told where it is', () => {
  const told = (text: string, filter: string, changes: Partial<LogLayer> = {}, looks = {}) => {
    const logs = fakeLogs([{ ago: 0, service: 'backend', text }]);
    const cursor = logs.buffer.idOf(logs.buffer.slotAt(0));
    const status =
      textOf(logs, { filter, cursor, top: cursor, ...changes }, looks)
        .split('\n')
        .at(-2) ?? '';
    return /the match .*\S/.exec(status)?.[0] ?? null;
  };
  const json = '{"level":"info","ts":"2026-11-23T21:04:11Z","caller":"raft/raft.go:42","msg":"all is well"}';
  expect(told(json, 'caller')).toBe('the match is in the raw line: u');
  expect(told(json, 'well')).toBeNull();
  expect(told(json, 'caller', {}, { raw: true, stamps: 'none' })).toBeNull();
  const long = `${'a lot of words '.repeat(20)}needle`;
  expect(told(long, 'needle')).toBe('the match is further right: → or w');
  expect(told(`${'a lot of words '.repeat(200)}needle`, 'needle')).toBe('the match is further right: → or w');
  expect(told(long, 'needle', {}, { wrap: true })).toBeNull();
  expect(told(`needle ${long.slice(0, -6)}`, 'needle', { shift: 32 })).toBe('the match is further left: ←');
});

test('a note tells whose it is, a marker is nobody’s', () => {
  const text = textOf(fakeLogs(failover));
  expect(text).toMatch(/21:04:07\.700 patroni2 {2}── restarted ─+ *\n/);
  expect(text).toMatch(/21:04:09\.200 ── marker 21:04:09 ─+ *\n/);
  expect(textOf(fakeLogs(failover), { services: ['patroni2'] })).toMatch(/21:04:07\.700 ── restarted ─+ *\n/);
});

test('what PostgreSQL and Redis put before every line shows only raw', () => {
  const line = (raw: boolean) => textOf(fakeLogs(failover), { services: ['redis1', 'patroni1'] }, { raw }, [200, 50]);
  expect(line(false)).not.toMatch(/pid=|role=/);
  expect(line(true)).toMatch(/7:M 15 Jan 2026 .* Connection with replica/);
  expect(line(true)).toMatch(/UTC \[812\] .*duplicate key/);
});

test('a wrapped line goes on without the blanks at which it was broken', () => {
  const words = Array.from({ length: 40 }, (_, index) => `word${index}`).join('  ');
  const text = textOf(fakeLogs([{ ago: 0, service: 'backend', text: words }]), {}, { wrap: true });
  const rows = text.split('\n').filter((row) => /word\d/.test(row));
  expect(rows.length).toBeGreaterThan(3);
  const indents = rows.slice(1).map((row) => row.search(/word/));
  expect(new Set(indents).size).toBe(1);
  expect(rows.flatMap((row) => row.match(/word\d+/g) ?? []).join('  ')).toBe(words);
});

test('the menu of services tells how each one’s stream is, as far as it is known', async () => {
  const screen = await openScreen({
    size: [80, 24],
    logs: fakeLogs(failover, { states: { etcd2: 'waiting', etcd3: 'waiting' } }),
  });
  screen.type('ls ');
  await screen.until(/Services ── Enter closes/);
  screen.type('a');
  await screen.until(/\[x\] etcd3/);
  screen.type('\x1b[B\x1b[B ');
  const text = await screen.until(/\[ \] etcd3/);
  expect(text).toMatch(/\[x\] etcd1 +following/);
  expect(text).toMatch(/\[x\] etcd2 +not running/);
  expect(text).toMatch(/\[ \] etcd3 *\n/);
});

test('what fell out is counted', () => {
  const lines = Array.from({ length: 50 }, (_, index) => ({
    ago: 50 - index,
    service: 'redis1',
    text: `line ${index}`,
  }));
  expect(textOf(fakeLogs(lines, { bounds: { lines: 30, bytes: 1000 } }))).toMatch(/ 10–30 of 30 · 20 fell out /);
});
