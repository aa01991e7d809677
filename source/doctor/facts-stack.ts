import type { Access, ContainerDetails, Engine } from '../engine/types.ts';
import type { System } from '../stack/topology.ts';
import { readEtcd } from './facts-etcd.ts';
import { readLastLines } from './facts-lines.ts';
import { type Asked, readPatroni } from './facts-patroni.ts';
import { readRedis } from './facts-redis.ts';
import { readSentinel } from './facts-sentinel.ts';
import type { DoctorFacts } from './facts-types.ts';
import { createUnread } from './facts-unread.ts';

export type StackFacts = Pick<DoctorFacts, 'patroni' | 'redis' | 'sentinel' | 'etcd' | 'lastLines' | 'unread'>;

type Means = {
  readonly engine: Engine;
  readonly access: readonly Access[];
  /** The containers of the stack. */
  readonly details: readonly ContainerDetails[];
  /** Epoch ms. */
  readonly now?: () => number;
};

/**
 * Asks every member of the stack what its checks need, all at once. Never throws: what could not be read is left out,
 * and `unread` says so. Members that do not run are not asked.
 */
export async function readStackFacts({ engine, access, details, now = Date.now }: Means): Promise<StackFacts> {
  const unread = createUnread();
  const of = (system: System): readonly Asked[] =>
    access
      .filter(({ member }) => member.system === system)
      .flatMap((way) => {
        const behind = details.find(({ container }) => container.name === way.member.container);
        return behind?.container.state === 'running' ? [{ engine, access: way, details: behind }] : [];
      });
  const patronis = of('patroni');
  const [patroni, redis, sentinel, etcd, lastLines] = await Promise.all([
    all(patronis, (asked) => readPatroni(asked, isFirstOfImage(asked, patronis), unread)),
    all(of('redis'), ({ access: way }) => unread.attempt(`The settings of ${way.member.name}`, () => readRedis(way))),
    all(of('sentinel'), (asked) =>
      unread.attempt(`The settings of ${asked.access.member.name}`, () => readSentinel(asked, unread)),
    ),
    all(of('etcd'), (asked) => readEtcd(asked, now(), unread)),
    readLastLines(engine, details, now(), unread),
  ]);
  return { patroni, redis, sentinel, etcd, lastLines, unread: unread.said() };
}

async function all<T>(asked: readonly Asked[], read: (each: Asked) => Promise<T | null>): Promise<readonly T[]> {
  return (await Promise.all(asked.map(read))).filter((facts) => facts !== null);
}

/** Starting Python costs a third of a second of processor time: what one image has, all its containers have. */
function isFirstOfImage(asked: Asked, among: readonly Asked[]): boolean {
  return among.find(({ details }) => details.container.image === asked.details.container.image) === asked;
}
