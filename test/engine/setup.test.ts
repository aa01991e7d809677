import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { createRun, type Run } from '../../source/engine/run.ts';
import { ensureEngine } from '../../source/engine/setup.ts';
import { advice } from '../../source/engine/setup-advice.ts';
import { debianMirror, trixieSource } from '../../source/engine/setup-apt.ts';
import { clearLeftovers, startDaemon } from '../../source/engine/setup-daemon.ts';
import { type Machine, readMachine, withSystemPath } from '../../source/engine/setup-machine.ts';
import { planInstall } from '../../source/engine/setup-plan.ts';
import type { Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';

const sources = `Types: deb
URIs: http://mirror.example/debian
Suites: bookworm bookworm-updates
Components: main
Signed-By: /usr/share/keyrings/debian-archive-keyring.gpg

Types: deb
URIs: http://mirror.example/debian-security
Suites: bookworm-security
Components: main
`;

const bookworm: Machine = {
  platform: 'linux',
  root: true,
  wsl: false,
  systemd: false,
  os: { id: 'debian', like: [], version: '12', codename: 'bookworm' },
  has: { dockerd: false, docker: false, podman: false, apt: true },
  dockerCe: false,
  aptSources: [{ path: '/etc/apt/sources.list.d/debian.sources', text: sources }],
};
const os = (id: string, version: string, codename: string, like: string[] = []) => ({ id, like, version, codename });
const everything = { engine: true, compose: true };
const onlyCompose = { engine: false, compose: true };

/** The packages that a plan installs. */
function packagesOf(machine: Machine, lack = everything): readonly string[] | undefined {
  const actions = planInstall(machine, lack)?.flatMap((step) => step.actions) ?? [];
  const install = actions.find((action) => 'run' in action && action.run[1] === 'install');
  return install !== undefined && 'run' in install
    ? install.run.filter((word) => !word.startsWith('-')).slice(2)
    : undefined;
}

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), 'paws-top-setup-'));
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): string {
  const full = join(root, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text, { mode });
  return full;
}

