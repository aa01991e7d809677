import { expect, test } from 'vitest';
import {
  container,
  containing,
  having,
  healthySnapshot,
  missing,
  now,
  paused,
  silent,
  stopped,
} from '../helpers/snapshots.ts';
import { openScreen, viewOf } from './screen.ts';

const facts = [
  ['the verdict', /● OK/],
  ['tolerances', /etcd −1 {2}pg −1 {2}redis −2 {2}sentinel −1/],
  ['etcd quorum', /quorum 3\/3/],
  ['the Patroni leader', /patroni2 ★ +leader/],
  ['the sync standby', /patroni1 +sync standby/],
  ['the Redis master', /redis1 ★ +master/],
  ["each Sentinel's master", /sentinel3 +redis1/],
] as const;

for (const [columns, rows] of [
  [200, 60],
  [120, 40],
  [80, 24],
] as const) {
  test(`the same facts at ${columns}×${rows}`, async () => {
    const screen = await openScreen({ size: [columns, rows] });
    for (const [name, pattern] of facts) expect(screen.text(), name).toMatch(pattern);
  });
}

test('at 60×15 every system has a line, and the focused pane its rows', async () => {
  const screen = await openScreen({ size: [60, 15] });
  for (const pattern of [
    /1 Containers/,
    /2 etcd ── quorum 3\/3/,
    /3 Patroni ── leader patroni2/,
    /master redis1/,
    /5 Timeline/,
  ]) {
    expect(screen.text()).toMatch(pattern);
  }
  screen.type('3');
  const text = await screen.until(/patroni3 +replica/);
  expect(text).toMatch(/patroni2 ★ +leader/);
});

test('below 60×15 it says what it needs, and comes back when it gets it', async () => {
  const screen = await openScreen({ size: [59, 14] });
  expect(screen.text()).toMatch(/needs 60×15\n.*is 59×14/);
  await screen.resize(80, 24);
  await screen.until(/1 Containers/);
});

test('an old answer is shown by its age, not by its figures', async () => {
  const screen = await openScreen({ view: viewOf(having(healthySnapshot(), silent('etcd1', 2000))) });
  expect(screen.text()).toMatch(/etcd1 +follower +stale 2 s/);
});

test('a member that does not answer says for how long, and the others are not touched', async () => {
  const screen = await openScreen({ view: viewOf(having(healthySnapshot(), paused('patroni3', 4000))) });
  expect(screen.text()).toMatch(/patroni3 +\S+ +✖ no answer for 4 s/);
  expect(screen.text()).toMatch(/patroni2 ★ +leader +running +7/);
  expect(screen.text()).toMatch(/patroni3 +paused/);
});

test('a missing member stays on the list', async () => {
  const screen = await openScreen({ view: viewOf(having(healthySnapshot(), missing('sentinel2'))) });
  expect(screen.text()).toMatch(/sentinel2 +missing/);
  expect(screen.text()).toMatch(/▲ DEGRADED/);
});

test('ages go on while the store is silent', async () => {
  const screen = await openScreen({ view: viewOf(having(healthySnapshot(), silent('etcd1', 4000))) });
  expect(screen.text()).toMatch(/no answer for 4 s/);
  screen.pass(3000);
  await screen.until(/no answer for 7 s/);
});

