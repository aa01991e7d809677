import { list } from '../stack/format.ts';
import type { ContainerRow } from '../stack/report.ts';
import { type System, systems } from '../stack/topology.ts';
import type { Seen, Target } from './types.ts';

/** A member, by its system and its name there. */
export type Behind = { readonly system: System; readonly name: string };

/** The member in a target's container; null: it is none that is watched. */
export function memberBehind({ container }: Target, { snapshot }: Seen): Behind | null {
  for (const system of systems) {
    const found = snapshot[system]?.find((member) => member.container === container);
    if (found !== undefined) return { system, name: found.name };
  }
  return null;
}

export const containerRow = ({ container }: Target, { report }: Seen): ContainerRow | null =>
  report.containers.find(({ name }) => name === container) ?? null;

/** A member as a target. */
export function memberTarget(system: System, name: string, { snapshot }: Seen): Target {
  const container = snapshot[system]?.find((member) => member.name === name)?.container ?? null;
  return { name, system, member: name, container };
}

/** Who leads a system: its leader or master; null: nobody, or it has none. */
export function leaderOf(system: System, { report }: Seen): string | null {
  if (system === 'redis') return report.redis?.master ?? null;
  if (system === 'sentinel') return null;
  return report[system]?.leader ?? null;
}

export const leads = (member: Behind | null, seen: Seen): boolean =>
  member !== null && leaderOf(member.system, seen) === member.name;

/** Whether commits wait for this replica. */
export const confirms = (member: Behind | null, { report }: Seen): boolean =>
  member?.system === 'patroni' &&
  ['sync_standby', 'quorum_standby'].includes(
    report.patroni?.members.find(({ name }) => name === member.name)?.role ?? '',
  );

/** In the order in which they are best taken down: those nobody waits for first, sync standbys then, leaders last. */
export function inOrder(targets: readonly Target[], seen: Seen): readonly Target[] {
  const rank = (target: Target): number => {
    const member = memberBehind(target, seen);
    return leads(member, seen) ? 2 : confirms(member, seen) ? 1 : 0;
  };
  return targets.toSorted((a, b) => rank(a) - rank(b));
}

/**
 * Members that could take over from who leads, the best first: those that confirm commits, else (asynchronous) all that
 * stream; of Redis those linked to the master.
 */
export function heirs(system: System, without: readonly string[], { report }: Seen): readonly string[] {
  const leader = { patroni: report.patroni?.leader, redis: report.redis?.master, etcd: report.etcd?.leader };
  const stays = (row: { readonly name: string; readonly reading: string }): boolean =>
    row.reading === 'ok' && !without.includes(row.name) && row.name !== leader[system as keyof typeof leader];
  const named = (rows: readonly { readonly name: string }[]): readonly string[] => rows.map(({ name }) => name);
  switch (system) {
    case 'patroni': {
      const rows = (report.patroni?.members ?? []).filter(stays).filter(({ state }) => state === 'streaming');
      const sync = rows.filter(({ role }) => role === 'sync_standby' || role === 'quorum_standby');
      return named(report.patroni?.syncMode === 'off' ? rows : sync);
    }
    case 'redis':
      return named((report.redis?.members ?? []).filter((row) => stays(row) && row.link === 'up'));
    case 'etcd':
      return named((report.etcd?.members ?? []).filter((row) => stays(row) && !row.learner));
    case 'sentinel':
      return [];
  }
}

/** Those of a system that answer. */
export const answering = (system: System, { report }: Seen): readonly string[] =>
  (report[system]?.members ?? []).filter(({ reading }) => reading === 'ok').map(({ name }) => name);

export const namesOf = (targets: readonly Target[]): string => list(targets.map(({ name }) => name));
