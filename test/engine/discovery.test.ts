import { expect, test } from 'vitest';
import { toDetails } from '../../source/engine/details.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { ContainerDetails, Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { noControl } from '../helpers/fake-control.ts';
import { captured, containerWith, fullStack } from './containers.ts';

/** An engine of which discovery only needs files; counts how often they are read. */
function engineWith(files: Record<string, string> = {}, parts: Partial<Engine> = {}): Engine & { reads: string[] } {
  const reads: string[] = [];
  const unused = () => expect.fail('discovery has no use for this');
  return {
    reads,
    address: 'unix:///var/run/docker.sock',
    local: true,
    version: unused,
    time: unused,
    ping: unused,
    list: unused,
    inspect: unused,
    events: unused,
    exec: unused,
    logs: unused,
    usage: unused,
    control: noControl,
    close: () => {},
    readFile: async (id, path) => {
      reads.push(path);
      const text = files[`${id} ${path}`] ?? files[path];
      if (text === undefined) throw new StackError('rejected', 'no such file');
      return text;
    },
    ...parts,
  };
}

const running = (all: ContainerDetails[]) =>
  all.map((details) => ({ ...details, container: { ...details.container, startedAt: 1_000 } }));
const sentinelConf = { '/data/sentinel.conf': 'port 26379\nrequirepass "from file"\n' };

test('the full stack: 13 containers, 12 members with their ways in and credentials', async () => {
  const { topology, access } = await discover(engineWith(sentinelConf), running(fullStack()), { project: null });
  expect(topology.stack).toBe('paws');
  expect(topology.containers).toHaveLength(13);
  expect(topology.members.map(({ system, name }) => `${system} ${name}`)).toEqual(
    ['etcd etcd', 'patroni patroni', 'redis redis', 'sentinel sentinel'].flatMap((one) =>
      [1, 2, 3].map((n) => `${one}${n}`),
    ),
  );
  const brief = Object.fromEntries(
    access.map(({ member, endpoint, credentials, postgres }) => [
      member.name,
      [endpoint?.via, endpoint?.host, endpoint?.port, credentials.password, postgres?.endpoint?.port],
    ]),
  );
  const on = ['published', '127.0.0.1'];
  expect(brief).toMatchObject({
    etcd3: [...on, 2579, null, undefined],
    patroni2: [...on, 8009, 'secret-of-patroni-restapi-password', 5433],
    redis1: [...on, 6379, 'secret-of-redis-password', undefined],
    sentinel3: [...on, 26381, 'from file', undefined],
  });
  expect(access.find(({ member }) => member.name === 'patroni1')?.postgres).toMatchObject({
    credentials: { username: 'postgres', password: 'secret-of-patroni-superuser-password' },
    database: 'postgres',
  });
});

test('a member is known by name, address, and what it calls itself', async () => {
  const { topology } = await discover(engineWith(), running(fullStack()), { project: 'paws' });
  expect(topology.members.find(({ name }) => name === 'etcd2')?.aliases).toEqual(
    expect.arrayContaining(['etcd2', 'paws-etcd2-1', '172.28.1.2']),
  );
});

test('asked again, configuration is not read again, until a container starts anew', async () => {
  const engine = engineWith(sentinelConf);
  const stack = running(fullStack());
  const first = await discover(engine, stack, { project: null });
  const reads = engine.reads.length;
  expect(reads).toBeGreaterThan(0);
  expect(await discover(engine, stack, { project: null })).toEqual(first);
  expect(engine.reads).toHaveLength(reads);
  const restarted = stack.map((one) =>
    one.container.service === 'sentinel1' ? { ...one, container: { ...one.container, startedAt: 2_000 } } : one,
  );
  await discover(engine, restarted, { project: null });
  expect(engine.reads).toHaveLength(reads + 1);
});

test('a file that cannot be read just now costs its password, not the member, and is asked for again', async () => {
  const stuck = engineWith({}, { readFile: () => Promise.reject(new StackError('timeout', 'no answer')) });
  const { access } = await discover(stuck, running(fullStack()), { project: null });
  expect(access).toHaveLength(12);
  let asked = 0;
  stuck.readFile = async () => `requirepass again${asked++}`;
  await discover(stuck, running(fullStack()), { project: null });
  expect(asked).toBe(3);
});

test('a killed container is still a member', async () => {
  const [killed] = captured('killed').map(toDetails);
  const stack = running(fullStack()).filter(({ container }) => container.service !== 'redis1');
  const { topology, access } = await discover(engineWith(), [...stack, killed as ContainerDetails], { project: null });
  expect(topology.containers.find(({ service }) => service === 'redis1')).toMatchObject({
    state: 'exited',
    exitCode: 137,
    role: 'redis',
  });
  expect(access.find(({ member }) => member.name === 'redis1')?.endpoint).toMatchObject({ port: 6379 });
});

