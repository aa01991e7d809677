import { PassThrough } from 'node:stream';
import { setImmediate as turn } from 'node:timers/promises';
import fc from 'fast-check';
import { expect, test, vi } from 'vitest';
import type { Engine } from '../../source/engine/types.ts';
import { type First, followContainer } from '../../source/logs/follow.ts';
import { readingTurns } from '../../source/logs/follow-turns.ts';
import { logStore } from './fake-log-store.ts';
import { frame } from './frame.ts';

function followed(engine: Pick<Engine, 'logs'>, first: First = {}, heard: (count: number) => void = () => {}) {
  const texts: string[] = [];
  const follower = followContainer({
    id: 'a',
    source: 0,
    first,
    sink: ({ text }) => heard(texts.push(Buffer.from(text).toString())),
    tracker: () => (_, at) => at,
    turns: readingTurns(),
    now: () => 0,
  });
  /** Follows until told to leave off; resolves with how it ended. */
  const attach = (follow = true) => {
    const leave = new AbortController();
    const ended = follower
      .attach(engine as Engine, { follow, signal: leave.signal })
      .then(() => 'ended')
      .catch((error: Error) => error.message);
    return { ended, leave: () => leave.abort() };
  };
  return { follower, texts, attach };
}

const steps = fc.array(
  fc.oneof(
    {
      weight: 8,
      arbitrary: fc.record({ kind: fc.constantFrom('out' as const, 'err' as const), after: fc.nat({ max: 3 }) }),
    },
    { weight: 1, arbitrary: fc.record({ pause: fc.constantFrom(300, 1_000, 5_000) }) },
    { weight: 2, arbitrary: fc.constantFrom('cut', 'end', 'leave', 'settle') },
  ),
  { maxLength: 80 },
);

test('however often a stream breaks, ends or is left, each line comes once and in its order', async () => {
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const store = logStore();
      const { texts, attach } = followed(store);
      const wrote: string[] = [];
      let now = 1_000_000;
      let current = attach();
      for (const step of all) {
        if (typeof step === 'string') {
          if (step === 'settle') await turn();
          else {
            if (step === 'cut') store.cut();
            else if (step === 'end') store.end('a');
            else current.leave();
            await turn();
            current.leave();
            await current.ended;
            current = attach();
          }
        } else if ('pause' in step) now += step.pause;
        else {
          // Many have the same stamp, and those of stderr one that is older than what stands before them.
          now += step.after === 3 ? 1 : 0;
          wrote.push(`${wrote.length}`);
          store.write('a', wrote.at(-1) ?? '', step.kind === 'err' ? now - 2 : now, step.kind);
        }
      }
      await vi.waitFor(() => expect(texts).toHaveLength(wrote.length), { interval: 1 });
      expect(texts).toEqual(wrote);
      current.leave();
      await current.ended;
    }),
    { numRuns: 150 },
  );
});

test('from the second time on it is read from a moment before the last line, however long the log is', async () => {
  const store = logStore();
  for (let line = 0; line < 100; line++) store.write('a', `${line}`, 1_000_000 + line * 400);
  const { texts, attach } = followed(store, { tail: 50 });
  await attach(false).ended;
  store.write('a', '100', 1_040_000);
  await attach(false).ended;
  expect(texts).toEqual(Array.from({ length: 51 }, (_, at) => `${at + 50}`));
  expect(store.asked).toEqual([
    { id: 'a', follow: false, tail: 50 },
    { id: 'a', follow: false, since: '1038.000000000' },
  ]);
});

test('lines that the engine has thrown away meanwhile are not made up for with new ones', async () => {
  const [before, after] = [logStore(), logStore()];
  let store = before;
  const { texts, attach } = followed({ logs: (...range) => store.logs(...range) });
  for (let line = 0; line < 10; line++) before.write('a', `${line}`, 1_000_000 + line);
  await attach(false).ended;
  for (let line = 9; line < 20; line++) after.write('a', `${line}`, 1_000_000 + line);
  store = after;
  await attach(false).ended;
  expect(texts).toEqual(Array.from({ length: 20 }, (_, at) => `${at}`));
});

test('what the engine sends once more within a stream, since the log was rotated, is left out', async () => {
  const stream = new PassThrough();
  const stamped = (number: number): string => `2026-11-23T21:24:36.${String(number).padStart(9, '0')}Z ${number}\n`;
  for (const number of [0, 1, 2, 3, 2, 3, 4, 4, 5]) {
    stream.write(frame(number === 1 ? 'err' : 'out', Buffer.from(stamped(number))));
  }
  stream.end();
  const { texts, attach } = followed({ logs: async () => ({ stream, framed: true, stampsParts: false }) });
  await attach().ended;
  expect(texts).toEqual(['0', '1', '2', '3', '4', '5']);
});

