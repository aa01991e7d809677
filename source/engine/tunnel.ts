import type { AddressInfo, Server, Socket } from 'node:net';
import { createServer } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream';
import { isNotFound } from './request.ts';
import type { Engine } from './types.ts';

/** A listener on 127.0.0.1, each of whose connections goes through an exec to a port inside the container. */
type Tunnel = { readonly port: number } & Listener;
type Listener = { readonly server: Server; readonly sockets: Set<Socket> };

const tunnels = new WeakMap<Engine, Map<string, Promise<Tunnel>>>();

/** The local port that leads to `port` inside the container. The same one for every call until the engine is closed. */
export async function tunnelTo(engine: Engine, containerId: string, port: number): Promise<number> {
  const open = tunnels.get(engine) ?? new Map<string, Promise<Tunnel>>();
  tunnels.set(engine, open);
  const key = `${containerId}:${port}`;
  const known = open.get(key);
  if (known !== undefined) return (await known).port;
  const forget = () => {
    if (open.get(key) === tunnel) open.delete(key);
  };
  const tunnel = listen(engine, containerId, port, forget);
  open.set(key, tunnel);
  tunnel.catch(forget);
  return (await tunnel).port;
}

/** Ends every tunnel of this engine and what runs through it. */
export function closeTunnels(engine: Engine): void {
  for (const tunnel of tunnels.get(engine)?.values() ?? []) void tunnel.then(close, () => {});
  tunnels.delete(engine);
}

function close({ server, sockets }: Listener): void {
  server.close();
  for (const socket of sockets) socket.destroy();
}

/** `forget` is called when the container is gone, and the listener with it. */
function listen(engine: Engine, containerId: string, port: number, forget: () => void): Promise<Tunnel> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('close', () => sockets.delete(socket));
    socket.on('error', () => socket.destroy());
    engine.exec(containerId, forwardCommand(port)).then(
      (stream) => connectBoth(socket, stream),
      (error: unknown) => {
        socket.destroy(); // the caller sees a closed connection
        if (!isNotFound(error)) return;
        forget();
        close({ server, sockets });
      },
    );
  });
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      server.unref();
      resolve({ port: (server.address() as AddressInfo).port, server, sockets });
    });
  });
}

function connectBoth(socket: Socket, stream: Duplex): void {
  const end = () => {
    socket.destroy();
    stream.destroy();
  };
  pipeline(socket, stream, end);
  pipeline(stream, socket, end);
}

/**
 * Forwards stdio to a local port with what the container has: bash, socat, or a netcat. In bash the process that the
 * engine waits for reads from the server, so that the exec ends when the server closes; its helper ends it when stdin
 * does. The helper must not hold stdout or stderr: the engine would wait 2 s for it.
 */
export function forwardCommand(port: number): string[] {
  const viaBash = `exec 3<>/dev/tcp/127.0.0.1/${port} 4<&0 || exit 1; (cat <&4 >&3; kill $$) >/dev/null 2>&1 & exec cat <&3 4<&-`;
  return [
    'sh',
    '-c',
    [
      `if command -v bash >/dev/null; then exec bash -c '${viaBash}'; fi`,
      `if command -v socat >/dev/null; then exec socat - TCP:127.0.0.1:${port}; fi`,
      `if command -v nc >/dev/null; then exec nc 127.0.0.1 ${port}; fi`,
      `exec busybox nc 127.0.0.1 ${port}`,
    ].join('\n'),
  ];
}
