import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { DoctorFacts, EngineFacts, MachineFacts } from '../../source/doctor/facts-types.ts';
import type { Ailment } from '../../source/doctor/types.ts';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { report } from '../../source/stack/assess.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { fullStack } from '../engine/containers.ts';
import { containing, having, healthySnapshot, now } from '../helpers/snapshots.ts';

const compose = join(import.meta.dirname, '..', '..', 'compose', 'compose.yaml');
const file = parseComposeFile(readFileSync(compose, 'utf8'), {});
if (file === null) throw new Error(`${compose} is no compose file`);
const GiB = 2 ** 30;

const machine: MachineFacts = {
  platform: 'linux',
  memoryBytes: 23.5 * GiB,
  availableBytes: 20 * GiB,
  inotifyInstances: 128,
  inotifyWatches: 192_536,
};

const engine: EngineFacts = {
  version: 'Docker 20.10.24',
  local: true,
  compose: '2.26.1-4',
  cgroup: '1',
  dataFolder: '/var/lib/docker',
  diskFreeBytes: 72 * GiB,
  diskTotalBytes: 252 * GiB,
  skewMs: 0,
  networks: [
    { name: 'bridge', project: null, subnets: ['172.17.0.0/16'] },
    { name: 'paws', project: 'paws', subnets: ['172.28.0.0/16'] },
    { name: 'host', project: null, subnets: [] },
  ],
  routes: [{ device: 'eth0', cidr: '192.0.2.0/24' }],
  portsHeld: [],
  staleImages: [],
  drifted: [],
  staleRules: [],
};

const seenOf = (snapshot: Snapshot): DoctorFacts['seen'] => ({ snapshot, report: report(snapshot) });

/** The containers that the fixture has started, started just before the snapshot. */
const containers = fullStack().map(
  (each): ContainerDetails => ({ ...each, container: { ...each.container, startedAt: now - 120_000 } }),
);

/** What machine and engine say of a healthy stack. */
export const healthyMachine: DoctorFacts = {
  seen: seenOf(healthySnapshot()),
  machine,
  engine,
  containers,
  compose: { path: compose, own: true, file },
  patroni: [],
  redis: [],
  sentinel: [],
  etcd: [],
  lastLines: {},
  unread: [],
};

const onMachine = (change: Partial<MachineFacts>): DoctorFacts => ({
  ...healthyMachine,
  machine: { ...machine, ...change },
});
const onEngine = (change: Partial<EngineFacts>): DoctorFacts => ({
  ...healthyMachine,
  engine: { ...engine, ...change },
});
const seeing = (...change: Parameters<typeof having> extends [Snapshot, ...infer M] ? M : never): DoctorFacts => ({
  ...healthyMachine,
  seen: seenOf(having(healthySnapshot(), ...change)),
});

/** Changes what the engine says of one container. */
function withContainer(service: string, change: (each: ContainerDetails) => Partial<ContainerDetails>): DoctorFacts {
  const changed = containers.map((each) => (each.container.service === service ? { ...each, ...change(each) } : each));
  return { ...healthyMachine, containers: changed };
}

const inState = (service: string, container: Partial<ContainerDetails['container']>, more = {}): DoctorFacts =>
  withContainer(service, (each) => ({
    ...(container.state === undefined || container.state === 'paused' ? {} : { pid: null }),
    ...more,
    container: { ...each.container, ...container },
  }));

const withEnv = (env: Readonly<Record<string, string>>, argv?: readonly string[]): DoctorFacts =>
  withContainer('patroni1', (each) => ({ env: { ...each.env, ...env }, ...(argv === undefined ? {} : { argv }) }));

type Told = Pick<Ailment, 'level' | 'subject'> & { readonly text: RegExp };

/** How facts must be for a check to find something, and what it then says. */
export type AilmentCase = {
  readonly check: string;
  readonly when: string;
  readonly facts: DoctorFacts;
  readonly found: readonly Told[];
};

const one = (
  check: string,
  when: string,
  facts: DoctorFacts,
  level: Told['level'],
  subject: string | null,
  text: RegExp,
) => ({
  check,
  when,
  facts,
  found: [{ level, subject, text }],
});

const unlimited = containers.map((each) => ({ ...each, container: { ...each.container, memoryLimitBytes: null } }));

