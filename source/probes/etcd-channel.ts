import { connect, isIP, type Socket } from 'node:net';
import { connect as connectTls, type TLSSocket } from 'node:tls';
import { Channel, credentials } from '@grpc/grpc-js';
import type { Endpoint } from '../engine/types.ts';

export type HeldChannel = { readonly channel: Channel; isDead(): boolean; close(): void };

/**
 * A gRPC channel whose sockets we hold: grpc-js itself leaves a handshake that hangs open for ever, and would give the
 * next client the hung connection from its pool. TLS takes any certificate: a development stack signs its own.
 */
export function openChannel(endpoint: Endpoint, tls: boolean): HeldChannel {
  const sockets = new Set<Socket>();
  let closed = false;
  let dead = false;
  const hold = (socket: Socket) => {
    if (closed) socket.destroy();
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      dead = true;
    });
  };
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const trust = credentials.createInsecure();
  const create = trust._createSecureConnector.bind(trust);
  trust._createSecureConnector = (...given) => ({
    ...create(...given),
    // grpc-js would connect once more after it was closed.
    waitForReady: () => (closed ? Promise.reject(new Error('closed')) : Promise.resolve()),
    async connect(socket) {
      hold(socket);
      if (!tls) return { socket, secure: false };
      return { socket: await handshake(socket, endpoint.host, hold), secure: true };
    },
  });
  const channel = new Channel(`${host}:${endpoint.port}`, trust, {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
  });

  return {
    channel,
    isDead: () => dead,
    close() {
      closed = true;
      channel.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function handshake(plain: Socket, host: string, hold: (socket: Socket) => void): Promise<TLSSocket> {
  return new Promise((resolve, reject) => {
    const name = isIP(host) === 0 ? { servername: host } : {};
    const socket = connectTls({ socket: plain, ALPNProtocols: ['h2'], rejectUnauthorized: false, ...name }, () =>
      resolve(socket),
    );
    hold(socket);
    socket.once('error', reject);
    socket.once('close', () => reject(new Error('closed during the TLS handshake')));
  });
}

/**
 * Knocks: resolves once TCP connects, rejects with the socket's own error. Before a channel is opened, because a connect
 * that hangs inside grpc-js cannot be ended, and because a member that is down then costs no gRPC at all. A tunnel's
 * listener is ours and always there, so it is not knocked at.
 */
export function knock(endpoint: Endpoint, signal: AbortSignal): Promise<void> {
  if (endpoint.via === 'exec') return Promise.resolve();
  return new Promise((resolve, reject) => {
    const socket = connect({ host: endpoint.host, port: endpoint.port, signal });
    socket.once('error', reject);
    socket.once('connect', () => {
      socket.destroy();
      resolve();
    });
  });
}
