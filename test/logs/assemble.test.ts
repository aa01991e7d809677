import fc from 'fast-check';
import { expect, test } from 'vitest';
import { assembler, lineLimit } from '../../source/logs/assemble.ts';
import { chunked, frame } from './frame.ts';

const part = 16 * 1024;
const second = '2026-11-23T21:24:36';
const stamped = (nano: number, text: Uint8Array | string) =>
  Buffer.concat([Buffer.from(`${second}.${String(nano).padStart(9, '0')}Z `), Buffer.from(text)]);

type Wrote = { kind: string; nano: number; text: Buffer };
type Read = { kind: string; nano: number; text: Buffer; cut: number };

function read(chunks: readonly Uint8Array[], { framed = true, stampsParts = false, whole = true } = {}): Read[] {
  const lines: Read[] = [];
  const lineReader = assembler({
    framed,
    stampsParts,
    now: () => 0,
    written: (kind, at, text, cut) =>
      lines.push({ kind, nano: (at.ms - Date.parse(`${second}Z`)) * 1e6 + at.ns, text: Buffer.from(text), cut }),
  });
  for (const chunk of chunks) lineReader.push(chunk);
  lineReader.end(whole);
  return lines;
}

/** What Docker makes of a line: parts of 16 KiB, all with the stamp of the first. */
function messages({ nano, text }: Wrote): Buffer[] {
  const found: Buffer[] = [];
  let at = 0;
  for (; text.length - at >= part; at += part) found.push(stamped(nano, text.subarray(at, at + part)));
  return [...found, stamped(nano, Buffer.concat([text.subarray(at), Buffer.from('\n')]))];
}

const expected = (lines: readonly Wrote[]): Read[] =>
  lines.map(({ kind, nano, text }) => {
    let end = text.length;
    while (end > 0 && text[end - 1] === 13) end--;
    return { kind, nano, text: text.subarray(0, Math.min(end, lineLimit)), cut: Math.max(0, end - lineLimit) };
  });

const texts = fc.oneof(
  fc.uint8Array({ maxLength: 60 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }).map((text) => Buffer.from(`${text}\r`)),
  fc
    .constantFrom(part - 1, part, part + 1, 2 * part, lineLimit, lineLimit + 1, 5 * part - 1)
    .map((length) => Buffer.alloc(length, 'ab\r')),
);
const wrote = (kinds: readonly string[]) =>
  fc.array(fc.tuple(fc.constantFrom(...kinds), texts), { minLength: 1, maxLength: 12 }).map((all) =>
    all.map(([kind, bytes], at): Wrote => {
      const text = Buffer.from(bytes).map((byte) => (byte === 10 ? 11 : byte));
      return { kind, nano: at + 1, text: Buffer.from(text) };
    }),
  );
const cuts = fc.array(fc.nat({ max: 200_000 }), { maxLength: 50 });

test('lines come out as they were written, in parts and chunks of any kind, valid UTF-8 or not', () => {
  fc.assert(
    fc.property(wrote(['out', 'err']), cuts, (lines, at) => {
      const bytes = Buffer.concat(lines.flatMap((line) => messages(line).map((each) => frame(line.kind, each))));
      expect(read(chunked(bytes, at))).toEqual(expected(lines));
    }),
    { numRuns: 200 },
  );
});

test('a terminal has no frames: stamps in the middle of long lines are taken out', () => {
  fc.assert(
    fc.property(wrote(['out']), cuts, (lines, at) => {
      const bytes = Buffer.concat(lines.flatMap(messages));
      // A chunk that begins with a stamp begins a message, so ends are put anywhere but where one stands in a text.
      expect(read(chunked(bytes, at), { framed: false })).toEqual(expected(lines));
    }),
    { numRuns: 200 },
  );
});

test('a time that a program itself writes, where a chunk begins, is text', () => {
  const texts = [`${second}.5Z begun`, `${second}Z`, `two ${second}.000000001Z and ${second}.123456Z`, ''];
  const bytes = Buffer.concat(texts.map((text, at) => stamped(1000 + at, `${text}\r\n`)));
  for (let cut = 1; cut < bytes.length; cut++) {
    const lines = read(chunked(bytes, [cut]), { framed: false });
    expect(lines.map(({ nano, text }) => [nano, `${text}`])).toEqual(texts.map((text, at) => [1000 + at, text]));
  }
});

test('parts of stdout and stderr that come in turns are put together apart', () => {
  const [out, err] = [Buffer.alloc(part, 'o'), Buffer.alloc(part, 'e')];
  const chunks = [frame('out', stamped(1, out)), frame('err', stamped(2, err))];
  chunks.push(frame('out', stamped(1, 'OUT\n')), frame('err', stamped(2, 'ERR\r\n')));
  expect(read(chunks).map(({ kind, text }) => [kind, text.length, text.subarray(part).toString()])).toEqual([
    ['out', part + 3, 'OUT'],
    ['err', part + 3, 'ERR'],
  ]);
});

test.each([true, false])('what a process had not ended when it died is a line; frames: %o', (framed) => {
  const pack = (text: string, nano: number) => (framed ? frame('out', stamped(nano, text)) : stamped(nano, text));
  const chunks = [pack('no end', 1), pack('new\n', 2), pack('$ ', 3)];
  expect(read(chunks, { framed }).map(({ text }) => text.toString())).toEqual(['no end', 'new', '$ ']);
});

test('a long line that was cut off by a lost engine is not told, since it will be read again', () => {
  const chunks = [frame('out', stamped(1, 'whole\n')), frame('out', stamped(2, Buffer.alloc(part, 'x')))];
  expect(read(chunks, { whole: false }).map(({ text }) => text.toString())).toEqual(['whole']);
  expect(read(chunks).map(({ text }) => text.length)).toEqual([5, part]);
});

test('Podman: parts of any length, each with a stamp and an offset of its own', () => {
  const stamp = (nano: number) => `${second}.${String(nano).padStart(9, '0')}+00:00 `;
  const chunks = [frame('out', Buffer.from(`${stamp(1)}one `)), frame('err', Buffer.from(`${stamp(2)}other\n`))];
  chunks.push(frame('out', Buffer.from(`${stamp(3)}line\n`)));
  expect(read(chunks, { stampsParts: true }).map(({ kind, text }) => [kind, text.toString()])).toEqual([
    ['err', 'other'],
    ['out', 'one line'],
  ]);
});

test('what should be frames and is none is read as it is', () => {
  const lines = [stamped(1, 'first\n'), stamped(2, 'second\n')];
  for (let cut = 0; cut < 30; cut++) {
    const chunks = chunked(Buffer.concat([frame('out', stamped(0, 'framed\n')), ...lines]), [50, 50 + cut]);
    expect(read(chunks).map(({ nano, text }) => [nano, text.toString()])).toEqual([
      [0, 'framed'],
      [1, 'first'],
      [2, 'second'],
    ]);
  }
});

test('garbage neither hangs nor throws, and no line is longer than the limit', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 3000 }), cuts, fc.boolean(), (bytes, at, framed) => {
      for (const { text } of read(chunked(Buffer.from(bytes), at), { framed })) {
        expect(text.length).toBeLessThanOrEqual(lineLimit);
      }
    }),
  );
});

test('a stream without a single end of line stays within the limit, and all of it is counted', () => {
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const [line, ...others] = read([stamped(1, ''), ...Array.from({ length: 20 }, () => megabyte)], { framed: false });
  expect(others).toEqual([]);
  expect(line?.text.length).toBe(lineLimit);
  expect(line?.cut).toBe(20 * 1024 * 1024 - lineLimit);
});