test('what the roster expects and no container stands for is missing', async () => {
  const stack = running(fullStack()).filter(
    ({ container }) => !['redis2', 'backend'].includes(container.service ?? ''),
  );
  const expected = [
    { service: 'redis1', role: 'redis' as const },
    { service: 'redis2', role: 'redis' as const },
    { service: 'backend', role: 'backend' as const },
  ];
  const { topology, access } = await discover(engineWith(), stack, {
    project: 'paws',
    roster: { profile: 'full', expected },
  });
  expect(topology.profile).toBe('full');
  expect(topology.containers.filter(({ state }) => state === 'missing')).toMatchObject([
    { name: 'paws-backend-1', id: '', role: 'backend' },
    { name: 'paws-redis2-1', id: '', role: 'redis', service: 'redis2', project: 'paws' },
  ]);
  expect(topology.members.filter(({ system }) => system === 'redis').map(({ name }) => name)).toEqual([
    'redis1',
    'redis2',
    'redis3',
  ]);
  expect(access.find(({ member }) => member.name === 'redis2')).toMatchObject({ endpoint: null, postgres: null });
});

const member = (project: string | null, service: string, rest: Parameters<typeof containerWith>[0] = {}) =>
  containerWith({
    argv: ['redis-server'],
    ...rest,
    container: { id: `${project}-${service}`, name: `${project}-${service}-1`, project, service, ...rest.container },
  });
const stackOf = async (all: ContainerDetails[], project: string | null = null) =>
  (await discover(engineWith(), all, { project })).topology;

test('the project with the most members is chosen; between equals ours, then by name', async () => {
  const one = [member('zoo', 'a'), member('zoo', 'b'), member('paws', 'a')];
  expect((await stackOf(one)).stack).toBe('zoo');
  expect((await stackOf([member('abc', 'a'), member('paws', 'a')])).stack).toBe('paws');
  expect((await stackOf([member('b', 'x'), member('a', 'x')])).stack).toBe('a');
  expect((await stackOf(one, 'paws')).members).toHaveLength(1);
});

test('with nothing to watch the topology is empty', async () => {
  expect(await stackOf([])).toEqual({ stack: '', profile: null, containers: [], members: [] });
  expect(await stackOf([member('web', 'nginx', { argv: ['nginx'] })])).toMatchObject({ stack: '', members: [] });
  expect(await stackOf([member('paws', 'a')], 'other')).toMatchObject({ stack: 'other', containers: [] });
});

test('containers outside of any project are a group, with what shares their network', async () => {
  const on = (name: string) => [{ name, address: '10.0.0.1', aliases: [] }];
  const loose = [
    member(null, 'r1', { networks: on('demo'), container: { service: null, name: 'r1' } }),
    member(null, 'proxy', { argv: ['haproxy'], networks: on('demo'), container: { service: null, name: 'proxy' } }),
    member(null, 'web', { argv: ['nginx'], networks: on('bridge'), container: { service: null, name: 'web' } }),
  ];
  const topology = await stackOf(loose);
  expect(topology.stack).toBe('demo');
  expect(topology.containers.map(({ name, role }) => [name, role])).toEqual([
    ['proxy', null],
    ['r1', 'redis'],
  ]);
  expect(topology.members.map(({ name }) => name)).toEqual(['r1']);
});

test('containers of `compose run` are left out', async () => {
  const console = member('p', 'a', {
    labels: { 'com.docker.compose.oneoff': 'True' },
    container: { id: 'run', name: 'p-a-run' },
  });
  expect((await stackOf([member('p', 'a'), console])).containers.map(({ name }) => name)).toEqual(['p-a-1']);
});

test('a scaled service is told apart by container, and the shared name is nobody’s', async () => {
  const scaled = [1, 2].map((n) =>
    member('p', 'cache', { container: { id: `${n}`, name: `p-cache-${n}` }, hostname: `h${n}` }),
  );
  const { members } = await stackOf(scaled);
  expect(members.map(({ name, aliases }) => [name, aliases])).toEqual([
    ['p-cache-1', ['p-cache-1', 'h1']],
    ['p-cache-2', ['p-cache-2', 'h2']],
  ]);
});

test('of a container and the one that replaces it only the newer counts', async () => {
  const labels = { 'com.docker.compose.container-number': '1' };
  const old = member('p', 'a', {
    labels,
    container: { id: 'old', name: 'abc_p-a-1', state: 'exited', startedAt: null },
  });
  const young = member('p', 'a', { labels, container: { id: 'new', name: 'p-a-1', startedAt: 5 } });
  expect((await stackOf([young, old])).containers.map(({ id }) => id)).toEqual(['new']);
});

test('names sort as people count', async () => {
  const { members } = await stackOf([10, 9, 1].map((n) => member('p', `redis${n}`)));
  expect(members.map(({ name }) => name)).toEqual(['redis1', 'redis9', 'redis10']);
});
