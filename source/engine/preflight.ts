import { statfs } from 'node:fs/promises';
import { createServer } from 'node:net';
import type { ComposeProject } from './compose.ts';
import { type ComposeService, servicesOf } from './compose-file.ts';
import { listenerOn } from './preflight-listener.ts';
import { type EngineNetwork, hostRoutes, overlaps } from './preflight-network.ts';
import type { ContainerDetails } from './types.ts';

/** Something that would keep the stack from starting; the message says what to do about it. */
export type Finding = { readonly id: 'port' | 'subnet' | 'memory' | 'disk'; readonly message: string };

export type Preflight = {
  readonly project: ComposeProject;
  readonly profile: string | null;
  readonly services: readonly ComposeService[];
  /** All containers of the engine. */
  readonly containers: readonly ContainerDetails[];
  readonly networks: readonly EngineNetwork[];
  /** Whether the engine is on this machine, whose ports, routes and memory then count. */
  readonly local: boolean;
  readonly willBuild: boolean;
  /** Where the engine keeps its data. */
  readonly dataFolder: string | null;
  /** Bytes that can be had without swapping. */
  readonly availableBytes: number | null;
};

/** Everything found wrong before anything is started; empty when all is well. */
export async function preflight(facts: Preflight): Promise<readonly Finding[]> {
  const disk = facts.local && facts.dataFolder !== null ? await freeBytes(facts.dataFolder) : null;
  return [
    ...(await portFindings(facts)),
    ...subnetFindings(facts, facts.local ? hostRoutes() : []),
    ...memoryFindings(facts),
    ...diskFindings(disk, facts),
  ];
}

async function portFindings({ project, services, containers, local }: Preflight): Promise<Finding[]> {
  const ours = containers.filter(({ container }) => container.project === project.name);
  const others = containers.filter(({ container }) => container.project !== project.name);
  const wanted = services.flatMap((service) => service.ports.map((port) => ({ ...port, service: service.name })));
  const isOurs = (hostPort: number) => publisherOf(ours, hostPort) !== null;
  const findings = wanted
    .filter(({ hostPort }) => !isOurs(hostPort))
    .map(async ({ hostPort, hostIp, service, variable }): Promise<Finding[]> => {
      const container = publisherOf(others, hostPort);
      if (container === null && (!local || (await canListen(hostIp, hostPort)))) return [];
      const holder = container === null ? listenerOn(hostPort) : `container ${container}`;
      const taken = `port ${hostPort} (${service}) is taken${holder === null ? '' : ` by ${holder}`}`;
      const free = await freePortAbove(hostPort, hostIp);
      const where = project.own ? `in the environment or in ${project.folder}/.env` : 'in the environment';
      const remedy = variable === null ? `change its port in ${project.path}` : `set ${variable}=${free} ${where}`;
      return [{ id: 'port', message: `${taken}; ${remedy}` }];
    });
  return (await Promise.all(findings)).flat();
}

/** The container that publishes a port of the engine's machine, by name. */
export function publisherOf(containers: readonly ContainerDetails[], hostPort: number): string | null {
  const holder = containers.find(
    ({ container, ports }) => holdsPorts.has(container.state) && ports.some((port) => port.hostPort === hostPort),
  );
  return holder?.container.name ?? null;
}

const holdsPorts: ReadonlySet<string> = new Set(['running', 'paused', 'restarting']);

/** The surest test for a free port is to take it for a moment. */
export function canListen(host: string, port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer();
    // Any other error (no such address, no permission) is not somebody else's port.
    server.once('error', (error: NodeJS.ErrnoException) => resolve(error.code !== 'EADDRINUSE'));
    server.listen({ port, host: host || '0.0.0.0', exclusive: true }, () => server.close(() => resolve(true)));
  });
}

async function freePortAbove(port: number, host: string): Promise<number> {
  for (let candidate = port + 10_000; candidate < 65_536; candidate += 1_000) {
    if (await canListen(host, candidate)) return candidate;
  }
  return port + 1;
}

