import type { System } from '../stack/topology.ts';
import { option } from './command.ts';
import { type MemberConfig, textAt } from './config.ts';
import type { ContainerDetails } from './types.ts';

/** The port inside the container that is asked, and whether it wants TLS. */
export type MemberPort = { readonly port: number; readonly tls: boolean };

const defaults: Readonly<Record<System, number>> = { etcd: 2379, patroni: 8008, redis: 6379, sentinel: 26379 };

/** Where a member listens: by command line, environment, configuration file, exposed ports, or the system's default. */
export function memberPort(system: System, config: MemberConfig, ports: ContainerDetails['ports']): MemberPort {
  const { tls, port } = configured[system](config);
  return { tls, port: port ?? exposedPort(defaults[system], ports) };
}

/** The port of the Postgres behind a Patroni member. */
export function postgresPort({ env, file }: MemberConfig): number {
  const listen = env.PATRONI_POSTGRESQL_LISTEN ?? textAt(file, 'postgresql', 'listen');
  return portOf(listen) ?? number(env.PGPORT) ?? 5432;
}

type Configured = { readonly port: number | null; readonly tls: boolean };

const configured: Readonly<Record<System, (config: MemberConfig) => Configured>> = {
  etcd: ({ args, env, file }) => {
    const listen =
      option(args, 'listen-client-urls') ?? env.ETCD_LISTEN_CLIENT_URLS ?? textAt(file, 'listen-client-urls');
    const urls = (listen ?? '').split(',').map((text) => text.trim());
    // A loopback address, where it is one of several, is not for us.
    const url = urls.find((text) => !/\/\/(127\.|localhost)/.test(text)) ?? urls[0] ?? '';
    return { port: portOf(url), tls: url.startsWith('https:') };
  },
  patroni: ({ env, file }) => ({
    port: portOf(env.PATRONI_RESTAPI_LISTEN ?? textAt(file, 'restapi', 'listen')) ?? number(env.APIPORT),
    tls: Boolean(env.PATRONI_RESTAPI_CERTFILE ?? textAt(file, 'restapi', 'certfile')),
  }),
  redis: (config) => redisPort(config, ['REDIS_PORT_NUMBER', 'VALKEY_PORT_NUMBER', 'REDIS_PORT']),
  sentinel: (config) =>
    redisPort(config, ['REDIS_SENTINEL_PORT_NUMBER', 'VALKEY_SENTINEL_PORT_NUMBER', 'SENTINEL_PORT']),
};

/** Port 0 switches plain connections off (redis.conf, "port"). */
function redisPort({ args, env, file }: MemberConfig, names: readonly string[]): Configured {
  const plain = number(option(args, 'port') ?? textAt(file, 'port'));
  const secured = number(option(args, 'tls-port') ?? textAt(file, 'tls-port'));
  if (secured && plain === 0) return { port: secured, tls: true };
  if (plain) return { port: plain, tls: false };
  return { port: names.map((name) => number(env[name])).find((port) => port !== null) ?? null, tls: false };
}

/** The only port that an image exposes, unless it is another system's: Sentinels run in images that expose 6379. */
function exposedPort(standard: number, ports: ContainerDetails['ports']): number {
  const only = ports.length === 1 ? ports[0] : undefined;
  return only === undefined || Object.values(defaults).includes(only.port) ? standard : only.port;
}

/** The port of `host:port`, `[::]:port`, `http://host:port`, or of a bare number. */
export function portOf(text: string | null | undefined): number | null {
  const match = /(?:^|:)(\d{1,5})(?:\/.*)?$/.exec((text ?? '').trim());
  return match === null ? null : Number(match[1]);
}

/** A whole number only: Docker's links set REDIS_PORT to `tcp://…`. */
function number(text: string | null | undefined): number | null {
  return /^\d{1,5}$/.test((text ?? '').trim()) ? Number(text) : null;
}
