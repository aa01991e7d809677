import type { EtcdClaim, PatroniClaim, PostgresClaim, RedisClaim, SentinelClaim, UsageClaim } from './claims.ts';
import type { Problem } from './errors.ts';
import type { Reading } from './reading.ts';
import type { Container, Via } from './topology.ts';

/** One member and what was read of it. */
export type Probed<T> = {
  readonly name: string;
  readonly container: string;
  readonly aliases: readonly string[];
  readonly via: Via | null;
  readonly reading: Reading<T>;
};

export type EngineView = {
  readonly state: 'connected' | 'reconnecting';
  /** `Docker 20.10.24`, `Podman 5.2`; null before the first answer. */
  readonly version: string | null;
  /** Since when it is so, epoch ms. */
  readonly since: number;
  readonly problem: Problem | null;
};

/**
 * Everything known at one moment: immutable, JSON-serialisable, without secrets. The screen draws it (through `report`),
 * `status --json` prints its report, a recording is a sequence of them. A system that the stack does not have is null.
 */
export type Snapshot = {
  readonly schema: 1;
  /** Epoch ms. */
  readonly at: number;
  readonly intervalMs: number;
  readonly engine: EngineView;
  readonly stack: string;
  readonly profile: string | null;
  readonly containers: readonly (Container & { readonly usage: Reading<UsageClaim> })[];
  readonly etcd: readonly Probed<EtcdClaim>[] | null;
  readonly patroni: readonly (Probed<PatroniClaim> & { readonly postgres: Reading<PostgresClaim> })[] | null;
  readonly redis: readonly Probed<RedisClaim>[] | null;
  readonly sentinel: readonly Probed<SentinelClaim>[] | null;
};
