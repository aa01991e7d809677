import { expect, test } from 'vitest';
import { aliasesOf } from '../../source/engine/aliases.ts';
import { type MemberConfig, memberConfig, parseRedisConf } from '../../source/engine/config.ts';
import { memberCredentials, postgresCredentials } from '../../source/engine/credentials.ts';
import { endpointOf } from '../../source/engine/endpoints.ts';
import { memberPort, portOf, postgresPort } from '../../source/engine/ports.ts';
import type { ContainerDetails, Engine } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import type { System } from '../../source/stack/topology.ts';
import { containerWith } from './containers.ts';

const config = (parts: Partial<MemberConfig>): MemberConfig => ({ args: [], env: {}, file: null, ...parts });
const exposed = (...ports: number[]): ContainerDetails['ports'] =>
  ports.map((port) => ({ port, hostIp: null, hostPort: null }));

test.each<[System, Partial<MemberConfig>, number[], { port: number; tls: boolean }]>([
  ['etcd', {}, [], { port: 2379, tls: false }],
  [
    'etcd',
    { args: ['--listen-client-urls', 'http://127.0.0.1:4001,https://10.0.0.1:4002'] },
    [],
    { port: 4002, tls: true },
  ],
  ['etcd', { env: { ETCD_LISTEN_CLIENT_URLS: 'https://0.0.0.0:2379' } }, [], { port: 2379, tls: true }],
  ['etcd', { file: { 'listen-client-urls': 'http://0.0.0.0:3379' } }, [], { port: 3379, tls: false }],
  ['patroni', { env: { PATRONI_RESTAPI_LISTEN: '[::]:8009' } }, [], { port: 8009, tls: false }],
  ['patroni', { file: { restapi: { listen: '0.0.0.0:8010', certfile: '/c.pem' } } }, [], { port: 8010, tls: true }],
  ['patroni', { env: { APIPORT: '8888' } }, [5432, 8080], { port: 8888, tls: false }],
  ['redis', { args: ['/r.conf', '--port', '7000'], file: { port: '7001' } }, [], { port: 7000, tls: false }],
  ['redis', { file: { port: '0', 'tls-port': '6380' } }, [6379], { port: 6380, tls: true }],
  [
    'redis',
    { env: { REDIS_PORT: 'tcp://172.17.0.2:6379', REDIS_PORT_NUMBER: '6400' } },
    [],
    { port: 6400, tls: false },
  ],
  ['redis', {}, [7777], { port: 7777, tls: false }],
  ['redis', {}, [6379, 7777], { port: 6379, tls: false }],
  ['sentinel', { env: { REDIS_SENTINEL_PORT_NUMBER: '26400' } }, [26379], { port: 26400, tls: false }],
  ['sentinel', {}, [6379, 26379], { port: 26379, tls: false }],
])('%s configured by %j listens where it says', (system, parts, ports, expected) => {
  expect(memberPort(system, config(parts), exposed(...ports))).toEqual(expected);
});

test('a Sentinel in an image that only exposes 6379 listens on its own port', () => {
  expect(memberPort('sentinel', config({}), exposed(6379)).port).toBe(26379);
});

test('the port of Postgres', () => {
  expect(postgresPort(config({}))).toBe(5432);
  expect(postgresPort(config({ env: { PATRONI_POSTGRESQL_LISTEN: '127.0.0.1,10.0.0.1:5433' } }))).toBe(5433);
  expect(postgresPort(config({ file: { postgresql: { listen: '*:5434' } } }))).toBe(5434);
});

test('ports are read from every way of writing an address', () => {
  expect(['8008', ':8008', '[::]:8008', 'http://h:8008/', 'h', '', null].map(portOf)).toEqual([
    8008,
    8008,
    8008,
    8008,
    null,
    null,
    null,
  ]);
});

test.each<[string, System, Partial<MemberConfig>, unknown]>([
  [
    'a Redis by command line',
    'redis',
    { args: ['--requirepass', 'a'], env: { REDIS_PASSWORD: 'b' } },
    { username: null, password: 'a' },
  ],
  [
    'a Redis by file',
    'redis',
    { file: { requirepass: 'f' }, env: { REDIS_PASSWORD: 'b' } },
    { username: null, password: 'f' },
  ],
  ['a Redis replica of Bitnami', 'redis', { env: { REDIS_MASTER_PASSWORD: 'm' } }, { username: null, password: 'm' }],
  ['an open Redis', 'redis', { env: { REDIS_PASSWORD: '' } }, { username: null, password: null }],
  [
    'a Sentinel whose own file asks for nothing',
    'sentinel',
    { file: { port: '1' }, env: { REDIS_PASSWORD: 'm' } },
    { username: null, password: null },
  ],
  [
    'a Sentinel of which only REDIS_PASSWORD is known',
    'sentinel',
    { env: { REDIS_PASSWORD: 'm' } },
    { username: null, password: 'm' },
  ],
  [
    'a Sentinel of Bitnami',
    'sentinel',
    { env: { REDIS_SENTINEL_PASSWORD: 's', REDIS_MASTER_PASSWORD: 'm' } },
    { username: null, password: 's' },
  ],
  ['an etcd of Bitnami', 'etcd', { env: { ETCD_ROOT_PASSWORD: 'r' } }, { username: 'root', password: 'r' }],
  ['an etcd by etcdctl’s variable', 'etcd', { env: { ETCDCTL_USER: 'ann:p:w' } }, { username: 'ann', password: 'p:w' }],
  ['an open etcd', 'etcd', {}, { username: null, password: null }],
  [
    'Patroni’s REST by file',
    'patroni',
    { file: { restapi: { authentication: { username: 'u', password: 1234 } } } },
    { username: 'u', password: '1234' },
  ],
])('credentials of %s', (_, system, parts, expected) => {
  expect(memberCredentials(system, config(parts))).toEqual(expected);
});

