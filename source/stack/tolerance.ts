/**
 * Tolerance: the largest k such that any k members lost at once still leave, or elect, a writable system.
 */

/** More than half. */
export const majorityOf = (size: number): number => Math.floor(size / 2) + 1;

/** Votes that may go before `needed` are no longer there. */
export const spare = (healthy: number, needed: number): number => Math.max(0, healthy - needed);

/** What `synchronous_standby_names` asks for (PostgreSQL documentation, "synchronous_standby_names"). */
export type SyncNames = {
  readonly mode: 'off' | 'on' | 'quorum';
  readonly needed: number;
  readonly names: readonly string[];
};

/** Parses `a,b`, `2 (a,b)`, `FIRST 2 (a,b)`, `ANY 1 (a,"b c")`, `*` and the empty setting. */
export function parseSyncNames(setting: string): SyncNames {
  const text = setting.trim();
  if (text === '') return { mode: 'off', needed: 0, names: [] };
  const match = /^(?:(any|first)\s+)?(\d+)\s*\((.*)\)$/is.exec(text);
  const names = [...(match?.[3] ?? text).matchAll(/"((?:[^"]|"")*)"|[^,"\s]+/g)].map(
    (name) => name[1]?.replaceAll('""', '"') ?? name[0],
  );
  return {
    mode: match?.[1]?.toLowerCase() === 'any' ? 'quorum' : 'on',
    needed: match === null ? 1 : Number(match[2]),
    names,
  };
}

/** What decides whether a Patroni cluster gets a new leader. Only members that answer now are counted. */
export type PatroniVoters = {
  readonly mode: 'off' | 'on' | 'quorum' | null;
  /** Streaming replicas that may lead and are close enough behind. */
  readonly candidates: number;
  /** Those of them that confirm commits. */
  readonly confirming: number;
  /** Quorum mode: how many confirm, out of how many. */
  readonly quorum: { readonly needed: number; readonly of: number };
};

/**
 * Async: any candidate may lead. Sync: only a sync standby may follow the leader, so the leader and all of them lost at
 * once block the cluster. Quorum: a candidate needs `of - needed` other voters (Patroni docs, replication_modes.rst).
 */
export function patroniTolerance({ mode, candidates, confirming, quorum }: PatroniVoters): number {
  if (mode === 'on') return confirming;
  if (mode === 'quorum') return Math.max(0, confirming - quorum.of + quorum.needed);
  return candidates;
}
