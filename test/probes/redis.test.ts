import { expect, test, vi } from 'vitest';
import { openRedisProbe, parseRedisInfo } from '../../source/probes/redis.ts';
import { startRedis } from './fake-redis.ts';
import { accessTo } from './fake-server.ts';
import { fixture } from './fixture.ts';

const read = (situation: string) => fixture<{ info: string[] }>('redis', situation).info.join('\r\n');

test('a master lists its replicas and their offsets', () => {
  const claim = parseRedisInfo(read('master'));
  expect(claim).toMatchObject({ role: 'master', version: '8.0.2', masterAddress: null, link: null, loading: false });
  expect(claim.runId).toMatch(/^[0-9a-f]{40}$/);
  expect(claim.replicas).toContainEqual(
    expect.objectContaining({ address: expect.stringMatching(/^172\.28\.3\.\d:6379$/), state: 'online' }),
  );
  expect(claim.replicas[0]?.offset).toBeGreaterThan(0);
  expect(claim.offset).toBeGreaterThan(0);
  expect(claim.memoryBytes).toBeGreaterThan(100_000);
  expect(claim.maxMemoryBytes).toBe(67_108_864);
  expect(claim.keys).toBeGreaterThan(0);
  expect(claim.clients).toBeGreaterThan(0);
});

test('a replica names its master, and its link is up', () => {
  const claim = parseRedisInfo(read('replica'));
  expect(claim).toMatchObject({ role: 'slave', link: 'up', replicas: [] });
  expect(claim.masterAddress).toMatch(/^172\.28\.3\.\d:6379$/);
  expect(claim.offset).toBeGreaterThan(0);
});

test('a replica without its master has its own offset, and no limit of memory is null', () => {
  const claim = parseRedisInfo(read('link-down'));
  expect(claim).toMatchObject({
    link: 'down',
    masterAddress: '127.0.0.1:6391',
    offset: 1,
    maxMemoryBytes: null,
    keys: 0,
  });
});

test('a Redis that loads its data says so', () => {
  expect(parseRedisInfo(read('after-source-loading')).loading).toBe(true);
});

test('keys of all databases are added up', () => {
  const info = 'role:master\r\ndb0:keys=12,expires=3,avg_ttl=0\r\ndb7:keys=30,expires=0,avg_ttl=0,subexpiry=0\r\n';
  expect(parseRedisInfo(info).keys).toBe(42);
});

test('INFO without a role is garbage', () => {
  expect(() => parseRedisInfo('redis_version:8.0.2\r\n', 'redis1')).toThrow(/^redis1 answered something/);
});

test('one write is one answer, over one connection that is kept', async () => {
  const server = await startRedis(([name]) => (name === 'info' ? read('master') : 'OK'));
  const probe = openRedisProbe(accessTo(server.port), 1000);
  await probe.ask();
  const before = server.writes();
  await probe.ask();
  await probe.ask();
  expect(server.writes() - before).toBe(2);
  expect(server.connects()).toBe(1);
  probe.close();
  await expect.poll(server.open).toBe(0);
});

test.each([
  ['NOAUTH Authentication required.', 'unauthorized'],
  ["NOPERM User x has no permissions to run the 'info' command", 'unauthorized'],
  ['LOADING Redis is loading the dataset in memory', 'rejected'],
  ['ERR max number of clients reached', 'rejected'],
] as const)('%s is %s', async (text, kind) => {
  const server = await startRedis(() => new Error(text));
  const probe = openRedisProbe(accessTo(server.port), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind, message: expect.stringContaining(text) });
  probe.close();
});

test('a password is sent before anything else, a wrong one is unauthorized', async () => {
  const commands: string[][] = [];
  const server = await startRedis((command) => {
    commands.push([...command]);
    return command[0] === 'auth' ? new Error('WRONGPASS invalid username-password pair or user is disabled.') : 'OK';
  });
  const credentials = { username: null, password: 'wrong' };
  const probe = openRedisProbe(accessTo(server.port, 'redis', { credentials }), 1000);
  await expect(probe.ask()).rejects.toMatchObject({ kind: 'unauthorized' });
  expect(commands[0]).toEqual(['auth', 'wrong']);
  probe.close();
});

test('a password that Redis does not want is no problem, and nothing is written to the console', async () => {
  const warn = vi.spyOn(console, 'warn').mockImplementation(() => undefined);
  const server = await startRedis(([name]) => {
    if (name === 'info') return read('master');
    return name === 'auth'
      ? new Error('ERR AUTH <password> called without any password configured for the default user. Are you sure?')
      : 'OK';
  });
  const credentials = { username: null, password: 'needless' };
  const probe = openRedisProbe(accessTo(server.port, 'redis', { credentials }), 1000);
  expect((await probe.ask()).role).toBe('master');
  expect(warn).not.toHaveBeenCalled();
  warn.mockRestore();
  probe.close();
});

test('Redis 6, which takes one section only, is asked for all', async () => {
  const asked: number[] = [];
  const server = await startRedis((command) => {
    if (command[0] !== 'info') return 'OK';
    asked.push(command.length - 1);
    return command.length > 2 ? new Error('ERR syntax error') : read('replica');
  });
  const probe = openRedisProbe(accessTo(server.port), 1000);
  expect((await probe.ask()).role).toBe('slave');
  await probe.ask();
  expect(asked).toEqual([7, 0, 0]);
  probe.close();
});

test('a server that went away between two asks is asked over a new connection', async () => {
  const server = await startRedis(([name]) => (name === 'info' ? read('master') : 'OK'));
  const probe = openRedisProbe(accessTo(server.port), 1000);
  await probe.ask();
  server.drop();
  await expect.poll(server.open).toBe(0);
  await expect.poll(async () => (await probe.ask()).role).toBe('master');
  expect(server.connects()).toBe(2);
  probe.close();
});