test('CJK and emoji names keep every border in its column', async () => {
  const named = (name: string) => ({ ...container('x', null), name, service: null });
  const base = healthySnapshot();
  const names = [
    '数据库服务',
    'кот 😀 ok',
    'family 👩‍👩‍👧',
    'flag 🇩🇪',
    'heart ❤️',
    'a\u001b[31mred\u0007\tb\r\nc',
    'e\u0301',
  ];
  const screen = await openScreen({ view: viewOf({ ...base, containers: [...base.containers, ...names.map(named)] }) });
  screen.type('z');
  const text = await screen.until(/数据库服务/);
  const { default: stringWidth } = await import('string-width');
  const rows = text.split('\n').filter((line) => line.startsWith('│'));
  expect(rows.length).toBeGreaterThan(names.length);
  for (const row of rows) expect([stringWidth(row), row.at(-1)], row).toEqual([120, '│']);
  expect(screen.raw()).not.toMatch(/\u0007|\u001b\[31mred/);
});

test('300 containers: only rows that show are drawn, and what shows is what is sampled', async () => {
  const base = healthySnapshot();
  const idle = Array.from({ length: 300 }, (_, index) => ({
    ...container('x', null),
    name: `idle-${index}`,
    service: null,
  }));
  const screen = await openScreen({ view: viewOf({ ...base, containers: [...base.containers, ...idle] }) });
  expect(screen.text()).toMatch(/1–\d+ of 313/);
  screen.type('G');
  const text = await screen.until(/idle-299/);
  expect(text).not.toMatch(/idle-100/);
  const sampled = screen.calls.sampled.at(-1);
  expect(sampled?.has('idle-299')).toBe(true);
  expect(sampled?.has('idle-100')).toBe(false);
  expect(sampled?.has('paws-etcd1-1')).toBe(true);
});

test('a usual stack is sampled whole', async () => {
  const screen = await openScreen();
  expect(screen.calls.sampled).toEqual([null]);
});

test('stopped containers that are no member are hidden until asked for', async () => {
  const base = healthySnapshot();
  const old = { ...container('x', null), name: 'old-job', service: null, state: 'exited' as const, exitCode: 0 };
  const screen = await openScreen({
    view: viewOf(having({ ...base, containers: [...base.containers, old] }, stopped('redis3'))),
  });
  expect(screen.text()).not.toMatch(/old-job/);
  expect(screen.text()).toMatch(/redis3 +exited 137/);
  screen.type('a');
  await screen.until(/old-job +exited/);
});

test('containers without a name are listed by their ids, and each is itself', async () => {
  const snapshot = healthySnapshot();
  const nameless = ['abcdef0123456789', '9876543210fedcba'].map((id) => ({
    ...container('x', null),
    name: '',
    service: null,
    id,
    image: `of-${id.slice(0, 3)}`,
  }));
  const screen = await openScreen({ view: viewOf({ ...snapshot, containers: [...snapshot.containers, ...nameless] }) });
  screen.type('z');
  expect(await screen.until(/987654321/)).toMatch(/abcdef012345/);
  screen.type('G\r');
  const detail = await screen.until(/What it uses/);
  expect(detail).toMatch(/987654321/);
  expect(detail).toMatch(/image +of-987/);
});

const order = (text: string) =>
  [...text.matchAll(/^[ │] ?(\w+) +(?:running|exited|missing|paused)/gm)].map(([, name]) => name);

test('where not all containers fit, those in trouble come first; else, and where sorted, the order stays', async () => {
  const view = viewOf(having(healthySnapshot(), stopped('redis3'), containing('sentinel1', { health: 'unhealthy' })));
  const small = await openScreen({ size: [80, 24], view });
  expect(order(small.text()).slice(0, 3)).toEqual(['redis3', 'sentinel1', 'etcd1']);
  small.type('s\r');
  await small.until((text) => order(text)[0] === 'backend');
  const large = await openScreen({ view });
  expect(order(large.text()).slice(0, 3)).toEqual(['etcd1', 'etcd2', 'etcd3']);
});

test('throughput has its own history in each pane', async () => {
  const screen = await openScreen();
  expect(screen.text()).toMatch(/TPS 5m/);
  expect(screen.text()).toMatch(/patroni2 ★ .*█{6} +42/);
  expect(screen.text()).toMatch(/redis1 ★ .*█{6} +120/);
});

test("a paused container's last figures never show as current ones", async () => {
  const snapshot = having(healthySnapshot(), paused('patroni3', 4000));
  // As the monitor judges what was last read of a container that does not run.
  const containers = snapshot.containers.map((row) =>
    row.state === 'paused' ? { ...row, usage: { ...row.usage, status: 'absent' as const } } : row,
  );
  const screen = await openScreen({ size: [200, 60], view: viewOf({ ...snapshot, containers }) });
  const rows = screen
    .text()
    .split('\n')
    .filter((line) => /^│ patroni3/.test(line));
  expect(rows).toHaveLength(1);
  expect(rows[0]).toMatch(/patroni3 +paused/);
  // Memory, traffic and CPU as the container had them before.
  for (const figure of ['26M', '1.7k', '1.2k', '2.4']) expect(rows[0]).not.toContain(` ${figure} `);
  expect(screen.text()).toMatch(/│ patroni3 +\S+ +✖ (paused|no answer)/);
});

test('NO_COLOR: no colour is written, and every state still reads', async () => {
  const view = viewOf(having(healthySnapshot(), stopped('etcd1')));
  const plain = await openScreen({ env: { NO_COLOR: '1' }, view });
  expect(plain.text()).toMatch(/▲ DEGRADED/);
  expect(plain.raw()).not.toMatch(/\u001b\[(?:[\d;]*;)?3\d/);
  const colored = await openScreen({ view });
  expect(colored.raw()).toMatch(/\u001b\[(?:[\d;]*;)?3\d/);
});

test('events show in the timeline, newest last, in local time', async () => {
  const events = Array.from({ length: 30 }, (_, index) => ({
    id: index,
    at: now - (30 - index) * 1000,
    source: 'docker' as const,
    subject: null,
    level: 'info' as const,
    text: `event ${index}`,
  }));
  const screen = await openScreen({ view: viewOf(healthySnapshot(), events) });
  expect(screen.text()).toMatch(/21:04:10\.000 · docker +event 29/);
  expect(screen.text()).not.toMatch(/event 3\b/);
});

test('a smaller profile has no panes for what it does not have', async () => {
  const screen = await openScreen({ view: viewOf(healthySnapshot({ profile: 'minimal' })) });
  expect(screen.text()).toMatch(/4 Redis ── master redis1/);
  expect(screen.text()).not.toMatch(/sentinel/i);
});

test('nothing to watch: it says so, and every key still works', async () => {
  const nothing = { ...healthySnapshot(), containers: [], etcd: null, patroni: null, redis: null, sentinel: null };
  const screen = await openScreen({ view: viewOf(nothing) });
  expect(screen.text()).toMatch(/UNKNOWN/);
  expect(screen.text()).toMatch(/no container here belongs to a stack/);
  expect(screen.text()).not.toMatch(/2 etcd/);
  screen.type('\rjGs2\t\t?');
  await screen.until(/Everywhere/);
});

test('an engine that never answered', async () => {
  const base = healthySnapshot();
  const problem = { kind: 'no-engine', message: 'nothing listens on the socket', cause: null, tookMs: null } as const;
  const engine = { ...base.engine, state: 'reconnecting', version: null, problem } as const;
  const screen = await openScreen({
    view: viewOf({ ...base, engine, containers: [], etcd: null, patroni: null, redis: null, sentinel: null }),
  });
  expect(screen.text()).toMatch(/trying again: nothing listens/);
});

test('a terminal made smaller is drawn anew, whole', async () => {
  const screen = await openScreen();
  await screen.resize(80, 24);
  const text = await screen.until((shown) => shown.includes('1–8 of 13'));
  expect(text.split('\n')).toHaveLength(24);
  expect(text).toMatch(/q quit$/);
});

test('the seconds go on when the store has fallen silent', async () => {
  const screen = await openScreen();
  screen.pass(1400);
  await screen.until(/21:04:12/);
  screen.pass(1000);
  await screen.until(/21:04:13/);
});
