import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import { parseEnv } from 'node:util';
import { readText } from './surroundings.ts';

/** What setting up an engine depends on. */
export type Machine = {
  readonly platform: NodeJS.Platform;
  readonly root: boolean;
  readonly wsl: boolean;
  readonly systemd: boolean;
  /** From os-release; empty where there is none. `codename` is `bookworm`, `noble` … */
  readonly os: {
    readonly id: string;
    readonly like: readonly string[];
    readonly version: string;
    readonly codename: string;
  };
  /** Programs that are installed. */
  readonly has: {
    readonly dockerd: boolean;
    readonly docker: boolean;
    readonly podman: boolean;
    readonly apt: boolean;
  };
  /** Docker comes from Docker's own packages, whose Compose is named differently. */
  readonly dockerCe: boolean;
  /** The apt sources, file by file. */
  readonly aptSources: readonly { readonly path: string; readonly text: string }[];
};

/** Daemons and package tools live in folders that a user's PATH may lack. */
export function withSystemPath(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const folders = (env.PATH ?? '').split(delimiter).filter(Boolean);
  const system =
    process.platform === 'win32' ? [] : ['/usr/local/sbin', '/usr/local/bin', '/usr/sbin', '/usr/bin', '/sbin', '/bin'];
  return { ...env, PATH: [...new Set([...folders, ...system])].join(delimiter) };
}

/** Looks at this machine; `root` is where its files are, so that a test can lay out another. */
export function readMachine(env: NodeJS.ProcessEnv, root = '/'): Machine {
  const text = (path: string) => readText(join(root, path)) ?? '';
  const os = parseEnv(text('etc/os-release') || text('usr/lib/os-release'));
  const has = (name: string) => isInstalled(name, env, root);
  return {
    platform: process.platform,
    root: process.getuid?.() === 0,
    wsl: /microsoft/i.test(text('proc/sys/kernel/osrelease')),
    systemd: existsSync(join(root, 'run/systemd/system')),
    os: {
      id: os.ID ?? '',
      like: (os.ID_LIKE ?? '').split(' ').filter(Boolean),
      version: os.VERSION_ID ?? '',
      codename: os.UBUNTU_CODENAME ?? os.VERSION_CODENAME ?? '',
    },
    has: { dockerd: has('dockerd'), docker: has('docker'), podman: has('podman'), apt: has('apt-get') },
    dockerCe: existsSync(join(root, 'var/lib/dpkg/info/docker-ce.list')),
    aptSources: aptFiles(root).map((path) => ({ path: `/${path}`, text: text(path) })),
  };
}

function isInstalled(name: string, env: NodeJS.ProcessEnv, root: string): boolean {
  const folders = (withSystemPath(env).PATH ?? '').split(delimiter);
  const suffixes = process.platform === 'win32' ? ['.exe'] : [''];
  return folders.some((folder) => suffixes.some((suffix) => isProgram(join(root, folder, name + suffix))));
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

function aptFiles(root: string): string[] {
  const folder = 'etc/apt/sources.list.d';
  const listed = existsSync(join(root, folder)) ? readdirSync(join(root, folder)).sort() : [];
  return [
    ...(existsSync(join(root, 'etc/apt/sources.list')) ? ['etc/apt/sources.list'] : []),
    ...listed.filter((name) => /\.(list|sources)$/.test(name)).map((name) => join(folder, name)),
  ];
}
