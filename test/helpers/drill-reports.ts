/** Reports of drills as they come out on the real stack: one of each kind of outcome. */
import type { DrillReport, Lane, Measured, Prediction, SystemResult } from '../../source/drills/types.ts';

type Outcome = 'acked' | 'failed' | 'indeterminate';
/** Of the writes sent in that time, how they ended. Times from the injection. */
type Stretch = {
  readonly fromMs: number;
  readonly toMs: number;
  readonly outcome: Outcome;
  readonly perSlice?: number;
};

/** A lane of two writes per 100 ms, acknowledged but for the stretches told. */
function lane(fromMs: number, toMs: number, stretches: readonly Stretch[] = []): Lane {
  const sliceMs = 100;
  const slices = Array.from({ length: Math.round((toMs - fromMs) / sliceMs) }, (_, index) => fromMs + index * sliceMs);
  const ends = (outcome: Outcome) =>
    slices.map((at) => {
      const stretch = stretches.find((one) => at >= one.fromMs && at < one.toMs);
      return (stretch?.outcome ?? 'acked') === outcome ? (stretch?.perSlice ?? 2) : 0;
    });
  return { sliceMs, fromMs, acked: ends('acked'), failed: ends('failed'), indeterminate: ends('indeterminate') };
}

const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);
const nothing = { attempted: 0, acked: 0, failed: 0, indeterminate: 0 };

/** What a lane leaves to say about a system; everything else has the values of a drill that went well. */
function systemResult(
  system: Measured,
  predicted: Prediction,
  measured: Pick<SystemResult, 'lane' | 'phases' | 'outageMs'> & Partial<Omit<SystemResult, 'writes'>>,
  writes: Partial<SystemResult['writes']> = {},
): SystemResult {
  const [acked, failed, indeterminate] = [
    sum(measured.lane.acked),
    sum(measured.lane.failed),
    sum(measured.lane.indeterminate),
  ];
  return {
    system,
    targetMs: { patroni: 60_000, redis: 30_000, etcd: 20_000 }[system],
    predicted,
    lostWrites: [],
    twoPrimariesMs: 0,
    leaderBefore: `${system}2`,
    leaderAfter: `${system}3`,
    asPredicted: true,
    failures: [],
    ...measured,
    writes: {
      attempted: acked + failed + indeterminate,
      acked,
      failed,
      indeterminate,
      lost: 0,
      unexpected: 0,
      recovered: 0,
      viaOldPrimary: nothing,
      durability: {
        patroni: 'synchronous (ANY 1); synchronous_commit on; fsync on',
        redis: 'asynchronous; appendfsync everysec; min-replicas-to-write 0',
        etcd: 'Raft majority (2 of 3), fsync before the acknowledgement',
      }[system],
      ...writes,
    },
  };
}

const leasePrediction: Prediction = {
  minMs: 18_000,
  maxMs: 24_000,
  boundMs: 24_000,
  why: 'the lease of the dead leader has 18.0 to 20.0 s left (ttl 20 s, renewed every loop_wait 2 s); then a promotion of up to 4 s',
};
const switchPrediction: Prediction = {
  minMs: 200,
  maxMs: 2_500,
  boundMs: 2_500,
  why: 'Sentinel promotes the replica with the best priority at once; the clients learn of it within one round of INFO',
};

/** Killed, 20.6 s without writes, nothing lost. */
export const patroniLeaderKill: DrillReport = {
  schema: 1,
  drill: 'patroni-leader-kill',
  does: 'Kills the container of the Patroni leader (SIGKILL) and holds it down until another leads.',
  stack: 'paws',
  target: 'patroni2',
  fault: 'kill',
  startedAt: '2026-02-11T09:14:02.117Z',
  injectedAt: '2026-02-11T09:14:05.402Z',
  endedAt: '2026-02-11T09:14:38.960Z',
  healed: true,
  healedMs: 21_990,
  systems: [
    systemResult(
      'patroni',
      leasePrediction,
      {
        lane: lane(-3_000, 30_000, [
          { fromMs: 0, toMs: 1_000, outcome: 'indeterminate', perSlice: 1 },
          { fromMs: 1_000, toMs: 20_600, outcome: 'failed' },
        ]),
        phases: { detectedMs: 18_912, electedMs: 19_340, writableMs: 20_648, redundantMs: 27_455 },
        outageMs: 20_701,
      },
      { recovered: 1 },
    ),
  ],
  timeline: [
    { atMs: -3_012, source: 'drill', text: 'writes begin on patroni2' },
    { atMs: 0, source: 'docker', text: 'patroni2 killed (SIGKILL), exit code 137' },
    { atMs: 61, source: 'ledger', text: 'patroni2: connection lost (ECONNRESET)' },
    { atMs: 18_912, source: 'etcd', text: 'leader key deleted: its lease has run out' },
    { atMs: 19_340, source: 'etcd', text: 'patroni3 holds the leader key' },
    { atMs: 20_648, source: 'ledger', text: 'first write acknowledged by patroni3' },
    { atMs: 21_655, source: 'drill', text: 'healing: patroni2 started' },
    { atMs: 27_455, source: 'watch', text: 'patroni2 streams from patroni3; all three members are back' },
    { atMs: 33_100, source: 'drill', text: '249 ids read back from patroni3: none is missing' },
  ],
  verdict: 'passed',
  why: 'patroni writable after 20.6 s (target 60 s, predicted 18–24 s), no acknowledged write lost.',
};

