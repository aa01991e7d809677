import type { EtcdClaim, PatroniClaim, RedisClaim, SentinelClaim } from '../stack/claims.ts';
import type { Probed } from '../stack/snapshot.ts';
import type { System } from '../stack/topology.ts';
import type { DoctorFacts } from './facts-types.ts';

type Claims = { etcd: EtcdClaim; patroni: PatroniClaim; redis: RedisClaim; sentinel: SentinelClaim };

/** What members of a system said lately, each with its name; those who are silent or not there say nothing. */
export function claimsOf<S extends System>(
  { seen }: Pick<DoctorFacts, 'seen'>,
  system: S,
): readonly { readonly member: string; readonly claim: Claims[S] }[] {
  const members = (seen?.snapshot[system] ?? []) as readonly Probed<Claims[S]>[];
  return members.flatMap(({ name, reading: { status, value } }) =>
    (status === 'ok' || status === 'stale') && value !== null ? [{ member: name, claim: value }] : [],
  );
}

/** How many members a system has, as far as anything tells, also those who are silent. */
export function sizeOf({ seen, ...facts }: Pick<DoctorFacts, 'seen' | System>, system: System): number {
  return Math.max(facts[system].length, seen?.snapshot[system]?.length ?? 0);
}