test('left while the end of a long log is read, and taken up again, it is no longer than was asked for', async () => {
  const store = logStore();
  for (let line = 0; line < 100; line++) store.write('a', `${line}`, 1_000_000 + line);
  const { texts, attach } = followed(store, { tail: 50 }, (count) => {
    if (count === 20) first.leave();
  });
  const first = attach();
  await first.ended;
  expect(texts).toHaveLength(20);
  await attach(false).ended;
  expect(texts).toEqual(Array.from({ length: 50 }, (_, at) => `${at + 50}`));
});

test('both ends of a range belong to it', async () => {
  const store = logStore();
  for (let line = 0; line < 10; line++) store.write('a', `${line}`, 1_000_000 + line);
  const { texts, attach } = followed(store, { since: { ms: 1_000_002, ns: 0 }, until: { ms: 1_000_004, ns: 0 } });
  await attach(false).ended;
  expect(texts).toEqual(['2', '3', '4']);
});

test('a log that breaks says so, one that is left does not', async () => {
  const store = logStore();
  const { attach } = followed(store);
  const [cut, left] = [attach(), attach()];
  await turn();
  left.leave();
  expect(await left.ended).toBe('ended');
  store.cut();
  expect(await cut.ended).toBe('the log of a container was cut off');
  expect(store.open).toBe(0);
});

test('a log that is opened only after it was left is closed again', async () => {
  const { promise, resolve } = Promise.withResolvers<PassThrough>();
  const logs = async () => ({ stream: await promise, framed: true, stampsParts: false });
  const { texts, attach } = followed({ logs });
  const { ended, leave } = attach();
  leave();
  const stream = new PassThrough();
  stream.write(frame('out', Buffer.from('2026-11-23T21:24:36.000000000Z late\n')));
  resolve(stream);
  expect(await ended).toBe('ended');
  expect(stream.destroyed).toBe(true);
  expect(texts).toEqual([]);
});

const long = (number: number): Buffer =>
  frame('out', Buffer.from(`2026-11-23T21:24:36.${String(number).padStart(9, '0')}Z ${'x'.repeat(1000)}\n`));

test('in a flood the event loop comes round after every 64 KB', async () => {
  const stream = new PassThrough({ highWaterMark: 64 * 1024 * 1024 });
  for (let sent = 0; sent < 5000; sent++) stream.write(long(sent));
  stream.end();
  const { texts, attach } = followed({ logs: async () => ({ stream, framed: true, stampsParts: false }) });
  const { ended } = attach();
  const seen: number[] = [];
  while (texts.length < 5000) {
    await turn();
    seen.push(texts.length);
  }
  await ended;
  const most = Math.max(...seen.map((count, at) => count - (seen[at - 1] ?? 0)));
  expect(most * long(0).length).toBeLessThanOrEqual(64 * 1024 + 2 * long(0).length);
});

test('several streams in a flood go on in turns', async () => {
  const turns = readingTurns(10_000);
  const order: number[] = [];
  await Promise.all(
    [0, 1, 2].map((source) => {
      const stream = new PassThrough({ highWaterMark: 1024 * 1024 });
      for (let sent = 0; sent < 100; sent++) stream.write(long(sent));
      stream.end();
      const logs: Engine['logs'] = async () => ({ stream, framed: true, stampsParts: false });
      const sink = () => void order.push(source);
      const tracker = () => (_: Uint8Array, at: { ms: number; ns: number }) => at;
      const follower = followContainer({ id: 'a', source, first: {}, sink, tracker, turns, now: () => 0 });
      return follower.attach({ logs } as Engine, { follow: true, signal: new AbortController().signal });
    }),
  );
  expect(order).toHaveLength(300);
  const half = order.slice(0, 150);
  for (const source of [0, 1, 2]) expect(half.filter((each) => each === source).length).toBeGreaterThan(30);
});

test('while it is held nothing comes, and afterwards everything', async () => {
  const store = logStore();
  const { follower, texts, attach } = followed(store);
  const { leave, ended } = attach();
  store.write('a', 'one', 1_000_000);
  await vi.waitFor(() => expect(texts).toEqual(['one']));
  follower.hold(true);
  for (let line = 0; line < 5; line++) store.write('a', `${line}`, 1_000_001 + line);
  for (let round = 0; round < 5; round++) await turn();
  expect(texts).toEqual(['one']);
  follower.hold(false);
  await vi.waitFor(() => expect(texts).toEqual(['one', '0', '1', '2', '3', '4']));
  leave();
  await ended;
});