/** Networks of the engine and routes of this machine that share addresses with the project's network. */
export function subnetFindings(
  { project, networks }: Pick<Preflight, 'project' | 'networks'>,
  routes: readonly { readonly cidr: string; readonly device: string }[],
): Finding[] {
  const bridges = new Set(networks.map(({ bridge }) => bridge));
  const others = [
    ...networks
      .filter((network) => network.project !== project.name)
      .flatMap((network) =>
        network.subnets.map((cidr) => ({ cidr, holder: `the container network "${network.name}"` })),
      ),
    ...routes
      .filter(({ device }) => !bridges.has(device))
      .map(({ cidr, device }) => ({ cidr, holder: `this machine's route over ${device}` })),
  ];
  return project.file.subnets.flatMap(({ cidr, variable }) => {
    const clash = others.find((other) => overlaps(other.cidr, cidr));
    if (clash === undefined) return [];
    const remedy =
      variable === null
        ? `change the subnet in ${project.path}`
        : `set ${variable} to other numbers, for example ${variable}=${freePrefix(others.map((other) => other.cidr))}`;
    return [
      { id: 'subnet', message: `the stack's network ${cidr} overlaps ${clash.holder} (${clash.cidr}); ${remedy}` },
    ];
  });
}

function freePrefix(taken: readonly string[]): string {
  const free = [31, 30, 29, 27, 26, 25, 24, 23, 22, 21, 20, 19].find(
    (second) => !taken.some((cidr) => overlaps(cidr, `172.${second}.0.0/16`)),
  );
  return free === undefined ? '10.123' : `172.${free}`;
}

/**
 * What the services need that do not run yet. A quarter of their memory limits is what they were measured to use (the full
 * stack 0.6 GB of 2.5 GB).
 */
export function memoryFindings(
  facts: Pick<Preflight, 'project' | 'profile' | 'services' | 'containers' | 'availableBytes'>,
): Finding[] {
  const { project, services, containers, availableBytes } = facts;
  if (availableBytes === null) return [];
  const running = new Set(
    containers
      .filter(({ container }) => container.project === project.name && holdsPorts.has(container.state))
      .map(({ container }) => container.service),
  );
  const needed = (list: readonly ComposeService[]) =>
    list
      .filter(({ name }) => !running.has(name))
      .reduce((sum, { memoryLimitBytes }) => sum + (memoryLimitBytes ?? 0), 0) / 4;
  const need = needed(services);
  if (need <= availableBytes) return [];
  const least = servicesOf(project.file, 'minimal');
  const hint =
    facts.profile !== 'minimal' && needed(least) > 0 && needed(least) <= availableBytes
      ? `; minimal needs ${megabytes(needed(least))}: paws-top up minimal`
      : `; free some memory${facts.profile === 'minimal' ? '' : ` (minimal needs ${megabytes(needed(least))})`}`;
  const what = facts.profile === null ? 'the stack' : `the profile "${facts.profile}"`;
  return [
    {
      id: 'memory',
      message: `${what} needs about ${megabytes(need)} of memory and ${megabytes(availableBytes)} can be had${hint}`,
    },
  ];
}

/** Building takes 2 GB for a while (the base, the packages, the stages); running takes little. */
export function diskFindings(
  free: number | null,
  { willBuild, dataFolder }: Pick<Preflight, 'willBuild' | 'dataFolder'>,
): Finding[] {
  const need = (willBuild ? 2_048 : 512) * 1024 ** 2;
  if (free === null || free >= need) return [];
  const message = `${dataFolder} has ${megabytes(free)} free and about ${megabytes(need)} are needed${willBuild ? ' to build the images' : ''}; free some space (docker system prune removes what no container uses)`;
  return [{ id: 'disk', message }];
}

async function freeBytes(folder: string): Promise<number | null> {
  const info = await statfs(folder).catch(() => null); // not readable by this user, or in a virtual machine
  return info === null ? null : info.bavail * info.bsize;
}

function megabytes(bytes: number): string {
  return `${Math.round(bytes / 1024 ** 2)} MB`;
}
