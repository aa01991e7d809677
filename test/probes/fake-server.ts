import { createServer, type Server, type Socket } from 'node:net';
import { onTestFinished } from 'vitest';
import type { Access } from '../../source/engine/types.ts';
import type { System } from '../../source/stack/topology.ts';

export type FakeServer = {
  readonly port: number;
  /** How often somebody has connected. */
  readonly connects: () => number;
  /** Connections that stand now. */
  readonly open: () => number;
  /** Ends every connection; new ones are taken. */
  drop(): void;
  close(): Promise<void>;
};

/** A TCP server on a free port that does with each connection what it is told; ends with the test. */
export async function startServer(onConnection: (socket: Socket, nth: number) => void): Promise<FakeServer> {
  const sockets = new Set<Socket>();
  let connects = 0;
  const server = createServer((socket) => {
    connects += 1;
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    onConnection(socket, connects);
    // Whatever it does, it notices when the other side has gone.
    socket.resume();
  });
  await listen(server);
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('not listening');
  const close = (): Promise<void> =>
    new Promise((resolve) => {
      for (const socket of sockets) socket.destroy();
      server.close(() => resolve());
    });
  onTestFinished(close);
  return {
    port: address.port,
    connects: () => connects,
    open: () => sockets.size,
    drop: () => {
      for (const socket of sockets) socket.destroy();
    },
    close,
  };
}

const listen = (server: Server): Promise<void> =>
  new Promise((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));

/** A port of this machine on which nobody listens. */
export async function closedPort(): Promise<number> {
  const server = await startServer(() => undefined);
  await server.close();
  return server.port;
}

/** How a probe reaches such a server; Postgres is asked there too. */
export function accessTo(port: number, system: System = 'redis', more: Partial<Access> = {}): Access {
  const endpoint = { via: 'published', host: '127.0.0.1', port } as const;
  return {
    member: { name: `${system}1`, system, container: `${system}1`, aliases: [] },
    endpoint,
    credentials: { username: null, password: null },
    postgres: { endpoint, credentials: { username: 'postgres', password: 'a secret' }, database: 'postgres' },
    tls: false,
    ...more,
  };
}
