import { byName, type System, systems } from '../stack/topology.ts';
import type { Seen, Selector, Target } from './types.ts';

/**
 * Who is meant by a selector, by the roles as they are seen now; none: nobody has that role. The majority of etcd begins
 * with its leader.
 */
export function targetsOf(selector: Selector, seen: Seen): readonly Target[] {
  if (typeof selector !== 'string') {
    const system = systems.find((one) => seen.snapshot[one]?.some((member) => member.name === selector.member));
    return system === undefined ? [] : named(system, [selector.member], seen);
  }
  const system = selector.split('.')[0] as System;
  return named(system, namesOf(selector, seen), seen);
}

function namesOf(selector: Extract<Selector, string>, { report }: Seen): readonly string[] {
  const { patroni, redis, etcd, sentinel } = report;
  const only = (name: string | null | undefined) => (name == null ? [] : [name]);
  const first = (rows: readonly { readonly name: string }[] | undefined) => only(rows?.toSorted(byName)[0]?.name);
  switch (selector) {
    case 'patroni.leader':
      return only(patroni?.leader);
    case 'patroni.sync_standby':
      return first(patroni?.members.filter((row) => confirms(row.role)));
    case 'patroni.replica':
      return only(replicaOf(patroni));
    case 'redis.master':
      return only(redis?.master);
    case 'redis.replica':
      return first(redis?.members.filter((row) => row.role === 'slave' && row.name !== redis.master));
    case 'sentinel.any':
      return first(sentinel?.members.filter((row) => row.reading === 'ok'));
    case 'etcd.leader':
      return only(etcd?.leader);
    case 'etcd.follower':
      return first(etcd?.members.filter((row) => row.name !== etcd.leader && !row.learner && row.reading === 'ok'));
    case 'etcd.majority': {
      if (etcd?.leader == null) return [];
      const voters = etcd.members.filter((row) => !row.learner && row.name !== etcd.leader).toSorted(byName);
      // So many that fewer than needed are left, which an even number reaches sooner.
      const lost = etcd.quorum.size - etcd.quorum.needed + 1;
      return [etcd.leader, ...voters.map((row) => row.name)].slice(0, lost);
    }
  }
}

export const confirms = (role: string | null): boolean => role === 'sync_standby' || role === 'quorum_standby';

/** A replica that no commit waits for. In quorum mode all of them may confirm, and none alone is waited for: the last. */
function replicaOf(patroni: Seen['report']['patroni']): string | null {
  const replicas = (patroni?.members ?? []).filter((row) => row.name !== patroni?.leader && row.role !== null);
  const free = replicas.filter((row) => !confirms(row.role)).toSorted(byName)[0];
  if (free !== undefined) return free.name;
  return patroni?.syncMode === 'quorum' && replicas.length > 1
    ? (replicas.toSorted(byName).at(-1)?.name ?? null)
    : null;
}

function named(system: System, names: readonly string[], { snapshot }: Seen): readonly Target[] {
  return names.flatMap((name) => {
    const member = snapshot[system]?.find((one) => one.name === name);
    if (member === undefined) return [];
    const container = snapshot.containers.find((one) => one.name === member.container);
    return [{ name, system, container: member.container, containerId: container?.id ?? '' }];
  });
}
