import { beforeAll, expect, test, vi } from 'vitest';
import { lineLimit } from '../../source/logs/assemble.ts';
import { ensureImages } from '../helpers/stack.ts';
import { breakable, counting, follow, gaps, linesOf, program, project } from './follow-containers.ts';

beforeAll(ensureImages);

const soon = { timeout: 10_000, interval: 20 };

test('killed and started ten times: one continuous log, with notes in their places', async () => {
  const container = await program('killed', counting(2_000, 600));
  const { heard, texts, notes } = follow('killed');
  const ran = (run: number) => texts().filter((text) => text.startsWith(`${run} `)).length;
  for (let run = 0; run < 10; run++) {
    await vi.waitFor(() => expect(ran(run)).toBeGreaterThan(100), soon);
    await container.kill();
    await container.wait();
    await container.start();
  }
  await vi.waitFor(() => expect(ran(10)).toBeGreaterThan(100), soon);
  await container.kill();
  await vi.waitFor(() => expect(notes()).toHaveLength(21), soon);
  const all = await linesOf(container);
  await vi.waitFor(() => expect(texts()).toHaveLength(all), soon);
  expect(gaps(texts())).toEqual([]);
  // Sorted by moment, as a buffer does: each run stands between the note of its start and that of its end.
  const shown = heard
    .toSorted((a, b) => a.at - b.at)
    .map(({ kind, text }) => (kind === 'note' ? text : text.split(' ')[0]));
  const changes = shown.filter((text, at) => text !== shown[at - 1]);
  const expected = Array.from({ length: 11 }, (_, run) => [...(run > 0 ? ['restarted'] : []), String(run), 'killed']);
  expect(changes).toEqual(expected.flat());
});

test('recreated under its name: the same source, with a note between', async () => {
  const say = (text: string) => `import time; print('${text}'); time.sleep(600)`;
  const old = await program('again', say('old'));
  const { following, heard, texts } = follow('again');
  await vi.waitFor(() => expect(texts()).toEqual(['old']), soon);
  await old.remove({ force: true });
  await program('again', say('new'));
  await vi.waitFor(() => expect(texts()).toEqual(['old', 'new']), soon);
  expect(heard.map(({ text }) => text)).toEqual(['old', 'killed', 'recreated', 'new']);
  expect(following.sources).toMatchObject([
    { source: { index: 0, container: `${project}-again-1` }, state: 'reading' },
  ]);
  await vi.waitFor(() => expect(following.sources[0]?.state).toBe('following'), soon);
});

const long = `
import sys
sizes = [0, 1, 16383, 16384, 16385, 32768, 65536, 100000, 1048576]
for size in sizes: sys.stdout.write('ab' * (size // 2) + 'c' * (size % 2) + '\\n')
sys.stdout.write('no end')
`;
const sizes = [0, 1, 16_383, 16_384, 16_385, 32_768, 65_536, 100_000, 1_048_576];
const kept = sizes.map((size) => `${'ab'.repeat(Math.floor(size / 2))}${'c'.repeat(size % 2)}`.slice(0, lineLimit));

test.each([
  { tty: false, name: 'long' },
  { tty: true, name: 'long-tty' },
])('lines of up to 1 MB are whole up to the limit, and one without an end is one: %o', async ({ tty, name }) => {
  const container = await program(name, long, { tty });
  const { heard, texts, state } = follow(name);
  await vi.waitFor(() => expect(state()).toBe('waiting'), soon);
  expect(texts().map((text) => text.length)).toEqual([...kept.map((text) => text.length), 6]);
  expect(texts()).toEqual([...kept, 'no end']);
  const cuts = heard.filter(({ kind }) => kind === 'out').map(({ cut }) => cut);
  expect(cuts).toEqual([...sizes.map((size) => Math.max(0, size - lineLimit)), 0]);
  // Read on after the unended line, and then from the beginning.
  await container.start();
  await vi.waitFor(() => expect(texts()).toHaveLength(2 * (sizes.length + 1)), soon);
  expect(texts()).toEqual([...kept, 'no end', ...kept, 'no end']);
  const anew = follow(name);
  await vi.waitFor(() => expect(anew.texts()).toHaveLength(2 * (sizes.length + 1)), soon);
  expect(anew.texts()).toEqual(texts());
});

test('between what was there and what comes nothing is lost or doubled, at 5 000 lines/s', async () => {
  await program('handover', counting(5_000, 2));
  const followers = [];
  for (let count = 0; count < 4; count++) {
    const follower = follow('handover');
    followers.push(follower);
    await vi.waitFor(() => expect(follower.texts().length).toBeGreaterThan(0), soon);
  }
  for (const { texts } of followers) {
    await vi.waitFor(() => expect(texts()).toHaveLength(10_000), soon);
    expect(gaps(texts())).toEqual([]);
  }
});

test('a lost engine, and a service that was not chosen for a while, cost no line', async () => {
  const way = await breakable();
  await program('lost', counting(5_000, 3));
  const { following, texts, state } = follow('lost', { host: way.host });
  await vi.waitFor(() => expect(state()).toBe('following'), soon);
  await way.cut();
  await vi.waitFor(() => expect(following.trouble).toBeTypeOf('string'), soon);
  expect(state()).toBe('lost');
  await way.mend();
  await vi.waitFor(() => expect(state()).toBe('following'), soon);
  expect(following.trouble).toBe(null);
  for (const services of [[], ['lost'], [], null] as const) {
    const before = texts().length;
    following.choose(services);
    if (services?.length !== 0) await vi.waitFor(() => expect(texts().length).toBeGreaterThan(before), soon);
  }
  await vi.waitFor(() => expect(texts()).toHaveLength(15_000), soon);
  expect(gaps(texts())).toEqual([]);
});

test('a log that the engine rotates all the time: each line once, though the engine tells some twice', async () => {
  await program('rotated', counting(10_000, 3), { log: { 'max-size': '500k', 'max-file': '3' } });
  const { texts } = follow('rotated');
  await vi.waitFor(() => expect(new Set(texts()).size).toBe(30_000), soon);
  expect(texts()).toHaveLength(30_000);
  expect(gaps(texts())).toEqual([]);
});
