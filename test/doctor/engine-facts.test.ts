import { mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { readEngineFacts } from '../../source/doctor/facts-engine.ts';
import { readDrift } from '../../source/doctor/facts-engine-images.ts';
import { readMachineFacts } from '../../source/doctor/facts-machine.ts';
import type { ComposeProject } from '../../source/engine/compose.ts';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import type { Run } from '../../source/engine/run.ts';
import { staleAmong } from '../../source/engine/stale-rules.ts';
import type { ContainerDetails, Engine } from '../../source/engine/types.ts';
import { containerWith } from '../engine/containers.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';

/** Programs that say what they are told to; any other is not there. */
const saying =
  (outputs: Readonly<Record<string, string>>): Run =>
  async (argv) => {
    const command = argv.filter((word) => !word.startsWith('--env') && !word.startsWith('/')).join(' ');
    const found = Object.entries(outputs).find(([key]) => command.includes(key));
    return found === undefined
      ? { exitCode: 127, stdout: '', stderr: `${argv[0]}: not found` }
      : { exitCode: 0, stdout: found[1], stderr: '' };
  };

function projectOf(text: string): ComposeProject {
  const file = parseComposeFile(text, {});
  if (file === null) throw new Error('not a compose file');
  return { name: 'theirs', path: '/c/compose.yaml', folder: '/c', own: false, file, variables: {} };
}

const project = projectOf(`
services:
  redis1: { image: redis, ports: ['127.0.0.1:1:6379'] }
  redis2: { image: redis }
networks: { default: { ipam: { config: [{ subnet: 172.30.0.0/16 }] } } }
`);

const made = (service: string, hash: string, more: Readonly<Record<string, string>> = {}): ContainerDetails =>
  containerWith({
    container: { name: `theirs-${service}-1`, service, project: 'theirs', image: 'redis' },
    labels: { 'com.docker.compose.config-hash': hash, 'com.docker.compose.version': '2.26.1', ...more },
    networks: [{ name: 'theirs_default', address: '172.30.0.2', aliases: [service] }],
  });

const outputs = {
  'compose version': '2.26.1-4\n',
  'config --hash *': 'redis1 aaa\nredis2 bbb\n',
  'info --format': JSON.stringify({ CgroupVersion: '2', DockerRootDir: '/var/lib/docker' }),
  'network ls': 'one two\n',
  'network inspect': JSON.stringify([
    { Name: 'bridge', IPAM: { Config: [{ Subnet: '172.17.0.0/16' }] } },
    { Name: 'theirs_default', IPAM: { Config: [{ Subnet: '172.30.0.0/16' }] } },
  ]),
  'image inspect': JSON.stringify([{ Id: 'sha256:new', RepoTags: ['redis:latest'] }]),
};

async function engineOf(change: Partial<Engine> = {}): Promise<Engine> {
  return { ...(await fakeEngine([]).connect()), ...change };
}

const reading = async (change: Partial<Parameters<typeof readEngineFacts>[0]> = {}) => {
  const all = change.all ?? [made('redis1', 'aaa'), made('redis2', 'bbb')];
  const run = saying(outputs);
  const engine = await engineOf();
  return readEngineFacts({ engine, run, cli: run, env: {}, profile: null, all, containers: all, project, ...change });
};

test('an engine elsewhere: what it says of itself, its networks, its clock; nothing of this machine', async () => {
  const engine = await engineOf({ time: async () => Date.now() - 60_000, version: async () => 'Docker 26.1.5' });
  const { engine: facts, unread } = await reading({ engine });
  expect(unread).toEqual([]);
  expect(facts).toMatchObject({ version: 'Docker 26.1.5', compose: '2.26.1-4', cgroup: '2', drifted: [], routes: [] });
  expect(facts).toMatchObject({ dataFolder: '/var/lib/docker', diskFreeBytes: null, staleImages: [], portsHeld: [] });
  expect(facts.skewMs).toBeGreaterThan(-60_500);
  expect(facts.skewMs).toBeLessThan(-59_500);
  expect(facts.networks.map(({ subnets }) => subnets)).toEqual([['172.17.0.0/16'], ['172.30.0.0/16']]);
});

test('an engine that is Podman says the same in other words', async () => {
  const podman = { host: { cgroupVersion: 'v2' }, store: { graphRoot: '/home/me/.local/share/containers/storage' } };
  const run = saying({ ...outputs, 'info --format': JSON.stringify(podman) });
  const { engine } = await reading({ run, cli: run });
  expect(engine).toMatchObject({ cgroup: '2', dataFolder: '/home/me/.local/share/containers/storage' });
});

test('what cannot be read is told, one line each, and the rest is there', async () => {
  const engine = await engineOf({ time: () => Promise.reject(new Error('no clock')) });
  const { engine: facts, unread } = await reading({ engine, cli: saying({}) });
  expect(unread.toSorted()).toEqual([
    'networks of the engine: network: not found',
    'the engine’s clock: no clock',
    'what the engine says of itself: info: not found',
  ]);
  expect(facts).toMatchObject({ version: 'Docker 99', cgroup: null, skewMs: null, networks: [] });
});

test('a container that the file would make otherwise has drifted; one that the file does not know has not', async () => {
  const all = [made('redis1', 'zzz'), made('redis2', 'bbb'), made('stray', 'ccc')];
  const { engine } = await reading({ all, containers: all });
  expect(engine.drifted).toEqual([{ container: 'theirs-redis1-1', service: 'redis1' }]);
});

test.each([
  [{ 'com.docker.compose.version': '2.20.2' }, 'Compose 2.20.2 made them and this is 2.26.1-4'],
  [{ 'com.docker.compose.project.config_files': '/a.yaml,/b.yaml' }, 'they were made from several compose files'],
])('drift is not judged where its hash would say nothing: %o', async (labels, why) => {
  const { engine, unread } = await reading({
    all: [made('redis1', 'zzz', labels)],
    containers: [made('redis1', 'zzz', labels)],
  });
  expect(engine.drifted).toEqual([]);
  expect(unread).toEqual([`whether the containers are what the compose file says: ${why}`]);
});

test('without the passwords that our stack was made with, its drift is not judged', async () => {
  const own = { ...project, own: true, file: { ...project.file, requiredVariables: ['PAWS_REDIS_PASSWORD'] } };
  const compose = { command: ['docker', 'compose'], version: '2.26.1' };
  const env = { XDG_STATE_HOME: mkdtempSync(join(tmpdir(), 'paws-no-secrets-')) };
  const drift = readDrift({ run: saying(outputs), env, compose, project: own, containers: [made('redis1', 'zzz')] });
  await expect(drift).rejects.toThrow('the passwords they were made with are not on this machine');
});

test('an image that was replaced since its container was made is stale', async () => {
  const all = [made('redis1', 'aaa', { 'com.docker.compose.image': 'sha256:old' })];
  const { engine } = await reading({ all, containers: all });
  expect(engine.staleImages).toEqual([{ image: 'redis', why: 'it was replaced since theirs-redis1-1 was made of it' }]);
  const same = [made('redis1', 'aaa', { 'com.docker.compose.image': 'new' })];
  expect((await reading({ all: same, containers: same })).engine.staleImages).toEqual([]);
});

test('a port of a service that does not run is held by another container, or by a program of this machine', async () => {
  const server = createServer().listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await new Promise((resolve) => server.once('listening', resolve));
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  const ours = projectOf(`
services:
  redis1: { ports: ['127.0.0.1:${port}:6379'] }
  redis2: { ports: ['127.0.0.1:2:6379'] }
  redis3: { ports: ['127.0.0.1:3:6379'] }
`);
  const other = containerWith({
    container: { name: 'other-1' },
    ports: [{ port: 80, hostIp: '0.0.0.0', hostPort: 2 }],
  });
  const running = made('redis3', 'ccc');
  const engine = await engineOf({ local: true });
  const { engine: facts } = await reading({ engine, project: ours, all: [other, running], containers: [running] });
  expect(facts.portsHeld).toEqual([
    { port, service: 'redis1', by: expect.stringContaining(`(pid ${process.pid})`) },
    { port: 2, service: 'redis2', by: 'container other-1' },
  ]);
});

test('stale are rules on the stack’s addresses for a bridge that is gone, in the form of Docker’s own', () => {
  const root = mkdtempSync(join(tmpdir(), 'paws-rules-'));
  mkdirSync(join(root, 'sys/class/net/br-aaaaaaaaaaaa'), { recursive: true });
  const saved = [
    '*nat',
    '-A POSTROUTING -s 172.28.0.0/16 ! -o br-aaaaaaaaaaaa -j MASQUERADE',
    '-A POSTROUTING -s 172.28.0.0/16 ! -o br-bbbbbbbbbbbb -j MASQUERADE',
    '-A POSTROUTING -s 172.31.0.0/16 ! -o br-bbbbbbbbbbbb -j MASQUERADE',
    '-A POSTROUTING -s 172.28.0.0/16 ! -o eth7 -j MASQUERADE',
    '-A POSTROUTING -s 172.28.0.0/16 -o br-bbbbbbbbbbbb -j MASQUERADE',
  ].join('\n');
  expect(staleAmong(saved, ['172.28.0.0/16'], root)).toEqual([
    'POSTROUTING -s 172.28.0.0/16 ! -o br-bbbbbbbbbbbb -j MASQUERADE',
  ]);
});

test('this machine: memory as it is, inotify from /proc, and nothing where there is no /proc', () => {
  const root = mkdtempSync(join(tmpdir(), 'paws-machine-'));
  expect(readMachineFacts(root)).toMatchObject({ inotifyInstances: null, inotifyWatches: null });
  const path = join(root, 'proc/sys/fs/inotify/max_user_instances');
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, '64\n');
  const facts = readMachineFacts(root);
  expect(facts).toMatchObject({ platform: process.platform, inotifyInstances: 64, inotifyWatches: null });
  expect(facts.memoryBytes).toBeGreaterThan(facts.availableBytes ?? 0);
});
