import { expect, test } from 'vitest';
import { connectEngine } from '../../source/engine/connect.ts';
import type { Engine, EngineEvent } from '../../source/engine/types.ts';
import { captured } from './containers.ts';
import { closesMidAnswer, hangs, httpEngine, type Routes, standard } from './http-engine.ts';

async function connected(routes: Routes): Promise<Engine> {
  const { address } = await httpEngine({ ...standard, ...routes });
  return connectEngine({ host: address, env: {} });
}

const listed = (ids: readonly string[]) => ids.map((Id) => ({ Id, Names: [`/${Id}`], State: 'running' }));
const inspected = (ids: readonly string[], rest: object = {}) =>
  Object.fromEntries(ids.map((Id) => [`/containers/${Id}/json`, { Id, Name: `/${Id}`, ...rest }]));

test('lists 300 containers', async () => {
  const ids = Array.from({ length: 300 }, (_, at) => `c${at}`);
  const engine = await connected({ '/containers/json': listed(ids), ...inspected(ids) });
  const names = (await engine.list()).map(({ container }) => container.name);
  expect(names.toSorted()).toEqual(ids.toSorted());
  engine.close();
});

test('a container that vanishes between list and inspect is left out', async () => {
  const engine = await connected({ '/containers/json': listed(['a', 'gone']), ...inspected(['a']) });
  expect((await engine.list()).map(({ container }) => container.id)).toEqual(['a']);
  expect(await engine.inspect('gone')).toBe(null);
  engine.close();
});

test('the stack as the engine tells it', async () => {
  const raw = captured('full');
  const routes = Object.fromEntries(raw.map((answer) => [`/containers/${answer.Id}/json`, answer]));
  const engine = await connected({ '/containers/json': raw.map(({ Id }) => ({ Id, Names: null })), ...routes });
  const etcd = (await engine.list()).find(({ container }) => container.service === 'etcd2');
  expect(etcd).toMatchObject({
    container: { name: 'paws-etcd2-1', project: 'paws', state: 'running', health: 'healthy', exitCode: null },
    argv: ['etcd'],
    ports: [{ port: 2379, hostIp: '127.0.0.1', hostPort: 2479 }],
    networks: [{ name: 'paws', address: '172.28.1.2' }],
  });
  engine.close();
});

test('an answer that is no list, and one that is cut, are said to be so', async () => {
  const garbage = await connected({ '/containers/json': { message: 'hello' } });
  await expect(garbage.list()).rejects.toMatchObject({ kind: 'garbage' });
  const cut = await connected({ '/containers/json': closesMidAnswer });
  await expect(cut.list()).rejects.toMatchObject({ kind: 'closed' });
});

test('ping gives up on an engine that hangs', async () => {
  const engine = await connected({ '/_ping': hangs });
  await expect(engine.ping()).rejects.toMatchObject({ kind: 'timeout' });
  engine.close();
});

test('one container on which the engine hangs does not hide the others', async () => {
  const routes = { ...inspected(['a']), '/containers/stuck/json': hangs };
  const engine = await connected({ '/containers/json': listed(['stuck', 'a']), ...routes });
  const list = await engine.list();
  expect(list.map(({ container }) => `${container.name} ${container.state}`).toSorted()).toEqual([
    'a dead',
    'stuck running',
  ]);
  engine.close();
}, 10_000);

const refuses = (_: unknown, response: { writeHead(code: number): { end(text: string): void } }) =>
  response.writeHead(500).end('{"message":"RWLayer of container broken is unexpectedly nil"}');

test.each([
  ['the engine refuses', refuses],
  ['the engine tells nonsense', 'no JSON'],
])('one container of which %s does not hide the others', async (_, route) => {
  const routes = { ...inspected(['a']), '/containers/broken/json': route };
  const engine = await connected({ '/containers/json': listed(['broken', 'a']), ...routes });
  expect((await engine.list()).map(({ container }) => container.name).toSorted()).toEqual(['a', 'broken']);
  engine.close();
});

test('an engine that hangs up in the middle has no list', async () => {
  const engine = await connected({ '/containers/json': listed(['a']), '/containers/a/json': closesMidAnswer });
  await expect(engine.list()).rejects.toMatchObject({ kind: 'closed' });
});

const event = (Action: string, ID: string, Attributes = {}) =>
  `${JSON.stringify({ Type: 'container', Action, Actor: { ID, Attributes: { name: `n-${ID}`, ...Attributes } }, time: 1, timeNano: 1_500_000_000 })}\n`;

test('events arrive whole, however the stream is cut, and its end is an error', async () => {
  const text = event('kill', 'a') + event('exec_start: sh', 'a') + event('die', 'ü', { exitCode: '137' });
  const bytes = Buffer.from(text);
  const engine = await connected({
    '/events': async (_: unknown, response: { write(part: Buffer, done: () => void): void; end(): void }) => {
      for (let at = 0; at < bytes.length; at += 7) {
        await new Promise<void>((resolve) => response.write(bytes.subarray(at, at + 7), resolve));
      }
      response.end();
    },
  });
  const seen: EngineEvent[] = [];
  let opened = 0;
  const reading = (async () => {
    for await (const one of engine.events(new AbortController().signal, () => opened++)) seen.push(one);
  })();
  await expect(reading).rejects.toMatchObject({ kind: 'closed', message: 'the event stream of the engine was lost' });
  expect(opened).toBe(1);
  expect(seen.map(({ name, action, at }) => [name, action, at])).toEqual([
    ['n-a', 'kill', 1500],
    ['n-ü', 'die', 1500],
  ]);
  engine.close();
});

test('the event stream ends quietly when it is no longer wanted', async () => {
  const engine = await connected({
    '/events': (_: unknown, response: { flushHeaders(): void; write(text: string): void }) => {
      response.flushHeaders();
      response.write(event('start', 'a'));
    },
  });
  const stop = new AbortController();
  const actions: string[] = [];
  for await (const { action } of engine.events(stop.signal, () => {})) {
    actions.push(action);
    stop.abort();
  }
  expect(actions).toEqual(['start']);
  engine.close();
});

test('usage is asked of the engine where its containers are not here', async () => {
  const stats = (total: number, at: string) => ({
    read: at,
    cpu_stats: { cpu_usage: { total_usage: total } },
    memory_stats: { usage: 5000, stats: { inactive_file: 1000 } },
    networks: { eth0: { rx_bytes: total, tx_bytes: 0 } },
  });
  const answers = [stats(0, '2026-01-01T00:00:00Z'), stats(500_000_000, '2026-01-01T00:00:01Z')];
  const engine = await connected({
    '/containers/a/stats': (_: unknown, response: { end(text: string): void }) =>
      response.end(JSON.stringify(answers.shift())),
  });
  const sampler = engine.usage();
  const targets = [
    { id: 'a', pid: 1 },
    { id: 'stopped', pid: null },
  ];
  expect((await sampler.sample(targets)).get('a')).toMatchObject({ cpuPercent: null, memoryBytes: 4000 });
  const second = await sampler.sample(targets);
  expect(second.get('a')).toMatchObject({ cpuPercent: 50, receivedBytesPerSecond: 500_000_000 });
  expect(second.get('stopped')).toMatchObject({ kind: 'not-running' });
  engine.close();
});
