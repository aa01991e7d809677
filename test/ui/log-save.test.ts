import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { createBuffer } from '../../source/logs/buffer.ts';
import type { LogBuffer, Source } from '../../source/logs/types.ts';
import { copyLines, pathOf, proposedPath, saveLines, savingFailed } from '../../source/ui/log-save.ts';
import type { LogShown } from '../../source/ui/log-types.ts';
import { logWindow } from '../../source/ui/log-window.ts';

process.env.TZ = 'UTC';
const now = Date.parse('2026-11-23T21:04:11.123Z');
const sources: readonly Source[] = [{ index: 0, container: 'paws-etcd1-1', service: 'etcd1' }];

function folder(): string {
  const path = mkdtempSync(join(tmpdir(), 'paws-save-'));
  onTestFinished(() => rmSync(path, { recursive: true }));
  return path;
}

function filled(lines: readonly string[], bound = 200_000): { buffer: LogBuffer; shown: LogShown } {
  const buffer = createBuffer({ lines: bound, bytes: 64_000_000 });
  add(buffer, lines, 0);
  const everything = { sources: null, levels: null, matches: null, context: null };
  return { buffer, shown: { ids: [], ...logWindow(buffer, everything).shown } };
}

function add(buffer: LogBuffer, lines: readonly string[], first: number): void {
  for (const [index, line] of lines.entries()) {
    const at = { ms: now + first + index, ns: 456_789 };
    buffer.add({ source: 0, kind: 'out', at, entry: at, text: Buffer.from(line), cut: index === 1 ? 7 : 0 });
  }
  buffer.settle();
}

/** Everything that shows, or one line, into a file. */
const save = (path: string, { buffer, shown }: ReturnType<typeof filled>, slots = shown.slots()): Promise<string> =>
  saveLines(path, copyLines(slots, buffer, path), sources);

test('plain lines have time and service before them and are otherwise as they were written', async () => {
  const path = join(folder(), 'a.log');
  expect(await save(path, filled(['one \x1b[31mred', 'two', 'three ✓']))).toBe(path);
  expect(readFileSync(path, 'utf8')).toBe(
    [
      '2026-11-23T21:04:11.123456789Z etcd1 | one \x1b[31mred',
      '2026-11-23T21:04:11.124456789Z etcd1 | two … 7 bytes left out',
      '2026-11-23T21:04:11.125456789Z etcd1 | three ✓',
      '',
    ].join('\n'),
  );
  expect(statSync(path).mode & 0o777).toBe(0o600);
});

test('a name that ends in .json makes each line an object', async () => {
  const path = join(folder(), 'a.json');
  await save(path, filled(['{"a":1}', 'x']));
  const objects = readFileSync(path, 'utf8').trim().split('\n');
  expect(objects.map((text) => JSON.parse(text))).toEqual([
    {
      at: '2026-11-23T21:04:11.123456789Z',
      service: 'etcd1',
      container: 'paws-etcd1-1',
      stream: 'stdout',
      level: null,
      text: '{"a":1}',
    },
    expect.objectContaining({ text: 'x', cutBytes: 7 }),
  ]);
});

test('a file that is there stays as it is', async () => {
  const path = join(folder(), 'a.b.log');
  writeFileSync(path, 'mine');
  const saved = [await save(path, filled(['x'])), await save(path, filled(['x']))];
  expect(saved).toEqual([path.replace('.log', '-1.log'), path.replace('.log', '-2.log')]);
  expect(readFileSync(path, 'utf8')).toBe('mine');
});

test('of 100 000 lines none is missing, and nothing else waits for long', async () => {
  const all = filled(Array.from({ length: 100_000 }, (_, index) => `line ${index} ${'x'.repeat(80)}`));
  const path = join(folder(), 'a.log');
  const copied = copyLines(all.shown.slots(), all.buffer, path);
  let longest = 0;
  let last = performance.now();
  const timer = setInterval(() => {
    longest = Math.max(longest, performance.now() - last);
    last = performance.now();
  });
  await saveLines(path, copied, sources);
  clearInterval(timer);
  const numbers = readFileSync(path, 'utf8')
    .trim()
    .split('\n')
    .map((line) => Number(line.split(' ')[4]));
  expect(numbers).toHaveLength(100_000);
  expect(numbers.filter((number, index) => number !== index)).toEqual([]);
  // The machine may be busy; in one go it would be 150 ms and more.
  expect(longest).toBeLessThan(100);
});

test('what falls out while it is written is in the file, and what comes meanwhile is not', async () => {
  const old = Array.from({ length: 1_000 }, (_, index) => `old ${index}`);
  const all = filled(old, 1_000);
  const path = join(folder(), 'a.log');
  const saving = save(path, all);
  add(all.buffer, Array(600).fill('new'), 1_000);
  await saving;
  const lines = readFileSync(path, 'utf8').trim().split('\n');
  expect(lines.map((line) => line.split(' | ')[1]?.replace(/ … .*/, ''))).toEqual(old);
});

test('a path is proposed where files can be written', () => {
  expect(proposedPath(now, '/', '/elsewhere')).toBe('/paws-logs-20261123-210411.log');
  expect(proposedPath(now, '/proc/nothing', '/elsewhere')).toBe('/elsewhere/paws-logs-20261123-210411.log');
  expect(pathOf(' ~/a.log ', '/here', '/home/me')).toBe('/home/me/a.log');
  expect(pathOf('b/a.log', '/here', '/home/me')).toBe('/here/b/a.log');
  expect(pathOf('/tmp/a.log', '/here', '/home/me')).toBe('/tmp/a.log');
});

test('what went wrong is a sentence', async () => {
  const here = folder();
  for (const [path, said] of [
    [join(here, 'none', 'a.log'), `not saved: there is no folder ${join(here, 'none')}`],
    [join(here, 'x'.repeat(300)), `not saved to ${join(here, 'x'.repeat(300))}: the name is too long`],
  ] as const) {
    const error = await save(path, filled(['x'])).catch((thrown: unknown) => thrown);
    expect(savingFailed(error, path)).toBe(said);
    expect(existsSync(path)).toBe(false);
  }
});
