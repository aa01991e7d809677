import type { Member, System } from '../stack/topology.ts';
import { option } from './command.ts';
import { type MemberConfig, textAt } from './config.ts';
import type { ContainerDetails } from './types.ts';

/** Every name and address by which others may speak of a member, lower case, without repeats. */
export function aliasesOf(
  system: System,
  { container, hostname, networks }: ContainerDetails,
  config: MemberConfig,
): string[] {
  const names = [
    container.service,
    container.name,
    hostname,
    ...networks.flatMap(({ address, aliases }) => [...aliases, address]),
    ...ownNames[system](config),
  ];
  return [
    ...new Set(names.filter((name) => name !== null && name !== '').map((name) => (name as string).toLowerCase())),
  ];
}

/** The name that a member goes by in its cluster, and the hosts that it tells others to use. */
const ownNames: Readonly<Record<System, (config: MemberConfig) => (string | null)[]>> = {
  etcd: ({ args, env, file }) => {
    const advertised =
      option(args, 'advertise-client-urls') ??
      env.ETCD_ADVERTISE_CLIENT_URLS ??
      textAt(file, 'advertise-client-urls') ??
      '';
    const name = option(args, 'name') ?? env.ETCD_NAME ?? textAt(file, 'name');
    return [name, ...advertised.split(',').map((url) => URL.parse(url.trim())?.hostname ?? null)];
  },
  patroni: ({ env, file }) => [
    env.PATRONI_NAME ?? textAt(file, 'name'),
    hostOf(env.PATRONI_RESTAPI_CONNECT_ADDRESS ?? textAt(file, 'restapi', 'connect_address')),
    hostOf(env.PATRONI_POSTGRESQL_CONNECT_ADDRESS ?? textAt(file, 'postgresql', 'connect_address')),
  ],
  redis: ({ args, env, file }) => [
    option(args, 'replica-announce-ip') ?? textAt(file, 'replica-announce-ip') ?? textAt(file, 'slave-announce-ip'),
    env.REDIS_REPLICA_IP ?? null,
  ],
  sentinel: ({ env }) => [env.REDIS_SENTINEL_ANNOUNCE_IP ?? null],
};

function hostOf(address: string | null): string | null {
  return address?.replace(/:\d+$/, '').replace(/^\[|\]$/g, '') ?? null;
}

const loopback = /^(localhost|127\..*|::1|0\.0\.0\.0|::)$/;

/** Takes out what doesn't tell members of one system apart: names that two of them go by, and the loopback. */
export function distinct(members: readonly Member[]): Member[] {
  const owners = new Map<string, number>();
  for (const { system, aliases } of members) {
    for (const alias of aliases) owners.set(`${system} ${alias}`, (owners.get(`${system} ${alias}`) ?? 0) + 1);
  }
  return members.map((member) => ({
    ...member,
    aliases: member.aliases.filter((alias) => owners.get(`${member.system} ${alias}`) === 1 && !loopback.test(alias)),
  }));
}
