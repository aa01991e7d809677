import { byName, type Container, type ContainerRole, type Member, type System } from '../stack/topology.ts';
import { aliasesOf, distinct } from './aliases.ts';
import { chooseStack, type Group } from './choose.ts';
import { forgetConfigs, memberConfig, outerConfig } from './config.ts';
import { memberCredentials, postgresCredentials } from './credentials.ts';
import { endpointOf } from './endpoints.ts';
import { memberPort, postgresPort } from './ports.ts';
import type { Access, ContainerDetails, Discovered, Engine } from './types.ts';

/** What should be there, so that what is not can be shown as missing. The caller remembers it. */
export type Roster = {
  readonly profile: string | null;
  readonly expected: readonly { readonly service: string; readonly role: ContainerRole }[];
};

type Options = {
  /** Compose project; null: the one with the most members. */
  readonly project: string | null;
  readonly roster?: Roster | null;
};

/**
 * Makes a topology, and the way to every member, out of the engine's containers. Cheap when called again: configuration
 * is read once for each start of a container. Where there is nothing to watch the topology is empty.
 */
export async function discover(
  engine: Engine,
  details: readonly ContainerDetails[],
  { project, roster = null }: Options,
): Promise<Discovered> {
  forgetConfigs(engine, details);
  const group = withoutReplaced(chooseStack(details, project));
  const isUnique = uniqueService(group);
  const members: Member[] = [];
  const access: Access[] = [];
  await Promise.all(
    group.containers.map(async ({ details: found, role }) => {
      if (role === null || role === 'backend') return;
      const { service, name } = found.container;
      const reached = await reach(engine, found, role, service !== null && isUnique(service) ? service : name);
      access.push(reached);
      members.push(reached.member);
    }),
  );
  const missing = missingFrom(group, roster);
  const named = distinct([...members, ...missing.members].sort(bySystemAndName));
  const ways = new Map(access.map((entry) => [memberKey(entry.member), entry]));
  return {
    topology: {
      stack: group.name,
      profile: roster?.profile ?? null,
      containers: [
        ...group.containers.map(({ details: { container }, role }) => ({ ...container, role })),
        ...missing.containers,
      ].sort(byName),
      members: named,
    },
    access: named.map((member) => ({ ...(ways.get(memberKey(member)) ?? noWay), member })),
  };
}

const nobody = { username: null, password: null };
const noWay = { endpoint: null, credentials: nobody, postgres: null, tls: false };

const memberKey = ({ system, container }: Member) => `${system} ${container}`;
const bySystemAndName = (a: Member, b: Member) => (a.system < b.system ? -1 : a.system > b.system ? 1 : byName(a, b));

async function reach(engine: Engine, details: ContainerDetails, system: System, name: string): Promise<Access> {
  // A file that can't be read just now costs a password, not the member.
  const config = await memberConfig(engine, details, system).catch(() => outerConfig(details, system));
  const { port, tls } = memberPort(system, config, details.ports);
  const { database, ...superuser } = postgresCredentials(config);
  return {
    member: { name, system, container: details.container.name, aliases: aliasesOf(system, details, config) },
    endpoint: await endpointOf(engine, details, port),
    credentials: memberCredentials(system, config),
    postgres:
      system === 'patroni'
        ? { endpoint: await endpointOf(engine, details, postgresPort(config)), credentials: superuser, database }
        : null,
    tls,
  };
}

/** While Compose replaces a container, the old and the new one stand for the same place for a moment: the newer counts. */
function withoutReplaced({ name, containers }: Group): Group {
  const places = new Map<string, Group['containers'][number]>();
  const age = (entry: Group['containers'][number]) => entry.details.container.startedAt ?? 0;
  for (const entry of containers) {
    const { service, id } = entry.details.container;
    const number = entry.details.labels['com.docker.compose.container-number'];
    const place = service === null || number === undefined ? id : `${service} ${number}`;
    const other = places.get(place);
    if (other === undefined || age(entry) > age(other)) places.set(place, entry);
  }
  return { name, containers: [...places.values()] };
}

/** Whether one container only stands for a service; scaled ones are told apart by their container's name. */
function uniqueService({ containers }: Group): (service: string) => boolean {
  const counts = Map.groupBy(containers, ({ details }) => details.container.service);
  return (service) => counts.get(service)?.length === 1;
}

/** Services of the roster that no container stands for. */
function missingFrom(group: Group, roster: Roster | null): { containers: Container[]; members: Member[] } {
  const present = new Set(group.containers.map(({ details }) => details.container.service));
  const absent = (roster?.expected ?? []).filter(({ service }) => !present.has(service));
  const nameOf = (service: string) => `${group.name}-${service}-1`;
  return {
    containers: absent.map(({ service, role }) => missingContainer(nameOf(service), service, group.name, role)),
    members: absent.flatMap(({ service, role }) =>
      role === null || role === 'backend'
        ? []
        : [{ name: service, system: role, container: nameOf(service), aliases: [service.toLowerCase()] }],
    ),
  };
}

function missingContainer(name: string, service: string, project: string, role: ContainerRole): Container {
  return {
    id: '',
    name,
    service,
    project,
    image: '',
    role,
    state: 'missing',
    health: 'none',
    restarts: 0,
    exitCode: null,
    startedAt: null,
    memoryLimitBytes: null,
  };
}
