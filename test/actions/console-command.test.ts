import { describe, expect, test } from 'vitest';
import {
  type ConsoleGround,
  clientCommand,
  execArgv,
  patronictlCommand,
  shellCommand,
} from '../../source/actions/console-command.ts';
import type { Access, Endpoint } from '../../source/engine/types.ts';
import type { System } from '../../source/stack/topology.ts';
import { containerWith } from '../engine/containers.ts';

const published = (port: number): Endpoint => ({ via: 'published', host: '127.0.0.1', port });

function accessTo(system: System, parts: Partial<Access> = {}): Access {
  return {
    member: { name: 'one', system, container: 'one', aliases: [] },
    endpoint: null,
    credentials: { username: null, password: null },
    postgres: null,
    tls: false,
    ...parts,
  };
}

const ground = (access: Access, parts: Partial<ConsoleGround> = {}): ConsoleGround => ({
  access,
  details: containerWith({ networks: [{ name: 'paws', address: '172.28.2.1', aliases: [] }] }),
  client: 'client',
  shell: ['bash'],
  ...parts,
});

const superuser = { username: 'postgres', password: 's3cret' };

test('psql is told everything by variables: who, where, and what the published port is inside', () => {
  const access = accessTo('patroni', {
    postgres: { endpoint: published(5433), credentials: superuser, database: 'postgres' },
  });
  const details = containerWith({
    ports: [
      { port: 8008, hostIp: '', hostPort: 8009 },
      { port: 5432, hostIp: '', hostPort: 5433 },
    ],
    networks: [{ name: 'paws', address: '172.28.2.1', aliases: [] }],
  });
  const command = clientCommand(ground(access, { client: 'psql', details }));
  expect(command.argv).toEqual(['psql']);
  expect(command.env).toEqual({
    PGHOST: '127.0.0.1,172.28.2.1',
    PGPORT: '5432',
    PGDATABASE: 'postgres',
    PGCONNECT_TIMEOUT: '3',
    PGUSER: 'postgres',
    PGPASSWORD: 's3cret',
  });
});

test.each(['redis', 'sentinel'] as const)(
  'the client of a %s gets the password by a variable, the user by its name',
  (system) => {
    const access = accessTo(system, {
      credentials: { username: 'ops', password: 's3cret' },
      endpoint: published(7777),
    });
    const command = clientCommand(ground(access, { client: 'valkey-cli' }));
    expect(command.argv).toEqual(['valkey-cli', '-p', system === 'redis' ? '6379' : '26379', '--user', 'ops']);
    expect(command.env).toEqual({ REDISCLI_AUTH: 's3cret' });
  },
);

test('without a password none is given; the port of a tunnel is the usual one; TLS is spoken where the port wants it', () => {
  const access = accessTo('redis', { endpoint: { via: 'exec', host: '127.0.0.1', port: 40_123 }, tls: true });
  const { argv, env } = clientCommand(ground(access, { client: 'redis-cli' }));
  expect(argv).toEqual(['redis-cli', '-p', '6379', '--tls', '--insecure']);
  expect(env).toEqual({});
});

describe('etcd', () => {
  const access = accessTo('etcd', {
    endpoint: { via: 'address', host: '172.28.1.1', port: 2379 },
    credentials: { username: 'root', password: 's3cret' },
    tls: true,
  });
  const details = containerWith({
    env: { ETCD_TRUSTED_CA_FILE: '/ca.pem', ETCD_CERT_FILE: '/c.pem', ETCD_KEY_FILE: '/k.pem' },
  });

  test('a table, the members, and a shell in which etcdctl finds the member', () => {
    const command = clientCommand(ground(access, { details }));
    expect(command.argv).toEqual([
      'sh',
      '-c',
      'etcdctl --command-timeout=3s endpoint status --cluster -w table; etcdctl member list -w table; exec bash',
    ]);
    expect(command.env).toEqual({
      ETCDCTL_API: '3',
      ETCDCTL_ENDPOINTS: 'https://127.0.0.1:2379',
      ETCDCTL_CACERT: '/ca.pem',
      ETCDCTL_CERT: '/c.pem',
      ETCDCTL_KEY: '/k.pem',
      ETCDCTL_USER: 'root:s3cret',
    });
  });

  test('without a shell the table alone, to be read before the screen is back', () => {
    const command = clientCommand(ground(access, { details, shell: null }));
    expect(command.argv).toEqual('etcdctl --command-timeout=3s endpoint status --cluster -w table'.split(' '));
    expect(command.leave).toBe('');
  });
});

test('patronictl finds the configuration that Patroni was started with, and psql in the same shell its database', () => {
  const access = accessTo('patroni', { postgres: { endpoint: null, credentials: superuser, database: 'postgres' } });
  const details = containerWith({ argv: ['tini', '--', 'patroni', '/etc/patroni.yml'] });
  const command = patronictlCommand(ground(access, { details, shell: ['busybox', 'sh'] }));
  expect(command.argv).toEqual(['busybox', 'sh', '-c', 'patronictl list; exec busybox sh']);
  expect(command.env).toMatchObject({ PATRONICTL_CONFIG_FILE: '/etc/patroni.yml', PGPASSWORD: 's3cret' });
  const knows = containerWith({ ...details, env: { PATRONICTL_CONFIG_FILE: '/its/own.yml' } });
  expect(patronictlCommand(ground(access, { details: knows })).env).not.toHaveProperty('PATRONICTL_CONFIG_FILE');
});

test('the command line carries names of variables, never what they hold; Ctrl+P stays with the shell', () => {
  const argv = execArgv('paws-redis1-1', { argv: ['redis-cli', '-p', '6379'], env: { REDISCLI_AUTH: 's3cret' } });
  expect(argv).toEqual([
    'exec',
    '-it',
    '--detach-keys=ctrl-@,ctrl-@',
    '-e',
    'REDISCLI_AUTH',
    'paws-redis1-1',
    'redis-cli',
    '-p',
    '6379',
  ]);
  expect(execArgv('x', shellCommand(['busybox', 'sh']))).toEqual([...argv.slice(0, 3), 'x', 'busybox', 'sh']);
});
