import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { survey } from '../../source/engine/survey.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';

const file = `
services:
  store: { image: registry.example/coreos/etcd, profiles: [small, large] }
  cache: { image: redis, command: redis-server, profiles: [small, large] }
  copy: { image: redis, command: redis-server --replicaof cache 6379, profiles: [large] }
`;

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paws-survey-'));
  writeFileSync(join(folder, 'compose.yaml'), file);
});
afterEach(() => rmSync(folder, { recursive: true }));

function container(
  service: string,
  image: string,
  argv: string[],
  labels: Record<string, string> = {},
): ContainerDetails {
  const base = details(service);
  const number = { 'com.docker.compose.container-number': '1', 'com.docker.compose.project': 'paws' };
  const from = { 'com.docker.compose.project.config_files': join(folder, 'compose.yaml') };
  return { ...base, argv, labels: { ...number, ...from, ...labels }, container: { ...base.container, image } };
}
const look = async (...found: ContainerDetails[]) => {
  const engine = await fakeEngine(found).connect();
  return (await survey(engine, found, { project: null })).topology;
};
const store = (labels = {}) => container('store', 'registry.example/coreos/etcd', ['etcd'], labels);
const cache = () => container('cache', 'redis', ['redis-server']);
const copy = () => container('copy', 'redis', ['redis-server', '--replicaof', 'cache', '6379']);

test('the profile is the smallest that has everything that exists', async () => {
  expect((await look(store(), cache())).profile).toBe('small');
  expect((await look(store(), cache(), copy())).profile).toBe('large');
});

test('a member of the active profile that has no container is missing, not gone', async () => {
  const { profile, containers, members } = await look(store(), copy());
  expect(profile).toBe('large');
  expect(containers.find(({ service }) => service === 'cache')).toMatchObject({ state: 'missing', role: 'redis' });
  expect(members.map(({ name }) => name)).toEqual(['store', 'cache', 'copy']);
});

test('where the compose file cannot be read, what exists is all that is expected', async () => {
  const elsewhere = { 'com.docker.compose.project.config_files': '/another/machine/compose.yaml' };
  const { profile, members } = await look(store(elsewhere));
  expect(profile).toBeNull();
  expect(members.map(({ name }) => name)).toEqual(['store']);
});
