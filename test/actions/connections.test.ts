import { expect, test } from 'vitest';
import { connectionStrings, createConnections } from '../../source/actions/connections.ts';
import type { Connection } from '../../source/actions/console-types.ts';
import { discover } from '../../source/engine/discovery.ts';
import type { Access, ContainerDetails } from '../../source/engine/types.ts';
import { report } from '../../source/stack/assess.ts';
import { containerWith, fullStack } from '../engine/containers.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';
import { healthySnapshot } from '../helpers/snapshots.ts';

const seen = report(healthySnapshot());

/** The ways to the captured full stack, as an engine elsewhere has them: by published ports only. */
async function ways(change: (details: ContainerDetails) => ContainerDetails = (details) => details) {
  const containers = fullStack().map(change);
  const { access } = await discover(await fakeEngine(containers).connect(), containers, { project: 'paws' });
  // Its own file tells the Sentinels' password, and there are no files here.
  const guarded = { username: null, password: 'secret-of-sentinels' };
  const known = access.map((one) => (one.member.system === 'sentinel' ? { ...one, credentials: guarded } : one));
  return { access: known, containers };
}

const named = (connections: readonly Connection[], title: string): Connection => {
  const found = connections.find((one) => one.title.startsWith(title));
  if (found === undefined) throw new Error(`no ${title} among ${connections.map((one) => one.title).join(', ')}`);
  return found;
};

test('Postgres: the application’s user, all published ports, and a server that takes writes', async () => {
  const all = connectionStrings(await ways(), seen);
  const hosts = '127.0.0.1:5432,127.0.0.1:5433,127.0.0.1:5434';
  expect(named(all, 'psql, libpq: writes')).toMatchObject({
    shown: `postgresql://paws:…@${hosts}/paws?target_session_attrs=read-write&connect_timeout=3`,
    secret: `postgresql://paws:secret-of-paws-app-password@${hosts}/paws?target_session_attrs=read-write&connect_timeout=3`,
  });
  expect(named(all, 'psql, libpq: reads').shown).toContain('?target_session_attrs=prefer-standby&');
  expect(named(all, 'JDBC').secret).toBe(
    `jdbc:postgresql://${hosts}/paws?user=paws&password=secret-of-paws-app-password&targetServerType=primary&connectTimeout=3&hostRecheckSeconds=2`,
  );
  expect(named(all, 'SQLAlchemy').shown).toBe(
    'postgresql+psycopg://paws:…@/paws?host=127.0.0.1:5432&host=127.0.0.1:5433&host=127.0.0.1:5434&target_session_attrs=read-write&connect_timeout=3',
  );
  expect(named(all, `the leader now, ${seen.patroni?.leader}`).shown).toMatch(
    /^postgresql:\/\/paws:…@127\.0\.0\.1:543\d\/paws\?connect_timeout=3$/,
  );
});

test('Redis: by the Sentinels as each client wants it, their addresses mapped to published ports', async () => {
  const all = connectionStrings(await ways(), seen);
  const ioredis = named(all, 'ioredis');
  expect(ioredis.shown).toContain('sentinels: [{ host: "127.0.0.1", port: 26379 }, { host: "127.0.0.1", port: 26380 }');
  expect(ioredis.shown).toContain(
    'password: "…", sentinelPassword: "…", natMap: { "172.28.3.1:6379": { host: "127.0.0.1", port: 6379 }',
  );
  expect(ioredis.secret).toContain('password: "secret-of-redis-password", sentinelPassword: "secret-of-sentinels"');
  expect(named(all, 'redis-py').secret).toBe(
    'Sentinel([("127.0.0.1", 26379), ("127.0.0.1", 26380), ("127.0.0.1", 26381)], sentinel_kwargs={"password": "secret-of-sentinels"}, password="secret-of-redis-password", socket_timeout=3).master_for("paws-redis-master")',
  );
  expect(named(all, 'redis-py').note).toMatch(/works where the engine runs on this very Linux/);
  expect(named(all, 'Spring').secret.split('\n')).toEqual([
    'spring.data.redis.sentinel.master=paws-redis-master',
    'spring.data.redis.sentinel.nodes=127.0.0.1:26379,127.0.0.1:26380,127.0.0.1:26381',
    'spring.data.redis.sentinel.password=secret-of-sentinels',
    'spring.data.redis.password=secret-of-redis-password',
  ]);
  expect(named(all, `the Redis master now, ${seen.redis?.master}`).secret).toMatch(
    /^redis:\/\/:secret-of-redis-password@127\.0\.0\.1:63(79|80|81)\/0$/,
  );
});

