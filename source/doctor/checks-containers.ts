import { recognise } from '../engine/recognise.ts';
import type { ContainerDetails } from '../engine/types.ts';
import { bytes, duration, list } from '../stack/format.ts';
import { defaultPasswords } from './checks-containers-passwords.ts';
import { causeOf } from './checks-restarts.ts';
import type { DoctorFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

/** The checks on the containers of the stack. */
export const containerChecks: readonly Check[] = [
  {
    id: 'containers.ended',
    area: 'containers',
    what: 'every container of the stack runs',
    why: 'A member that does not run is one less that may be lost; after `docker kill` or `docker stop` the restart policy is off until it is started by hand.',
    mend: 'paws-top up',
    source: 'moby daemon/kill.go; docs.docker.com/engine/containers/start-containers-automatically',
    find: ({ containers, lastLines }) =>
      containers.flatMap((each) => ended(each, lastLines[each.container.name] ?? [])),
  },
  {
    id: 'containers.paused',
    area: 'containers',
    what: 'no container is paused',
    why: 'A paused member takes connections and never answers: clients hang until their own deadline.',
    mend: 'docker unpause NAME',
    source: 'moby issue 37809; tried',
    find: ({ containers }) =>
      containers.flatMap(({ container: { name, state } }) =>
        state !== 'paused'
          ? []
          : [
              {
                level: 'bad',
                subject: name,
                text: 'it is paused',
                how: `docker inspect ${name}: State.Paused`,
                mend: `docker unpause ${name}`,
              },
            ],
      ),
  },
  {
    id: 'containers.unhealthy',
    area: 'containers',
    what: 'health checks pass',
    why: 'The container runs and does not do its work.',
    mend: 'docker inspect --format "{{json .State.Health.Log}}" NAME',
    source: 'docs.docker.com/reference/dockerfile/#healthcheck',
    find: ({ containers, seen }) => containers.flatMap((each) => unwell(each, seen?.snapshot.at ?? null)),
  },
  {
    id: 'containers.out-of-memory',
    area: 'containers',
    what: 'no container ended for want of memory',
    why: 'The kernel ends the largest process of a container that reaches its limit; a database then recovers from its log, again and again.',
    mend: 'Raise its memory limit in the compose file, or lower what it may use (shared_buffers, maxmemory).',
    source: 'docs.docker.com/engine/containers/resource_constraints',
    find: ({ containers }) =>
      containers.flatMap(({ container: { name, memoryLimitBytes }, oomKilled }) => {
        const limit = memoryLimitBytes === null ? '' : ` at its limit of ${bytes(memoryLimitBytes)}`;
        const text = `the kernel ended it for want of memory${limit}`;
        return oomKilled ? [{ level: 'bad', subject: name, text, how: `docker inspect ${name}: State.OOMKilled` }] : [];
      }),
  },
  {
    id: 'containers.memory',
    area: 'containers',
    what: 'containers stay below their memory limit',
    why: 'At the limit the kernel ends its largest process.',
    mend: 'Raise its memory limit in the compose file, or lower what it may use (shared_buffers, maxmemory).',
    source: 'docs.docker.com/engine/containers/resource_constraints',
    find: ({ seen }) =>
      (seen?.report.containers ?? []).flatMap(({ name, memoryBytes: used, memoryLimitBytes: limit }) => {
        if (used === null || limit === null || used <= limit * 0.9) return [];
        const text = `${bytes(used)} used of ${bytes(limit)}, ${Math.round((100 * used) / limit)} %`;
        return [{ level: 'warning', subject: name, text, how: 'its control group’s memory, without the page cache' }];
      }),
  },
  {
    id: 'containers.memory-limit',
    area: 'containers',
    what: 'a stack that fills the machine has memory limits',
    why: 'Without limits one container that grows takes the others down with it.',
    mend: 'Give each service a mem_limit (or deploy.resources.limits.memory) in the compose file.',
    source: 'docs.docker.com/reference/compose-file/services/#mem_limit',
    find: unlimited,
  },
  {
    id: 'containers.networks',
    area: 'containers',
    what: 'containers are on their network, by their name',
    why: 'Who is disconnected and connected again by hand loses its name and its static address: the others no longer find it.',
    mend: 'docker compose up --detach --force-recreate SERVICE',
    source: 'moby issues 24322 and 43709, docker/compose issue 3498; tried',
    find: ({ containers }) => containers.flatMap(cutOff),
  },
  {
    id: 'containers.open-ports',
    area: 'containers',
    what: 'ports are published on loopback only',
    why: 'Published without an address a port is open to everybody who reaches this machine, past most firewalls: Docker puts its rules before theirs.',
    mend: 'Publish it as 127.0.0.1:PORT:PORT in the compose file.',
    source: 'docs.docker.com/engine/network/packet-filtering-firewalls, port-publishing',
    find: ({ containers }) => containers.flatMap(openPorts),
  },
  {
    id: 'containers.default-passwords',
    area: 'containers',
    what: 'no password is one that everybody tries first',
    why: 'Such passwords are in every list of those who scan for open databases.',
    mend: 'Set one of your own: `openssl rand -hex 16`. A database keeps the old one until it is changed there too.',
    source: 'OWASP WSTG, testing for default credentials',
    find: ({ containers }) => containers.flatMap(defaultPasswords),
  },
  {
    id: 'containers.drift',
    area: 'containers',
    what: 'containers are what the compose file says',
    why: 'The next `up` makes such a container anew, with what was changed since, whenever that comes.',
    mend: 'Make them anew: `paws-top up`.',
    source: 'docker/compose pkg/compose/hash.go: com.docker.compose.config-hash',
    find: drifted,
  },
  {
    id: 'containers.stale-images',
    area: 'containers',
    what: 'containers are of the images that there are now',
    why: 'What was changed or mended in an image is not what runs.',
    mend: 'paws-top up',
    source: 'the label paws-top.context; docs.docker.com/reference/cli/docker/compose/up',
    find: ({ engine, compose }) =>
      (engine?.staleImages ?? []).map(({ image, why }) => ({
        level: 'warning',
        subject: image,
        text: why,
        how: `docker image inspect ${image}`,
        ...(compose?.own === false ? { mend: `docker compose --file ${compose.path} up --detach` } : {}),
      })),
  },
];

function drifted({ engine, compose }: DoctorFacts): readonly Ailment[] {
  const services = (engine?.drifted ?? []).map(({ service }) => service);
  if (services.length === 0) return [];
  const own = compose?.own !== false;
  const again = own ? 'paws-top up' : `docker compose --file ${compose?.path} up --detach`;
  return [
    {
      level: 'warning',
      subject: null,
      text: `the compose file and the variables here say otherwise of ${list(services)} than when ${services.length === 1 ? 'it was' : 'they were'} made`,
      how: 'the config-hash of each, against `docker compose config --hash`',
      mend: `If the file was changed, make them anew; if not, set the variables that the stack was started with.\n${again}`,
    },
  ];
}

/** Exit codes of who was told to end: SIGINT, SIGKILL, SIGTERM. */
const endings: Readonly<Record<number, string>> = {
  0: 'it was stopped, or ended by itself',
  130: 'it was interrupted',
  137: 'it was killed',
  143: 'it was stopped',
};

function ended(details: ContainerDetails, lastLines: readonly string[]): readonly Ailment[] {
  const { container, startError, oomKilled } = details;
  const { name, state, exitCode } = container;
  const how = `docker inspect ${name}: State`;
  const mend = `docker start ${name}`;
  if (state === 'created') {
    const text = startError === undefined ? 'it was made and never started' : `it could not be started: ${startError}`;
    return [{ level: 'bad', subject: name, text, how, mend }];
  }
  // Of memory another check speaks; a task that has done its work is fine.
  const task = exitCode === 0 && recognise(details) === null;
  if ((state !== 'exited' && state !== 'dead') || oomKilled || task) return [];
  const text = endings[exitCode ?? 0] ?? `it ended with exit code ${exitCode}`;
  const found = startError === undefined ? causeOf(lastLines) : null;
  const why = startError ?? found?.cause;
  const said = why === undefined ? '' : `: ${why}`;
  return [{ level: 'bad', subject: name, text: `${text}${said}`, how: `${how}.ExitCode`, mend: found?.mend ?? mend }];
}

/** Our own health checks pass within a minute; a first start of somebody else's may take longer. */
const startingMs = 300_000;

function unwell({ container }: ContainerDetails, now: number | null): readonly Ailment[] {
  const { name, state, health, startedAt } = container;
  if (state !== 'running') return [];
  const mend = `docker inspect --format "{{json .State.Health.Log}}" ${name}`;
  const how = `docker inspect ${name}: State.Health`;
  if (health === 'unhealthy') return [{ level: 'bad', subject: name, text: 'its health check fails', how, mend }];
  const age = now === null || startedAt === null ? 0 : now - startedAt;
  if (health !== 'starting' || age < startingMs) return [];
  return [{ level: 'warning', subject: name, text: `it has been starting for ${duration(age)}`, how, mend }];
}

function unlimited({ seen, machine, containers, engine }: DoctorFacts): readonly Ailment[] {
  const free = containers.filter(({ container, pid }) => pid !== null && container.memoryLimitBytes === null);
  const used = (seen?.report.containers ?? []).reduce((sum, { memoryBytes }) => sum + (memoryBytes ?? 0), 0);
  if (free.length === 0 || engine?.local === false || used < machine.memoryBytes * 0.75) return [];
  const names = list(free.map(({ container }) => container.name));
  const text = `the stack uses ${bytes(used)} of the machine’s ${bytes(machine.memoryBytes)}, without a limit for ${names}`;
  return [{ level: 'warning', subject: null, text, how: 'docker inspect: HostConfig.Memory' }];
}

function cutOff({ container, networks, pid, labels }: ContainerDetails): readonly Ailment[] {
  const { name, service } = container;
  if (pid === null || labels['com.docker.compose.service'] === undefined || service === null) return [];
  const mend = `docker compose up --detach --force-recreate ${service}`;
  const how = `docker inspect ${name}: NetworkSettings.Networks`;
  if (networks.length === 0) return [{ level: 'bad', subject: name, text: 'it is on no network', how, mend }];
  const known = networks.some((each) => each.name === 'host' || each.aliases.includes(service));
  const text = `on ${list(networks.map((each) => each.name))} it no longer goes by its name, ${service}`;
  return known ? [] : [{ level: 'bad', subject: name, text, how: `${how}: Aliases`, mend }];
}

const loopback = /^(127\.|::1$|localhost$)/;

function openPorts(details: ContainerDetails): readonly Ailment[] {
  const { container, ports, pid } = details;
  const open = ports.filter(({ hostPort, hostIp }) => hostPort !== null && !loopback.test(hostIp ?? ''));
  if (pid === null || open.length === 0) return [];
  const told = open.map(({ hostIp, hostPort, port }) => `${hostIp ?? '0.0.0.0'}:${hostPort} (its ${port})`);
  const one = open.length === 1;
  return [
    {
      // etcd asks nobody for a password unless it was told to.
      level: recognise(details) === 'etcd' ? 'bad' : 'warning',
      subject: container.name,
      text: `${list(told)} ${one ? 'is' : 'are'} open beyond this machine`,
      how: `docker port ${container.name}`,
    },
  ];
}
