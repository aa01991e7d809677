import { once } from 'node:events';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import { discover } from '../../source/engine/discovery.ts';
import { tunnelTo } from '../../source/engine/tunnel.ts';
import type { ContainerDetails, Discovered, Engine } from '../../source/engine/types.ts';
import { systems } from '../../source/stack/topology.ts';
import { docker, ensureStack } from '../helpers/stack.ts';

let engine: Engine;
let details: readonly ContainerDetails[];
let found: Discovered;

beforeAll(async () => {
  await ensureStack();
  engine = await connectEngine({ host: null, env: process.env });
  details = await engine.list();
  found = await discover(engine, details, { project: 'paws' });
});
afterAll(() => engine?.close());

/** Two answers of a Redis or Sentinel, as they come. */
async function ping(port: number | undefined, password: string | null | undefined): Promise<string> {
  const socket = connect(port ?? 0, '127.0.0.1');
  socket.write(`AUTH ${password}\r\nPING\r\n`);
  let answer = '';
  for await (const chunk of socket) {
    answer += chunk;
    if (answer.split('\r\n').length > 2) break;
  }
  return answer;
}

const imageOf = (service: string) =>
  found.topology.containers.find((container) => container.service === service)?.image ?? '';
const idOf = (service: string) =>
  found.topology.containers.find((container) => container.service === service)?.id ?? '';

test('13 containers, three members of each system', () => {
  expect(found.topology.containers.map(({ service }) => service)).toHaveLength(13);
  for (const system of systems) {
    const names = found.topology.members.filter((member) => member.system === system).map(({ name }) => name);
    expect(names).toEqual([1, 2, 3].map((n) => `${system}${n}`));
  }
  expect(found.topology.containers.find(({ service }) => service === 'backend')?.role).toBe('backend');
});

test('every member is published, and somebody listens there', async () => {
  expect(found.access).toHaveLength(12);
  for (const { endpoint } of found.access) {
    expect(endpoint).toMatchObject({ via: 'published', host: '127.0.0.1' });
    const socket = connect(endpoint?.port ?? 0, '127.0.0.1');
    await once(socket, 'connect');
    socket.destroy();
  }
});

test('the passwords found are those that the members want', async () => {
  for (const service of ['redis2', 'sentinel2']) {
    const access = found.access.find(({ member }) => member.name === service);
    expect(await ping(access?.endpoint?.port, access?.credentials.password)).toBe('+OK\r\n+PONG\r\n');
  }
  const patroni = found.access.find(({ member }) => member.name === 'patroni1');
  expect(patroni?.credentials.password).toMatch(/.{8}/);
  expect(patroni?.postgres).toMatchObject({
    credentials: { username: 'postgres', password: expect.stringMatching(/.{8}/) },
  });
});

test('a member is reached through the engine as well', async () => {
  const password = found.access.find(({ member }) => member.name === 'redis2')?.credentials.password;
  expect(await ping(await tunnelTo(engine, idOf('redis2'), 6379), password)).toBe('+OK\r\n+PONG\r\n');
});

test('files are read, a missing one is said to be so', async () => {
  expect(await engine.readFile(idOf('etcd1'), '/etc/os-release')).toContain('ID=debian'); // a link to ../usr/lib
  await expect(engine.readFile(idOf('etcd1'), '/nowhere')).rejects.toMatchObject({ kind: 'rejected' });
});

test('a process in a container talks through its stdio', async () => {
  const stream = await engine.exec(idOf('redis1'), ['sh', '-c', 'echo noise >&2; cat']);
  stream.end('there and back');
  expect(await text(stream)).toBe('there and back');
});

test('memory agrees with what the engine says', async () => {
  const sampler = engine.usage();
  const targets = details.map(({ container, pid }) => ({ id: container.id, pid }));
  await sampler.sample(targets);
  const claims = await sampler.sample(targets);
  for (const service of ['etcd1', 'patroni1', 'redis1']) {
    const claim = claims.get(idOf(service));
    if (claim === undefined || claim instanceof Error) return expect.fail(`${service}: ${claim}`);
    const { usage, stats } = (await docker.getContainer(idOf(service)).stats({ stream: false, 'one-shot': true }))
      .memory_stats;
    const told = usage - (stats.total_inactive_file ?? stats.inactive_file);
    expect(claim.memoryBytes).toBeGreaterThan(0.7 * told);
    expect(claim.memoryBytes).toBeLessThan(1.3 * told);
    expect(claim.cpuPercent).toBeGreaterThanOrEqual(0);
  }
});

test('what happens to a container is told by an event', async () => {
  const stop = new AbortController();
  const opened = Promise.withResolvers<void>();
  const next = engine.events(stop.signal, opened.resolve)[Symbol.asyncIterator]().next();
  await opened.promise;
  const created = await docker.createContainer({ name: 'paws-top-event-test', Image: imageOf('etcd1') });
  try {
    expect((await next).value).toMatchObject({ name: 'paws-top-event-test', action: 'create', project: null });
  } finally {
    stop.abort();
    await created.remove();
  }
});