test('Debian 12 gets Docker of its own and Compose alone from trixie, pinned below everything', () => {
  expect(packagesOf(bookworm)).toEqual(['docker.io', 'ca-certificates', 'docker-compose/trixie']);
  const writes = planInstall(bookworm, everything)?.flatMap((step) =>
    step.actions.filter((action) => 'write' in action),
  );
  expect(writes).toEqual([
    { write: '/etc/apt/preferences.d/paws-top-trixie', text: 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n' },
    {
      write: '/etc/apt/sources.list.d/paws-top-trixie.sources',
      text: 'Types: deb\nURIs: http://mirror.example/debian\nSuites: trixie\nComponents: main\nSigned-By: /usr/share/keyrings/debian-archive-keyring.gpg\n',
    },
  ]);
});

test('Debian 13 and later have all of it, the command line in a package of its own', () => {
  const expected = ['docker.io', 'ca-certificates', 'docker-cli', 'docker-compose'];
  expect(packagesOf({ ...bookworm, os: os('debian', '13', 'trixie') })).toEqual(expected);
  expect(packagesOf({ ...bookworm, os: os('debian', '', 'forky') })).toEqual(expected);
});

test('Ubuntu and what is like it take Compose under Ubuntu’s name', () => {
  const expected = ['docker.io', 'ca-certificates', 'docker-compose-v2'];
  expect(packagesOf({ ...bookworm, os: os('ubuntu', '24.04', 'noble', ['debian']) })).toEqual(expected);
  expect(packagesOf({ ...bookworm, os: os('linuxmint', '22', 'noble', ['ubuntu', 'debian']) })).toEqual(expected);
});

test('a Docker without Compose gets only Compose, Docker’s own packages their plugin', () => {
  const docker = { ...bookworm, has: { ...bookworm.has, dockerd: true, docker: true } };
  expect(packagesOf(docker, onlyCompose)).toEqual(['docker-compose/trixie']);
  expect(packagesOf({ ...docker, dockerCe: true }, onlyCompose)).toEqual(['docker-compose-plugin']);
});

test('a source for trixie that is already there is used as it is', () => {
  const trixie = { path: '/etc/apt/sources.list', text: 'deb http://mirror.example/debian trixie main contrib\n' };
  const plan = planInstall({ ...bookworm, aptSources: [...bookworm.aptSources, trixie] }, onlyCompose);
  const written = plan?.flatMap((step) => step.actions.flatMap((action) => ('write' in action ? action.write : [])));
  expect(written).toEqual(['/etc/apt/preferences.d/paws-top-trixie']);
});

test.each([
  ['Debian 11, whose C library is too old', { ...bookworm, os: os('debian', '11', 'bullseye') }],
  ['Debian 12 without a source to go by', { ...bookworm, aptSources: [] }],
  ['Fedora', { ...bookworm, os: os('fedora', '42', ''), has: { ...bookworm.has, apt: false } }],
  ['macOS', { ...bookworm, platform: 'darwin' as const }],
])('no plan is made for %s', (_, machine) => {
  expect(planInstall(machine, everything)).toBeNull();
});

test('one-line sources are understood, disabled and source packages are not taken for a model', () => {
  const text = `# deb http://old.example/debian bookworm main
deb-src http://mirror.example/debian bookworm main
deb [signed-by=/k.gpg] https://mirror.example/debian bookworm main non-free # ours
`;
  expect(trixieSource([{ path: '/etc/apt/sources.list', text }])).toEqual({
    path: '/etc/apt/sources.list.d/paws-top-trixie.list',
    text: 'deb [signed-by=/k.gpg] https://mirror.example/debian trixie main\n',
  });
  const disabled = { path: '/etc/apt/sources.list.d/a.sources', text: `Enabled: no\n${sources.split('\n\n')[0]}` };
  expect(trixieSource([disabled])).toBeNull();
});

test('the mirror is the one of the main archive, not of security updates', () => {
  const [main = '', security = ''] = sources.split('\n\n');
  expect(debianMirror([{ path: 'a.sources', text: `${security}\n\n${main}` }])).toBe('http://mirror.example/debian');
  expect(debianMirror([{ path: 'a.sources', text: security }])).toBeNull();
});

test.each([
  [
    'a Debian user who may not install',
    { ...bookworm, root: false, systemd: true },
    ['sudo apt-get install', 'sudo systemctl enable --now docker', 'usermod'],
  ],
  ['a stopped Docker', { ...bookworm, root: false, has: { ...bookworm.has, dockerd: true } }, ['sudo dockerd']],
  [
    'Fedora',
    { ...bookworm, os: os('fedora', '42', ''), has: { ...bookworm.has, apt: false } },
    ['sudo dnf install podman docker-compose', 'podman.socket'],
  ],
  [
    'Podman without its socket',
    { ...bookworm, root: false, has: { ...bookworm.has, podman: true } },
    ['systemctl --user enable --now podman.socket'],
  ],
  ['macOS', { ...bookworm, platform: 'darwin' as const }, ['brew install --cask docker']],
  ['Windows', { ...bookworm, platform: 'win32' as const }, ['wsl --install']],
  ['an unknown Linux', { ...bookworm, os: os('nixos', '', ''), has: { ...bookworm.has, apt: false } }, ['--host']],
])('%s is told exact commands', (_, machine, commands) => {
  const text = advice(machine, everything);
  for (const command of commands) expect(text).toContain(command);
});

test('this machine is read from its files', () => {
  put('etc/os-release', 'ID=debian\nVERSION_ID="12"\nVERSION_CODENAME=bookworm\n');
  put('etc/apt/sources.list.d/debian.sources', sources);
  put('etc/apt/sources.list.d/notes.txt', 'no source');
  put('usr/sbin/dockerd', '', 0o755);
  put('proc/sys/kernel/osrelease', '5.15.90.1-microsoft-standard-WSL2\n');
  const machine = readMachine({ PATH: '/opt' }, root);
  expect(machine).toMatchObject({ os: bookworm.os, wsl: true, systemd: false, has: { dockerd: true, docker: false } });
  expect(machine.aptSources).toEqual([{ path: '/etc/apt/sources.list.d/debian.sources', text: sources }]);
});

test('leftovers of an engine that was ended at once are removed, those of a living one stay', async () => {
  put('proc/41/stat', '41 (bash) S 1 41 41 0 -1\n');
  put('proc/42/stat', '42 (containerd) S 1 42 42 0 -1\n');
  const foreign = put('var/run/docker.pid', '41');
  const living = put('var/run/docker/containerd/containerd.pid', '42');
  expect(await clearLeftovers(root)).toEqual([foreign]);
  expect(existsSync(living)).toBe(true);
});

test('a dockerd that has ended and was not waited for yet is none', async () => {
  put('proc/42/stat', '42 (dockerd) Z 1 42 42 0 -1\n');
  const path = put('var/run/docker.pid', '42');
  expect(await clearLeftovers(root)).toEqual([path]);
});

test('a containerd socket that nobody serves is removed, one that is served stays', async () => {
  const path = join(root, 'run/containerd/containerd.sock');
  mkdirSync(dirname(path), { recursive: true });
  const server = createServer().listen(path);
  await new Promise((resolve) => server.once('listening', resolve));
  expect(await clearLeftovers(root)).toEqual([]);
  await new Promise((resolve) => server.close(resolve));
  put('run/containerd/containerd.sock', '');
  expect(await clearLeftovers(root)).toEqual([path]);
});

const daemon = (script: string) => {
  put('bin/dockerd', `#!/bin/sh\n${script}\n`, 0o755);
  mkdirSync(join(root, 'var/log'), { recursive: true });
  const env = { ...process.env, PATH: `${join(root, 'bin')}:${process.env.PATH}` };
  return { run: createRun(env), env, systemd: false, root, say: () => {} };
};

test('dockerd is started by hand and awaited', async () => {
  const mark = join(root, 'started');
  await startDaemon({ ...daemon(`touch ${mark}`), answers: async () => existsSync(mark) });
  expect(existsSync(mark)).toBe(true);
});

test('a dockerd that ends at once is an error with its last words', async () => {
  const options = daemon('echo "no space left on device" >&2; exit 1');
  const failure = await startDaemon({ ...options, answers: async () => false }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'no-engine' });
  expect(String(failure)).toMatch(/dockerd did not start.*\n.*no space left on device/);
});

