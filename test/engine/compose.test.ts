import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import {
  composeOf,
  composeStep,
  findCompose,
  openComposeProject,
  requireSuccess,
} from '../../source/engine/compose.ts';
import { composeDir } from '../../source/engine/compose-dir.ts';
import type { Run, RunOptions } from '../../source/engine/run.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'Paws_Top.Compose-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

function put(path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(join(full, '..'), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const stack = `name: \${PAWS_PROJECT:-paws}
services: { redis: { profiles: [full], environment: { P: '\${PAWS_REDIS_PASSWORD:?up}' }, ports: ['\${PORT:-1}:1'] } }
`;
const open = (change: { project?: string; composeFile?: string; env?: NodeJS.ProcessEnv; shipped?: string }) =>
  openComposeProject({ project: null, composeFile: null, env: {}, shipped: join(folder, 'compose'), ...change });

test('the shipped folder is found from the source and from the bundle', () => {
  const shipped = join(import.meta.dirname, '..', '..', 'compose');
  expect(composeDir()).toBe(shipped);
  expect(composeDir(join(shipped, '..', 'dist', 'chunks'))).toBe(shipped);
  expect(() => composeDir('/nowhere/at/all')).toThrow('install paws-top again');
});

test('our own project has the name of the flag, of the environment, of .env, or paws', async () => {
  put('compose/compose.yaml', stack);
  expect(await open({})).toMatchObject({ name: 'paws', own: true });
  put('compose/.env', 'PAWS_PROJECT=from-file\nPORT=7\n');
  const project = await open({});
  expect(project.name).toBe('from-file');
  expect(project.file.services[0]?.ports[0]?.hostPort).toBe(7);
  expect((await open({ env: { PAWS_PROJECT: 'from-env', PORT: '8' } })).file.services[0]?.ports[0]?.hostPort).toBe(8);
  expect((await open({ project: 'flag', env: { PAWS_PROJECT: 'from-env' } })).name).toBe('flag');
});

test('another’s compose file gives its own name: its `name`, or its folder as Compose writes it', async () => {
  put('compose/compose.yaml', stack);
  const named = put('theirs.yaml', 'name: theirs\nservices: { a: {} }');
  const nameless = put('plain.yaml', 'services: { a: {} }');
  expect(await open({ composeFile: named })).toMatchObject({ name: 'theirs', own: false });
  expect((await open({ composeFile: nameless })).name).toMatch(/^paws_topcompose-[a-z0-9]+$/);
  expect((await open({ composeFile: named, env: { COMPOSE_PROJECT_NAME: 'other' } })).name).toBe('other');
});

test('a compose file that is not there, or is none, is a usage error', async () => {
  put('compose/compose.yaml', stack);
  await expect(open({ composeFile: join(folder, 'no.yaml') })).rejects.toMatchObject({ kind: 'usage' });
  const text = put('text.yaml', 'just text');
  await expect(open({ composeFile: text })).rejects.toThrow('is not a compose file');
});

/** A program that notes how it is called. */
function noting(): { run: Run; calls: { argv: readonly string[]; options: RunOptions }[] } {
  const calls: { argv: readonly string[]; options: RunOptions }[] = [];
  const run: Run = async (argv, options = {}) => {
    calls.push({ argv, options });
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  return { run, calls };
}

test('Compose is told project, file, variables, secrets and profiles', async () => {
  put('compose/compose.yaml', stack);
  const settings = put('compose/.env', 'PORT=7\n');
  const secrets = put('state/paws-top/mine/secrets.env', 'PAWS_REDIS_PASSWORD=hush\n');
  const project = await open({ project: 'mine' });
  const { run, calls } = noting();
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  await composeOf(run, { command: ['docker', 'compose'], project, env, profiles: ['full'] })(['up', '--detach']);
  const words = calls[0]?.argv.join(' ');
  expect(words).toContain(
    `--project-name mine --file ${project.path} --env-file ${settings} --env-file ${secrets} --profile full up --detach`,
  );
  expect(words).not.toContain('hush');
  expect(calls[0]?.options).toMatchObject({ cwd: project.folder, env: { PAWS_PROJECT: 'mine' } });
});

test('without secrets the required variables are filled, so that `down` works; others’ files are left alone', async () => {
  put('compose/compose.yaml', stack);
  const { run, calls } = noting();
  const env = { XDG_STATE_HOME: join(folder, 'state') };
  await composeOf(run, { command: ['c'], project: await open({}), env, profiles: [] })(['down']);
  expect(calls[0]?.options.env).toEqual({ PAWS_REDIS_PASSWORD: 'not-given', PAWS_PROJECT: 'paws' });
  const theirs = await open({ composeFile: put('theirs.yaml', stack) });
  await composeOf(run, { command: ['c'], project: theirs, env, profiles: [] })(['down']);
  expect(calls[1]?.options.env).toEqual({});
});

test.each([
  ['the plugin of the CLI', { 'docker compose': '2.26.1-4' }, { command: ['docker', 'compose'], version: '2.26.1-4' }],
  ['a program of its own', { 'docker-compose': 'v2.39.0' }, { command: ['docker-compose'], version: '2.39.0' }],
  [
    'the plugin’s file where the CLI does not know it',
    { 'docker-compose': '1.29.2', '/usr/libexec/docker/cli-plugins/docker-compose': '2.26.1' },
    { command: ['/usr/libexec/docker/cli-plugins/docker-compose'], version: '2.26.1' },
  ],
  ['none, when there is only the old one', { 'docker-compose': '1.29.2' }, null],
])('Compose is found: %s', async (_, present: Record<string, string>, expected) => {
  const run: Run = async (argv) => {
    const stdout = present[argv.slice(0, -2).join(' ')];
    return { exitCode: stdout === undefined ? 127 : 0, stdout: stdout ?? '', stderr: '' };
  };
  expect(await findCompose(run)).toEqual(expected);
});

test('Compose’s progress is said in few words', () => {
  expect(composeStep(' Container paws-etcd1-1  Started', 'paws')).toBe('etcd1 started');
  expect(composeStep(' Network paws  Creating', 'paws')).toBe('paws creating');
  expect(composeStep('time="…" level=warning', 'paws')).toBeNull();
});

test('a failure carries the last twenty lines', () => {
  const stderr = Array.from({ length: 30 }, (_, index) => `line ${index}`).join('\n');
  const failing = () => requireSuccess({ exitCode: 1, stdout: '', stderr }, 'starting');
  expect(failing).toThrow(/^starting failed: line 10\n[\s\S]*line 29$/);
});
