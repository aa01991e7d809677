import { etcdChecks } from './checks-etcd.ts';
import { patroniChecks } from './checks-patroni.ts';
import { patroniWalChecks } from './checks-patroni-wal.ts';
import { redisChecks } from './checks-redis.ts';
import { restartChecks } from './checks-restarts.ts';
import { sentinelChecks } from './checks-sentinel.ts';
import { sentinelVoteChecks } from './checks-sentinel-votes.ts';
import type { Check } from './types.ts';

/** The checks on what the stack itself says, and on what its containers said last. */
export const stackChecks: readonly Check[] = [
  ...etcdChecks,
  ...patroniChecks,
  ...patroniWalChecks,
  ...redisChecks,
  ...sentinelChecks,
  ...sentinelVoteChecks,
  ...restartChecks,
];