test('a dockerd that never answers is given up', async () => {
  put('proc/77/stat', '77 (dockerd) S 1 77 77 0 -1\n');
  const said: string[] = [];
  const options = { ...daemon('exit 0'), say: (line: string) => said.push(line), deadlineMs: 50 };
  await expect(startDaemon({ ...options, answers: async () => false })).rejects.toThrow(/has not answered/);
  expect(said).toEqual(['a dockerd is starting already; waiting for it']);
});

const engine = { address: 'unix:///x.sock', close: () => {} } as Engine;
const unanswered = async (): Promise<Engine> => {
  throw new StackError('no-engine', 'no container engine answers');
};
/** Programs that all succeed; Compose is there once something was installed. */
function programs(): { run: Run; ran: string[] } {
  const ran: string[] = [];
  const run: Run = async (argv) => {
    ran.push(argv.join(' '));
    const installed = ran.some((line) => line.includes('install -q'));
    const isCompose = argv.includes('version');
    return { exitCode: isCompose && !installed ? 127 : 0, stdout: isCompose && installed ? '2.26.1' : '', stderr: '' };
  };
  return { run, ran };
}
const trixie: Machine = { ...bookworm, os: os('debian', '13', 'trixie') };

test('nothing installed: packages are installed, the daemon is started, and it is said', async () => {
  const { run, ran } = programs();
  let started = false;
  const said: string[] = [];
  const setup = await ensureEngine({
    host: null,
    env: { HOME: root },
    say: (line) => said.push(line),
    install: true,
    machine: trixie,
    run,
    connect: async () => (started ? engine : unanswered()),
    start: async () => {
      started = true;
    },
  });
  expect(setup.compose).toEqual({ command: ['docker', 'compose'], version: '2.26.1' });
  expect(ran).toContain(
    'apt-get install -q -y -oDPkg::Lock::Timeout=120 --no-install-recommends docker.io ca-certificates docker-cli docker-compose',
  );
  expect(said[0]).toContain('installing docker.io');
});

