import { list } from '../stack/format.ts';
import { byName, type System } from '../stack/topology.ts';
import type { Seen } from './types.ts';

/** A leadership that has to move, because its holder leaves. Members' names. */
export type Move = {
  readonly system: 'patroni' | 'redis';
  readonly from: string;
  readonly to: string;
  /** Of Patroni in synchronous mode: commits do not wait for `to` yet, and only then may it be switched over to. */
  readonly sync: boolean;
  /** Of Patroni in synchronous mode: with so many that confirm commits `to` is one of them; else null. */
  readonly standbys: number | null;
  /** Whether `to` could take over now; false: it is still coming. */
  readonly ready: boolean;
};

/** `missing`: sentences, why a leadership can't move. */
export type Moves = { readonly moves: readonly Move[]; readonly missing: readonly string[] };

/**
 * Which leaderships move, and to whom, when only these services stay. Where nobody of a system stays none of its moves.
 * Pure.
 */
export function movesFor(seen: Seen, staying: ReadonlySet<string>): Moves {
  const found = [patroniMove(seen, staying), redisMove(seen, staying)];
  return {
    moves: found.flatMap((one) => (one !== null && typeof one !== 'string' ? [one] : [])),
    missing: [...quorumLost(seen, staying), ...found.filter((one) => typeof one === 'string')],
  };
}

/** Members of etcd that stop still count: those that stay must be a majority of all, or Patroni's leader gives up. */
function quorumLost(seen: Seen, staying: ReadonlySet<string>): readonly string[] {
  const { etcd, patroni } = seen.report;
  const voters = (etcd?.members ?? []).filter(({ learner }) => !learner);
  const stay = voters.filter(({ name }) => staying.has(serviceOf(seen, 'etcd', name))).map(({ name }) => name);
  const needed = patroni?.members.some(({ name }) => staying.has(serviceOf(seen, 'patroni', name))) === true;
  if (etcd === null || stay.length === voters.length || stay.length >= etcd.quorum.needed) return [];
  if (stay.length === 0 && !needed) return [];
  const left = stay.length === 0 ? 'none stays' : `only ${list(stay)} ${stay.length === 1 ? 'stays' : 'stay'}`;
  return [
    `etcd works with ${etcd.quorum.needed} of its ${etcd.quorum.size} members, and ${left}: take the others out of it first (etcdctl member remove)`,
  ];
}

/** The service behind a member's container, which is what stays or leaves. */
function serviceOf(seen: Seen, system: System, name: string): string {
  const container = seen.snapshot[system]?.find((member) => member.name === name)?.container;
  return seen.snapshot.containers.find((row) => row.name === container)?.service ?? name;
}

function patroniMove(seen: Seen, staying: ReadonlySet<string>): Move | string | null {
  const { patroni } = seen.report;
  const members = patroni?.members ?? [];
  const stays = ({ name }: { readonly name: string }) => staying.has(serviceOf(seen, 'patroni', name));
  if (patroni === null || members.every(stays) || !members.some(stays)) return null;
  const { leader } = patroni;
  if (leader === null)
    return 'nobody leads Patroni, so what the staying members lack cannot be known: wait for a leader';
  if (stays({ name: leader })) return null;
  if (patroni.paused) return `${leader} leads Patroni and leaves, but Patroni is in maintenance mode: resume it first`;
  const confirms = ({ role }: (typeof members)[number]) => role === 'sync_standby' || role === 'quorum_standby';
  const able = members
    .filter(stays)
    .filter(({ tags }) => tags.nofailover !== true && tags.nosync !== true && tags.failover_priority !== 0);
  const [to] = able.toSorted(
    (a, b) =>
      Number(confirms(b)) - Number(confirms(a)) ||
      Number(b.state === 'streaming') - Number(a.state === 'streaming') ||
      (a.lagBytes ?? 0) - (b.lagBytes ?? 0) ||
      byName(a, b),
  );
  if (to === undefined) return `${leader} leads Patroni and leaves, and none of those that stay may take over`;
  const standbys = patroni.syncMode === 'off' ? null : members.length - 1;
  const sync = standbys !== null && !confirms(to);
  const ready = to.reading === 'ok' && to.state === 'streaming';
  return { system: 'patroni', from: leader, to: to.name, sync, standbys, ready };
}

function redisMove(seen: Seen, staying: ReadonlySet<string>): Move | string | null {
  const { redis, sentinel } = seen.report;
  const members = redis?.members ?? [];
  const stays = ({ name }: { readonly name: string }) => staying.has(serviceOf(seen, 'redis', name));
  if (redis === null || members.every(stays) || !members.some(stays)) return null;
  const { master } = redis;
  if (master === null) return 'no Redis is master, so what the staying nodes lack cannot be known: wait for a master';
  if (stays({ name: master })) return null;
  if (sentinel === null || !sentinel.members.some(({ reading }) => reading === 'ok')) {
    return `${master} is Redis' master and leaves, and no Sentinel answers that could have it replaced: start one`;
  }
  if (sentinel.tilt) return 'a Sentinel is in TILT and fails nothing over: wait 30 s, or for the clock to be steady';
  const [to] = members
    .filter(stays)
    .toSorted(
      (a, b) =>
        Number(b.link === 'up') - Number(a.link === 'up') || (a.lagBytes ?? 0) - (b.lagBytes ?? 0) || byName(a, b),
    );
  if (to === undefined) return null;
  return {
    system: 'redis',
    from: master,
    to: to.name,
    sync: false,
    standbys: null,
    ready: to.reading === 'ok' && to.link === 'up',
  };
}
