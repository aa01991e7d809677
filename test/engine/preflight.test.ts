import { createServer } from 'node:net';
import { expect, test } from 'vitest';
import type { ComposeProject } from '../../source/engine/compose.ts';
import { parseComposeFile, servicesOf } from '../../source/engine/compose-file.ts';
import {
  diskFindings,
  memoryFindings,
  type Preflight,
  preflight,
  subnetFindings,
} from '../../source/engine/preflight.ts';
import { listenerOn, listeningInodes } from '../../source/engine/preflight-listener.ts';
import { overlaps, parseNetworks, parseRoutes } from '../../source/engine/preflight-network.ts';
import { containerWith } from './containers.ts';

function project(text: string): ComposeProject {
  const file = parseComposeFile(text, { PORT: '0' });
  if (file === null) throw new Error('not a compose file');
  return { name: 'paws', path: '/c/compose.yaml', folder: '/c', own: true, file, variables: {} };
}

const withMemory = project(`
services:
  core: { profiles: [minimal, full], mem_limit: 400m }
  more: { profiles: [full], mem_limit: 800m }
networks: { paws: { ipam: { config: [{ subnet: '\${PAWS_SUBNET_PREFIX:-172.28}.0.0/16' }] } } }
`);

function facts(change: Partial<Preflight> = {}): Preflight {
  const { file } = withMemory;
  const base = {
    project: withMemory,
    profile: 'full',
    services: servicesOf(file, 'full'),
    containers: [],
    networks: [],
  };
  return { ...base, local: true, willBuild: false, dataFolder: null, availableBytes: null, ...change };
}

/** A server on a free port of this machine. */
async function listening(): Promise<{ port: number; close: () => Promise<void> }> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  return { port: address.port, close: () => new Promise((resolve) => server.close(() => resolve())) };
}

function onPort(port: number): Partial<Preflight> {
  const one = project(`services: { redis1: { ports: ['127.0.0.1:\${PAWS_REDIS1_PORT:-${port}}:6379'] } }`);
  return { project: one, services: one.file.services, profile: null };
}

test('a port that is taken is named with its holder and the variable that moves it', async () => {
  const { port, close } = await listening();
  const [finding, ...others] = await preflight(facts(onPort(port)));
  await close();
  expect(others).toEqual([]);
  expect(finding).toMatchObject({ id: 'port' });
  expect(finding?.message).toMatch(
    new RegExp(`^port ${port} \\(redis1\\) is taken by .* \\(pid ${process.pid}\\); set PAWS_REDIS1_PORT=\\d+ `),
  );
});

test('a port that nobody holds is fine', async () => {
  const { port, close } = await listening();
  await close();
  expect(await preflight(facts(onPort(port)))).toEqual([]);
});

test('ports of the project’s own containers do not count, also when they are paused', async () => {
  const { port, close } = await listening();
  const ports = [{ port: 6379, hostIp: '127.0.0.1', hostPort: port }];
  const own = containerWith({ ports, container: { project: 'paws', state: 'paused' } });
  const findings = await preflight(facts({ ...onPort(port), containers: [own] }));
  await close();
  expect(findings).toEqual([]);
});

test('a port that another container publishes is found where the engine is elsewhere, too', async () => {
  const ports = [{ port: 1, hostIp: '0.0.0.0', hostPort: 4711 }];
  const other = containerWith({ ports, container: { name: 'their-redis', project: 'theirs' } });
  const [finding] = await preflight(facts({ ...onPort(4711), containers: [other], local: false }));
  expect(finding?.message).toContain('is taken by container their-redis');
});

