import { setTimeout as delay } from 'node:timers/promises';
import { beforeAll, expect, test } from 'vitest';
import { openEtcdClientProbe } from '../../source/probes/etcd-client.ts';
import { openProbe } from '../../source/probes/probes.ts';
import type { Probe } from '../../source/probes/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { accessTo, closedPort, startServer } from './fake-server.ts';

const deadlineMs = 300;
/** What a busy machine may add to a deadline. */
const grace = 250;

/** How an honest answer of each protocol would begin, cut in the middle of it. */
const beginnings = {
  etcd: Buffer.from(
    'HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 300\r\n\r\n{"header": {"clus',
  ),
  // An empty HTTP/2 SETTINGS frame, and the begin of another frame.
  'etcd by gRPC': Buffer.from('000000040000000000' + '0000ff01', 'hex'),
  patroni: Buffer.from('HTTP/1.0 200 OK\r\nContent-Type: application/json\r\n\r\n{"state": "running", "rol'),
  // AuthenticationOk, then the begin of a ParameterStatus.
  postgres: Buffer.from('520000000800000000' + '530000001973657276', 'hex'),
  redis: Buffer.from('$4000\r\n# Server\r\nredis_version:8.0.2\r\n'),
  sentinel: Buffer.from('$40\r\n6f44e8e4379f048'),
};
const garbage = {
  'etcd by gRPC': 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'.repeat(4),
  etcd: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n'.repeat(4),
  patroni: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n',
  postgres: Buffer.from('7f00000005007f0000000500', 'hex'),
  redis: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n',
  sentinel: 'SSH-2.0-OpenSSH_9.2p1 Debian-2\r\n',
};
const probed = ['etcd', 'etcd by gRPC', 'patroni', 'postgres', 'redis', 'sentinel'] as const;
type Probed = (typeof probed)[number];

// The client libraries are loaded here, so that no deadline includes it.
beforeAll(async () => {
  await Promise.all(probed.map(async (system) => (await open(system, 1)).close()));
});

const open = async (system: Probed, port: number, tls = false): Promise<Probe<unknown>> =>
  system === 'etcd by gRPC'
    ? openEtcdClientProbe(accessTo(port, 'etcd', { tls }), deadlineMs)
    : openProbe(system, accessTo(port, system === 'postgres' ? 'patroni' : system, { tls }), deadlineMs);

/** The problem of an ask that must fail, which it must do within the deadline. */
async function askAndFail(probe: { ask(): Promise<unknown> }): Promise<StackError> {
  const startedAt = performance.now();
  const error = await probe.ask().then(
    (value) => expect.fail(`answered ${JSON.stringify(value)}`),
    (thrown: unknown) => thrown,
  );
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs + grace);
  expect(error).toBeInstanceOf(StackError);
  return error as StackError;
}

test.each(probed)('%s: a closed port is refused, and says where', async (system) => {
  const port = await closedPort();
  const probe = await open(system, port);
  const error = await askAndFail(probe);
  expect(error.kind).toBe('refused');
  expect(error.message).toContain(`127.0.0.1:${port}`);
  probe.close();
});

test.each(probed)('%s: a member that accepts and hangs times out, and the next ask connects anew', async (system) => {
  const server = await startServer(() => undefined);
  const probe = await open(system, server.port);
  const error = await askAndFail(probe);
  expect(error.kind).toBe('timeout');
  expect(error.message).toMatch(/did not answer within 0.3 s$/);
  expect(error.tookMs).toBeGreaterThanOrEqual(deadlineMs - 20);
  await expect.poll(server.open).toBe(0);

  const before = server.connects();
  await askAndFail(probe);
  expect(server.connects()).toBeGreaterThan(before);
  probe.close();
  await expect.poll(server.open).toBe(0);
});

test.each(probed)('%s: garbage is called garbage', async (system) => {
  const server = await startServer((socket) => socket.write(garbage[system]));
  const probe = await open(system, server.port);
  expect((await askAndFail(probe)).kind).toBe('garbage');
  await expect.poll(server.open).toBe(0);
  probe.close();
});

test.each(probed)('%s: an answer that ends halfway is a closed connection', async (system) => {
  const server = await startServer((socket) => {
    socket.once('data', () => socket.end(beginnings[system]));
  });
  const probe = await open(system, server.port);
  expect((await askAndFail(probe)).kind).toBe('closed');
  probe.close();
});

test.each(probed)('%s: a connection that is reset is a closed connection', async (system) => {
  const server = await startServer((socket) => {
    socket.once('data', () => socket.resetAndDestroy());
  });
  const probe = await open(system, server.port);
  expect((await askAndFail(probe)).kind).toBe('closed');
  probe.close();
});

test.each(probed)('%s: an answer that dribbles and never ends misses the deadline all the same', async (system) => {
  const server = await startServer(async (socket) => {
    for (const byte of beginnings[system]) {
      socket.write(Uint8Array.of(byte));
      await delay(10);
    }
  });
  const probe = await open(system, server.port);
  expect((await askAndFail(probe)).kind).toBe('timeout');
  await expect.poll(server.open).toBe(0);
  probe.close();
});

test.each(['etcd', 'patroni', 'redis', 'sentinel'] as const)(
  '%s: a TLS handshake that hangs times out',
  async (system) => {
    const server = await startServer(() => undefined);
    const probe = await open(system, server.port, true);
    expect((await askAndFail(probe)).kind).toBe('timeout');
    await expect.poll(server.open).toBe(0);
    probe.close();
  },
);

test.each(['etcd', 'patroni', 'redis', 'sentinel'] as const)(
  '%s: no TLS where TLS is wanted is garbage',
  async (system) => {
    const server = await startServer((socket) =>
      socket.once('data', () => socket.write('HTTP/1.0 400 Bad Request\r\n\r\n')),
    );
    const probe = await open(system, server.port, true);
    expect((await askAndFail(probe)).kind).toBe('garbage');
    probe.close();
  },
);

test.each(probed)('%s: closing ends an ask under way at once', async (system) => {
  const server = await startServer(() => undefined);
  const probe = await open(system, server.port);
  const startedAt = performance.now();
  const asking = askAndFail(probe);
  await expect.poll(server.open).toBeGreaterThan(0);
  probe.close();
  expect((await asking).kind).toBe('closed');
  expect(performance.now() - startedAt).toBeLessThan(deadlineMs);
  await expect.poll(server.open).toBe(0);
});

test.each(['etcd', 'patroni', 'postgres', 'redis', 'sentinel'] as const)(
  '%s: without a way in it is unreachable, without a delay',
  async (system) => {
    const nowhere = { endpoint: null, postgres: null };
    const probe = await openProbe(system, accessTo(1, 'patroni', nowhere), deadlineMs);
    expect((await askAndFail(probe)).kind).toBe('unreachable');
    probe.close();
  },
);

test('no message or cause holds a password', async () => {
  const server = await startServer((socket) =>
    socket.once('data', () => socket.write('-WRONGPASS no\r\n-NOAUTH no\r\n')),
  );
  const credentials = { username: 'somebody', password: 'hunter2' };
  const probe = await openProbe('redis', accessTo(server.port, 'redis', { credentials }), deadlineMs);
  const error = await askAndFail(probe);
  expect(error.kind).toBe('unauthorized');
  expect(`${error.message} ${error.cause} ${JSON.stringify(error)}`).not.toContain('hunter2');
  probe.close();
});
