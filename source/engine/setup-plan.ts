import { trixieSource } from './setup-apt.ts';
import type { Machine } from './setup-machine.ts';

/** One thing to do to a machine. As data, so that it can be done, shown as a command, and tested. */
export type Action =
  | { readonly write: string; readonly text: string }
  | {
      readonly run: readonly string[];
      readonly env?: Readonly<Record<string, string>>;
      /** Whether what comes after it may succeed although it failed. */
      readonly preparing?: boolean;
    };

export type Step = { readonly title: string; readonly actions: readonly Action[] };

/** What is lacking: an engine to talk to, Compose v2. */
export type Lack = { readonly engine: boolean; readonly compose: boolean };

/**
 * The steps that install what is lacking with Debian's and Ubuntu's own packages; null where this machine is none of
 * these (other systems have ways of their own, which we only name). Who may run them is not asked here.
 */
export function planInstall(machine: Machine, lack: Lack): readonly Step[] | null {
  if (machine.platform !== 'linux' || !machine.has.apt || familyOf(machine) === null) return null;
  const compose = lack.compose ? composeSource(machine) : { packages: [], actions: [] };
  if (compose === null) return null;
  const engine = lack.engine && !machine.has.dockerd ? enginePackages(machine) : [];
  const cli = !machine.has.docker && engine.length === 0 ? cliPackages(machine) : [];
  const packages = [...engine, ...cli, ...compose.packages];
  if (packages.length === 0) return [];
  return [
    {
      title: `installing ${packages.map((name) => name.replace(/\/.*/, '')).join(' and ')} with apt-get`,
      actions: [...compose.actions, ...aptInstall(packages)],
    },
  ];
}

/**
 * Installs packages with apt-get. Whether that worked, the last step alone decides: a package of somebody else that cannot
 * be configured, or a source that does not answer, need not be in the way.
 */
export function aptInstall(packages: readonly string[]): Action[] {
  const env = { DEBIAN_FRONTEND: 'noninteractive' };
  const patient = '-oDPkg::Lock::Timeout=120'; // another apt-get may be at work, such as the nightly one
  return [
    { run: ['dpkg', '--configure', '-a'], env, preparing: true }, // an installation that was interrupted blocks all others
    { run: ['apt-get', 'update', '-q', patient], preparing: true },
    { run: ['apt-get', 'install', '-q', '-y', patient, '--no-install-recommends', ...packages], env },
  ];
}

function familyOf({ os }: Machine): 'debian' | 'ubuntu' | null {
  if (os.id === 'ubuntu' || os.like.includes('ubuntu')) return 'ubuntu';
  return os.id === 'debian' || os.like.includes('debian') ? 'debian' : null;
}

function enginePackages(machine: Machine): string[] {
  // The certificates come with it by recommendation only, and pulling an image needs them.
  return ['docker.io', 'ca-certificates', ...(machine.has.docker ? [] : cliPackages(machine))];
}

/** Since Debian 13 the command line is a package of its own. */
function cliPackages(machine: Machine): string[] {
  return familyOf(machine) === 'debian' && majorOf(machine) >= 13 ? ['docker-cli'] : [];
}

/**
 * Compose v2. Debian has it since 13; Debian 12 takes that one package from there, pinned below everything it has
 * itself. null: Debian is older, and the package does not fit it.
 */
function composeSource(machine: Machine): { packages: readonly string[]; actions: readonly Action[] } | null {
  if (machine.dockerCe) return { packages: ['docker-compose-plugin'], actions: [] };
  if (familyOf(machine) === 'ubuntu') return { packages: ['docker-compose-v2'], actions: [] };
  if (majorOf(machine) >= 13) return { packages: ['docker-compose'], actions: [] };
  if (majorOf(machine) < 12) return null;
  const source = trixieSource(machine.aptSources);
  if (source === null) return null;
  const pin = 'Package: *\nPin: release n=trixie\nPin-Priority: 100\n';
  const writes = source === 'known' ? [] : [{ write: source.path, text: source.text }];
  return {
    packages: ['docker-compose/trixie'],
    actions: [{ write: '/etc/apt/preferences.d/paws-top-trixie', text: pin }, ...writes],
  };
}

/** Testing and unstable have no version: newer than every number. */
function majorOf({ os }: Machine): number {
  if (os.id !== 'debian') return derivedFrom[os.codename] ?? Number.POSITIVE_INFINITY;
  return Number.parseInt(os.version, 10) || Number.POSITIVE_INFINITY;
}
const derivedFrom: Readonly<Record<string, number>> = { bullseye: 11, bookworm: 12, trixie: 13 };

/** A step as the commands that a person would type, through sudo. */
export function commandsOf(steps: readonly Step[]): string[] {
  return steps
    .flatMap(({ actions }) => actions)
    .map((action) => {
      if ('run' in action) return `sudo ${action.run.join(' ')}`;
      const lines = action.text.trimEnd().split('\n');
      return `printf '%s\\n' ${lines.map((line) => `'${line}'`).join(' ')} | sudo tee ${action.write}`;
    });
}
