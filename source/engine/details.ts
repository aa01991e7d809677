import type { ContainerState, Health } from '../stack/topology.ts';
import type { ContainerDetails } from './types.ts';

/**
 * An inspect answer as far as it is read. Docker and Podman leave out, or set to null, what does not apply, so
 * everything may be missing (docs.docker.com/reference/api/engine, ContainerInspect).
 */
export type RawInspect = Partial<{
  Id: string;
  Name: string | null;
  Path: string | null;
  Args: readonly string[] | null;
  RestartCount: number | null;
  State: Partial<{
    Status: string;
    Pid: number;
    ExitCode: number;
    OOMKilled: boolean;
    Error: string;
    StartedAt: string;
    FinishedAt: string;
    Health: { Status?: string } | null;
    Healthcheck: { Status?: string } | null;
  }> | null;
  Image: string;
  Config: Partial<{
    Hostname: string;
    Image: string;
    Env: readonly string[] | null;
    Labels: Readonly<Record<string, string>> | null;
    StopTimeout: number | null;
    Tty: boolean;
    ExposedPorts: Readonly<Record<string, unknown>> | null;
  }> | null;
  HostConfig: Partial<{ Memory: number; PortBindings: RawPorts; NetworkMode: string }> | null;
  NetworkSettings: Partial<{ Ports: RawPorts; Networks: Readonly<Record<string, RawNetwork | null>> | null }> | null;
  Mounts: readonly { Destination?: string; Type?: string; Name?: string }[] | null;
}>;
type RawPorts = Readonly<Record<string, readonly { HostIp?: string; HostPort?: string }[] | null>> | null;
type RawNetwork = Partial<{
  IPAddress: string;
  GlobalIPv6Address: string;
  MacAddress: string;
  Aliases: readonly string[] | null;
  Links: readonly string[] | null;
  IPAMConfig: { IPv4Address?: string; IPv6Address?: string } | null;
}>;

