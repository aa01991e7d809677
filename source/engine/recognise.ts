import { type ContainerRole, systems } from '../stack/topology.ts';
import { type Command, commandsOf } from './command.ts';
import type { ContainerDetails } from './types.ts';

/** Our label: it makes certain what the rest of this file concludes. Any other value says that it is none of them. */
export const systemLabel = 'paws-top.system';

/** What is looked at: a container, or a service of a compose file that has none yet. */
type Recognisable = Pick<ContainerDetails, 'argv' | 'env' | 'labels' | 'ports'> & {
  readonly container: Pick<ContainerDetails['container'], 'image'>;
};

/**
 * What a container is, from what it runs, its image, environment and ports; never from the name that somebody gave it.
 * null: none of the systems that are watched, though it may serve one (an exporter, a proxy, a console).
 */
export function recognise(details: Recognisable): ContainerRole {
  const label = details.labels[systemLabel];
  if (label !== undefined) return isRole(label) ? label : null;
  const commands = commandsOf(details.argv, details.env);
  const byProgram = commands.map(roleOfProgram);
  const member = byProgram.find((role) => role !== undefined && role !== null);
  if (member !== undefined) return member;
  if (byProgram.includes(null)) return null;
  const words = wordsOf(details.container.image);
  if (words.some((word) => helpers.has(word))) return null;
  return roleOfPackage(words, details) ?? roleOfPorts(details);
}

function isRole(label: string): label is NonNullable<ContainerRole> {
  return label === 'backend' || (systems as readonly string[]).includes(label);
}

/** A member's role; null for a program that is certainly none; undefined when the program tells nothing. */
function roleOfProgram({ program, path, args }: Command): ContainerRole | undefined {
  const name = program.replace(/\.(py|sh)$/, '');
  if (name === 'etcd') return 'etcd';
  if (name === 'patroni' || path === 'patroni.__main__') return 'patroni';
  if (/^(redis|valkey)-sentinel$/.test(name)) return 'sentinel';
  if (/^(redis|valkey|keydb)-server$/.test(name)) return args.includes('--sentinel') ? 'sentinel' : 'redis';
  // Bitnami starts everything by /opt/bitnami/scripts/NAME/run.sh.
  const bitnami = /\/bitnami\/scripts\/([^/]+)\/run\.sh$/.exec(path)?.[1];
  if (bitnami !== undefined) return roleOfPackageName(bitnami);
  return others.has(name) || wordsOf(name).some((word) => helpers.has(word)) ? null : undefined;
}

/** Programs that an image of one of the systems may be made to run without being a member. */
const others = new Set(
  `etcdctl etcdutl redis-cli redis-benchmark redis-check-aof redis-check-rdb valkey-cli patronictl patroni_raft_controller
   psql pg_dump pg_dumpall pg_basebackup pg_isready pgbench postgres pgbouncer haproxy confd nginx envoy traefik keepalived vip-manager
   zookeeper zkServer consul sleep tail cat true false watch curl wget nc socat node npm java dotnet gunicorn uvicorn celery`.split(
    /\s+/,
  ),
);

/** Words in the name of an image or program that serves a system without being a member of it. */
const helpers = new Set(
  `exporter commander insight redisinsight ui web webui browser admin dashboard console cli client ctl operator proxy
   haproxy pgbouncer confd keeper etcdkeeper backup restore adapter metrics manager controller workbench benchmark
   bench test loader seed migrate twemproxy predixy envoy api app worker gateway`.split(/\s+/),
);

function wordsOf(image: string): string[] {
  const name =
    image
      .replace(/@.*$/, '')
      .replace(/:[^/:]*$/, '')
      .split('/')
      .pop() ?? '';
  return name.toLowerCase().split(/[-_.]+/);
}

function roleOfPackageName(name: string): ContainerRole {
  const words = wordsOf(name);
  if (words.includes('sentinel')) return 'sentinel';
  if (words.includes('etcd')) return 'etcd';
  if (words.includes('patroni') || words.includes('spilo')) return 'patroni';
  return words.includes('redis') || words.includes('valkey') || words.includes('keydb') ? 'redis' : null;
}

type Clues = Pick<ContainerDetails, 'argv' | 'env' | 'ports'>;

/** By image name, or by the environment that only such a program reads. */
function roleOfPackage(words: readonly string[], { argv, env }: Clues): ContainerRole {
  const mentions = (word: string) => argv.some((part) => part.toLowerCase().includes(word));
  const isSpilo = words.includes('spilo') || (env.SCOPE !== undefined && argv.some((word) => word === '/launch.sh'));
  if (isSpilo || env.PATRONI_NAME !== undefined || (env.PATRONI_SCOPE !== undefined && mentions('patroni'))) {
    return 'patroni';
  }
  const byImage = roleOfPackageName(words.join('-'));
  if (byImage === 'redis' && (mentions('sentinel') || env.REDIS_SENTINEL_QUORUM !== undefined)) return 'sentinel';
  if (byImage !== null) return byImage;
  return env.ETCD_NAME !== undefined && env.ETCD_INITIAL_CLUSTER !== undefined ? 'etcd' : null;
}

/** The last resort, for an image of somebody's own with a start script: ports that go together, or only one system has. */
function roleOfPorts({ argv, ports }: Clues): ContainerRole {
  const has = (port: number) => ports.some((entry) => entry.port === port);
  if (has(2379) && has(2380)) return 'etcd';
  if (has(8008) && has(5432)) return 'patroni';
  if (has(26379)) return 'sentinel';
  if (has(6379)) return argv.some((word) => word.includes('sentinel')) ? 'sentinel' : 'redis';
  return null;
}
