import { assessContainers } from './container-rules.ts';
import { assessEtcd } from './etcd-rules.ts';
import { assessPatroni } from './patroni-rules.ts';
import { assessRedis } from './redis-rules.ts';
import type { Level, Report } from './report.ts';
import { assessSentinel } from './sentinel-rules.ts';
import type { Snapshot } from './snapshot.ts';
import { isOld, verdictOf } from './verdict.ts';

/**
 * What a snapshot means: a row for each container and member, a verdict for each system and for the whole, with reasons.
 * Pure: the same snapshot gives the same report, and the only clock is `snapshot.at`.
 */
export function report(snapshot: Snapshot): Report {
  const containers = assessContainers(snapshot);
  const etcd = assessEtcd(snapshot);
  const patroni = assessPatroni(snapshot, etcd?.quorum ?? null);
  const sentinel = assessSentinel(snapshot);
  const redis = assessRedis(snapshot, sentinel?.view ?? null);
  const reasons = [etcd, patroni, redis, sentinel, containers].flatMap((part) => part?.reasons ?? []);
  const { engine } = snapshot;
  const old = isOld(snapshot);
  return {
    schema: 1,
    at: new Date(snapshot.at).toISOString(),
    stack: snapshot.stack,
    profile: snapshot.profile,
    verdict: verdictOf(snapshot, reasons),
    engine: {
      state: engine.state,
      version: engine.version,
      ...(engine.problem === null ? {} : { error: engine.problem.message }),
    },
    containers: containers.rows,
    etcd: judged(etcd?.report ?? null, old),
    patroni: judged(patroni?.report ?? null, old),
    redis: judged(redis?.report ?? null, old),
    sentinel: judged(sentinel?.report ?? null, old),
  };
}

/** A verdict on old data is none. */
const judged = <R extends { readonly verdict: Level }>(system: R | null, old: boolean): R | null =>
  system !== null && old ? { ...system, verdict: 'unknown' } : system;