/** Reads an inspect answer. Never throws on missing parts: a container without a name is called by its short id. */
export function toDetails(raw: RawInspect): ContainerDetails {
  const id = raw.Id ?? '';
  const labels = raw.Config?.Labels ?? {};
  const state = toState(raw.State?.Status ?? '');
  const alive = state === 'running' || state === 'paused';
  return {
    container: {
      id,
      name: (raw.Name ?? '').replace(/^\//, '') || id.slice(0, 12),
      service: serviceOf(labels),
      project: projectOf(labels),
      image: raw.Config?.Image || (raw.Image ?? ''),
      state,
      health: toHealth(raw.State?.Health?.Status ?? raw.State?.Healthcheck?.Status ?? ''),
      restarts: raw.RestartCount ?? 0,
      exitCode: state === 'exited' || state === 'dead' ? (raw.State?.ExitCode ?? null) : null,
      startedAt: alive ? toTime(raw.State?.StartedAt) : null,
      finishedAt: alive ? null : toTime(raw.State?.FinishedAt),
      memoryLimitBytes: raw.HostConfig?.Memory || null,
    },
    argv: [raw.Path, ...(raw.Args ?? [])].filter((word) => typeof word === 'string' && word !== '') as string[],
    env: toEnv(raw.Config?.Env ?? []),
    labels,
    hostname: raw.Config?.Hostname ?? '',
    pid: raw.State?.Pid || null,
    ...(raw.Config?.Tty ? { tty: true as const } : {}),
    ...(raw.State?.OOMKilled ? { oomKilled: true as const } : {}),
    ...(raw.State?.Error ? { startError: raw.State.Error } : {}),
    ports: toPorts(raw),
    networks: toNetworks(raw),
    ...(raw.Mounts ? { mounts: toMounts(raw.Mounts) } : {}),
  };
}

type Labels = Readonly<Record<string, string>>;

/** Compose project, or Swarm stack, that a container belongs to; null for none. */
export function projectOf(labels: Labels): string | null {
  const compose = isOfCompose(labels) ? labels['com.docker.compose.project'] : undefined;
  return compose || labels['io.podman.compose.project'] || labels['com.docker.stack.namespace'] || null;
}

function serviceOf(labels: Labels): string | null {
  return (isOfCompose(labels) && labels['com.docker.compose.service']) || labels['io.podman.compose.service'] || null;
}

/** Compose labels the images that it builds with project and service too, so any `docker run` of one inherits those. */
function isOfCompose(labels: Labels): boolean {
  return labels['com.docker.compose.container-number'] !== undefined;
}

/** Docker's states pass; Podman's own (libpod/define/containerstate.go) are translated. */
function toState(status: string): ContainerState {
  const known: Record<string, ContainerState> = {
    created: 'created',
    configured: 'created',
    initialized: 'created',
    running: 'running',
    stopping: 'running',
    paused: 'paused',
    restarting: 'restarting',
    removing: 'removing',
    exited: 'exited',
    stopped: 'exited',
    dead: 'dead',
  };
  return known[status.toLowerCase()] ?? 'dead';
}

function toHealth(status: string): Health {
  return status === 'starting' || status === 'healthy' || status === 'unhealthy' ? status : 'none';
}

function toTime(text: string | undefined): number | null {
  const time = Date.parse(text ?? '');
  return time > 0 ? time : null; // 0001-01-01 says never
}

function toEnv(lines: readonly string[]): Record<string, string> {
  const env: Record<string, string> = {};
  for (const line of lines) {
    const at = line.indexOf('=');
    if (at > 0) env[line.slice(0, at)] = line.slice(at + 1);
  }
  return env;
}

/**
 * Published ports of a running container; of a stopped one those it asks for; then the ports that are only exposed. A
 * running container that was cut from its network has none, whatever it asked for.
 */
function toPorts(raw: RawInspect): ContainerDetails['ports'] {
  const bound = new Map<number, { hostIp: string | null; hostPort: number | null }>();
  const alive = raw.State?.Pid ? raw.NetworkSettings?.Ports : null;
  for (const [key, bindings] of Object.entries(alive ?? raw.HostConfig?.PortBindings ?? {})) {
    const port = tcpPort(key);
    const usable = (bindings ?? []).filter((binding) => Number(binding.HostPort) > 0);
    // IPv4 first: where both are bound, it is the one that always works.
    const chosen = usable.find((binding) => !(binding.HostIp ?? '').includes(':')) ?? usable[0];
    if (port !== null) bound.set(port, { hostIp: chosen?.HostIp || null, hostPort: Number(chosen?.HostPort) || null });
  }
  for (const key of Object.keys(raw.Config?.ExposedPorts ?? {})) {
    const port = tcpPort(key);
    if (port !== null && !bound.has(port)) bound.set(port, { hostIp: null, hostPort: null });
  }
  return [...bound].map(([port, binding]) => ({ port, ...binding })).sort((a, b) => a.port - b.port);
}

function tcpPort(key: string): number | null {
  const match = /^(\d+)(?:\/tcp)?$/.exec(key);
  return match === null ? null : Number(match[1]);
}

/** The address is the live one, else the static one that the container will have when it runs. */
function toNetworks(raw: RawInspect): ContainerDetails['networks'] {
  const networks = Object.entries(raw.NetworkSettings?.Networks ?? {}).map(([name, network]) => ({
    name,
    address:
      network?.IPAddress ||
      network?.GlobalIPv6Address ||
      network?.IPAMConfig?.IPv4Address ||
      network?.IPAMConfig?.IPv6Address ||
      null,
    ...(network?.IPAddress && network.GlobalIPv6Address ? { ipv6: network.GlobalIPv6Address } : {}),
    ...(network?.MacAddress ? { mac: network.MacAddress } : {}),
    aliases: network?.Aliases ?? [],
  }));
  const onHost = raw.HostConfig?.NetworkMode === 'host' && networks.length === 0;
  return onHost ? [{ name: 'host', address: null, aliases: [] }] : networks;
}

/** In the order of their places: the engine's own changes from one answer to the next. */
function toMounts(raw: NonNullable<RawInspect['Mounts']>): NonNullable<ContainerDetails['mounts']> {
  return raw
    .map(({ Destination = '', Type = '', Name }) => ({ destination: Destination, type: Type, name: Name ?? null }))
    .toSorted((a, b) => (a.destination < b.destination ? -1 : 1));
}
