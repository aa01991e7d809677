import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { runCli } from '../helpers/cli.ts';
import { cli, plainEnvironment } from '../helpers/pty.ts';
import { ensureStack, ours } from '../helpers/stack.ts';

const root = join(import.meta.dirname, '..', '..');
const scratch = mkdtempSync(join(tmpdir(), 'paws-top-package-'));
const prefix = join(scratch, 'prefix');
const installed = join(prefix, 'bin', 'paws-top');
const options = {
  cwd: scratch,
  command: installed,
  env: { PATH: `${join(process.execPath, '..')}:${process.env.PATH}` },
};
let files: string[] = [];

beforeAll(async () => {
  await ensureStack();
  const npm = (...args: string[]) =>
    execFileSync('npm', args, {
      cwd: root,
      env: plainEnvironment(),
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  const packed = npm('pack', '--json', '--ignore-scripts', '--pack-destination', scratch);
  const [{ filename, files: list }] = JSON.parse(packed) as [{ filename: string; files: { path: string }[] }];
  files = list.map(({ path }) => path);
  npm('install', '--global', '--offline', '--prefix', prefix, join(scratch, filename));
});
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

test('it holds the bundle and the stack, and nothing of its own making', () => {
  for (const wanted of [
    'dist/cli.js',
    'compose/compose.yaml',
    'compose/Dockerfile',
    'compose/backend/dist/server.mjs',
    'LICENSE',
  ]) {
    expect(files).toContain(wanted);
  }
  const strays = files.filter((path) => /(^|\/)(test|source|node_modules|\.ci)\/|\.tsx?$|\.map$|secret/.test(path));
  expect(strays).toEqual([]);
});

test('it needs no other package', () => {
  const manifest = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest).not.toHaveProperty('dependencies');
  expect(manifest).not.toHaveProperty('optionalDependencies');
});

test('installed into an empty prefix, it works from another folder', async () => {
  const version = await runCli(['--version'], options);
  expect(version).toMatchObject({ code: 0, stderr: '' });
  const status = await runCli(['status', '--json', ...ours], options);
  expect(status).toMatchObject({ code: 0, stderr: '' });
  expect(JSON.parse(status.stdout)).toMatchObject({ stack: 'paws', verdict: { level: 'ok' } });
});

test('installed, it finds the stack it ships: up has nothing to do', async () => {
  const up = await runCli(['up', 'full'], { ...options, timeoutMs: 100_000 });
  expect(up).toMatchObject({ code: 0 });
  expect(up.ms).toBeLessThan(30_000);
});

test('a Node that is too old is told so, in one line', async () => {
  const pretend = `Object.defineProperty(process, 'versions', { value: { ...process.versions, node: '18.20.4' } })`;
  const { code, stderr } = await runCli(['--import', `data:text/javascript,${encodeURIComponent(pretend)}`, cli], {
    command: process.execPath,
  });
  expect(code).toBe(1);
  expect(stderr).toMatch(/^paws-top needs Node\.js 22 or newer; this is v.*\n$/);
});
