import { mkdir, mkdtemp, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { StackError } from '../stack/errors.ts';
import { lastLines, type Run, type RunOptions } from './run.ts';
import { act } from './setup-act.ts';
import { debianMirror } from './setup-apt.ts';
import type { Machine } from './setup-machine.ts';
import { aptInstall } from './setup-plan.ts';

const debianImage = 'debian:trixie-slim';
/** A name of our own: what debootstrap makes is not Debian's image. */
const ownImage = 'paws-top/base:trixie';
/** Where the image can be made, a slow registry costs more than that; elsewhere it is the only way. */
const pullDeadlineMs = { makeable: 20_000, else: 300_000 };
const treePrefix = 'base-image-';

export type BaseImageOptions = {
  /** PAWS_BASE_IMAGE as the user has it; undefined: not set. */
  readonly wanted: string | undefined;
  readonly cli: Run;
  readonly run: Run;
  readonly machine: Machine;
  /** Where the file tree is made; needs about 500 MB for a minute. */
  readonly workFolder: string;
  readonly say: (line: string) => void;
  readonly signal?: AbortSignal | undefined;
};

/** What images are built from, as far as it makes a difference: Debian's image and our own are the same Debian, ''. */
export function baseKind(wanted: string | undefined): string {
  return wanted === undefined || wanted === debianImage || wanted === ownImage ? '' : wanted;
}

/**
 * The name of the image that all others are built from: the wanted one, Debian's if it is here or can be pulled, else one
 * that debootstrap makes from this machine's Debian mirror. Throws `precondition` with what to do where that cannot be.
 */
export async function ensureBaseImage(options: BaseImageOptions): Promise<string> {
  const { wanted, cli, say, signal } = options;
  if (wanted !== undefined && wanted !== '' && wanted !== debianImage) return wanted;
  for (const name of [debianImage, ownImage]) {
    if ((await cli(['image', 'inspect', '--format', '{{.Id}}', name], { signal })).exitCode === 0) return name;
  }
  const makeable = options.machine.root && options.machine.has.apt;
  const timeoutMs = makeable ? pullDeadlineMs.makeable : pullDeadlineMs.else;
  say(`pulling ${debianImage}`);
  const pulled = await cli(['pull', '--quiet', debianImage], { timeoutMs, signal });
  if (pulled.exitCode === 0) return debianImage;
  const why = pulled.exitCode === 124 ? `not done within ${timeoutMs / 1000} s` : lastLines(pulled, 1);
  if (!makeable) throw cannotMake(why);
  say(`${debianImage} cannot be pulled; making ${ownImage} instead`);
  await bootstrap(options);
  return ownImage;
}

async function bootstrap({ run, cli, machine, workFolder, say, signal }: BaseImageOptions): Promise<void> {
  if ((await run(['debootstrap', '--version'])).exitCode === 127) await installDebootstrap(run, say, signal);
  await mkdir(workFolder, { recursive: true, mode: 0o700 });
  await removeTrees(run, workFolder); // of a run that was interrupted
  const folder = await mkdtemp(join(workFolder, treePrefix));
  const tree = join(folder, 'tree');
  const archive = join(folder, 'tree.tar');
  const mirror = machine.os.id === 'debian' ? debianMirror(machine.aptSources) : null;
  try {
    say('debootstrap: Debian trixie, minimal, signatures checked');
    const options = ['--variant=minbase', '--force-check-gpg'];
    await must(run, ['debootstrap', ...options, 'trixie', tree, ...(mirror === null ? [] : [mirror])], { signal });
    say(`importing it as ${ownImage}`);
    const excludes = unneeded.map((path) => `--exclude=${path}`);
    await must(run, ['tar', '--create', '--file', archive, '--numeric-owner', ...excludes, '--directory', tree, '.'], {
      signal,
    });
    await must(cli, ['import', archive, ownImage], { signal });
  } finally {
    await removeTrees(run, workFolder);
  }
}

/** What nobody reads in a container. */
const unneeded = [
  './usr/share/doc/*',
  './usr/share/man/*',
  './usr/share/info/*',
  './usr/share/locale/*',
  './var/cache/apt/*',
  './var/lib/apt/lists/*',
  './var/log/*',
  './dev/*',
  './proc/*',
  './sys/*',
];

async function installDebootstrap(run: Run, say: (line: string) => void, signal?: AbortSignal): Promise<void> {
  say('installing debootstrap with apt-get');
  const packages = ['debootstrap', 'debian-archive-keyring', 'gpgv'];
  for (const action of aptInstall(packages)) await act({ run, say, signal }, action, 'rejected');
}

/** An interrupted debootstrap leaves /proc and /sys mounted in its tree: never delete through them. */
async function removeTrees(run: Run, workFolder: string): Promise<void> {
  const names = (await readdir(workFolder)).filter((name) => name.startsWith(treePrefix));
  for (const name of names) {
    const folder = join(workFolder, name);
    for (const mount of ['tree/proc', 'tree/sys']) await run(['umount', '--recursive', join(folder, mount)]);
    await run(['rm', '--recursive', '--force', '--one-file-system', folder]); // what is left, the next run removes
  }
}

async function must(run: Run, argv: readonly string[], options: RunOptions): Promise<void> {
  const result = await run(argv, options);
  if (result.exitCode === 0) return;
  throw new StackError('rejected', `\`${argv[0]} ${argv[1] ?? ''}\` failed:\n${lastLines(result, 10)}`);
}

function cannotMake(why: string): StackError {
  return new StackError(
    'precondition',
    [
      `the base image ${debianImage} cannot be pulled (${why}). Either run again when a registry can be reached, name an image`,
      'of Debian trixie that you have with PAWS_BASE_IMAGE=…, or make one on a Debian machine:',
      '  sudo apt-get install -y debootstrap',
      '  sudo debootstrap --variant=minbase trixie ./trixie',
      `  sudo tar -C ./trixie -c . | docker import - ${ownImage}`,
    ].join('\n'),
  );
}
