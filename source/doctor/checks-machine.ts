import { overlaps } from '../engine/preflight-network.ts';
import { bytes, duration, list, plural } from '../stack/format.ts';
import { subnetsOf } from './facts-engine-networks.ts';
import type { DoctorFacts, EngineFacts } from './facts-types.ts';
import type { Ailment, Check } from './types.ts';

const GiB = 2 ** 30;
const MiB = 2 ** 20;

/** What one container engine can be asked about; nothing is found where there is none. */
const ofEngine =
  (find: (engine: EngineFacts, facts: DoctorFacts) => readonly Ailment[]) =>
  (facts: DoctorFacts): readonly Ailment[] =>
    facts.engine === null ? [] : find(facts.engine, facts);

/** The checks on the machine, its engine, and what else it runs. */
export const machineChecks: readonly Check[] = [
  {
    id: 'machine.engine',
    area: 'machine',
    what: 'a container engine answers',
    why: 'Everything here runs in containers: without an engine there is no stack to look at.',
    mend: 'Start Docker or Podman, or name another with --host.',
    source: 'docs.docker.com/engine/install, podman.io/docs/installation',
    find: ({ noEngine }) =>
      noEngine === undefined
        ? []
        : [{ level: 'bad', subject: null, text: noEngine.said, how: 'asked for its version', mend: noEngine.advice }],
  },
  {
    id: 'machine.engine-version',
    area: 'machine',
    what: 'the engine is new enough',
    why: 'Docker before 20.10 and Podman before 4 lack parts of the interface that Compose and paws-top use.',
    mend: 'Update the engine by your system’s packages.',
    source: 'docs.docker.com/engine/release-notes/20.10, docs.podman.io (compose)',
    find: ofEngine(({ version }) => {
      const [, name = '', major = '0', minor = '0'] = /^(\w+) (\d+)\.(\d+)/.exec(version) ?? [];
      const old = name === 'Podman' ? Number(major) < 4 : name === 'Docker' && olderThan(major, minor, 20, 10);
      const ailment = { level: 'warning', subject: null, text: `${version} is too old`, how: 'GET /version' } as const;
      return old ? [ailment] : [];
    }),
  },
  {
    id: 'machine.compose',
    area: 'machine',
    what: 'Compose v2 is there',
    why: 'Without it no profile can be started, changed or taken down.',
    mend: 'Install Docker Compose v2 by your system’s packages, or let `paws-top up --install` do it on Debian and Ubuntu.',
    source: 'docs.docker.com/compose/install',
    find: ofEngine(({ compose }) =>
      compose !== null
        ? []
        : [
            {
              level: 'warning',
              subject: null,
              text: 'there is no Compose v2 here',
              how: '`docker compose version` and `docker-compose version` gave nothing',
            },
          ],
    ),
  },
  {
    id: 'machine.memory',
    area: 'machine',
    what: 'memory suffices for the profile',
    why: 'When memory runs out the kernel ends processes, and it takes the largest first: a database.',
    mend: 'Free some memory, or run less: `paws-top profile minimal`.',
    source: 'measured: the services use about a quarter of their limits (full: 0.6 GB of 2.5 GB)',
    find: memoryAilments,
  },
  {
    id: 'machine.disk',
    area: 'machine',
    what: 'room where the engine keeps its data',
    why: 'On a full disk Postgres and etcd stop taking writes, and containers cannot be started.',
    mend: 'docker system prune',
    source: 'docs.docker.com/reference/cli/docker/system/prune; tried',
    find: ofEngine(({ diskFreeBytes: free, diskTotalBytes: total, dataFolder }) => {
      if (free === null) return [];
      const share = total === null ? 1 : free / total;
      // 5 % of a large disk is no want yet.
      if (free >= 2 * GiB && (share >= 0.05 || free >= 20 * GiB)) return [];
      const text = `${bytes(free)} are free${total === null ? '' : ` of ${bytes(total)}`}`;
      return [{ level: free < 512 * MiB ? 'bad' : 'warning', subject: dataFolder, text, how: `statfs ${dataFolder}` }];
    }),
  },
  {
    id: 'machine.inotify',
    area: 'machine',
    what: 'inotify instances suffice',
    why: 'Programs in all containers share them; one that gets none does not start, or no longer follows its files.',
    mend: 'sudo sysctl fs.inotify.max_user_instances=512 fs.inotify.max_user_watches=65536',
    source: 'man7.org inotify(7), /proc interfaces',
    find: ({ machine: { inotifyInstances: instances, inotifyWatches: watches } }) => [
      ...low('fs.inotify.max_user_instances', instances, 128),
      ...low('fs.inotify.max_user_watches', watches, 8_192),
    ],
  },
  {
    id: 'machine.clock',
    area: 'machine',
    what: 'the engine’s clock is this machine’s',
    why: 'After a sleep the clock of a virtual machine stays behind: leases look expired, logs are out of order, Sentinel goes into TILT.',
    mend: 'Restart the engine’s virtual machine (Docker Desktop: Restart; `podman machine stop && podman machine start`).',
    source: 'time_namespaces(7): containers have their kernel’s time of day; docker/for-mac issues on clock drift',
    find: ofEngine(({ skewMs }) => {
      if (skewMs === null || Math.abs(skewMs) < 2_000) return [];
      const text = `it is ${duration(Math.abs(skewMs))} ${skewMs < 0 ? 'behind' : 'ahead'}`;
      const level = Math.abs(skewMs) < 30_000 ? 'warning' : 'bad';
      return [{ level, subject: null, text, how: 'SystemTime of GET /info, against the clock here' }];
    }),
  },
  {
    id: 'machine.subnet',
    area: 'machine',
    what: 'nobody else has the stack’s addresses',
    why: 'Packets to an address that two networks have go to one of them: members vanish, or another network does.',
    mend: 'Take the stack down, set PAWS_SUBNET_PREFIX to other numbers in compose/.env, and `paws-top up`.',
    source: 'compose/.env; docs.docker.com/engine/network/#subnet-allocation',
    find: ofEngine(subnetAilments),
  },
  {
    id: 'machine.ports',
    area: 'machine',
    what: 'ports of services that do not run are free',
    why: 'A service cannot start while somebody else listens on a port that it publishes.',
    mend: 'Stop the other, or choose another port in compose/.env.',
    source: 'compose/.env; docs.docker.com/engine/network/port-publishing',
    find: ofEngine(({ portsHeld }) =>
      portsHeld.map(({ port, service, by }) => ({
        level: 'bad',
        subject: service,
        text: `port ${port} is held by ${by ?? 'somebody else'}`,
        how: `tried to listen on ${port}, and looked at what containers publish`,
      })),
    ),
  },
  {
    id: 'machine.address-rules',
    area: 'machine',
    what: 'no address rewriting for bridges that are gone',
    why: 'Members then meet under the gateway’s address instead of their own: who connects can’t be told, and rules by address don’t hold.',
    mend: 'paws-top up',
    source: 'tried with Docker 20.10: an engine that was restarted forgets these rules when it removes the network',
    find: ofEngine(({ staleRules }) =>
      staleRules.length === 0
        ? []
        : [
            {
              level: 'warning',
              subject: null,
              text: `${plural(staleRules.length, 'address rewriting rule')} of networks that are gone still ${staleRules.length === 1 ? 'applies' : 'apply'} here`,
              how: `iptables-save -t nat: ${staleRules[0] ?? ''}`,
            },
          ],
    ),
  },
  {
    id: 'machine.cgroup',
    area: 'machine',
    what: 'CPU and memory of containers can be read',
    why: 'Without them nobody sees which container eats the machine, and limits may not hold.',
    mend: 'Switch to cgroup v2 (kernel parameter systemd.unified_cgroup_hierarchy=1), or mount the v1 controllers cpu, cpuacct and memory.',
    source: 'docs.docker.com/engine/containers/runmetrics; kernel.org cgroup-v2',
    find: ofEngine(({ cgroup }, { seen }) => {
      const rows = seen?.report.containers.filter(({ state }) => state === 'running') ?? [];
      const failed = rows.filter(({ reading }) => reading === 'failed');
      if (failed.length === 0) return [];
      const names = list(failed.map(({ name }) => name));
      const error = failed[0]?.error;
      const text = `no figures of ${names}${cgroup === null ? '' : ` (cgroup v${cgroup})`}`;
      return [{ level: 'warning', subject: null, text, how: error ?? 'asked for them, and got none' }];
    }),
  },
];

