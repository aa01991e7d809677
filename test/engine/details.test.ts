import { expect, test } from 'vitest';
import { toDetails } from '../../source/engine/details.ts';
import { captured, fullStack } from './containers.ts';

const compose = { 'com.docker.compose.project': 'shop', 'com.docker.compose.service': 'cache' };

test('a running member of the stack', () => {
  const patroni = fullStack().find(({ container }) => container.service === 'patroni2');
  expect(patroni).toMatchObject({
    container: { name: 'paws-patroni2-1', state: 'running', health: 'healthy', exitCode: null, restarts: 0 },
    hostname: 'patroni2',
    env: { PATRONI_SCOPE: 'paws' },
  });
  expect(patroni?.container.startedAt).toBeGreaterThan(Date.parse('2026-01-01'));
  expect(patroni?.container.memoryLimitBytes).toBe(384 * 1024 * 1024);
  expect(patroni?.ports).toEqual([
    { port: 5432, hostIp: '127.0.0.1', hostPort: 5433 },
    { port: 8008, hostIp: '127.0.0.1', hostPort: 8009 },
  ]);
});

test('a killed one keeps the port it asks for and its static address, and says how it ended', () => {
  expect(captured('killed').map(toDetails)[0]).toMatchObject({
    container: { name: 'paws-redis1-1', state: 'exited', exitCode: 137, startedAt: null },
    pid: null,
    ports: [{ port: 6379, hostIp: '127.0.0.1', hostPort: 6379 }],
    networks: [{ name: 'paws', address: '172.28.3.1' }],
  });
});

test('a container without a name is called by its short id', () => {
  for (const Name of ['', '/', null]) {
    expect(toDetails({ Id: '0123456789abcdef', Name }).container.name).toBe('0123456789ab');
  }
});

test('everything may be missing or null', () => {
  const empty = toDetails({});
  expect(empty).toMatchObject({ argv: [], env: {}, ports: [], networks: [], pid: null, container: { state: 'dead' } });
  const nulls = { Name: null, Args: null, State: null, Config: null, HostConfig: null, NetworkSettings: null };
  expect(toDetails(nulls)).toEqual(empty);
});

test('names in any script stay as they are', () => {
  expect(toDetails({ Id: 'a', Name: '/数据库-🐘' }).container.name).toBe('数据库-🐘');
});

test('the project counts for containers that Compose made, not for those that only use an image it built', () => {
  const made = { ...compose, 'com.docker.compose.container-number': '1' };
  expect(toDetails({ Id: 'a', Config: { Labels: made } }).container).toMatchObject({
    project: 'shop',
    service: 'cache',
  });
  expect(toDetails({ Id: 'a', Config: { Labels: compose } }).container).toMatchObject({ project: null, service: null });
});

test('podman-compose and Swarm have labels of their own', () => {
  const podman = { 'io.podman.compose.project': 'pod', 'io.podman.compose.service': 'db' };
  expect(toDetails({ Id: 'a', Config: { Labels: podman } }).container).toMatchObject({ project: 'pod', service: 'db' });
  expect(toDetails({ Id: 'a', Config: { Labels: { 'com.docker.stack.namespace': 's' } } }).container.project).toBe('s');
});

test('Podman’s states and health are translated', () => {
  expect(toDetails({ State: { Status: 'configured' } }).container.state).toBe('created');
  expect(toDetails({ State: { Status: 'stopped', ExitCode: 3 } }).container).toMatchObject({
    state: 'exited',
    exitCode: 3,
  });
  expect(toDetails({ State: { Status: 'running', Healthcheck: { Status: 'healthy' } } }).container.health).toBe(
    'healthy',
  );
});

test('of a port published twice IPv4 is taken; UDP is not', () => {
  const Ports = {
    '6379/tcp': [
      { HostIp: '::', HostPort: '7001' },
      { HostIp: '0.0.0.0', HostPort: '7000' },
    ],
    '53/udp': [{ HostIp: '0.0.0.0', HostPort: '53' }],
    '9/tcp': null,
  };
  expect(toDetails({ State: { Pid: 1 }, NetworkSettings: { Ports } }).ports).toEqual([
    { port: 9, hostIp: null, hostPort: null },
    { port: 6379, hostIp: '0.0.0.0', hostPort: 7000 },
  ]);
});

test('a running container cut from its network has no published port, whatever it asked for', () => {
  const PortBindings = { '6379/tcp': [{ HostIp: '', HostPort: '6379' }] };
  const cut = toDetails({
    State: { Pid: 1 },
    HostConfig: { PortBindings },
    NetworkSettings: { Ports: {}, Networks: {} },
  });
  expect(cut.ports).toEqual([]);
});

test('what lies on a container from outside is told in the order of its places', () => {
  const Mounts = [
    { Type: 'volume', Name: 'paws_redis1', Destination: '/data' },
    { Type: 'bind', Destination: '/conf' },
  ];
  expect(toDetails({ Id: 'a', Mounts }).mounts).toEqual([
    { destination: '/conf', type: 'bind', name: null },
    { destination: '/data', type: 'volume', name: 'paws_redis1' },
  ]);
  expect(toDetails({ Id: 'a', Mounts: null })).not.toHaveProperty('mounts');
});