const split: Stretch = { fromMs: 800, toMs: 10_400, outcome: 'acked', perSlice: 4 };
/** Sentinel's failover as it is: ten seconds of two masters, and nearly all writes of one of them lost. */
export const redisFailover: DrillReport = {
  schema: 1,
  drill: 'redis-failover',
  does: 'Has Sentinel fail over the Redis master while it is healthy (SENTINEL FAILOVER).',
  stack: 'paws',
  target: 'redis1',
  fault: 'sentinel-failover',
  startedAt: '2026-02-11T09:20:40.003Z',
  injectedAt: '2026-02-11T09:20:43.219Z',
  endedAt: '2026-02-11T09:21:11.874Z',
  healed: true,
  systems: [
    systemResult(
      'redis',
      switchPrediction,
      {
        lane: lane(-3_000, 24_000, [split, { fromMs: 10_400, toMs: 11_000, outcome: 'failed', perSlice: 2 }]),
        phases: { detectedMs: 14, electedMs: 640, writableMs: 812, redundantMs: 13_020 },
        outageMs: 861,
        leaderBefore: 'redis1',
        leaderAfter: 'redis2',
        twoPrimariesMs: 9_588,
        lostWrites: Array.from({ length: 100 }, (_, index) => ({
          id: `redisfailovermn7k2q-${String(1_076 + 2 * index).padStart(6, '0')}`,
          member: 'redis1',
          ackedMs: 62 + 100 * index,
        })),
      },
      { lost: 187, recovered: 0, viaOldPrimary: { attempted: 204, acked: 192, failed: 12, indeterminate: 0 } },
    ),
  ],
  timeline: [
    { atMs: -3_005, source: 'drill', text: 'writes begin on redis1' },
    { atMs: 0, source: 'drill', text: 'SENTINEL FAILOVER paws answered OK' },
    { atMs: 14, source: 'sentinel2', text: '+failover-state-select-slave paws' },
    { atMs: 640, source: 'sentinel2', text: '+promoted-slave redis2' },
    { atMs: 812, source: 'ledger', text: 'first write acknowledged by redis2' },
    { atMs: 813, source: 'ledger', text: 'redis1 and redis2 both acknowledge writes' },
    { atMs: 1_702, source: 'sentinel2', text: '+switch-master paws redis1 redis2' },
    { atMs: 10_401, source: 'ledger', text: 'redis1: READONLY You can’t write against a read only replica.' },
    { atMs: 13_020, source: 'watch', text: 'redis1 follows redis2; all three Sentinels agree' },
    { atMs: 24_300, source: 'drill', text: '187 acknowledged ids are missing on redis2' },
  ],
  verdict: 'passed',
  why: 'redis writable after 0.8 s (target 30 s, predicted 0.2–2.5 s), two members took writes for 9.6 s, 187 of 720 acknowledged writes lost (asynchronous; appendfsync everysec).',
};

