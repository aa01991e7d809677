import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { baseKind, ensureBaseImage } from '../../source/engine/base-image.ts';
import type { Run } from '../../source/engine/run.ts';
import type { Machine } from '../../source/engine/setup-machine.ts';

const machine: Machine = {
  platform: 'linux',
  root: true,
  wsl: false,
  systemd: false,
  os: { id: 'debian', like: [], version: '12', codename: 'bookworm' },
  has: { dockerd: true, docker: true, podman: false, apt: true },
  dockerCe: false,
  aptSources: [{ path: '/etc/apt/sources.list', text: 'deb http://mirror.example/debian bookworm main\n' }],
};

let workFolder: string;
beforeEach(() => {
  workFolder = mkdtempSync(join(tmpdir(), 'paws-top-base-'));
});
afterEach(() => rmSync(workFolder, { recursive: true }));

type World = { images?: string[]; pull?: number; failing?: string };

/** Programs that note how they are called; the engine has `images`, a pull ends with `pull`. */
function world({ images = [], pull = 1, failing }: World) {
  const ran: string[] = [];
  const exitCodeOf = (line: string) => {
    if (line.includes(' inspect ')) return images.some((name) => line.endsWith(` ${name}`)) ? 0 : 1;
    if (line.includes(' pull ')) return pull;
    return failing !== undefined && line.startsWith(failing) ? 1 : 0;
  };
  const run: Run = async (argv) => {
    const line = argv.join(' ');
    ran.push(line);
    if (argv[0] === 'rm') rmSync(argv.at(-1) ?? '', { recursive: true });
    const exitCode = exitCodeOf(line);
    return { exitCode, stdout: '', stderr: exitCode === 0 ? '' : 'it went wrong' };
  };
  return { ran, run, cli: ((argv, options) => run(['docker', ...argv], options)) as Run };
}

function ensure(situation: World, change: { wanted?: string; machine?: Machine } = {}) {
  const { ran, run, cli } = world(situation);
  const said: string[] = [];
  const options = {
    wanted: undefined,
    machine,
    ...change,
    run,
    cli,
    workFolder,
    say: (line: string) => said.push(line),
  };
  return { ran, said, done: ensureBaseImage(options) };
}

test('an image that the user names is taken as it is', async () => {
  const { ran, done } = ensure({}, { wanted: 'registry.example/debian:13' });
  expect(await done).toBe('registry.example/debian:13');
  expect(ran).toEqual([]);
});

test.each([
  ['Debian’s image that is here', { images: ['debian:trixie-slim', 'paws-top/base:trixie'] }, 'debian:trixie-slim'],
  ['our own that is here', { images: ['paws-top/base:trixie'] }, 'paws-top/base:trixie'],
  ['Debian’s image that can be pulled', { pull: 0 }, 'debian:trixie-slim'],
])('%s is used, and nothing is made', async (_, situation, name) => {
  const { ran, done } = ensure(situation, { wanted: 'debian:trixie-slim' });
  expect(await done).toBe(name);
  expect(ran.filter((line) => line.startsWith('debootstrap'))).toEqual([]);
});

test('what cannot be pulled is made from this machine’s mirror, checked, under a name of our own', async () => {
  const { ran, said, done } = ensure({});
  expect(await done).toBe('paws-top/base:trixie');
  const made = ran.find((line) => line.includes('--variant=minbase'));
  expect(made).toMatch(/--force-check-gpg trixie \S+ http:\/\/mirror\.example\/debian$/);
  expect(ran.filter((line) => line.startsWith('docker import'))).toEqual([
    expect.stringMatching(/ paws-top\/base:trixie$/),
  ]);
  expect(ran.filter((line) => /^docker (tag|import).*debian:trixie/.test(line))).toEqual([]);
  expect(said).toContain('debian:trixie-slim cannot be pulled; making paws-top/base:trixie instead');
  expect(readdirSync(workFolder)).toEqual([]);
});

test('what an interrupted run left is removed, and so is the tree of a run that fails', async () => {
  mkdirSync(join(workFolder, 'base-image-old'));
  const { ran, done } = ensure({ failing: 'debootstrap --variant' });
  await expect(done).rejects.toMatchObject({ kind: 'rejected', message: expect.stringContaining('it went wrong') });
  expect(readdirSync(workFolder)).toEqual([]);
  expect(ran.filter((line) => line.startsWith('rm')).every((line) => line.includes('--one-file-system'))).toBe(true);
});

test.each([
  ['can be made', true, 20_000],
  ['cannot be made', false, 300_000],
])('where an image %s, a pull has its time', async (_, root, expected) => {
  const deadlines: unknown[] = [];
  const cli: Run = async (argv, options) => {
    if (argv[0] === 'pull') deadlines.push(options?.timeoutMs);
    return { exitCode: argv[0] === 'pull' ? 0 : 1, stdout: '', stderr: '' };
  };
  const options = { wanted: undefined, machine: { ...machine, root }, workFolder, say: () => {} };
  await ensureBaseImage({ ...options, run: world({}).run, cli });
  expect(deadlines).toEqual([expected]);
});

test.each([
  ['Debian’s image', 'debian:trixie-slim', ''],
  ['our own', 'paws-top/base:trixie', ''],
  ['none that is named', undefined, ''],
  ['another', 'debian:sid', 'debian:sid'],
])('%s is the same base as the usual one or is not', (_, wanted, kind) => {
  expect(baseKind(wanted)).toBe(kind);
});

test('who is not root is told what to run', async () => {
  const { done } = ensure({ pull: 124 }, { machine: { ...machine, root: false } });
  await expect(done).rejects.toMatchObject({
    kind: 'precondition',
    message: expect.stringMatching(/not done within 300 s[\s\S]*PAWS_BASE_IMAGE[\s\S]*sudo debootstrap/),
  });
});