test('etcd, and what containers of the network use: names of services and the ports inside', async () => {
  const all = connectionStrings(await ways(), seen);
  expect(named(all, 'etcd').secret).toBe(
    'ETCDCTL_ENDPOINTS=http://127.0.0.1:2379,http://127.0.0.1:2479,http://127.0.0.1:2579',
  );
  expect(named(all, 'in its network: libpq').shown).toMatch(/@patroni1:5432,patroni2:5432,patroni3:5432\/paws\?/);
  expect(named(all, 'in its network: Sentinels').shown).toBe('sentinel1:26379,sentinel2:26379,sentinel3:26379');
  expect(named(all, 'in its network: etcd').shown).toBe(
    'ETCDCTL_ENDPOINTS=http://etcd1:2379,http://etcd2:2379,http://etcd3:2379',
  );
});

test('odd passwords are written as each syntax wants them, and none shows', async () => {
  const odd = 'p@ss/w "or\\d"&?%…';
  const without = (access: Access): Access => ({
    ...access,
    credentials: { username: null, password: odd },
    postgres: access.postgres && { ...access.postgres, credentials: { username: 'post gres', password: odd } },
  });
  const { access, containers } = await ways(({ env, ...details }) => {
    const { PAWS_APP_PASSWORD: _, ...rest } = env;
    return { ...details, env: rest };
  });
  const all = connectionStrings({ access: access.map(without), containers }, seen);
  const encoded = encodeURIComponent(odd);
  expect(named(all, 'psql, libpq: writes').secret).toContain(`//post%20gres:${encoded}@`);
  expect(named(all, 'psql, libpq: writes').secret).toContain('/postgres?');
  expect(named(all, 'JDBC').secret).toContain(`user=post%20gres&password=${encoded}&`);
  expect(named(all, 'ioredis').secret).toContain(`password: ${JSON.stringify(odd)}`);
  expect(named(all, 'Spring').secret).toContain('password=p@ss/w "or\\\\d"&?%…');
  expect(named(all, 'etcd').secret).toContain(` ETCDCTL_USER=root:${odd}`);
  for (const { shown } of all) expect(shown).not.toMatch(/p@ss|p%40ss/);
});

test('a stack without passwords, Sentinels and published ports has what is left', async () => {
  const containers = [containerWith({ argv: ['redis-server'], container: { name: 'cache', service: 'cache' } })];
  const bare = await discover(await fakeEngine(containers).connect(), containers, { project: null });
  expect(connectionStrings({ access: bare.access, containers }, null)).toEqual([]);
  const open = [containerWith({ ...containers[0], ports: [{ port: 6379, hostIp: '::1', hostPort: 7000 }] })];
  const { access } = await discover(await fakeEngine(open).connect(), open, { project: null });
  const snapshot = {
    ...seen,
    redis: seen.redis && { ...seen.redis, master: access[0]?.member.name ?? null, masterName: null },
  };
  expect(connectionStrings({ access, containers: open }, snapshot).map(({ secret }) => secret)).toEqual([
    'redis://[::1]:7000/0',
  ]);
});

test('the list is that of the last look, with whoever leads now', async () => {
  let leads = seen;
  const connections = createConnections({ survey: () => ways(), report: () => leads });
  expect(connections.list()).toEqual([]);
  await connections.refresh();
  expect(named(connections.list(), 'the leader now').title).toBe(`the leader now, ${seen.patroni?.leader}`);
  leads = { ...seen, patroni: seen.patroni && { ...seen.patroni, leader: 'patroni3' } };
  expect(named(connections.list(), 'the leader now').shown).toContain('127.0.0.1:5434');
});