test('a listener is found in the table of sockets, and its process', async () => {
  const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:18EB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4455 1 0
   1: 0100007F:18EB 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 4456 1 0
`;
  expect(listeningInodes(table, 6379)).toEqual(['4455']);
  expect(listeningInodes(table, 6380)).toEqual([]);
  const { port, close } = await listening();
  expect(listenerOn(port)).toContain(`(pid ${process.pid})`);
  await close();
  expect(listenerOn(port)).toBeNull();
});

test('networks overlap when they share an address', () => {
  expect(overlaps('172.28.0.0/16', '172.28.4.0/24')).toBe(true);
  expect(overlaps('172.16.0.0/12', '172.28.0.0/16')).toBe(true);
  expect(overlaps('172.28.0.0/16', '172.29.0.0/16')).toBe(false);
  expect(overlaps('172.28.7.9/16', '172.28.0.0/16')).toBe(true);
  expect(overlaps('fd00::/8', '172.28.0.0/16')).toBe(false);
});

test('a subnet clash names the other network and the variable with numbers that are free', () => {
  const theirs = { name: 'theirs', project: 'theirs', subnets: ['172.28.0.0/20'], bridge: 'br-1' };
  const [finding] = subnetFindings({ project: withMemory, networks: [theirs] }, [
    { cidr: '172.31.5.0/24', device: 'eth0' },
  ]);
  expect(finding?.message).toBe(
    'the stack\'s network 172.28.0.0/16 overlaps the container network "theirs" (172.28.0.0/20); set PAWS_SUBNET_PREFIX to other numbers, for example PAWS_SUBNET_PREFIX=172.30',
  );
});

test('a route of this machine clashes, the project’s own network and its bridge do not', () => {
  const own = { name: 'paws', project: 'paws', subnets: ['172.28.0.0/16'], bridge: 'br-1' };
  const clash = (device: string) =>
    subnetFindings({ project: withMemory, networks: [own] }, [{ cidr: '172.28.0.0/16', device }]);
  expect(clash('br-1')).toEqual([]);
  expect(clash('tun0')[0]?.message).toContain("this machine's route over tun0");
});

test('networks are read from Docker and from Podman', () => {
  const docker = {
    Name: 'a',
    Id: '0123456789abcdef',
    Labels: { 'com.docker.compose.project': 'p' },
    IPAM: { Config: [{ Subnet: '10.1.0.0/16' }] },
  };
  const podman = { name: 'b', id: 'x', network_interface: 'podman1', subnets: [{ subnet: '10.89.0.0/24' }] };
  expect(parseNetworks(JSON.stringify([docker, podman]))).toEqual([
    { name: 'a', project: 'p', subnets: ['10.1.0.0/16'], bridge: 'br-0123456789ab' },
    { name: 'b', project: null, subnets: ['10.89.0.0/24'], bridge: 'podman1' },
  ]);
  expect(parseNetworks('')).toEqual([]);
});

test('routes are read from the kernel, without the default one', () => {
  const table = `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT
eth0\t00000000\t0100000A\t0003\t0\t0\t0\t00000000\t0\t0\t0
docker0\t000011AC\t00000000\t0001\t0\t0\t0\t0000FFFF\t0\t0\t0
`;
  expect(parseRoutes(table)).toEqual([{ cidr: '172.17.0.0/16', device: 'docker0' }]);
});

test('too little memory names what is needed and the profile that fits', () => {
  const [finding] = memoryFindings(facts({ availableBytes: 200 * 1024 ** 2 }));
  expect(finding?.message).toBe(
    'the profile "full" needs about 300 MB of memory and 200 MB can be had; minimal needs 100 MB: paws-top up minimal',
  );
  expect(memoryFindings(facts({ availableBytes: 50 * 1024 ** 2 }))[0]?.message).toContain(
    'free some memory (minimal needs 100 MB)',
  );
  expect(memoryFindings(facts({ availableBytes: 300 * 1024 ** 2 }))).toEqual([]);
});

test('what runs already needs no further memory', () => {
  const running = containerWith({ container: { project: 'paws', service: 'more' } });
  expect(memoryFindings(facts({ availableBytes: 100 * 1024 ** 2, containers: [running] }))).toEqual([]);
});

test('building needs more disk than starting', () => {
  const free = 1024 ** 3;
  const dataFolder = '/var/lib/docker';
  expect(diskFindings(free, { willBuild: true, dataFolder })[0]?.message).toContain(`${dataFolder} has 1024 MB free`);
  expect(diskFindings(free, { willBuild: false, dataFolder })).toEqual([]);
  expect(diskFindings(null, { willBuild: true, dataFolder })).toEqual([]);
});
