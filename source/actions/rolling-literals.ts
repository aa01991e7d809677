import type { System } from '../stack/topology.ts';
import { heirs, leaderOf } from './rolling-members.ts';
import type { Seen } from './types.ts';

/**
 * What a planned handover sends, word for word; `without`: who can't take over, `before`: who goes through a restart first.
 * Empty: nobody can, or nobody leads.
 */
export function handOverLiterals(
  system: System,
  { without, before }: { readonly without: readonly string[]; readonly before: readonly string[] },
  seen: Seen,
): readonly string[] {
  const leader = leaderOf(system, seen);
  const [now] = heirs(system, without, seen);
  const candidate =
    system === 'patroni' && (now === undefined || before.includes(now)) ? (nextSync(without, seen) ?? now) : now;
  if (leader === null || candidate === undefined) return [];
  switch (system) {
    case 'patroni':
      return [`POST /switchover ${JSON.stringify({ leader, candidate })}`];
    case 'etcd':
      return [etcdMoveLiteral(candidate, seen)];
    case 'redis':
      return [
        `CONFIG SET replica-priority 1, at ${candidate}; 100 at the others; put back at the end`,
        `CLIENT PAUSE 8000 WRITE, at ${leader}`,
        `SENTINEL FAILOVER ${seen.report.redis?.masterName ?? 'mymaster'}`,
        `REPLICAOF ${candidate}, at ${leader}`,
      ];
    case 'sentinel':
      return [];
  }
}

/** When the sync standby is away for a moment, Patroni names another that streams, and stays with that. */
const nextSync = (without: readonly string[], { report }: Seen): string | undefined =>
  report.patroni?.members.find(
    ({ name, state, role }) =>
      state === 'streaming' && role === 'replica' && !without.includes(name) && name !== report.patroni?.leader,
  )?.name;

/** etcd is told ids as decimal numbers. */
export function etcdMoveLiteral(to: string, { snapshot }: Seen): string {
  const id = snapshot.etcd?.find(({ name }) => name === to)?.reading.value?.memberId;
  const targetID = id === undefined ? to : BigInt(`0x${id}`).toString();
  return `POST /v3/maintenance/transfer-leadership ${JSON.stringify({ targetID })}   # ${to}`;
}
