import {
  closeSync,
  mkdtempSync,
  openSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  truncateSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, onTestFinished, test } from 'vitest';
import { openArchive, readArchived } from '../../source/logs/archive-read.ts';
import { openArchiveWriter } from '../../source/logs/archive-write.ts';
import type { LineKind, Moment } from '../../source/logs/types.ts';

type Written = { kind: LineKind; at: Moment; text: Buffer };

function directory(): string {
  const dir = mkdtempSync(join(tmpdir(), 'paws-top-archive-'));
  onTestFinished(() => rmSync(dir, { recursive: true }));
  return dir;
}

const begun = Date.UTC(2026, 10, 23, 21, 10, 57, 123);
const line = (source: number, { kind, at, text }: Written) => ({ source, kind, at, entry: at, text, cut: 0 });
const numbered = (number: number): Written => ({
  kind: 'out',
  at: { ms: begun + number, ns: 456_789 },
  text: Buffer.from(`line ${number}`),
});
const sourceOf = (index: number) => ({ service: `web${index}`, container: `paws-web${index}-1` });
const unheard = (line: string) => expect(line).toBe('nothing to say');

async function readBack(
  dir: string,
  options: { since?: Moment; tail?: number; said?: string[]; service?: string } = {},
) {
  const archive = await openArchive(dir);
  const lines: Written[] = [];
  for (const { service, files } of archive.sources) {
    if (options.service !== undefined && options.service !== service) continue;
    await readArchived({
      dir,
      files,
      since: options.since ?? null,
      tail: options.tail ?? null,
      line: (at, kind, text) => lines.push({ kind, at, text: Buffer.from(text) }),
      ready: async () => {},
      say: options.said === undefined ? unheard : (line) => options.said?.push(line),
      signal: new AbortController().signal,
    });
  }
  return lines;
}

test('what is written is read back, whatever it is, over as many files as it takes', async () => {
  const lines = fc.array(
    fc.record({
      kind: fc.constantFrom<LineKind>('out', 'err', 'note'),
      step: fc.nat(3),
      ns: fc.nat(999_999),
      text: fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes.filter((byte) => byte !== 10))),
    }),
    { maxLength: 80 },
  );
  await fc.assert(
    fc.asyncProperty(lines, fc.integer({ min: 200, max: 20_000 }), fc.nat(20), async (given, rotateBytes, every) => {
      const dir = mkdtempSync(join(tmpdir(), 'paws-top-archive-'));
      const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: unheard, rotateBytes });
      let ms = begun;
      const written: Written[] = [];
      for (const { step, ns, kind, text } of given) {
        ms += step;
        written.push({ kind, at: { ms, ns }, text });
        writer.add(line(0, { kind, at: { ms, ns }, text }));
        if (every > 0 && written.length % every === 0) await writer.flush();
      }
      await writer.close();
      expect(await readBack(dir)).toEqual(written);
      rmSync(dir, { recursive: true });
    }),
    { numRuns: 40 },
  );
});

test('files are lines that gunzip shows, named by service and start, for the owner only', async () => {
  const dir = directory();
  const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: unheard });
  writer.add(line(0, numbered(0)));
  writer.add({ ...line(0, { ...numbered(1), kind: 'err' }), cut: 1_234 });
  await writer.close();
  const [name = ''] = readdirSync(dir);
  expect(name).toBe('web0.20261123T211057.123Z.log.gz');
  expect(statSync(join(dir, name)).mode & 0o777).toBe(0o600);
  expect(gunzipSync(readFileSync(join(dir, name))).toString()).toBe(
    [
      '# paws-top archive 1 {"service":"web0","container":"paws-web0-1"}',
      '2026-11-23T21:10:57.123456789Z out line 0',
      '2026-11-23T21:10:57.124456789Z err line 1 … 1234 bytes left out',
      '',
    ].join('\n'),
  );
});

test('what was flushed is there though the writer never came to an end', async () => {
  const dir = directory();
  const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: unheard });
  const lines = Array.from({ length: 500 }, (_, index) => numbered(index));
  for (const each of lines) writer.add(line(0, each));
  await writer.flush();
  await expect.poll(() => readBack(dir)).toEqual(lines);
  const [name = ''] = readdirSync(dir);
  const whole = statSync(join(dir, name)).size;
  truncateSync(join(dir, name), whole - 40);
  const rest = await readBack(dir);
  expect(rest.length).toBeGreaterThan(100);
  expect(rest).toEqual(lines.slice(0, rest.length));
  await writer.close();
});

test('a damaged file is read up to its damage, and that is said', async () => {
  const dir = directory();
  const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: unheard });
  for (let number = 0; number < 20_000; number++) writer.add(line(0, numbered(number)));
  await writer.close();
  const [name = ''] = readdirSync(dir);
  const path = join(dir, name);
  const file = openSync(path, 'r+');
  writeSync(file, Buffer.alloc(400, 0xff), 0, 400, Math.floor(statSync(path).size * 0.8));
  closeSync(file);
  const said: string[] = [];
  const lines = await readBack(dir, { said });
  expect(lines.length).toBeGreaterThan(1_000);
  expect(lines.length).toBeLessThan(20_000);
  expect(said).toEqual([expect.stringContaining(`${name} is damaged`)]);
});

