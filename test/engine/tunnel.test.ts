import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { Duplex } from 'node:stream';
import { text } from 'node:stream/consumers';
import { expect, onTestFinished, test } from 'vitest';
import { closeTunnels, forwardCommand, tunnelTo } from '../../source/engine/tunnel.ts';
import type { Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';

/** An engine whose containers are this machine: what is to be run in one is run here. Tells how each run ended. */
function engineHere(): Engine & { exits: Promise<unknown>[] } {
  const exits: Promise<unknown>[] = [];
  const exec = async (_: string, [program = '', ...args]: readonly string[]) => {
    const child = spawn(program, args, { stdio: ['pipe', 'pipe', 'ignore'] });
    exits.push(once(child, 'exit'));
    return Duplex.from({ writable: child.stdin, readable: child.stdout });
  };
  return { exits, exec } as unknown as Engine & { exits: Promise<unknown>[] };
}

async function serverThat(answers: (data: Buffer) => string | null): Promise<number> {
  const server = createServer((socket) => {
    socket.on('error', () => {});
    socket.on('data', (data: Buffer) => {
      const answer = answers(data);
      if (answer === null) socket.end('bye');
      else socket.write(answer);
    });
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return (server.address() as { port: number }).port;
}

async function through(engine: Engine, port: number) {
  const socket = connect(await tunnelTo(engine, 'c', port), '127.0.0.1');
  onTestFinished(() => {
    socket.destroy();
    closeTunnels(engine);
  });
  await once(socket, 'connect');
  return socket;
}

test('what goes in comes out on the other side, and back', async () => {
  const engine = engineHere();
  const socket = await through(engine, await serverThat((data) => `<${data}>`));
  socket.write('PING');
  expect(String((await once(socket, 'data'))[0])).toBe('<PING>');
});

test('when the server closes, the client is told, and the process ends', async () => {
  const engine = engineHere();
  const socket = await through(engine, await serverThat(() => null));
  socket.write('QUIT');
  expect(await text(socket)).toBe('bye');
  await Promise.all(engine.exits);
  expect(engine.exits).toHaveLength(1);
});

test('when the client closes, the process ends', async () => {
  const engine = engineHere();
  const socket = await through(engine, await serverThat((data) => String(data)));
  socket.write('x');
  await once(socket, 'data');
  socket.destroy();
  await Promise.all(engine.exits);
  expect(engine.exits).toHaveLength(1);
});

test('where nobody listens the connection is closed', async () => {
  const engine = engineHere();
  const socket = await through(engine, 1);
  socket.resume();
  await once(socket, 'close');
  await Promise.all(engine.exits);
  expect(engine.exits).toHaveLength(1);
});

test('an exec that is refused closes the connection', async () => {
  const engine = { exec: () => Promise.reject(new Error('paused')) } as unknown as Engine;
  const socket = await through(engine, 1);
  socket.resume();
  await once(socket, 'close');
  expect(socket.bytesRead).toBe(0);
});

test('where the container is gone, the listener goes too, and the next call makes another', async () => {
  const gone = new StackError('rejected', 'no such container', { cause: { statusCode: 404 } });
  const engine = { exec: () => Promise.reject(gone) } as unknown as Engine;
  const first = await tunnelTo(engine, 'c', 1);
  const socket = await through(engine, 1);
  socket.resume();
  await once(socket, 'close');
  expect(await tunnelTo(engine, 'c', 1)).not.toBe(first);
});

test('the local port is the same until the engine is closed, then nobody listens there', async () => {
  const engine = engineHere();
  const first = await tunnelTo(engine, 'c', 6379);
  expect(await tunnelTo(engine, 'c', 6379)).toBe(first);
  expect(await tunnelTo(engine, 'd', 6379)).not.toBe(first);
  closeTunnels(engine);
  await expect(
    (async () => {
      while (true) {
        const socket = connect(first, '127.0.0.1');
        await once(socket, 'connect');
        socket.destroy();
      }
    })(),
  ).rejects.toMatchObject({ code: 'ECONNREFUSED' });
});

test('without bash there is a way by socat or a netcat', () => {
  expect(forwardCommand(6379).at(-1)).toMatch(
    /socat - TCP:127\.0\.0\.1:6379[\s\S]*nc 127\.0\.0\.1 6379[\s\S]*busybox nc/,
  );
});
