import fc from 'fast-check';
import { expect, test } from 'vitest';
import { frameReader } from '../../source/logs/frames.ts';
import { stampReader } from '../../source/logs/stamp.ts';
import { chunked, frame } from './frame.ts';

const kinds = fc.constantFrom('out', 'err');
const payloads = fc.array(fc.tuple(kinds, fc.uint8Array({ maxLength: 300 })), { maxLength: 30 });
const cuts = fc.array(fc.nat({ max: 4000 }), { maxLength: 60 });

/** What comes out of chunks, and the text that was no frames. */
function read(chunks: readonly Uint8Array[]): { messages: [string, Buffer, number][]; from: number } {
  const messages: [string, Buffer, number][] = [];
  const frames = frameReader((kind, bytes, from, to, skipped) => {
    messages.push([kind, Buffer.from(bytes.subarray(from, to)), skipped]);
  });
  for (const chunk of chunks) {
    const from = frames.push(chunk);
    if (from >= 0) return { messages, from: from + frames.rest.length };
  }
  return { messages, from: -1 };
}

test('frames come out as they went in, wherever chunks end', () => {
  fc.assert(
    fc.property(payloads, cuts, (sent, at) => {
      const bytes = Buffer.concat(sent.map(([kind, payload]) => frame(kind, payload)));
      const { messages, from } = read(chunked(bytes, at));
      expect(messages).toEqual(sent.map(([kind, payload]) => [kind, Buffer.from(payload), 0]));
      expect(from).toBe(-1);
    }),
  );
});

test('a frame in one chunk is not copied', () => {
  const bytes = frame('out', Buffer.from('text'));
  let seen: ArrayBufferLike | null = null;
  frameReader((_, from) => {
    seen = from.buffer;
  }).push(bytes);
  expect(seen).toBe(bytes.buffer);
});

test('what is no head is handed back, also in the middle of a chunk and over its border', () => {
  const good = frame('out', Buffer.from('good'));
  for (const [garbage, why] of [
    ['hello, world', 'text'],
    ['\x01\0\0\x01\0\0\0\x04', 'no zeros'],
    ['\x01\0\0\0\xff\xff\xff\xff', '4 GiB'],
  ]) {
    const bytes = Buffer.concat([good, Buffer.from(garbage ?? '', 'latin1')]);
    for (let cut = 0; cut <= bytes.length; cut++) {
      const frames = read(chunked(bytes, [cut]));
      expect(frames.messages, `${why}, cut at ${cut}`).toEqual([['out', Buffer.from('good'), 0]]);
      expect(frames.from, `${why}, cut at ${cut}`).toBeGreaterThanOrEqual(0);
    }
  }
});

test('a head that lies costs no memory: what is beyond the limit is counted', () => {
  const length = 10 * 1024 * 1024;
  const head = frame('err', Buffer.alloc(0));
  head.writeUInt32BE(length, 4);
  const megabyte = Buffer.alloc(1024 * 1024, 'x');
  const before = process.memoryUsage().arrayBuffers;
  const { messages } = read([head, ...Array.from({ length: 10 }, () => megabyte), frame('out', Buffer.from('next'))]);
  expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(2 * 1024 * 1024);
  expect(messages).toHaveLength(2);
  expect((messages[0]?.[1].length ?? 0) + (messages[0]?.[2] ?? 0)).toBe(length);
  expect(messages[1]).toEqual(['out', Buffer.from('next'), 0]);
});

test('garbage of any kind neither hangs nor throws', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 5000 }), cuts, (bytes, at) => {
      const { messages } = read(chunked(Buffer.from(bytes), at));
      expect(messages.reduce((sum, [, text]) => sum + text.length, 0)).toBeLessThanOrEqual(bytes.length);
    }),
  );
});

const stampOf = (text: string) => {
  const reader = stampReader();
  const bytes = Buffer.from(text);
  const from = reader.read(bytes, 0, bytes.length);
  return from < 0 ? null : { ms: reader.ms, ns: reader.ns, text: bytes.subarray(from).toString() };
};

test.each([
  ['2026-11-23T21:24:36.092794966Z text', '2026-11-23T21:24:36.092Z', 794_966, 'text'],
  ['2026-11-23T21:24:36.5Z ', '2026-11-23T21:24:36.500Z', 0, ''],
  ['2026-11-23T21:24:36Z x', '2026-11-23T21:24:36.000Z', 0, 'x'],
  ['2026-11-23T21:24:36.123456+02:00 x', '2026-11-23T19:24:36.123Z', 456_000, 'x'],
  ['2026-11-23T21:24:36.000000001-05:30 x', '2026-11-24T02:54:36.000Z', 1, 'x'],
  ['2026-11-23T21:24:36.123456789+00:00  x', '2026-11-23T21:24:36.123Z', 456_789, ' x'],
])('%s', (text, iso, ns, rest) => {
  expect(stampOf(text)).toEqual({ ms: Date.parse(iso), ns, text: rest });
});

test.each([
  '',
  'text',
  '2026-11-23T21:24:36.092794966Z',
  '2026-11-23 21:24:36.092794966Z x',
  '2026-11-23T21:24:36.092794966 x',
  '2026-11-23T21:24:3a.092794966Z x',
  '2026-11-23T21:24:36.092794966+2:00 x',
])('no stamp: %s', (text) => {
  expect(stampOf(text)).toBe(null);
});

test('the second that was read last is not taken for another', () => {
  const reader = stampReader();
  fc.assert(
    fc.property(fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true }), (date) => {
      const text = Buffer.from(`${date.toISOString()} x`);
      expect(reader.read(text, 0, text.length)).toBe(text.length - 1);
      expect(reader.ms).toBe(date.getTime());
    }),
  );
});
