import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { chooseStack } from '../../source/engine/choose.ts';
import { composeDir } from '../../source/engine/compose-dir.ts';
import { toDetails } from '../../source/engine/details.ts';
import { contextHash } from '../../source/engine/images-context.ts';
import { ensureNettools } from '../../source/engine/nettools.ts';
import type { Run, RunOptions } from '../../source/engine/run.ts';

const image = 'paws-top/nettools:latest';

/** Runs it with programs that note how they are called. `label`: of the image that is there; null: there is none. */
async function ensured(world: { label: string | null; compose: boolean; fails?: boolean }) {
  const builds: { line: string; options: RunOptions }[] = [];
  const run: Run = async (argv, options = {}) => {
    const line = argv.join(' ');
    const answer = (exitCode: number, stdout = '', stderr = '') => ({ exitCode, stdout, stderr });
    if (line.includes('compose version')) return world.compose ? answer(0, '2.26.1') : answer(1);
    if (line.includes('docker-compose')) return answer(127);
    if (line === `docker image inspect ${image}`) {
      const found = { RepoTags: [image], Config: { Labels: { 'paws-top.context': world.label } } };
      return world.label === null ? answer(1, '[]') : answer(0, JSON.stringify([found]));
    }
    if (line.startsWith('docker image inspect')) return answer(0);
    builds.push({ line, options });
    options.onLine?.('Step 3/7 : RUN apt-get update');
    return world.fails ? answer(1, '', 'first\nno space left') : answer(0);
  };
  const home = mkdtempSync(join(tmpdir(), 'paws-top-nettools-'));
  onTestFinished(() => rmSync(home, { recursive: true }));
  const steps: string[] = [];
  const tools = { run, cli: ((argv, options) => run(['docker', ...argv], options)) as Run };
  const env = { XDG_STATE_HOME: home };
  await ensureNettools({ address: 'x', host: null, env, project: 'paws', onStep: (text) => steps.push(text), tools });
  return { builds, steps };
}
const hash = () => contextHash(composeDir(), 'nettools', '');

test('an image made from the files as they are is left alone', async () => {
  expect(await ensured({ label: await hash(), compose: true })).toEqual({ builds: [], steps: [] });
});

test.each([null, 'another'])(
  'with label %s it is built by Compose, with a label that says from what',
  async (label) => {
    const { builds, steps } = await ensured({ label, compose: true });
    expect(builds.map(({ line }) => line)).toEqual(['docker compose --project-name paws-top-nettools --file - build']);
    expect(JSON.parse(builds[0]?.options.input ?? '')).toMatchObject({
      services: { nettools: { image, build: { target: 'nettools', labels: { 'paws-top.context': await hash() } } } },
    });
    expect(steps).toEqual([`building ${image}`, '3/7 RUN apt-get update']);
  },
);

test('without Compose the builder gets the stages that are needed, and no other', async () => {
  const { builds } = await ensured({ label: null, compose: false });
  expect(builds[0]?.line).toBe(
    `docker build --file - --target nettools --tag ${image} --label paws-top.context=${await hash()} ` +
      `--build-arg BASE_IMAGE=debian:trixie-slim ${composeDir()}`,
  );
  const stages = [...(builds[0]?.options.input ?? '').matchAll(/^FROM .* AS (\S+)/gm)].map(([, name]) => name);
  expect(stages).toEqual(['debian', 'trimmed', 'runtime', 'nettools-files', 'nettools']);
  expect(builds[0]?.options.input).toContain('ARG BASE_IMAGE=');
});

test('why it could not be built is said', async () => {
  await expect(ensured({ label: null, compose: true, fails: true })).rejects.toMatchObject({
    kind: 'rejected',
    message: `building ${image} failed:\nfirst\nno space left`,
  });
});

test('a helper is no part of any stack', () => {
  const helper = toDetails({
    Id: 'h1',
    Name: '/frosty',
    Path: 'sh',
    Args: ['-c', 'iptables -A redis-server -j DROP'],
    State: { Status: 'running', Pid: 5 },
    Config: {
      Image: image,
      Labels: {
        'paws-top.helper': 'paws',
        'com.docker.compose.project': 'paws',
        'com.docker.compose.service': 'redis1',
      },
    },
    HostConfig: { NetworkMode: 'container:c1' },
    NetworkSettings: { Networks: {} },
  });
  const redis = toDetails({
    Id: 'r1',
    Name: '/redis',
    Path: 'redis-server',
    Args: [],
    State: { Status: 'running', Pid: 4 },
    Config: { Image: 'redis' },
    NetworkSettings: { Networks: { some: { IPAddress: '10.0.0.2', GlobalIPv6Address: 'fd00::2' } } },
  });
  const chosen = (project: string | null) =>
    chooseStack([helper, redis], project).containers.map(({ details }) => details.container.id);
  expect(chosen(null)).toEqual(['r1']);
  expect(chosen('paws')).toEqual([]);
  expect(redis.networks).toEqual([{ name: 'some', address: '10.0.0.2', ipv6: 'fd00::2', aliases: [] }]);
});
