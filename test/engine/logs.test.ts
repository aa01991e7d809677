import { createHash, randomBytes } from 'node:crypto';
import type { ServerResponse } from 'node:http';
import { buffer, text } from 'node:stream/consumers';
import { setImmediate as turn } from 'node:timers/promises';
import { expect, onTestFinished, test, vi } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { isNotFound } from '../../source/engine/request.ts';
import type { Engine } from '../../source/engine/types.ts';
import { closesMidAnswer, httpEngine, type Routes, standard } from './http-engine.ts';

async function connected(routes: Routes): Promise<Engine> {
  const { address } = await httpEngine({ ...standard, ...routes });
  const engine = await connectEngine({ host: address, env: {} });
  onTestFinished(() => engine.close());
  return engine;
}

const never = new AbortController().signal;
const inspected = (Tty: boolean, id = 'a') => ({ [`/containers/${id}/json`]: { Id: id, Config: { Tty } } });

test('a log is asked for with both streams and stamps, in the range that is wanted', async () => {
  const asked: string[] = [];
  const engine = await connected({
    ...inspected(false),
    '/containers/a/logs': (request: { url: string }, response: ServerResponse) => {
      asked.push(request.url);
      response.end('bytes');
    },
  });
  for (const range of [
    { follow: true, tail: 10 },
    { since: '1.000000002', until: '3.000000004' },
  ]) {
    const { stream, framed, stampsParts } = await engine.logs('a', range, never);
    expect({ framed, stampsParts, text: await text(stream) }).toEqual({
      framed: true,
      stampsParts: false,
      text: 'bytes',
    });
  }
  const path = '/containers/a/logs?stdout=1&stderr=1&timestamps=1';
  expect(asked).toEqual([`${path}&follow=1&tail=10`, `${path}&since=1.000000002&until=3.000000004&follow=0`]);
});

test('a terminal has no frames; Podman says by a header that it is Podman', async () => {
  const podman = (_: unknown, response: ServerResponse) => response.setHeader('Libpod-Api-Version', '5.2.1').end();
  const engine = await connected({
    ...inspected(true),
    ...inspected(false, 'b'),
    '/containers/a/logs': podman,
    '/containers/b/logs': podman,
  });
  for (const follow of [true, false]) {
    expect(await engine.logs('a', { follow }, never)).toMatchObject({ framed: false, stampsParts: true });
    expect(await engine.logs('b', { follow }, never)).toMatchObject({ framed: true, stampsParts: true });
  }
});

test.each([true, false])('what does not exist, and what is refused, is said; followed: %o', async (follow) => {
  const engine = await connected({
    ...inspected(false),
    ...inspected(false, 'none'),
    '/containers/a/logs': (_: unknown, response: ServerResponse) => response.writeHead(500).end('{"message":"no"}'),
    '/containers/none/logs': (_: unknown, response: ServerResponse) => response.writeHead(501).end('{"message":"no"}'),
  });
  await expect(engine.logs('none', { follow }, never)).rejects.toMatchObject({
    kind: 'rejected',
    message: 'its logging driver keeps nothing that can be read',
  });
  await expect(engine.logs('a', { follow }, never)).rejects.toMatchObject({
    kind: 'rejected',
    message: 'the engine refused (read logs)',
  });
  expect(isNotFound(await engine.logs('gone', { follow }, never).catch((error: unknown) => error))).toBe(true);
});

test('an engine that hangs up before it has answered is said to have', async () => {
  const engine = await connected({
    ...inspected(false),
    '/containers/a/logs': (_: unknown, response: ServerResponse) => response.destroy(),
  });
  await expect(engine.logs('a', { follow: true }, never)).rejects.toMatchObject({ kind: 'closed' });
  const cut = await connected({ ...inspected(false), '/containers/a/logs': closesMidAnswer });
  await expect(text((await cut.logs('a', {}, never)).stream)).rejects.toThrow('aborted');
});

test('a flood comes whole, and waits while nobody reads', async () => {
  const flood = randomBytes(20 * 1024 * 1024);
  let sent = 0;
  const engine = await connected({
    ...inspected(false),
    '/containers/a/logs': (_: unknown, response: ServerResponse) => {
      const write = (): void => {
        while (sent < flood.length) {
          const piece = flood.subarray(sent, sent + 10_000);
          sent += piece.length;
          if (!response.write(piece)) return void response.once('drain', write);
        }
        response.end();
      };
      write();
    },
  });
  const { stream } = await engine.logs('a', { follow: true }, never);
  let before = -1;
  await vi.waitFor(() => {
    const stands = sent === before;
    before = sent;
    expect(stands).toBe(true);
  });
  expect(sent).toBeLessThan(1024 * 1024);
  const hash = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');
  expect(hash(await buffer(stream))).toBe(hash(flood));
});

test('a signal ends the stream at either side', async () => {
  const ended = Promise.withResolvers<void>();
  const engine = await connected({
    ...inspected(false),
    '/containers/a/logs': (_: unknown, response: ServerResponse) => {
      response.on('close', ended.resolve);
      response.write('begun');
    },
  });
  const leave = new AbortController();
  const { stream } = await engine.logs('a', { follow: true }, leave.signal);
  const closed = Promise.withResolvers<void>();
  stream.on('close', closed.resolve).on('error', () => {});
  leave.abort();
  await Promise.all([ended.promise, closed.promise]);
  await turn();
  expect(stream.destroyed).toBe(true);
});
