import fc from 'fast-check';
import stringWidth from 'string-width';
import { expect, test } from 'vitest';
import { hueOf } from '../../source/logs/service-hues.ts';
import { themeFor } from '../../source/ui/theme.ts';
import { drawn, textOf } from './drawn-log.ts';
import { type FakeLine, type FakeLogs, failover, fakeLogs, nasty, stackServices } from './fake-logs.ts';
import { openScreen, type TestScreen } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
] as const;

/** Opens the logs of all services from those of the first one. */
async function opened(logs: FakeLogs, size: readonly [number, number], env = {}): Promise<TestScreen> {
  const screen = await openScreen({ size, env, logs });
  screen.type('l');
  await screen.until(/Logs ── etcd1 |Logs -- etcd1 /);
  screen.type('s');
  await screen.until(/Services/);
  screen.type('a\r');
  await screen.until(/Logs (──|--) (all )?\d+ services/);
  return screen;
}

for (const [columns, rows] of sizes) {
  test(`all services followed, the newest line last, at ${columns}×${rows}`, async () => {
    const screen = await opened(fakeLogs(failover), [columns, rows]);
    const text = screen.text();
    expect(text).toMatch(/following ─+ \d+–58 of 58/);
    expect(text).toMatch(/21:04:05(\.500)? patroni1 {2}E duplicate key value violates/);
    expect(text).toMatch(/21:04:05(\.500)? patroni1 {4}DETAIL:/);
    expect(text).toMatch(/patroni2 +── restarted ───/);
    await expect(`${text}\n`).toMatchFileSnapshot(`log-following-${columns}x${rows}.txt`);
  });

  test(`going up stops at the line under the cursor, and what comes is counted, at ${columns}×${rows}`, async () => {
    const logs = fakeLogs(failover);
    const screen = await opened(logs, [columns, rows]);
    screen.type('kkkkk');
    await screen.until(/paused/);
    screen.type(' ');
    const before = await screen.until(/1 marked/);
    logs.put(Array.from({ length: 1204 }, (_, index) => ({ ago: 0, service: 'backend', text: `request ${index}` })));
    screen.pass(1_000);
    const text = await screen.until(/paused · 1 204 new/);
    const lines = (shown: string) => shown.split('\n').slice(2, -3);
    expect(lines(text)).toEqual(lines(before));
    await expect(`${text}\n`).toMatchFileSnapshot(`log-paused-${columns}x${rows}.txt`);
    screen.type('G');
    expect(await screen.until(/services · following/)).toMatch(/request 1203/);
  });

  test(`only what matches, with the lines around it, at ${columns}×${rows}`, async () => {
    const screen = await opened(fakeLogs(failover), [columns, rows]);
    screen.type('/duplicate|wal stream');
    await screen.until(/3 hits/);
    screen.type('\r');
    screen.type('F]');
    const text = await screen.until(/only matches ±1/);
    expect(text).toMatch(/› ?21:04:05\S* patroni1 {2}E duplicate key/);
    expect(text).not.toMatch(/selected new timeline/);
    await expect(`${text}\n`).toMatchFileSnapshot(`log-only-${columns}x${rows}.txt`);
  });

  test(`lines that no terminal should be given as they are, at ${columns}×${rows}`, async () => {
    const screen = await opened(fakeLogs(nasty), [columns, rows]);
    const text = screen.text();
    expect(text).toMatch(/name {4}value {3}unit/);
    expect(text).toMatch(/E 库存不足 {2}order=\{"id":1204/);
    if (columns > 60) expect(text).toMatch(/xxx … 1\.0 MB more/);
    await expect(`${text}\n`).toMatchFileSnapshot(`log-nasty-${columns}x${rows}.txt`);
  });
}

test('long lines are wrapped, or read by scrolling to the right', async () => {
  const screen = await opened(fakeLogs(failover), [80, 24]);
  screen.type('w');
  await expect(`${await screen.until(/\n +\(1204, 'cup'\)/)}\n`).toMatchFileSnapshot('log-wrapped-80x24.txt');
  screen.type('w');
  await screen.until(/INSERT INTO orders \(id?.*›/);
  screen.type('\x1b[C');
  expect(await screen.until(/‹/)).toMatch(/‹T INTO orders \(id, item\) VALUES \(1204, 'cup'\)/);
});

test('time stands before lines as it is wanted: not at all, of day, in full, or since', async () => {
  const screen = await opened(fakeLogs(failover), [120, 40]);
  const line = (text: string) => text.split('\n').find((each) => /secondary.*leader \(patroni1\)/.test(each));
  expect(line(screen.text())).toMatch(/^│ {2}21:04:10\.060 patroni3 {4}no action/);
  screen.type('t');
  expect(line(await screen.until(/2026-01-15 21:04:10/))).toMatch(/^│ {2}2026-01-15 21:04:10\.060000 patroni3 /);
  screen.type('t');
  expect(line(await screen.until(/-0\.9 s/))).toMatch(/^│ +-0\.9 s patroni3 /);
  screen.type('k');
  expect(line(await screen.until(/paused/))).toMatch(/^│ +\+0\.160 s patroni3 /);
  screen.type('t');
  expect(line(await screen.until((text) => !/0\.160 s/.test(text)))).toMatch(/^│ {2}patroni3 {4}no action/);
});

test('JSON and prefixes are taken apart, and shown as written on a key', async () => {
  const screen = await opened(fakeLogs(failover), [120, 40]);
  expect(screen.text()).toMatch(/etcd2 {7}lease expired {2}lease-id=694d8a2f1c0b7d11/);
  screen.type('u');
  expect(await screen.until(/"level":"info"/)).toMatch(/etcd2 {7}\{"level":"info","ts":"2026-/);
});

test('without UTF-8 logs are ASCII', async () => {
  const screen = await opened(fakeLogs([...failover, ...nasty]), [80, 24], { LANG: 'C' });
  const text = screen.text();
  expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  await expect(`${text}\n`).toMatchFileSnapshot('log-ascii-80x24.txt');
});

test('without colour nothing of a log is coloured, and it reads the same', async () => {
  const frame = async (env: Record<string, string>) => {
    const screen = await opened(fakeLogs([...failover, ...nasty]), [120, 40], env);
    return { text: screen.text(), raw: screen.raw() };
  };
  const [plain, colored] = [await frame({ NO_COLOR: '1' }), await frame({})];
  expect(plain.text).toBe(colored.text);
  // A service in its hue, a word as its writer coloured it.
  expect(colored.raw).toMatch(/\x1b\[[\d;]*3[2456]m(patroni|redis|etcd|sentinel)\d/);
  expect(colored.raw).toMatch(/\x1b\[[\d;]*31m.{0,20}failed/);
  expect(plain.raw).not.toMatch(/\x1b\[[\d;]*3[0-7]m/);
});

test('a level hides the lines of an entry together, and notes of our own show at every level', () => {
  const text = textOf(fakeLogs(failover), { levels: ['error'] });
  expect(text).toMatch(/E duplicate key.*\n.*DETAIL:.*\n.*STATEMENT:/);
  expect(text).toMatch(/patroni2 +── killed/);
  expect(text).not.toMatch(/no action|WAL stream/);
});

test('the service is left out where there is just one and little room', () => {
  const changes = { services: ['backend'] };
  expect(textOf(fakeLogs(failover), changes)).toMatch(/21:04:03\.989 {3}postgres: writing/);
  expect(textOf(fakeLogs(failover), changes, {}, [120, 40])).toMatch(/21:04:03\.989 backend {3}postgres: writing/);
});

test('matches are inverted, and not so in the inverted line of the cursor', () => {
  const logs = fakeLogs(failover);
  const { shown } = drawn(logs, { filter: 'lock' });
  const last = shown.log?.last() ?? null;
  const cursor = shown.log?.hit(last, -1) ?? null;
  const lines = drawn(logs, { filter: 'lock', cursor, top: cursor }).lines.filter((line) => line.includes('lock'));
  expect(lines.some((line) => line.includes('session \x1b[7mlock\x1b[27m'))).toBe(true);
  expect(lines.some((line) => line.includes('with the \x1b[27m\x1b[1mlock\x1b[22m'))).toBe(true);
});

test('what is searched for is marked as soon as it is known where it stands', () => {
  const slow = fakeLogs(failover, { slow: true });
  expect(drawn(slow, { filter: 'lock' }).lines.join('\n')).not.toMatch(/\x1b\[7mlock/);
  const { marks } = fakeLogs(failover).finder;
  const known = fakeLogs();
  known.finder.search('lock');
  expect(marks('a lock')).toEqual([]);
  Object.assign(slow.finder, { marks: known.finder.marks });
  expect(drawn(slow, { filter: 'lock' }).lines.join('\n')).toMatch(/\x1b\[7mlock/);
});

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 400 }),
  fc.string({ unit: 'grapheme', maxLength: 200 }),
  fc.constantFrom(...nasty.map(({ text }) => (typeof text === 'string' ? text : text.toString()))),
  fc
    .array(fc.constantFrom('\x1b[31m', '\x1b[0m', '\t', '库', '👩‍👩‍👧', '́', 'a', ' ', '\x1b]0;', '\x07', '\r', '🇩🇪'), {
      maxLength: 60,
    })
    .map((parts) => parts.join('')),
);

test('whatever is written, every row is exactly as wide as the terminal, and nothing of it reaches the terminal as code', () => {
  const line: fc.Arbitrary<FakeLine> = fc.record({
    ago: fc.integer({ min: 0, max: 90_000_000 }),
    service: fc.constantFrom(null, ...stackServices),
    text: fc.oneof(anyText, fc.uint8Array({ maxLength: 300 })),
    kind: fc.constantFrom('out', 'err', 'note'),
    cut: fc.constantFrom(0, 3, 5_000_000),
  });
  const changes = fc.record({
    shift: fc.constantFrom(0, 1, 2, 17, 5_000),
    services: fc.constantFrom(null, ['backend']),
    filter: fc.constantFrom('', 'a', '.'),
    said: fc.option(anyText),
  });
  const looks = fc.record({
    stamps: fc.constantFrom('none', 'time', 'full', 'relative'),
    wrap: fc.boolean(),
    raw: fc.boolean(),
    ansi: fc.boolean(),
  });
  fc.assert(
    fc.property(
      fc.array(line, { maxLength: 12 }),
      changes,
      looks,
      fc.constantFrom(...sizes),
      (lines, changed, looked, size) => {
        const { lines: rows } = drawn(fakeLogs(lines), changed, looked, size);
        expect(rows.length).toBe(size[1]);
        for (const row of rows) {
          const bare = row.replaceAll(/\x1b\[[\d;]*m/g, '');
          expect(bare).not.toMatch(/[\x00-\x1f\x7f-\x9f\u200b-\u200f\u202a-\u202e\u2066-\u2069]/);
          expect(stringWidth(bare), bare).toBe(size[0]);
        }
      },
    ),
    { numRuns: 60 },
  );
});

test('a service has the same hue every time, and members of one system differ in theirs', () => {
  const hues = (name: string) => [1, 2, 3].map((number) => hueOf(`${name}${number}`));
  for (const name of ['etcd', 'patroni', 'redis', 'sentinel']) expect(new Set(hues(name)).size).toBe(3);
  expect(hues('redis')).toEqual(hues('redis'));
  const { paint } = themeFor({ LANG: 'C.UTF-8', NO_COLOR: '1' });
  expect(stackServices.map((name) => paint[hueOf(name)](name))).toEqual(stackServices);
});
