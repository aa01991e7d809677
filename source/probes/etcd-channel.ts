import { connect, type Socket } from 'node:net';
import { Channel, type ChannelCredentials, credentials } from '@grpc/grpc-js';
import type { Endpoint } from '../engine/types.ts';

export type HeldChannel = { readonly channel: Channel; isDead(): boolean; close(): void };

/**
 * A gRPC channel whose sockets we hold: grpc-js itself leaves a handshake that hangs open for ever, and would give the
 * next client the hung connection from its pool. TLS takes any certificate: a development stack signs its own.
 */
export function openChannel(endpoint: Endpoint, tls: boolean): HeldChannel {
  const sockets = new Set<Socket>();
  let dead = false;
  const hold = (socket: Socket) => {
    sockets.add(socket);
    socket.once('close', () => {
      sockets.delete(socket);
      dead = true;
    });
  };
  const trust = tls
    ? credentials.createSsl(null, null, null, { rejectUnauthorized: false })
    : credentials.createInsecure();
  const host = endpoint.host.includes(':') ? `[${endpoint.host}]` : endpoint.host;
  const channel = new Channel(`${host}:${endpoint.port}`, holdSockets(trust, hold), {
    'grpc.use_local_subchannel_pool': 1,
    'grpc.enable_retries': 0,
    'grpc.enable_channelz': 0,
    'grpc.enable_http_proxy': 0,
  });
  return {
    channel,
    isDead: () => dead,
    close() {
      channel.close();
      for (const socket of sockets) socket.destroy();
    },
  };
}

function holdSockets(trust: ChannelCredentials, hold: (socket: Socket) => void): ChannelCredentials {
  const create = trust._createSecureConnector.bind(trust);
  trust._createSecureConnector = (...given) => {
    const connector = create(...given);
    const secure = connector.connect.bind(connector);
    connector.connect = (socket) => {
      hold(socket);
      return secure(socket);
    };
    return connector;
  };
  return trust;
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