const olderThan = (major: string, minor: string, than: number, thanMinor: number): boolean =>
  Number(major) < than || (Number(major) === than && Number(minor) < thanMinor);

function low(setting: string, value: number | null, least: number): readonly Ailment[] {
  if (value === null || value >= least) return [];
  const text = `${value}, and ${least} is the least that suffices`;
  return [{ level: 'warning', subject: setting, text, how: `/proc/sys/${setting.replaceAll('.', '/')}` }];
}

/** What is about to run dry, and what the services of the profile that do not run yet would need. */
function memoryAilments({ machine, engine, seen, compose, containers }: DoctorFacts): readonly Ailment[] {
  const { availableBytes: available, memoryBytes: total } = machine;
  if (available === null || engine?.local === false) return [];
  const how = 'MemAvailable of /proc/meminfo';
  const running = new Set(containers.filter(({ pid }) => pid !== null).map(({ container }) => container.service));
  const profile = seen?.snapshot.profile ?? null;
  const services = (containers.length > 0 ? compose?.file.services : undefined) ?? [];
  const lacking = services.filter(
    ({ name, profiles }) =>
      !running.has(name) && (profiles.length === 0 || (profile !== null && profiles.includes(profile))),
  );
  const need = lacking.reduce((sum, { memoryLimitBytes }) => sum + (memoryLimitBytes ?? 0), 0) / 4;
  if (need > available) {
    const text = `${bytes(available)} can be had and ${list(lacking.map(({ name }) => name))} need about ${bytes(need)}`;
    return [{ level: 'bad', subject: null, text, how }];
  }
  if (available >= 256 * MiB || available >= total * 0.05) return [];
  return [{ level: 'bad', subject: null, text: `${bytes(available)} of ${bytes(total)} can be had`, how }];
}

function subnetAilments({ networks, routes }: EngineFacts, { containers }: DoctorFacts): readonly Ailment[] {
  const own = new Set(containers.flatMap((each) => each.networks.map(({ name }) => name)));
  const others = [
    ...networks
      .filter(({ name }) => !own.has(name))
      .flatMap(({ name, subnets }) => subnets.map((cidr) => ({ cidr, holder: `the container network "${name}"` }))),
    ...routes.map(({ cidr, device }) => ({ cidr, holder: `this machine’s route over ${device}` })),
  ];
  return subnetsOf(networks, containers).flatMap((subnet) =>
    others
      .filter(({ cidr }) => overlaps(cidr, subnet))
      .map(({ cidr, holder }) => ({
        level: 'bad',
        subject: subnet,
        text: `it overlaps ${cidr}, ${holder}`,
        how: 'networks of the engine, and /proc/net/route',
      })),
  );
}
