import { createHash } from 'node:crypto';
import { expect, test } from 'vitest';
import { candidates, type Surroundings } from '../../source/engine/address.ts';

const around = (parts: Partial<Surroundings> & { files?: Record<string, unknown> } = {}): Surroundings => ({
  env: {},
  home: '/home/ann',
  uid: 1000,
  read: (path) => (parts.files?.[path] === undefined ? null : JSON.stringify(parts.files[path])),
  ...parts,
});
const found = (host: string | null, surroundings: Surroundings) =>
  candidates(host, surroundings).map(({ address, source }) => `${source}: ${address}`);
const digest = (name: string) => createHash('sha256').update(name).digest('hex');
const contextFiles = (name: string, host: string) => ({
  '/home/ann/.docker/config.json': { currentContext: name },
  [`/home/ann/.docker/contexts/meta/${digest(name)}/meta.json`]: { Name: name, Endpoints: { docker: { Host: host } } },
});

test('with nothing said, the usual sockets of Docker and Podman are tried in order', () => {
  expect(found(null, around({ env: { XDG_RUNTIME_DIR: '/run/user/1000' } }))).toEqual([
    'usual place: unix:///var/run/docker.sock',
    'usual place: unix:///home/ann/.docker/run/docker.sock',
    'usual place: unix:///run/user/1000/docker.sock',
    'usual place: unix:///run/user/1000/podman/podman.sock',
    'usual place: unix:///run/podman/podman.sock',
  ]);
});

test('without XDG_RUNTIME_DIR the runtime folder is the user’s own', () => {
  expect(found(null, around())).toContain('usual place: unix:///run/user/1000/podman/podman.sock');
});

test('--host wins over DOCKER_HOST, which wins over a context, and nothing else is tried', () => {
  const files = contextFiles('far', 'tcp://far:2375');
  expect(found('/x.sock', around({ env: { DOCKER_HOST: 'tcp://a:1' }, files }))).toEqual(['--host: unix:///x.sock']);
  expect(found(null, around({ env: { DOCKER_HOST: 'tcp://a:1' }, files }))).toEqual(['DOCKER_HOST: tcp://a:1']);
  expect(found(null, around({ files }))).toEqual(['context far: tcp://far:2375']);
});

test('DOCKER_CONTEXT names the context, `default` is none, DOCKER_CONFIG moves the folder', () => {
  const files = { ...contextFiles('far', 'unix:///far.sock'), '/etc/d/config.json': { currentContext: 'default' } };
  expect(found(null, around({ env: { DOCKER_CONTEXT: 'far' }, files }))).toEqual(['context far: unix:///far.sock']);
  expect(found(null, around({ env: { DOCKER_CONTEXT: 'default' }, files }))).toHaveLength(5);
  expect(found(null, around({ env: { DOCKER_CONFIG: '/etc/d' }, files }))).toHaveLength(5);
});

test('a context that is not there is said by name', () => {
  expect(() => candidates(null, around({ env: { DOCKER_CONTEXT: 'gone' } }))).toThrow(/context "gone" does not exist/);
});

test('TLS is taken from the port, DOCKER_TLS_VERIFY or the context', () => {
  expect(found('tcp://h:2376', around())).toEqual(['--host: https://h:2376']);
  expect(found('tcp://h', around({ env: { DOCKER_TLS_VERIFY: '1' } }))).toEqual(['--host: https://h:2376']);
  const files = {
    ...contextFiles('safe', 'tcp://h:9999'),
    [`/home/ann/.docker/contexts/tls/${digest('safe')}/docker/cert.pem`]: 'x',
  };
  expect(candidates(null, around({ files }))[0]).toMatchObject({
    address: 'https://h:9999',
    certificates: `/home/ann/.docker/contexts/tls/${digest('safe')}/docker`,
  });
});

test.each(['', 'ftp://h:1', 'tcp://', 'a b'])('%j is no address, and what is allowed is said', (host) => {
  expect(() => candidates(host, around())).toThrow(/allowed are unix:/);
});

test('ssh is not supported, and what to do instead is said', () => {
  expect(() => candidates('ssh://ann@far', around())).toThrow(/ssh -nNT -L .* ann@far/);
});