test('since and tail leave out the older ones, across files', async () => {
  const dir = directory();
  const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: unheard, rotateBytes: 1_000 });
  for (let number = 0; number < 300; number++) {
    writer.add(line(0, numbered(number * 100)));
    if (number % 25 === 0) await writer.flush();
  }
  await writer.close();
  expect(readdirSync(dir).length).toBeGreaterThan(5);
  const texts = (lines: Written[]) => lines.map(({ text }) => text.toString());
  expect(texts(await readBack(dir, { tail: 3 }))).toEqual(['line 29700', 'line 29800', 'line 29900']);
  expect(texts(await readBack(dir, { tail: 120 }))).toHaveLength(120);
  expect(texts(await readBack(dir, { tail: 0 }))).toEqual([]);
  const since = { ms: begun + 20_000, ns: 456_789 };
  expect(texts(await readBack(dir, { since }))[0]).toBe('line 20000');
  expect(texts(await readBack(dir, { since: { ...since, ns: 456_790 } }))[0]).toBe('line 20100');
  expect(texts(await readBack(dir, { since, tail: 1_000 }))).toHaveLength(100);
});

test('beyond the limit the oldest go, never the one being written, and it is said', async () => {
  const dir = directory();
  const said: string[] = [];
  const limit = 100_000;
  const writer = await openArchiveWriter({ dir, limit, sourceOf, say: (line) => said.push(line), rotateBytes: 40_000 });
  const noise = Buffer.from(
    Array.from({ length: 900 }, (_, index) => (index * index * 31 + index * 7) % 251 || 1).filter(
      (byte) => byte !== 10,
    ),
  );
  let number = 0;
  for (; number < 600; number++) {
    const text = Buffer.concat([
      Buffer.from(`${number} ${Math.sin(number)} `),
      Buffer.from(
        fc.sample(fc.uint8Array({ minLength: 400, maxLength: 400 }), { seed: number, numRuns: 1 })[0] ?? noise,
      ).map((byte) => (byte === 10 ? 11 : byte)),
    ]);
    writer.add(line(number % 2, { ...numbered(number), text }));
    if (number % 50 === 0) await writer.flush();
  }
  await writer.flush();
  const size = readdirSync(dir).reduce((sum, name) => sum + statSync(join(dir, name)).size, 0);
  expect(size).toBeLessThanOrEqual(limit);
  expect(said.length).toBeGreaterThan(0);
  expect(said[0]).toMatch(
    /^removed the (oldest file|\d oldest files) \(0\.\d MB\), begun until 2026-11-23T21:10:57\.\d{3}Z: the limit is 0\.1 MB$/,
  );
  await writer.close();
  const left = await readBack(dir, { service: 'web1' });
  expect(left.at(-1)?.text.toString()).toMatch(/^599 /);
});

test('what is not of an archive is named and left alone', async () => {
  const dir = directory();
  writeFileSync(join(dir, 'notes.txt'), 'mine');
  writeFileSync(join(dir, 'web1.20261123T211057.123Z.log.gz'), ''); // its writer was killed at once
  writeFileSync(join(dir, 'web0.20261123T211057.123Z.log.gz'), 'not compressed at all');
  expect(await openArchive(dir)).toEqual({
    dir,
    sources: [],
    foreign: ['notes.txt', 'web0.20261123T211057.123Z.log.gz'],
  });
  await expect(openArchive(join(dir, 'nowhere'))).rejects.toMatchObject({ kind: 'precondition' });
});

test('two writers that begin in the same millisecond do not get in each other’s way', async () => {
  const dir = directory();
  for (const container of ['paws-web-1', 'paws-web-2']) {
    const writer = await openArchiveWriter({
      dir,
      limit: 2 ** 30,
      sourceOf: () => ({ service: 'web', container }),
      say: unheard,
    });
    writer.add(line(0, numbered(0)));
    await writer.close();
  }
  expect((await openArchive(dir)).sources.map(({ container, files }) => [container, files.length])).toEqual([
    ['paws-web-1', 1],
    ['paws-web-2', 1],
  ]);
});

test('a file that is removed while it is written is followed by a new one', async () => {
  const dir = directory();
  const said: string[] = [];
  const writer = await openArchiveWriter({ dir, limit: 2 ** 30, sourceOf, say: (line) => said.push(line) });
  writer.add(line(0, numbered(0)));
  await writer.flush();
  const [name = ''] = readdirSync(dir);
  rmSync(join(dir, name));
  await writer.flush();
  writer.add(line(0, numbered(1)));
  await writer.close();
  expect(await readBack(dir)).toEqual([numbered(1)]);
  expect(said).toEqual([`${name} was removed while it was written; what comes from now on is kept in a new one`]);
});

test.each(['../../outside', '/', '..', '.hidden', 'a b\n日本', '', 'x'.repeat(300)])(
  'whatever a service is called, its file lies in the directory: %j',
  async (service) => {
    const dir = directory();
    const writer = await openArchiveWriter({
      dir,
      limit: 2 ** 30,
      sourceOf: () => ({ service, container: 'c' }),
      say: unheard,
    });
    writer.add(line(0, numbered(0)));
    await writer.close();
    expect(readdirSync(dir)).toEqual([expect.stringMatching(/^[\w-][\w.-]{0,99}\.20261123T211057\.123Z\.log\.gz$/)]);
    expect((await openArchive(dir)).sources).toMatchObject([{ service, container: 'c' }]);
    expect(await readBack(dir)).toEqual([numbered(0)]);
  },
);
