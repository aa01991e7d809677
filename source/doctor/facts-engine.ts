import { statfs } from 'node:fs/promises';
import { type ComposeProject, findCompose } from '../engine/compose.ts';
import { servicesOf } from '../engine/compose-file.ts';
import { canListen, publisherOf } from '../engine/preflight.ts';
import { listenerOn } from '../engine/preflight-listener.ts';
import { type EngineNetwork, hostRoutes, parseNetworks } from '../engine/preflight-network.ts';
import { lastLines, type Run } from '../engine/run.ts';
import { readStaleRules } from '../engine/stale-rules.ts';
import type { ContainerDetails, Engine } from '../engine/types.ts';
import { StackError, toProblem } from '../stack/errors.ts';
import { readDrift, readStaleImages } from './facts-engine-images.ts';
import { subnetsOf } from './facts-engine-networks.ts';
import type { EngineFacts } from './facts-types.ts';

export type EngineMeans = {
  readonly engine: Engine;
  /** Any program, and `docker` or `podman`, told which engine. */
  readonly run: Run;
  readonly cli: Run;
  readonly env: NodeJS.ProcessEnv;
  /** Compose profile that runs. */
  readonly profile: string | null;
  /** The engine's containers, and those of the stack among them. */
  readonly all: readonly ContainerDetails[];
  readonly containers: readonly ContainerDetails[];
  readonly project: ComposeProject | null;
};

const deadlineMs = 2_500;

/** Looks at the engine and at what surrounds it, all at once. Never throws: what could not be read is in `unread`. */
export async function readEngineFacts(
  means: EngineMeans,
): Promise<{ readonly engine: EngineFacts; readonly unread: readonly string[] }> {
  const { engine, run, cli, env, project, containers } = means;
  const unread: string[] = [];
  const reading = async <T>(what: string, read: Promise<T>, otherwise: T): Promise<T> =>
    read.catch((error: unknown) => {
      unread.push(`${what}: ${toProblem(error).message}`);
      return otherwise;
    });

  const compose = findCompose((argv, options) => run(argv, { ...options, timeoutMs: deadlineMs }));
  const drift = async () =>
    project === null ? [] : readDrift({ run, env, compose: await compose, project, containers });
  const [version, info, skewMs, networks, portsHeld, staleImages, drifted, found] = await Promise.all([
    reading('the engine’s version', engine.version(), ''),
    reading('what the engine says of itself', infoOf(cli), unknownInfo),
    reading('the engine’s clock', skewOf(engine), null),
    reading('networks of the engine', networksOf(cli), []),
    reading('ports', portsOf(means), []),
    reading('images', readStaleImages(cli, project, containers), []),
    reading('whether the containers are what the compose file says', drift(), []),
    compose,
  ]);
  const own = subnetsOf(networks, containers);
  const [disk, rules] = await Promise.all([
    reading('free room where the engine keeps its data', engine.local ? diskOf(info.dataFolder) : nothing(), null),
    engine.local ? reading('address rewriting rules', readStaleRules(run, own), null) : [],
  ]);
  if (rules === null) unread.push('address rewriting rules of this machine: only root may read them (iptables-save)');
  return {
    engine: {
      version,
      local: engine.local,
      compose: found?.version ?? null,
      cgroup: info.cgroup,
      dataFolder: info.dataFolder,
      diskFreeBytes: disk?.freeBytes ?? null,
      diskTotalBytes: disk?.totalBytes ?? null,
      skewMs,
      networks: networks.map(({ name, project: of, subnets }) => ({ name, project: of, subnets })),
      routes: engine.local ? routesBeside(networks) : [],
      portsHeld,
      staleImages,
      drifted,
      staleRules: rules ?? [],
    },
    unread,
  };
}

const nothing = async (): Promise<null> => null;

type Info = { readonly cgroup: string | null; readonly dataFolder: string | null };
const unknownInfo: Info = { cgroup: null, dataFolder: null };

async function infoOf(cli: Run): Promise<Info> {
  const info = await cli(['info', '--format', '{{json .}}'], { timeoutMs: deadlineMs });
  if (info.exitCode !== 0) throw new StackError('rejected', lastLines(info, 1));
  return parseInfo(info.stdout);
}

/** Reads `docker info` and `podman info`, as JSON. */
function parseInfo(json: string): Info {
  const info: {
    CgroupVersion?: string;
    DockerRootDir?: string;
    host?: { cgroupVersion?: string };
    store?: { graphRoot?: string };
  } = JSON.parse(json);
  const cgroup = info.CgroupVersion ?? info.host?.cgroupVersion?.replace(/^v/, '');
  return { cgroup: cgroup || null, dataFolder: info.DockerRootDir || info.store?.graphRoot || null };
}

/** Half of what asking took is the way there. Here both clocks are one. */
async function skewOf(engine: Engine): Promise<number> {
  if (engine.local) return 0;
  const asked = Date.now();
  const theirs = await engine.time();
  return Math.round(theirs - (asked + Date.now()) / 2);
}

async function networksOf(cli: Run): Promise<readonly EngineNetwork[]> {
  const ids = (await cli(['network', 'ls', '--quiet'], { timeoutMs: deadlineMs })).stdout.split(/\s+/).filter(Boolean);
  const inspected = await cli(['network', 'inspect', ...ids], { timeoutMs: deadlineMs });
  if (inspected.exitCode !== 0 && inspected.stdout === '') throw new StackError('rejected', lastLines(inspected, 1));
  return parseNetworks(inspected.stdout);
}

function routesBeside(networks: readonly EngineNetwork[]): EngineFacts['routes'] {
  const bridges = new Set(networks.map(({ bridge }) => bridge));
  return hostRoutes().filter(({ device }) => !bridges.has(device));
}

async function diskOf(folder: string | null): Promise<{ freeBytes: number; totalBytes: number } | null> {
  if (folder === null) return null;
  const { bavail, blocks, bsize } = await statfs(folder).catch((cause: unknown) => {
    throw new StackError('not-permitted', `${folder} cannot be looked at`, { cause });
  });
  return { freeBytes: bavail * bsize, totalBytes: blocks * bsize };
}

/** Ports of services that belong to the profile and do not run: what runs has its own. Without a stack, of all services. */
async function portsOf({ engine, project, profile, all, containers }: EngineMeans): Promise<EngineFacts['portsHeld']> {
  if (project === null) return [];
  const services = containers.length === 0 ? project.file.services : servicesOf(project.file, profile);
  const running = new Set(containers.filter(({ pid }) => pid !== null).map(({ container }) => container.service));
  const wanted = services
    .filter(({ name }) => !running.has(name))
    .flatMap(({ name, ports }) => ports.map((port) => ({ ...port, service: name })));
  const held = wanted.map(async ({ hostPort, hostIp, service }) => {
    const container = publisherOf(all, hostPort);
    if (container !== null) return [{ port: hostPort, service, by: `container ${container}` }];
    if (!engine.local || (await canListen(hostIp, hostPort))) return [];
    return [{ port: hostPort, service, by: listenerOn(hostPort) }];
  });
  return (await Promise.all(held)).flat();
}
