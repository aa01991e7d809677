import type { Credentials } from '../engine/types.ts';
import { connection, hostPort, type Place, quoted } from './connection-parts.ts';
import type { Connection } from './console-types.ts';

type Redis = {
  readonly nodes: readonly Place[];
  readonly sentinels: readonly Place[];
  /** What the Sentinels call the master's group; null: not known. */
  readonly masterName: string | null;
  /** Name of the member that is master; null: nobody, or not known. */
  readonly master: string | null;
  readonly credentials: { readonly node: Credentials; readonly sentinel: Credentials };
  /** Where the Sentinels say that a node is, and where it is for us; empty where that is the same. */
  readonly mapped: readonly { readonly inside: string; readonly place: Place }[];
};

const insideOnly =
  'The Sentinels name the master by its address in the stack’s network: from this machine that works where the engine runs on this very Linux, not with Docker Desktop.';

/**
 * There is no URL for Sentinels that clients agree on, so each has its own: ioredis (README, "Sentinel" and "NAT Mapping"),
 * redis-py (redis.sentinel.Sentinel), Spring (spring.data.redis.sentinel.*).
 */
export function redisStrings(redis: Redis): readonly Connection[] {
  const { nodes, credentials } = redis;
  const master = nodes.find(({ name }) => name === redis.master);
  return [
    ...bySentinels(redis),
    ...(master === undefined
      ? []
      : [
          connection(
            `the Redis master now, ${master.name}`,
            (password) => {
              const secret = password(credentials.node.password);
              const who = credentials.node.username === null ? '' : encodeURIComponent(credentials.node.username);
              return `redis://${who === '' && secret === '' ? '' : `${who}:${secret}@`}${hostPort(master)}/0`;
            },
            'It does not follow: after a failover this is a replica, which refuses writes.',
          ),
        ]),
  ];
}

function bySentinels({ sentinels, masterName, credentials, mapped }: Redis): readonly Connection[] {
  if (sentinels.length === 0 || masterName === null) return [];
  const { node, sentinel } = credentials;
  type Password = Parameters<Parameters<typeof connection>[1]>[0];
  const field = (name: string, value: string): string[] => (value === '' ? [] : [`${name}${value}`]);
  /** Quoted where there is one; `…` stays as it is. */
  const text = (password: Password, value: string | null): string =>
    value === null ? '' : password(value, quoted).replace(/^…$/, '"…"');
  return [
    connection(
      'ioredis, by Sentinel',
      (password) => {
        const hosts = sentinels.map(({ host, port }) => `{ host: ${quoted(host)}, port: ${port} }`).join(', ');
        const nat = mapped.map(
          ({ inside, place }) => `${quoted(inside)}: { host: ${quoted(place.host)}, port: ${place.port} }`,
        );
        const options = [
          `sentinels: [${hosts}]`,
          `name: ${quoted(masterName)}`,
          ...(node.username === null ? [] : [`username: ${quoted(node.username)}`]),
          ...field('password: ', text(password, node.password)),
          ...field('sentinelPassword: ', text(password, sentinel.password)),
          ...(nat.length === 0 ? [] : [`natMap: { ${nat.join(', ')} }`]),
        ];
        return `new Redis({ ${options.join(', ')} })`;
      },
      mapped.length === 0 ? null : 'natMap has the published ports in place of the addresses that the Sentinels name.',
    ),
    connection(
      'redis-py, by Sentinel',
      (password) => {
        const hosts = sentinels.map(({ host, port }) => `(${quoted(host)}, ${port})`).join(', ');
        const guarded = text(password, sentinel.password);
        const options = [
          `[${hosts}]`,
          ...(guarded === '' ? [] : [`sentinel_kwargs={"password": ${guarded}}`]),
          ...(node.username === null ? [] : [`username=${quoted(node.username)}`]),
          ...field('password=', text(password, node.password)),
          'socket_timeout=3',
        ];
        return `Sentinel(${options.join(', ')}).master_for(${quoted(masterName)})`;
      },
      mapped.length === 0 ? null : insideOnly,
    ),
    connection(
      'Spring, by Sentinel',
      (password) =>
        [
          `spring.data.redis.sentinel.master=${masterName}`,
          `spring.data.redis.sentinel.nodes=${sentinels.map(hostPort).join(',')}`,
          ...field('spring.data.redis.sentinel.password=', password(sentinel.password, property)),
          ...(node.username === null ? [] : [`spring.data.redis.username=${property(node.username)}`]),
          ...field('spring.data.redis.password=', password(node.password, property)),
        ].join('\n'),
      mapped.length === 0 ? null : insideOnly,
    ),
  ];
}

/** As a value of a .properties file. */
const property = (text: string): string => text.replaceAll('\\', '\\\\');

/** For containers on the same network. */
export const redisInside = ({
  sentinels,
  masterName,
}: Pick<Redis, 'sentinels' | 'masterName'>): readonly Connection[] =>
  sentinels.length === 0 || masterName === null
    ? []
    : [
        connection(
          'in its network: Sentinels',
          () => sentinels.map(hostPort).join(','),
          `The master's group is called ${masterName}; ask for its password by the strings above.`,
        ),
      ];
