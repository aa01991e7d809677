import type { Access, ContainerDetails, Endpoint } from '../engine/types.ts';
import type { Report } from '../stack/report.ts';
import { byName, type System } from '../stack/topology.ts';
import { connection, hostPort, nobody, type Place, portInside } from './connection-parts.ts';
import { type DatabaseUser, postgresInside, postgresStrings } from './connection-postgres.ts';
import { redisInside, redisStrings } from './connection-redis.ts';
import type { Connection, Connections } from './console-types.ts';

export type Ways = {
  readonly access: readonly Access[];
  /** All containers; those of our own stack tell of the application's user. */
  readonly containers: readonly ContainerDetails[];
};

/**
 * What applications connect with so that they follow a leader which moves: first from this machine, then from containers on
 * the stack's network, by service names. Pure.
 */
export function connectionStrings({ access, containers }: Ways, report: Report | null): readonly Connection[] {
  const of = (system: System): readonly Access[] =>
    access.filter(({ member }) => member.system === system).toSorted((a, b) => byName(a.member, b.member));
  const [etcd, patroni, redis, sentinel] = [of('etcd'), of('patroni'), of('redis'), of('sentinel')];
  const detailsOf = ({ member }: Access) => containers.find(({ container }) => container.name === member.container);
  const postgresOf = ({ postgres }: Access) => postgres?.endpoint ?? null;
  const endpointOf = ({ endpoint }: Access) => endpoint;

  const inside = (
    members: readonly Access[],
    endpoint: (member: Access) => Endpoint | null,
    usual: number,
  ): readonly Place[] =>
    members.flatMap((member) => {
      const details = detailsOf(member);
      const host = details?.container.service;
      return details === undefined || host == null
        ? []
        : [{ name: member.member.name, host, port: portInside(endpoint(member), details, usual) }];
    });

  const user = databaseUser(
    patroni,
    patroni.flatMap((member) => detailsOf(member) ?? []),
  );
  const leader = report?.patroni?.leader ?? null;
  const masterName = report?.redis?.masterName ?? null;
  const nodes = reachable(redis, endpointOf);
  const mapped = nodes.flatMap((place) => {
    const member = redis.find((one) => one.member.name === place.name);
    const details = member && detailsOf(member);
    const address = details?.networks.find((network) => network.address !== null)?.address;
    if (member === undefined || details === undefined || address == null || address === place.host) return [];
    return [{ inside: hostPort({ host: address, port: portInside(member.endpoint, details, 6_379) }), place }];
  });
  const credentialsOf = (members: readonly Access[]) =>
    members.find(({ credentials }) => credentials.password !== null)?.credentials ?? nobody;
  return [
    ...postgresStrings({ places: reachable(patroni, postgresOf), user, leader }),
    ...redisStrings({
      nodes,
      sentinels: reachable(sentinel, endpointOf),
      masterName,
      master: report?.redis?.master ?? null,
      credentials: { node: credentialsOf(redis), sentinel: credentialsOf(sentinel) },
      mapped,
    }),
    ...etcdStrings('etcd', reachable(etcd, endpointOf), etcd),
    ...postgresInside({ places: inside(patroni, postgresOf, 5_432), user, leader }),
    ...redisInside({ sentinels: inside(sentinel, endpointOf, 26_379), masterName }),
    ...etcdStrings('in its network: etcd', inside(etcd, endpointOf, 2_379), etcd),
  ];
}

/** Lists what was known at the last `refresh`; the first takes a connection to the engine. */
export function createConnections(means: {
  readonly survey: () => Promise<Ways>;
  readonly report: () => Report | null;
}): Connections {
  let ways: Ways | null = null;
  let made: { readonly ways: Ways; readonly report: Report | null; readonly list: readonly Connection[] } | null = null;
  return {
    list() {
      if (ways === null) return [];
      const report = means.report();
      // Once a poll and not once a frame.
      if (made?.ways !== ways || made.report !== report) made = { ways, report, list: connectionStrings(ways, report) };
      return made.list;
    },
    async refresh() {
      ways = await means.survey();
    },
  };
}

/** Those that a client on this machine reaches by itself; a tunnel through the engine lasts only as long as this program. */
const reachable = (members: readonly Access[], endpointOf: (member: Access) => Endpoint | null): readonly Place[] =>
  members.flatMap((member) => {
    const endpoint = endpointOf(member);
    if (endpoint === null || endpoint.via === 'exec') return [];
    return [{ name: member.member.name, host: endpoint.host, port: endpoint.port }];
  });

/** The application's in our own stack (compose/patroni/post-bootstrap makes it), else the superuser. */
function databaseUser(patroni: readonly Access[], containers: readonly ContainerDetails[]): DatabaseUser {
  const password = containers.map(({ env }) => env.PAWS_APP_PASSWORD).find((value) => value !== undefined);
  if (password !== undefined) return { username: 'paws', password, database: 'paws' };
  const known = patroni.map(({ postgres }) => postgres).find((postgres) => postgres?.credentials.password != null);
  return { ...(known?.credentials ?? nobody), database: known?.database ?? 'postgres' };
}

/** etcdctl's variables, of which clients have their own: all of them ask the members by themselves who leads. */
function etcdStrings(title: string, places: readonly Place[], members: readonly Access[]): readonly Connection[] {
  if (places.length === 0) return [];
  const scheme = members.some(({ tls }) => tls) ? 'https' : 'http';
  const { username, password: secret } =
    members.find(({ credentials }) => credentials.password !== null)?.credentials ?? nobody;
  const endpoints = places.map((place) => `${scheme}://${hostPort(place)}`).join(',');
  return [
    connection(title, (password) => {
      const user = secret === null ? '' : ` ETCDCTL_USER=${username ?? 'root'}:${password(secret, (text) => text)}`;
      return `ETCDCTL_ENDPOINTS=${endpoints}${user}`;
    }),
  ];
}
