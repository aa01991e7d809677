import { posix } from 'node:path';
import { commandsOf } from '../engine/command.ts';
import type { Access, ContainerDetails } from '../engine/types.ts';
import type { System } from '../stack/topology.ts';
import { nobody, portInside } from './connection-parts.ts';

/** What is run inside a container. Secrets are in `env` only, of which a command line carries the names. */
export type ConsoleCommand = {
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  /** As people call it: `psql`, `bash`. */
  readonly name: string;
  /** How it is left. */
  readonly leave: string;
  /** It ends with its own status; a shell ends with that of whatever was typed last. */
  readonly ownStatus: boolean;
};

/** Programs looked for in a container, the better of two first. */
export const shells = ['bash', 'zsh', 'ash', 'sh'] as const;
const clients = {
  etcd: ['etcdctl'],
  patroni: ['psql'],
  redis: ['redis-cli', 'valkey-cli', 'keydb-cli'],
  sentinel: ['redis-cli', 'valkey-cli', 'keydb-cli'],
} as const satisfies Readonly<Record<System, readonly string[]>>;

/** Any of these will do. */
export const clientsOf = (system: System): readonly string[] => clients[system];

/**
 * The engine's command line for a console. `-e NAME` takes the value from the client's own environment, so that no secret is
 * in `ps`. Ctrl+P, Ctrl+Q, which shells need, would leave it: what leaves it is put on keys that nothing else needs.
 */
export const execArgv = (container: string, { argv, env }: Pick<ConsoleCommand, 'argv' | 'env'>): readonly string[] => [
  'exec',
  '-it',
  `--detach-keys=${detachKeys}`,
  ...Object.keys(env).flatMap((name) => ['-e', name]),
  container,
  ...argv,
];
const detachKeys = 'ctrl-@,ctrl-@';

const leaveShell = 'exit or Ctrl+D';

/** A shell; `['busybox', 'sh']` where that is all there is. */
export const shellCommand = (shell: readonly string[]): ConsoleCommand => ({
  argv: shell,
  env: {},
  name: shell.join(' '),
  leave: leaveShell,
  ownStatus: false,
});

/** What a console of a member is made from. */
export type ConsoleGround = {
  readonly access: Access;
  readonly details: ContainerDetails;
  /** The client that the image has. */
  readonly client: string;
  /** null: the image has none. */
  readonly shell: readonly string[] | null;
};

/** The client of a member's system, as whoever may do everything there. */
export function clientCommand(ground: ConsoleGround): ConsoleCommand {
  const { access, details, client } = ground;
  switch (access.member.system) {
    case 'patroni':
      return {
        argv: [client],
        env: postgresEnv(access, details),
        name: client,
        leave: '\\q or Ctrl+D',
        ownStatus: true,
      };
    case 'redis':
    case 'sentinel':
      return redisCommand(ground);
    case 'etcd':
      return {
        ...thenShell(
          ['etcdctl --command-timeout=3s endpoint status --cluster -w table', 'etcdctl member list -w table'],
          ground,
        ),
        env: etcdEnv(access, details),
        name: 'etcdctl',
      };
  }
}

/** `patronictl list`, and a shell in which patronictl and psql find what they need. */
export const patronictlCommand = (ground: ConsoleGround): ConsoleCommand => ({
  ...thenShell(['patronictl list'], ground),
  env: { ...patronictlEnv(ground.details), ...postgresEnv(ground.access, ground.details) },
  name: 'patronictl',
});

/** Commands one after the other, then a shell; where there is none, only the first of them. */
function thenShell(
  commands: readonly string[],
  { shell }: ConsoleGround,
): Pick<ConsoleCommand, 'argv' | 'leave' | 'ownStatus'> {
  if (shell === null) return { argv: commands[0]?.split(' ') ?? [], leave: '', ownStatus: true };
  const [runner] = shell[0] === 'busybox' ? [shell] : [['sh']];
  return {
    argv: [...(runner ?? []), '-c', [...commands, `exec ${shell.join(' ')}`].join('; ')],
    leave: leaveShell,
    ownStatus: false,
  };
}

/** libpq's variables. By TCP, as clients come: over its loopback, else by the container's address. */
export function postgresEnv({ postgres }: Access, details: ContainerDetails): Readonly<Record<string, string>> {
  const { username, password } = postgres?.credentials ?? nobody;
  const addresses = details.networks.map(({ address }) => address).filter((address) => address !== null);
  return {
    PGHOST: ['127.0.0.1', ...addresses].join(','),
    PGPORT: String(portInside(postgres?.endpoint ?? null, details, 5432)),
    PGDATABASE: postgres?.database ?? 'postgres',
    PGCONNECT_TIMEOUT: '3',
    ...(username === null ? {} : { PGUSER: username }),
    ...(password === null ? {} : { PGPASSWORD: password }),
  };
}

function redisCommand({ access, details, client }: ConsoleGround): ConsoleCommand {
  const { endpoint, credentials, member, tls } = access;
  const port = portInside(endpoint, details, member.system === 'sentinel' ? 26_379 : 6_379);
  return {
    argv: [
      client,
      '-p',
      String(port),
      ...(tls ? ['--tls', '--insecure'] : []),
      ...(credentials.username === null ? [] : ['--user', credentials.username]),
    ],
    env: credentials.password === null ? {} : { REDISCLI_AUTH: credentials.password },
    name: client,
    leave: 'quit or Ctrl+D',
    ownStatus: true,
  };
}

function etcdEnv(
  { endpoint, credentials, tls }: Access,
  { env, ...details }: ContainerDetails,
): Readonly<Record<string, string>> {
  const port = portInside(endpoint, { ...details, env }, 2_379);
  const files = tls
    ? { ETCDCTL_CACERT: env.ETCD_TRUSTED_CA_FILE, ETCDCTL_CERT: env.ETCD_CERT_FILE, ETCDCTL_KEY: env.ETCD_KEY_FILE }
    : {};
  return {
    ETCDCTL_API: '3',
    ETCDCTL_ENDPOINTS: `${tls ? 'https' : 'http'}://127.0.0.1:${port}`,
    ...Object.fromEntries(Object.entries(files).filter((entry): entry is [string, string] => entry[1] !== undefined)),
    ...(credentials.password === null ? {} : { ETCDCTL_USER: `${credentials.username}:${credentials.password}` }),
  };
}

/** Patroni's own configuration, as it was started with; an image that knows it already keeps its own. */
function patronictlEnv({ argv, env }: ContainerDetails): Readonly<Record<string, string>> {
  if (env.PATRONICTL_CONFIG_FILE !== undefined) return {};
  const file = commandsOf(argv, env)
    .filter(({ program }) => /^patroni(\.py)?$/.test(program))
    .flatMap(({ args }) => args.filter((word) => posix.isAbsolute(word) && /\.ya?ml$/.test(word)))[0];
  return file === undefined ? {} : { PATRONICTL_CONFIG_FILE: file };
}
