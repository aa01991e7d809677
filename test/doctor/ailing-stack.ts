import { chmod, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type Docker from 'dockerode';
import { docker, eventually } from '../helpers/stack.ts';

/** A stack of a test's own in which nearly everything is wrong; nothing here belongs to the real one. */
export const project = 'paws-ailing';
const password = 'ailing-secret';
const subnet = '172.29.77';

type Service = {
  readonly image: 'redis' | 'etcd' | 'patroni';
  readonly system?: string;
  readonly command: readonly string[];
  readonly more?: Docker.HostConfig;
  readonly env?: readonly string[];
};

const sh = (script: string): readonly string[] => ['sh', '-c', script];
const monitoring = (extra: string): string =>
  `port 26379\nsentinel resolve-hostnames yes\n${extra}` +
  'sentinel monitor closed redis1 6379 9\nsentinel down-after-milliseconds closed 500\n' +
  'sentinel failover-timeout closed 1000\n' +
  'sentinel monitor open redis3 6379 2\n';
const sentinel = (extra = ''): Service => ({
  image: 'redis',
  system: 'sentinel',
  command: sh(
    `printf '${monitoring(extra).replaceAll('\n', '\\n')}' > /tmp/s.conf; exec redis-server /tmp/s.conf --sentinel`,
  ),
});
const etcd = (name: string, cluster: readonly string[]): Service => ({
  image: 'etcd',
  system: 'etcd',
  command: [
    'etcd',
    ...['--name', name, '--data-dir', '/tmp/data', '--initial-cluster-token', cluster.join()],
    ...['--listen-client-urls', 'http://0.0.0.0:2379', '--advertise-client-urls', `http://${name}:2379`],
    ...['--listen-peer-urls', 'http://0.0.0.0:2380', '--initial-advertise-peer-urls', `http://${name}:2380`],
    ...['--initial-cluster', cluster.map((each) => `${each}=http://${each}:2380`).join()],
    ...['--quota-backend-bytes', '1048576', '--strict-reconfig-check=false'],
  ],
});

const services = (folder: string): Readonly<Record<string, Service>> => ({
  redis1: { image: 'redis', command: ['redis-server', '--requirepass', password, '--save', ''] },
  redis2: {
    image: 'redis',
    command: [
      ...['redis-server', '--requirepass', password, '--masterauth', password, '--replicaof', 'redis1', '6379'],
      ...['--replica-read-only', 'no', '--replica-priority', '0', '--maxmemory', '10mb'],
      ...['--maxmemory-policy', 'allkeys-lru'],
    ],
  },
  redis3: { image: 'redis', command: ['redis-server', '--protected-mode', 'no'] },
  sentinel1: sentinel('sentinel announce-hostnames yes\\n'),
  sentinel2: sentinel(),
  sentinel3: sentinel(),
  sentinel4: {
    image: 'redis',
    system: 'sentinel',
    command: ['redis-server', '/etc/sentinel.conf', '--sentinel'],
    more: { Binds: [`${join(folder, 'sentinel.conf')}:/etc/sentinel.conf`] },
  },
  etcd1: etcd('etcd1', ['etcd1']),
  etcd2: etcd('etcd2', ['etcd2', 'etcd3']),
  etcd3: etcd('etcd3', ['etcd2', 'etcd3']),
  patroni1: {
    image: 'patroni',
    system: 'patroni',
    command: ['sleep', '600'],
    // A module that cannot be found, whichever of its two names is looked for.
    env: ['PYTHONPATH=/tmp/without'],
  },
  loop: {
    image: 'redis',
    system: 'sentinel',
    command: sh(
      `printf 'sentinel monitor paws nobody 6379 2\\n' > /tmp/s.conf; exec redis-server /tmp/s.conf --sentinel`,
    ),
    more: { RestartPolicy: { Name: 'always' } },
  },
});

/** Brings it up; what an interrupted run left is removed first. The returned function takes it away again. */
export async function ailingStack(): Promise<() => Promise<void>> {
  await takeAway();
  const folder = await mkdtemp(join(tmpdir(), 'paws-ailing-'));
  await chmod(folder, 0o755);
  await writeFile(join(folder, 'sentinel.conf'), monitoring(''));
  await chmod(join(folder, 'sentinel.conf'), 0o666); // the container's user rewrites it, or tries to
  const away = async () => {
    await takeAway();
    await rm(folder, { recursive: true, force: true });
  };
  try {
    await docker.createNetwork({ Name: project, IPAM: { Driver: 'default', Config: [{ Subnet: `${subnet}.0/24` }] } });
    // A Sentinel resolves the names of its masters when it starts.
    const entries = Object.entries(services(folder));
    await Promise.all(entries.filter(([name]) => !name.startsWith('sentinel')).map(run));
    await Promise.all(entries.filter(([name]) => name.startsWith('sentinel')).map(run));
    await inside(
      'patroni1',
      sh(
        'mkdir /tmp/without; for m in ydiff cdiff; do echo "raise ModuleNotFoundError(\'No module named $m\')" > /tmp/without/$m.py; done',
      ),
    );
  } catch (error) {
    await away();
    throw error;
  }
  return away;
}

async function run([name, { image, system = 'redis', command, env, more }]: readonly [string, Service]): Promise<void> {
  const container = await docker.createContainer({
    name: `${project}-${name}-1`,
    Image: `paws-top/${image}:latest`,
    Cmd: [...command],
    Env: [...(env ?? [])],
    Labels: {
      'com.docker.compose.project': project,
      'com.docker.compose.service': name,
      'com.docker.compose.container-number': '1',
      'paws-top.system': system,
    },
    HostConfig: { NetworkMode: project, ...more },
    NetworkingConfig: { EndpointsConfig: { [project]: { Aliases: [name] } } },
  });
  await container.start();
}

async function takeAway(): Promise<void> {
  const filters = { label: [`com.docker.compose.project=${project}`] };
  const found = await docker.listContainers({ all: true, filters });
  await Promise.all(found.map(({ Id }) => docker.getContainer(Id).remove({ force: true, v: true })));
  const networks = await docker.listNetworks({ filters: { name: [project] } });
  await Promise.all(networks.map(({ Id }) => docker.getNetwork(Id).remove()));
}

/** What a command says in the container of a service. */
async function inside(name: string, argv: readonly string[]): Promise<string> {
  const container = docker.getContainer(`${project}-${name}-1`);
  const process = await container.exec({ Cmd: [...argv], AttachStdout: true, AttachStderr: true, Tty: true });
  const stream = await process.start({ Tty: true });
  let said = '';
  for await (const chunk of stream) said += String(chunk);
  return said;
}

const ctl = (...words: readonly string[]) => inside('etcd2', ['etcdctl', ...words]);

/** Fills the database of etcd2 and etcd3, hands the lead to and fro between them, and adds a learner that never comes. */
export async function ailEtcd(): Promise<void> {
  const leaderId = async () => /"leader":(\d+)/.exec(await ctl('endpoint', 'status', '--write-out=json'))?.[1];
  await eventually(async () => ((await leaderId()) ?? '0') !== '0' || null, 10_000);
  const ids = [...(await ctl('member', 'list')).matchAll(/^(\w+), started, (\w+)/gm)].map(([, id, name]) => ({
    id,
    name,
  }));
  const [first, second] = ids;
  await inside(
    'etcd2',
    sh(
      `for i in 1 2 3 4 5 6 7 8 9 10 11 12; do for m in ${first?.id} ${second?.id}; do ` +
        'etcdctl --endpoints http://etcd2:2379,http://etcd3:2379 move-leader $m; done; done',
    ),
  );
  await ctl('member', 'add', 'learner', '--learner', '--peer-urls=http://learner:2380');
  await inside(
    'etcd2',
    sh('head -c 700000 /dev/zero | tr "\\0" x > /tmp/v; for i in 1 2 3; do etcdctl put $i < /tmp/v; done'),
  );
}