/** At least one for each check on machine and containers. */
export const machineAilments: readonly AilmentCase[] = [
  one(
    'machine.engine',
    'no engine answers',
    { ...onMachine({}), engine: null, containers: [], noEngine: { said: 'nobody listens', advice: 'sudo dockerd' } },
    'bad',
    null,
    /^nobody listens$/,
  ),
  one(
    'machine.engine-version',
    'Docker is of 2019',
    onEngine({ version: 'Docker 19.03.15' }),
    'warning',
    null,
    /Docker 19\.03\.15 is too old/,
  ),
  one(
    'machine.engine-version',
    'Podman is of 2021',
    onEngine({ version: 'Podman 3.4.4' }),
    'warning',
    null,
    /Podman 3\.4\.4/,
  ),
  one('machine.compose', 'there is no Compose', onEngine({ compose: null }), 'warning', null, /no Compose v2/),
  one(
    'machine.memory',
    'almost nothing is left',
    onMachine({ availableBytes: 100 * 2 ** 20 }),
    'bad',
    null,
    /^100M of 24G can be had$/,
  ),
  one(
    'machine.memory',
    'what does not run yet would not fit',
    {
      ...onMachine({ availableBytes: 0.3 * GiB }),
      containers: containers.filter(({ container }) => container.service === 'etcd1'),
    },
    'bad',
    null,
    /^307M can be had and etcd2, etcd3, patroni1 and 9 more need about \d+M$/,
  ),
  one(
    'machine.disk',
    'the disk is almost full',
    onEngine({ diskFreeBytes: 1.5 * GiB }),
    'warning',
    '/var/lib/docker',
    /^1\.5G are free of 252G$/,
  ),
  one(
    'machine.disk',
    'a twentieth is left',
    onEngine({ diskFreeBytes: 10 * GiB }),
    'warning',
    '/var/lib/docker',
    /10G are free/,
  ),
  one(
    'machine.disk',
    'the disk is full',
    onEngine({ diskFreeBytes: 2 ** 20 }),
    'bad',
    '/var/lib/docker',
    /1\.0M are free/,
  ),
  one(
    'machine.inotify',
    'instances are few',
    onMachine({ inotifyInstances: 64 }),
    'warning',
    'fs.inotify.max_user_instances',
    /^64, and 128/,
  ),
  one(
    'machine.inotify',
    'watches are few',
    onMachine({ inotifyWatches: 1_024 }),
    'warning',
    'fs.inotify.max_user_watches',
    /^1024, and 8192/,
  ),
  one('machine.clock', 'the engine lags', onEngine({ skewMs: -4_200 }), 'warning', null, /^it is 4 s behind$/),
  one('machine.clock', 'the machine has slept', onEngine({ skewMs: -5_400_000 }), 'bad', null, /^it is 1h behind$/),
  one(
    'machine.subnet',
    'another network has the addresses',
    onEngine({ networks: [...engine.networks, { name: 'other', project: 'other', subnets: ['172.28.3.0/24'] }] }),
    'bad',
    '172.28.0.0/16',
    /overlaps 172\.28\.3\.0\/24, the container network "other"/,
  ),
  one(
    'machine.subnet',
    'a route of this machine goes there',
    onEngine({ routes: [{ device: 'tun0', cidr: '172.16.0.0/12' }] }),
    'bad',
    '172.28.0.0/16',
    /overlaps 172\.16\.0\.0\/12, this machine’s route over tun0/,
  ),
  one(
    'machine.ports',
    'another program has a port',
    onEngine({ portsHeld: [{ port: 6379, service: 'redis1', by: 'redis-server (pid 812)' }] }),
    'bad',
    'redis1',
    /^port 6379 is held by redis-server \(pid 812\)$/,
  ),
  one(
    'machine.address-rules',
    'a killed engine has left rules',
    onEngine({ staleRules: ['POSTROUTING -s 172.28.0.0/16 ! -o br-0123456789ab -j MASQUERADE'] }),
    'warning',
    null,
    /^1 address rewriting rule of networks that are gone still applies here$/,
  ),
  one(
    'machine.cgroup',
    'no figures can be had',
    seeing(containing('redis1', { usage: { status: 'failed', value: null, at: null, tookMs: null, problem: null } })),
    'warning',
    null,
    /^no figures of paws-redis1-1 \(cgroup v1\)$/,
  ),
  one(
    'containers.ended',
    'one was killed',
    inState('redis2', { state: 'exited', exitCode: 137 }),
    'bad',
    'paws-redis2-1',
    /^it was killed$/,
  ),
  one(
    'containers.ended',
    'one was stopped',
    inState('redis2', { state: 'exited', exitCode: 0 }),
    'bad',
    'paws-redis2-1',
    /^it was stopped/,
  ),
  one(
    'containers.ended',
    'one has failed',
    inState('backend', { state: 'exited', exitCode: 3 }),
    'bad',
    'paws-backend-1',
    /exit code 3/,
  ),
  one(
    'containers.ended',
    'one could not be started',
    inState('redis2', { state: 'created' }, { startError: 'port is already allocated' }),
    'bad',
    'paws-redis2-1',
    /^it could not be started: port is already allocated$/,
  ),
  one('containers.paused', 'one is paused', inState('etcd1', { state: 'paused' }), 'bad', 'paws-etcd1-1', /paused/),
  one(
    'containers.unhealthy',
    'a check fails',
    inState('etcd1', { health: 'unhealthy' }),
    'bad',
    'paws-etcd1-1',
    /health check fails/,
  ),
  one(
    'containers.unhealthy',
    'one starts for ever',
    inState('etcd1', { health: 'starting', startedAt: now - 600_000 }),
    'warning',
    'paws-etcd1-1',
    /^it has been starting for 10m$/,
  ),
  one(
    'containers.out-of-memory',
    'the kernel has ended one',
    inState('patroni2', { state: 'exited', exitCode: 137 }, { oomKilled: true }),
    'bad',
    'paws-patroni2-1',
    /for want of memory at its limit of 384M/,
  ),
  one(
    'containers.memory',
    'one is at its limit',
    seeing(
      containing('redis1', {
        usage: {
          status: 'ok',
          value: { cpuPercent: 1, memoryBytes: 180 * 2 ** 20, receivedBytesPerSecond: 0, sentBytesPerSecond: 0 },
          at: now,
          tookMs: 1,
          problem: null,
        },
      }),
    ),
    'warning',
    'paws-redis1-1',
    /^180M used of 192M, 94 %$/,
  ),
  one(
    'containers.memory-limit',
    'a stack without limits fills the machine',
    { ...onMachine({ memoryBytes: 300 * 2 ** 20 }), containers: unlimited },
    'warning',
    null,
    /without a limit for paws-/,
  ),
  one(
    'containers.networks',
    'one was disconnected',
    withContainer('redis3', () => ({ networks: [] })),
    'bad',
    'paws-redis3-1',
    /on no network/,
  ),
  one(
    'containers.networks',
    'one was connected again by hand',
    withContainer('redis3', () => ({ networks: [{ name: 'paws', address: '172.28.0.2', aliases: ['0123456789ab'] }] })),
    'bad',
    'paws-redis3-1',
    /^on paws it no longer goes by its name, redis3$/,
  ),
  one(
    'containers.open-ports',
    'a database is open to all',
    withContainer('redis1', () => ({ ports: [{ port: 6379, hostIp: '0.0.0.0', hostPort: 6379 }] })),
    'warning',
    'paws-redis1-1',
    /^0\.0\.0\.0:6379 \(its 6379\) is open beyond this machine$/,
  ),
  one(
    'containers.open-ports',
    'etcd is',
    withContainer('etcd1', () => ({ ports: [{ port: 2379, hostIp: '::', hostPort: 2379 }] })),
    'bad',
    'paws-etcd1-1',
    /^:::2379/,
  ),
  one(
    'containers.default-passwords',
    'the environment has one',
    withEnv({ PATRONI_SUPERUSER_PASSWORD: 'postgres' }),
    'warning',
    'paws-patroni1-1',
    /^PATRONI_SUPERUSER_PASSWORD is a password that everybody tries first$/,
  ),
  one(
    'containers.default-passwords',
    'an address has its user for a password',
    withEnv({ DATABASE_URL: 'postgres://app:app@patroni1/app' }),
    'warning',
    'paws-patroni1-1',
    /^DATABASE_URL lets in/,
  ),
  one(
    'containers.default-passwords',
    'everybody is trusted',
    withEnv({ POSTGRES_HOST_AUTH_METHOD: 'trust' }),
    'warning',
    'paws-patroni1-1',
    /^POSTGRES_HOST_AUTH_METHOD lets in/,
  ),
  one(
    'containers.default-passwords',
    'the command line has one',
    withEnv({}, ['redis-server', '--requirepass', 'redis']),
    'warning',
    'paws-patroni1-1',
    /^--requirepass is a password/,
  ),
  one(
    'containers.drift',
    'the file was changed',
    onEngine({ drifted: [{ container: 'paws-redis1-1', service: 'redis1' }] }),
    'warning',
    null,
    /say otherwise of redis1 than when it was made$/,
  ),
  one(
    'containers.stale-images',
    'a Dockerfile was changed',
    onEngine({ staleImages: [{ image: 'paws-top/redis:latest', why: 'it was built from other files' }] }),
    'warning',
    'paws-top/redis:latest',
    /built from other files/,
  ),
];