test.each<[string, Partial<MemberConfig>, [string, string | null]]>([
  ['Patroni’s variables', { env: { PATRONI_SUPERUSER_USERNAME: 'su', PATRONI_SUPERUSER_PASSWORD: 'p' } }, ['su', 'p']],
  [
    'patroni.yml',
    { file: { postgresql: { authentication: { superuser: { username: 'admin', password: 'y' } } } } },
    ['admin', 'y'],
  ],
  ['Spilo', { env: { PGPASSWORD_SUPERUSER: 'zalando' } }, ['postgres', 'zalando']],
  ['nothing', {}, ['postgres', null]],
])('the superuser by %s', (_, parts, [username, password]) => {
  expect(postgresCredentials(config(parts))).toEqual({ username, password, database: 'postgres' });
});

test('redis.conf: comments, quotes and case; the last of repeated directives counts', () => {
  const text =
    '# port 1\nPORT 6380\nrequirepass "a \\"b\\" c"\nmasterauth \'x y\'\n\nrequirepass\nsave 60 1\nsave 300 10\n';
  expect(parseRedisConf(text)).toEqual({ port: '6380', requirepass: 'a "b" c', masterauth: 'x y', save: '300 10' });
});

const engine = (files: Record<string, string>, parts: Partial<Engine> = {}) =>
  ({
    address: 'unix:///x.sock',
    local: true,
    readFile: async (_: string, path: string) => {
      const text = files[path];
      if (text === undefined) throw new StackError('rejected', 'no such file');
      return text;
    },
    ...parts,
  }) as Engine;

test('a secret in a file of its own is read from there', async () => {
  const details = containerWith({ argv: ['redis-server'], env: { REDIS_PASSWORD_FILE: '/run/secrets/pw' } });
  const loaded = await memberConfig(engine({ '/run/secrets/pw': 'from secret\n' }), details, 'redis');
  expect(memberCredentials('redis', loaded).password).toBe('from secret');
});

test('the configuration file that the command line names is read', async () => {
  const yaml =
    'name: pg1\npostgresql:\n  listen: 0.0.0.0:5444\n  authentication: {superuser: {username: s, password: p}}\n';
  const details = containerWith({ argv: ['patroni', '/etc/pg.yml'] });
  const loaded = await memberConfig(engine({ '/etc/pg.yml': yaml }), details, 'patroni');
  expect(postgresPort(loaded)).toBe(5444);
  expect(postgresCredentials(loaded).password).toBe('p');
  expect(aliasesOf('patroni', details, loaded)).toContain('pg1');
});

test('a file that is not YAML is as good as none, and its text is in no error', async () => {
  const details = containerWith({ argv: ['patroni', '/etc/pg.yml'] });
  expect((await memberConfig(engine({ '/etc/pg.yml': 'password: "secret\n\tx' }), details, 'patroni')).file).toBe(null);
});

test('an etcd is known by its flags and by what it advertises', async () => {
  const argv = ['etcd', '--name=Node-A', '--advertise-client-urls', 'http://a.example:2379,http://10.1.1.1:2379'];
  const details = containerWith({ argv, hostname: 'HostA' });
  expect(aliasesOf('etcd', details, await memberConfig(engine({}), details, 'etcd'))).toEqual([
    ...['anything', 'hosta', 'node-a', 'a.example', '10.1.1.1'],
  ]);
});

const published = (hostIp: string) => containerWith({ ports: [{ port: 6379, hostIp, hostPort: 7000 }] });
const onNetwork = (address: string | null, rest = {}) =>
  containerWith({ networks: [{ name: 'n', address, aliases: [] }], ...rest });

test.each([
  ['0.0.0.0', '127.0.0.1'],
  ['::', '127.0.0.1'],
  ['127.0.0.1', '127.0.0.1'],
  ['192.168.1.5', '192.168.1.5'],
])('a port published on %s of this machine is reached at %s', async (bound, host) => {
  expect(await endpointOf(engine({}), published(bound), 6379)).toEqual({ via: 'published', host, port: 7000 });
});

test('a port published on another machine is reached there', async () => {
  const far = engine({}, { address: 'tcp://far.example:2375', local: false });
  expect(await endpointOf(far, published('0.0.0.0'), 6379)).toEqual({
    via: 'published',
    host: 'far.example',
    port: 7000,
  });
  expect((await endpointOf(far, published('127.0.0.1'), 6379))?.via).toBe('exec');
});

test('what is not published is reached by its address where that can be dialled', async () => {
  expect(await endpointOf(engine({}), onNetwork('10.0.0.5'), 6379)).toEqual({
    via: 'address',
    host: '10.0.0.5',
    port: 6379,
  });
  const host = containerWith({ networks: [{ name: 'host', address: null, aliases: [] }] });
  expect(await endpointOf(engine({}), host, 6379)).toEqual({ via: 'address', host: '127.0.0.1', port: 6379 });
});

test('rootless, elsewhere, or without an address it is reached through the engine', async () => {
  for (const parts of [{ rootless: true }, { local: false }]) {
    expect(await endpointOf(engine({}, parts), onNetwork('10.0.0.5'), 6379)).toMatchObject({
      via: 'exec',
      host: '127.0.0.1',
    });
  }
  expect((await endpointOf(engine({}), onNetwork(null), 6379))?.via).toBe('exec');
});

test('a stopped container that publishes nothing is reached in no way', async () => {
  expect(await endpointOf(engine({}), onNetwork(null, { pid: null }), 6379)).toBe(null);
});