/** The final read could not be done, so nobody knows what was lost. */
export const inconclusive: DrillReport = {
  schema: 1,
  drill: 'patroni-leader-pause',
  does: 'Freezes the container of the Patroni leader (SIGSTOP to every process) until another leads.',
  stack: 'paws',
  target: 'patroni1',
  fault: 'pause',
  startedAt: '2026-02-11T10:02:10.551Z',
  injectedAt: '2026-02-11T10:02:13.870Z',
  endedAt: '2026-02-11T10:04:51.209Z',
  healed: true,
  healedMs: 22_700,
  systems: [
    systemResult(
      'patroni',
      leasePrediction,
      {
        lane: lane(-3_000, 60_000, [
          { fromMs: 0, toMs: 21_300, outcome: 'indeterminate', perSlice: 1 },
          { fromMs: 40_000, toMs: 60_000, outcome: 'failed', perSlice: 1 },
        ]),
        phases: { detectedMs: 19_204, electedMs: 19_800, writableMs: 21_340, redundantMs: null },
        outageMs: null,
        leaderBefore: 'patroni1',
        leaderAfter: null,
      },
      {
        lost: null,
        unexpected: null,
        recovered: null,
        viaOldPrimary: { attempted: 42, acked: 0, failed: 2, indeterminate: 40 },
      },
    ),
  ],
  timeline: [
    { atMs: -3_020, source: 'drill', text: 'writes begin on patroni1' },
    { atMs: 0, source: 'docker', text: 'patroni1 paused' },
    { atMs: 19_204, source: 'etcd', text: 'leader key deleted: its lease has run out' },
    { atMs: 19_800, source: 'etcd', text: 'patroni3 holds the leader key' },
    { atMs: 21_340, source: 'ledger', text: 'first write acknowledged by patroni3' },
    { atMs: 40_012, source: 'ledger', text: 'patroni3: connection refused' },
    { atMs: 152_000, source: 'drill', text: 'final read: no member of patroni is writable after 120 s' },
  ],
  verdict: 'inconclusive',
  why: 'patroni: nobody could read back what was written, so what was lost is not known.',
};

/** Something stood in the way. */
export const notRun: DrillReport = {
  schema: 1,
  drill: 'etcd-leader-kill',
  does: 'Kills the container of the etcd leader (SIGKILL) and holds it down until another leads.',
  stack: 'paws',
  target: 'etcd2',
  fault: 'kill',
  startedAt: '2026-02-11T10:40:00.100Z',
  injectedAt: null,
  endedAt: '2026-02-11T10:40:00.412Z',
  healed: true,
  systems: [],
  timeline: [],
  verdict: 'not-run',
  why: 'etcd3 is missing: one more lost member would cost the quorum.',
};