test.each([
  ['dpkg --configure -a', 'going on'],
  ['apt-get update', 'going on'],
  ['apt-get install', /`apt-get install .*failed:\nlocked$/],
])('where `%s` fails, only the installation decides', async (failing, expected) => {
  const { run, ran } = programs();
  const said: string[] = [];
  const setup = ensureEngine({
    host: null,
    env: { HOME: root },
    say: (line) => said.push(line),
    install: true,
    machine: trixie,
    run: async (argv) => {
      const result = await run(argv);
      return argv.join(' ').startsWith(failing) ? { exitCode: 100, stdout: '', stderr: 'locked' } : result;
    },
    connect: async () => (ran.some((line) => line.startsWith('apt-get install')) ? engine : unanswered()),
  });
  if (expected instanceof RegExp) await expect(setup).rejects.toThrow(expected);
  else expect((await setup).engine).toBe(engine);
  expect(said.filter((line) => line.includes('going on'))).toHaveLength(expected === 'going on' ? 1 : 0);
});

test.each([
  ['without leave to install', { install: false }, /sudo apt-get install/],
  ['for another user than root', { machine: { ...trixie, root: false } }, /sudo apt-get install/],
  ['for an engine that was named', { host: 'unix:///named.sock' }, /^no container engine answers$/],
  ['for an engine named by DOCKER_HOST', { env: { DOCKER_HOST: 'tcp://far:2375' } }, /^no container engine answers$/],
])('%s nothing is installed or started', async (_, change, message) => {
  const { run, ran } = programs();
  const start = async () => {
    ran.push('started');
  };
  const base = { host: null, env: { HOME: root }, say: () => {}, install: true, machine: trixie, run, start };
  const failure = await ensureEngine({ ...base, connect: unanswered, ...change }).catch((error: unknown) => error);
  expect(failure).toMatchObject({ kind: 'no-engine', message: expect.stringMatching(message) });
  expect(ran.filter((line) => !line.includes('version'))).toEqual([]);
});

test('children talk to the engine that was found', async () => {
  const seen: unknown[] = [];
  const run: Run = async (argv, options) => {
    seen.push([argv[0], options?.env?.DOCKER_HOST]);
    return { exitCode: 0, stdout: '2.26.1', stderr: '' };
  };
  const options = { host: null, env: { HOME: root }, say: () => {}, install: false, machine: trixie, run };
  const setup = await ensureEngine({ ...options, connect: async () => engine });
  await setup.cli(['ps']);
  expect(seen).toEqual([
    ['docker', 'unix:///x.sock'],
    ['docker', 'unix:///x.sock'],
  ]);
});

test('folders of daemons are added to PATH once', () => {
  const path = withSystemPath({ PATH: '/usr/sbin:/mine' }).PATH?.split(':') ?? [];
  expect(path.slice(0, 2)).toEqual(['/usr/sbin', '/mine']);
  expect(path.filter((folder) => folder === '/usr/sbin')).toHaveLength(1);
});

test('programs end as results: output, no such program, deadline', async () => {
  const run = createRun({ PATH: process.env.PATH, WORD: 'seen' });
  const lines: string[] = [];
  const result = await run(['sh', '-c', 'echo $WORD $EXTRA; echo two >&2; exit 3'], {
    env: { EXTRA: 'too' },
    onLine: (line) => lines.push(line),
  });
  expect(result).toMatchObject({ exitCode: 3, stdout: 'seen too', stderr: 'two' });
  expect(lines.sort()).toEqual(['seen too', 'two']);
  expect((await run(['no-such-program-here'])).exitCode).toBe(127);
  expect((await run(['sleep', '5'], { timeoutMs: 50 })).exitCode).toBe(124);
});

test('a program’s child that keeps its output open holds nobody up', async () => {
  const stays = ['sh', '-c', 'echo up; sleep 5 & wait'];
  const began = performance.now();
  expect(await createRun(process.env)(stays, { timeoutMs: 50 })).toMatchObject({ exitCode: 124, stdout: 'up' });
  const controller = new AbortController();
  const onLine = () => controller.abort(new Error('interrupted'));
  const aborted = createRun(process.env)(stays, { signal: controller.signal, onLine });
  await expect(aborted).rejects.toThrow('interrupted');
  expect(performance.now() - began).toBeLessThan(3_000);
});

test('an aborted program is told to stop and the call throws', async () => {
  const controller = new AbortController();
  const pidFile = join(root, 'pid');
  const running = createRun(process.env)(['sh', '-c', `echo $$ > ${pidFile}; echo up; exec sleep 30`], {
    signal: controller.signal,
    onLine: () => controller.abort(new Error('interrupted')),
  });
  await expect(running).rejects.toThrow('interrupted');
  expect(existsSync(`/proc/${readFileSync(pidFile, 'utf8').trim()}/cmdline`)).toBe(false);
});
