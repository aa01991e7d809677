import { chmodSync, cpSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { buildStep, removeReplaced } from '../../source/engine/images.ts';
import { contextHash, onlyStages, parseDockerfile, stagesFor } from '../../source/engine/images-context.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'paws-top-context-'));
  const dockerfile = `ARG BASE=debian
FROM \${BASE} AS debian
# a remark
COPY common /common
FROM debian AS one-files
RUN apt-get install one \\
 && collect
FROM scratch AS one
COPY --from=one-files /out /
COPY one/ /etc/one/
FROM debian AS two
COPY --chown=1:1 two /etc/two
`;
  writeFileSync(join(folder, 'Dockerfile'), dockerfile);
  for (const name of ['common', 'two']) writeFileSync(join(folder, name), name);
  cpSync(join(folder, 'two'), join(folder, 'one', 'start'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const both = async () => ({ one: await contextHash(folder, 'one', ''), two: await contextHash(folder, 'two', '') });
const edit = (name: string, text: string) => writeFileSync(join(folder, name), text);

test('a target is made of its own stages and those they build on', () => {
  const stages = parseDockerfile(readFileSync(join(folder, 'Dockerfile'), 'utf8'));
  expect(stagesFor(stages, 'one').map(({ name }) => name)).toEqual(['debian', 'one-files', 'one']);
  expect(stagesFor(stages, '').map(({ name }) => name)).toEqual(['debian', 'two']);
  expect(stages.find(({ name }) => name === 'two')?.copies).toEqual(['two']);
});

test('a Dockerfile without the stages that a target does not need keeps every letter of the others', () => {
  const text = readFileSync(join(folder, 'Dockerfile'), 'utf8');
  const only = onlyStages(text, 'two');
  expect(parseDockerfile(only)).toEqual(stagesFor(parseDockerfile(text), 'two'));
  expect(text.split('\n')).toEqual(expect.arrayContaining(only.split('\n')));
  expect(onlyStages(text, 'one')).toContain('AS one-files');
});

test('the same files give the same hash', async () => {
  expect(await both()).toEqual(await both());
});

test('another base image makes another image', async () => {
  expect(await contextHash(folder, 'one', 'debian:sid')).not.toBe((await both()).one);
});

test('a file that only one target copies changes that one alone', async () => {
  const before = await both();
  edit('one/start', 'changed');
  const after = await both();
  expect(after.one).not.toBe(before.one);
  expect(after.two).toBe(before.two);
});

test('a file of the common stage, and the execute bit, change what is made of them', async () => {
  const before = await both();
  edit('common', 'changed');
  const after = await both();
  expect(after.one).not.toBe(before.one);
  expect(after.two).not.toBe(before.two);
  chmodSync(join(folder, 'two'), 0o755);
  expect((await both()).two).not.toBe(after.two);
});

test('files that nobody copies, and remarks, change nothing', async () => {
  const before = await both();
  edit('compose.yaml', 'services: {}');
  edit('Dockerfile', readFileSync(join(folder, 'Dockerfile'), 'utf8').replace('# a remark', '# another'));
  expect(await both()).toEqual(before);
});

test('both of Docker’s builders are understood', () => {
  expect(buildStep('Step 3/7 : RUN apt-get update')).toBe('3/7 RUN apt-get update');
  expect(buildStep('#12 [etcd-files 1/2] RUN apt-get update')).toBe('etcd-files 1/2 RUN apt-get update');
  expect(buildStep(' ---> 303393312f1a')).toBeNull();
});

test('only images of ours that have lost their name to another build are removed', async () => {
  const ran: string[] = [];
  await removeReplaced(async (argv) => {
    ran.push(argv.join(' '));
    return { exitCode: 1, stdout: '', stderr: 'a prune operation is already running' };
  });
  expect(ran).toEqual(['image prune --force --filter label=paws-top.context']);
});
