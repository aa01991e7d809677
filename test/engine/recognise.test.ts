import { expect, test } from 'vitest';
import { recognise } from '../../source/engine/recognise.ts';
import type { ContainerRole } from '../../source/stack/topology.ts';
import { containerWith } from './containers.ts';

type Case = {
  what: string;
  image: string;
  argv: string[];
  env?: Record<string, string>;
  ports?: number[];
  labels?: Record<string, string>;
  role: ContainerRole;
};

const bitnami = (name: string) => [`/opt/bitnami/scripts/${name}/entrypoint.sh`, `/opt/bitnami/scripts/${name}/run.sh`];
const patroniDemo = {
  PATRONI_SCOPE: 'demo',
  PATRONI_ETCD3_HOSTS: "'etcd1:2379'",
  ETCDCTL_ENDPOINTS: 'http://etcd1:2379',
};
const entrypoint = 'docker-entrypoint.sh';

const cases: Case[] = [
  // Patroni's own demo: one image, three kinds of container.
  {
    what: "etcd in Patroni's image",
    image: 'patroni',
    argv: [
      '/bin/sh',
      '/entrypoint.sh',
      'etcd',
      '--name',
      'etcd1',
      '--initial-advertise-peer-urls',
      'http://etcd1:2380',
    ],
    env: { ETCD_LISTEN_CLIENT_URLS: 'http://0.0.0.0:2379' },
    role: 'etcd',
  },
  {
    what: "HAProxy in Patroni's image",
    image: 'patroni',
    argv: ['/bin/sh', '/entrypoint.sh', 'haproxy'],
    env: patroniDemo,
    role: null,
  },
  {
    what: "Patroni in Patroni's image",
    image: 'patroni',
    argv: ['/bin/sh', '/entrypoint.sh'],
    env: { ...patroniDemo, PATRONI_NAME: 'patroni1' },
    role: 'patroni',
  },
  // etcd
  {
    what: 'etcd of CoreOS with flags',
    image: 'registry.example/coreos/etcd:v3.5.11',
    argv: ['/usr/local/bin/etcd', '--name=etcd1', '--listen-client-urls=http://0.0.0.0:2379'],
    role: 'etcd',
  },
  {
    what: 'etcd pinned by digest',
    image: 'registry.example/etcd-development/etcd:v3.5.0@sha256:abc',
    argv: ['etcd'],
    role: 'etcd',
  },
  {
    what: 'etcd of Bitnami',
    image: 'bitnami/etcd:3.5',
    argv: bitnami('etcd'),
    env: { ALLOW_NONE_AUTHENTICATION: 'yes' },
    role: 'etcd',
  },
  {
    what: 'etcd behind a shell that waits first',
    image: 'acme/base',
    argv: ['sh', '-c', 'until etcdctl endpoint health; do sleep 1; done; exec etcd --name "$ETCD_NAME"'],
    role: 'etcd',
  },
  {
    what: 'etcd that only ports give away',
    image: 'acme/coordination',
    argv: ['/srv/boot'],
    ports: [2379, 2380],
    role: 'etcd',
  },
  { what: 'etcdctl in the etcd image', image: 'bitnami/etcd', argv: ['etcdctl', 'member', 'list'], role: null },
  { what: 'etcd-browser', image: 'buddho/etcd-browser', argv: ['nodejs', 'server.js'], ports: [8000], role: null },
  { what: 'etcdkeeper', image: 'evildecay/etcdkeeper', argv: ['./etcdkeeper.bin', '-p', '8080'], role: null },
  // Patroni
  {
    what: 'Patroni as a program',
    image: 'acme/pg',
    argv: ['tini', '--', 'patroni', '/etc/patroni.yml'],
    role: 'patroni',
  },
  {
    what: 'Patroni by its interpreter',
    image: 'acme/pg',
    argv: ['/usr/bin/python3', '/usr/local/bin/patroni', '/p.yml'],
    role: 'patroni',
  },
  { what: 'Patroni as a module', image: 'acme/pg', argv: ['python3', '-m', 'patroni', '/p.yml'], role: 'patroni' },
  {
    what: 'Patroni as another user',
    image: 'acme/pg',
    argv: ['gosu', 'postgres', 'patroni', '/p.yml'],
    role: 'patroni',
  },
  {
    what: 'Spilo',
    image: 'registry.example/zalando/spilo-16:3.2-p2',
    argv: ['/bin/sh', '/launch.sh', 'init'],
    env: { SCOPE: 'batman', PGVERSION: '16' },
    ports: [5432, 8008, 8080],
    role: 'patroni',
  },
  {
    what: 'Patroni that only ports give away',
    image: 'acme/db',
    argv: ['/srv/boot'],
    ports: [5432, 8008],
    role: 'patroni',
  },
  {
    what: 'patronictl in the Patroni image',
    image: 'patroni',
    argv: ['patronictl', 'list'],
    env: { PATRONI_NAME: 'x' },
    role: null,
  },
  {
    what: 'patroni_exporter',
    image: 'acme/patroni-exporter:1',
    argv: ['/patroni_exporter'],
    env: { PATRONI_SCOPE: 'x' },
    role: null,
  },
  { what: 'PostgreSQL on its own', image: 'postgres:16', argv: [entrypoint, 'postgres'], ports: [5432], role: null },
  {
    what: 'repmgr is no Patroni',
    image: 'bitnami/postgresql-repmgr',
    argv: bitnami('postgresql-repmgr'),
    ports: [5432],
    role: null,
  },
  {
    what: 'PgBouncer',
    image: 'edoburu/pgbouncer',
    argv: ['/entrypoint.sh', '/usr/bin/pgbouncer', '/etc/p.ini'],
    ports: [5432],
    role: null,
  },
  {
    what: 'HAProxy',
    image: 'haproxy:2.9',
    argv: [entrypoint, 'haproxy', '-f', '/h.cfg'],
    ports: [5432, 8008],
    role: null,
  },
  // Redis
  {
    what: 'Redis',
    image: 'redis:7-alpine',
    argv: [entrypoint, 'redis-server', '--appendonly', 'yes'],
    ports: [6379],
    role: 'redis',
  },
  {
    what: 'Redis by a shell line',
    image: 'redis:7',
    argv: [entrypoint, 'sh', '-c', 'redis-server --requirepass "$REDIS_PASSWORD" --replicaof redis-master 6379'],
    role: 'redis',
  },
  { what: 'Redis of Bitnami', image: 'bitnamilegacy/redis:7.2', argv: bitnami('redis'), role: 'redis' },
  { what: 'Valkey', image: 'valkey/valkey:8', argv: [entrypoint, 'valkey-server'], role: 'redis' },
  {
    what: 'Redis with a start script of its own',
    image: 'acme/redis-node',
    argv: ['/start'],
    ports: [6379],
    role: 'redis',
  },
  {
    what: 'redis-cli making a cluster',
    image: 'redis:7',
    argv: [entrypoint, 'redis-cli', '--cluster', 'create'],
    ports: [6379],
    role: null,
  },
  { what: 'redis_exporter', image: 'oliver006/redis_exporter', argv: ['/redis_exporter'], ports: [9121], role: null },
  {
    what: 'redis-commander',
    image: 'rediscommander/redis-commander',
    argv: ['/usr/bin/dumb-init', '--', '/redis-commander/docker/entrypoint.sh'],
    role: null,
  },
  {
    what: 'RedisInsight',
    image: 'redis/redisinsight:2',
    argv: ['./docker-entry.sh', 'node', 'main'],
    ports: [5540],
    role: null,
  },
  // Sentinel
  {
    what: 'Sentinel by program',
    image: 'redis:7',
    argv: [entrypoint, 'redis-sentinel', '/etc/sentinel.conf'],
    ports: [6379],
    role: 'sentinel',
  },
  {
    what: 'Sentinel by flag',
    image: 'redis:7',
    argv: ['redis-server', '/s.conf', '--sentinel'],
    ports: [6379],
    role: 'sentinel',
  },
  {
    what: 'Sentinel of Bitnami',
    image: 'bitnami/redis-sentinel:7.2',
    argv: bitnami('redis-sentinel'),
    ports: [26379],
    role: 'sentinel',
  },
  {
    what: 'Sentinel that writes its configuration at each start',
    image: 'redis:7.2-alpine',
    argv: [
      entrypoint,
      'sh',
      '-c',
      'mkdir -p /tmp/s && echo "port 26379" > /tmp/s/sentinel.conf\nredis-sentinel /tmp/s/sentinel.conf\n',
    ],
    ports: [6379],
    role: 'sentinel',
  },
  {
    what: 'Sentinel with a start script of its own',
    image: 'acme/redis',
    argv: ['/etc/sentinel/start'],
    ports: [6379],
    role: 'sentinel',
  },
  // Others, and labels
  {
    what: 'an application that uses them all',
    image: 'acme/shop-api',
    argv: ['node', 'server.js'],
    env: { REDIS_HOST: 'redis' },
    ports: [8080],
    role: null,
  },
  { what: 'a container that says nothing', image: '', argv: [], role: null },
  {
    what: 'our label makes it certain',
    image: 'x',
    argv: ['/x'],
    labels: { 'paws-top.system': 'sentinel' },
    role: 'sentinel',
  },
  {
    what: 'only our label makes a backend',
    image: 'x',
    argv: ['node'],
    labels: { 'paws-top.system': 'backend' },
    role: 'backend',
  },
  {
    what: 'our label can also deny',
    image: 'redis',
    argv: ['redis-server'],
    labels: { 'paws-top.system': 'none' },
    role: null,
  },
];

test.each(cases)('recognises $what', ({ image, argv, env = {}, ports = [], labels = {}, role }) => {
  const details = containerWith({
    container: { image },
    argv,
    env,
    labels,
    ports: ports.map((port) => ({ port, hostIp: null, hostPort: null })),
  });
  expect(recognise(details)).toBe(role);
});

test('names that people give mean nothing', () => {
  const named = containerWith({
    container: { name: 'redis-master', service: 'redis', image: 'busybox' },
    argv: ['httpd', '-f'],
  });
  expect(recognise(named)).toBe(null);
});
