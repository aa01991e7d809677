import type { Access } from '../engine/types.ts';
import type { EtcdClaim, PatroniClaim, PostgresClaim, RedisClaim, SentinelClaim } from '../stack/claims.ts';
import type { Probe } from './types.ts';

/** What each system answers. Postgres is asked beside its Patroni. */
export type Claims = {
  readonly etcd: EtcdClaim;
  readonly patroni: PatroniClaim;
  readonly postgres: PostgresClaim;
  readonly redis: RedisClaim;
  readonly sentinel: SentinelClaim;
};
export type Probed = keyof Claims;

type Open<T> = (access: Access, deadlineMs: number) => Probe<T>;

/** THE list of probes. Each is loaded with its client library when the first member of its system is asked. */
const loaders: { readonly [K in Probed]: () => Promise<Open<Claims[K]>> } = {
  etcd: async () => (await import('./etcd.ts')).openEtcdProbe,
  patroni: async () => (await import('./patroni.ts')).openPatroniProbe,
  postgres: async () => (await import('./postgres.ts')).openPostgresProbe,
  redis: async () => (await import('./redis.ts')).openRedisProbe,
  sentinel: async () => (await import('./sentinel.ts')).openSentinelProbe,
};

/** Opens a probe of one member; nothing is connected before the first `ask`. `deadlineMs` holds for each ask. */
export async function openProbe<K extends Probed>(
  system: K,
  access: Access,
  deadlineMs = 1000,
): Promise<Probe<Claims[K]>> {
  const open = await loaders[system]();
  return open(access, deadlineMs);
}