/** Three systems at once; etcd keeps its target, Patroni comes later than predicted, Redis loses a few writes. */
export const cascade: DrillReport = {
  schema: 1,
  drill: 'cascade',
  does: 'Kills an etcd follower, the Patroni leader and the Redis master at the same moment.',
  stack: 'paws',
  target: 'etcd1, patroni2 and redis1',
  fault: 'kill',
  startedAt: '2026-02-11T11:05:30.090Z',
  injectedAt: '2026-02-11T11:05:33.402Z',
  endedAt: '2026-02-11T11:06:19.700Z',
  healed: true,
  healedMs: 28_640,
  systems: [
    systemResult('patroni', leasePrediction, {
      lane: lane(-3_000, 40_000, [
        { fromMs: 0, toMs: 1_000, outcome: 'indeterminate', perSlice: 1 },
        { fromMs: 1_000, toMs: 27_100, outcome: 'failed' },
      ]),
      phases: { detectedMs: 19_730, electedMs: 25_410, writableMs: 27_118, redundantMs: 34_902 },
      outageMs: 27_170,
      asPredicted: false,
    }),
    systemResult(
      'redis',
      {
        minMs: 2_000,
        maxMs: 5_500,
        boundMs: 5_500,
        why: 'down-after-milliseconds 2000, then an election and a promotion of up to 3.5 s',
      },
      {
        lane: lane(-3_000, 40_000, [
          { fromMs: 0, toMs: 400, outcome: 'indeterminate', perSlice: 1 },
          { fromMs: 400, toMs: 3_300, outcome: 'failed' },
        ]),
        phases: { detectedMs: 2_240, electedMs: 3_012, writableMs: 3_318, redundantMs: 31_700 },
        outageMs: 3_402,
        leaderBefore: 'redis1',
        leaderAfter: 'redis3',
        lostWrites: [
          { id: 'cascademn7m01-000058', member: 'redis1', ackedMs: -48 },
          { id: 'cascademn7m01-000059', member: 'redis1', ackedMs: -1 },
        ],
      },
      { lost: 2 },
    ),
    systemResult(
      'etcd',
      { minMs: 0, maxMs: 0, boundMs: 0, why: 'a follower is lost and the majority stays: writes go on' },
      {
        lane: lane(-3_000, 40_000, [{ fromMs: 0, toMs: 200, outcome: 'failed', perSlice: 1 }]),
        phases: { detectedMs: 22, electedMs: null, writableMs: 148, redundantMs: 24_800 },
        outageMs: 196,
        leaderBefore: 'etcd2',
        leaderAfter: 'etcd2',
      },
    ),
  ],
  timeline: [
    { atMs: -3_010, source: 'drill', text: 'writes begin on patroni2, redis1 and etcd' },
    { atMs: 0, source: 'docker', text: 'etcd1 killed (SIGKILL), exit code 137' },
    { atMs: 9, source: 'docker', text: 'patroni2 killed (SIGKILL), exit code 137' },
    { atMs: 15, source: 'docker', text: 'redis1 killed (SIGKILL), exit code 137' },
    { atMs: 2_240, source: 'sentinel1', text: '+odown master paws redis1 #quorum 2/2' },
    { atMs: 3_012, source: 'sentinel3', text: '+promoted-slave redis3' },
    { atMs: 3_318, source: 'ledger', text: 'first write acknowledged by redis3' },
    { atMs: 19_730, source: 'etcd', text: 'leader key deleted: its lease has run out' },
    { atMs: 25_410, source: 'etcd', text: 'patroni3 holds the leader key' },
    { atMs: 27_118, source: 'ledger', text: 'first write acknowledged by patroni3' },
    { atMs: 28_120, source: 'drill', text: 'healing: etcd1, patroni2 and redis1 started' },
    { atMs: 34_902, source: 'watch', text: 'every member is back' },
  ],
  verdict: 'passed',
  why: 'patroni writable after 27.1 s, predicted 18–24 s: either the stack or the model is wrong; no acknowledged write lost. redis writable after 3.3 s (target 30 s, predicted 2–5.5 s), 2 of 794 acknowledged writes lost (asynchronous; appendfsync everysec). etcd: writes went on (longest gap 196 ms), no acknowledged write lost.',
};

/** Writable only after the target, and the old leader kept the key. */
export const failed: DrillReport = {
  ...patroniLeaderKill,
  startedAt: '2026-02-11T12:00:02.117Z',
  injectedAt: '2026-02-11T12:00:05.402Z',
  endedAt: '2026-02-11T12:02:38.960Z',
  healed: false,
  healedMs: null,
  systems: patroniLeaderKill.systems.map((result) => ({
    ...result,
    lane: lane(-3_000, 90_000, [{ fromMs: 0, toMs: 71_300, outcome: 'failed' as const }]),
    phases: { detectedMs: 19_000, electedMs: 70_020, writableMs: 71_340, redundantMs: null },
    outageMs: 71_390,
    leaderAfter: 'patroni2',
    asPredicted: false,
    failures: [
      'patroni writable 71.3 s after the fault, target 60 s',
      'patroni: a new leader was expected, but patroni2 leads as before',
    ],
  })),
  verdict: 'failed',
  why: 'patroni writable 71.3 s after the fault, target 60 s. patroni: a new leader was expected, but patroni2 leads as before. Not everything is healed.',
};

/** The same drill again and again, a little different each time. Newest last. */
export const runs: readonly DrillReport[] = [20_648, 19_420, 22_910, 21_004, 20_115].map((writableMs, index) => {
  const startedAt = Date.UTC(2026, 1, 11, 9, 14 + 3 * index, 2, 117);
  const iso = (ms: number) => new Date(startedAt + ms).toISOString();
  return {
    ...patroniLeaderKill,
    startedAt: iso(0),
    injectedAt: iso(3_285),
    endedAt: iso(writableMs + 16_000),
    systems: patroniLeaderKill.systems.map((result) => ({
      ...result,
      lane: lane(-3_000, 30_000, [{ fromMs: 0, toMs: Math.floor(writableMs / 100) * 100, outcome: 'failed' as const }]),
      phases: { ...result.phases, electedMs: writableMs - 1_300, writableMs, redundantMs: writableMs + 6_800 },
      outageMs: writableMs + 53,
    })),
    why: `patroni writable after ${(writableMs / 1000).toFixed(1)} s (target 60 s, predicted 18–24 s), no acknowledged write lost.`,
  };
});
