import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type ComposeFile, parseComposeFile, profilesOf, servicesOf } from '../../source/engine/compose-file.ts';
import { requireProfile, rosterOf } from '../../source/engine/compose-roster.ts';
import { interpolate } from '../../source/engine/compose-variables.ts';

function read(text: string, variables: Record<string, string> = {}): ComposeFile {
  const file = parseComposeFile(text, variables);
  if (file === null) throw new Error('not a compose file');
  return file;
}

const shipped = read(readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8'));
const names = (list: readonly { readonly name: string }[]) => list.map(({ name }) => name);

test('variables are filled in as Compose does', () => {
  const variables = { A: 'a', EMPTY: '' };
  expect(
    // biome-ignore lint/suspicious/noTemplateCurlyInString: Compose's own syntax
    interpolate('$A ${A} ${B:-b} ${B-b} ${EMPTY:-e} ${EMPTY-e} $$A ${A:+yes} ${B:+no} ${B:?must}', variables),
  ).toBe('a a b b e  $A yes  ');
});

test('the shipped file has the three profiles and thirteen services', () => {
  expect(profilesOf(shipped)).toEqual(['minimal', 'backend', 'full']);
  expect(names(servicesOf(shipped, 'full'))).toHaveLength(13);
  expect(names(servicesOf(shipped, 'minimal'))).toEqual(['etcd1', 'etcd2', 'etcd3', 'patroni1', 'redis1']);
  expect(names(servicesOf(shipped, 'backend'))).toContain('backend');
});

test('the shipped file names the variable that moves each port, and the one that moves the network', () => {
  const ports = shipped.services.flatMap((service) => service.ports);
  expect(ports.filter(({ variable }) => variable === null)).toEqual([]);
  expect(ports.find(({ hostPort }) => hostPort === 6379)).toEqual({
    hostIp: '127.0.0.1',
    hostPort: 6379,
    port: 6379,
    variable: 'PAWS_REDIS1_PORT',
  });
  expect(shipped.subnets).toEqual([{ cidr: '172.28.0.0/16', variable: 'PAWS_SUBNET_PREFIX' }]);
});

test('each service of the shipped file has a memory limit and a health check', () => {
  expect(shipped.services.filter(({ memoryLimitBytes }) => memoryLimitBytes === null)).toEqual([]);
  expect(shipped.services.filter(({ hasHealthcheck }) => !hasHealthcheck)).toEqual([]);
});

test('the passwords that the shipped file requires all reach a container, from which they can be recovered', () => {
  const recoverable = new Set(shipped.services.flatMap(({ required }) => Object.values(required)));
  expect(shipped.requiredVariables).toContain('PAWS_POSTGRES_PASSWORD');
  expect([...recoverable].sort()).toEqual([...shipped.requiredVariables].sort());
});

test('ports in short and long form are read, chosen and ranged ones are left out', () => {
  const file = read(
    `
services:
  a:
    ports: ['8080:80', '[::1]:8081:81/tcp', '82', '9000-9010:9000-9010', { target: 83, published: '$P', host_ip: 127.0.0.1 }]
`,
    { P: '8083' },
  );
  expect(file.services[0]?.ports).toEqual([
    { hostIp: '', hostPort: 8080, port: 80, variable: null },
    { hostIp: '[::1]', hostPort: 8081, port: 81, variable: null },
    { hostIp: '127.0.0.1', hostPort: 8083, port: 83, variable: 'P' },
  ]);
});

test('named volumes in short and long form are read, folders and nameless ones are not; so is what a service calls itself', () => {
  const file = read(`
services:
  a:
    hostname: host-a
    networks: { n: { ipv4_address: 10.0.0.1 }, m: null }
    volumes: [data:/var/lib, './conf:/etc:ro', /abs:/x, /nameless, { type: volume, source: more, target: /m }, { type: bind, source: b, target: /b }]
`);
  expect(file.services[0]?.volumes).toEqual([
    { name: 'data', target: '/var/lib' },
    { name: 'more', target: '/m' },
  ]);
  expect(file.services[0]?.aliases).toEqual(['host-a', '10.0.0.1']);
});

test('lists and maps of environment and labels are read alike, and memory limits in both places', () => {
  const file = read(`
services:
  a: { environment: [X=1, Y=a=b], labels: [l=1], mem_limit: 1.5g, command: redis-server --port 1 }
  b: { environment: { X: 1 }, labels: { l: 1 }, deploy: { resources: { limits: { memory: 64M } } }, entrypoint: [sh, -c] }
`);
  const [a, b] = file.services;
  expect(a).toMatchObject({ environment: { X: '1', Y: 'a=b' }, labels: { l: '1' }, memoryLimitBytes: 1.5 * 1024 ** 3 });
  expect(a?.argv).toEqual(['redis-server', '--port', '1']);
  expect(b).toMatchObject({
    environment: { X: '1' },
    labels: { l: '1' },
    memoryLimitBytes: 64 * 1024 ** 2,
    argv: ['sh', '-c'],
  });
});

test.each(['', 'just text', 'a: [1', '- list', 'services: 3', '\u0000'])('%j is no compose file', (text) => {
  expect(parseComposeFile(text, {})).toBeNull();
});

test('the active profile is the smallest that has everything that exists', () => {
  expect(rosterOf(shipped, ['etcd1', 'patroni1']).profile).toBe('minimal');
  expect(rosterOf(shipped, ['etcd1', 'backend']).profile).toBe('backend');
  const full = rosterOf(shipped, ['etcd1', 'patroni2']);
  expect(full.profile).toBe('full');
  expect(names(full.expected)).toContain('redis3');
});

test('nothing exists: nothing is expected; unknown services are no argument', () => {
  expect(rosterOf(shipped, [])).toEqual({ profile: null, expected: [] });
  expect(rosterOf(shipped, ['somebody-else', 'etcd1']).profile).toBe('minimal');
});

test('without profiles every service is expected; with profiles that exclude each other only what exists', () => {
  const plain = read('services: { a: {}, b: {} }');
  expect(rosterOf(plain, ['a'])).toMatchObject({ profile: null, expected: [{ name: 'a' }, { name: 'b' }] });
  const split = read('services: { a: { profiles: [x] }, b: { profiles: [y] }, c: {} }');
  expect(names(rosterOf(split, ['a', 'b']).expected)).toEqual(['a', 'b']);
});

test('an unknown profile is refused with those that are allowed', () => {
  expect(() => requireProfile(shipped, 'huge')).toThrow('unknown profile "huge"; allowed are minimal, backend, full');
  expect(() => requireProfile(read('services: { a: {} }'), 'full')).toThrow('the compose file has no profiles');
});
