import type {
  Drill,
  DrillPlan,
  DrillProgress,
  DrillReport,
  Drills,
  Fault,
  JournalEntry,
  Lane,
  SystemResult,
  Target,
} from '../../source/drills/types.ts';
import type { System } from '../../source/stack/topology.ts';
import { now } from '../helpers/snapshots.ts';

export const target = (name: string): Target => ({
  name,
  system: name.replace(/\d+$/, '') as System,
  container: `paws-${name}-1`,
  containerId: `id of ${name}`,
});

const leaderKill: Drill = {
  id: 'patroni-leader-kill',
  label: 'kill leader',
  does: 'Kills the Patroni leader and keeps it down until another one leads.',
  breaks: [{ fault: { kind: 'kill' }, target: 'patroni.leader' }],
  expects: { patroni: { targetMs: 60_000, change: 'new-leader', loss: 'none', outage: 'expected' } },
  hold: 'recovered',
  beyondTolerance: false,
};

const why = 'ttl 20 s, less up to loop_wait 2 s that the lease has aged, and 2 to 4 s to promote';

export function plan(change: Partial<DrillPlan> & { readonly on?: string; readonly fault?: Fault } = {}): DrillPlan {
  const { on = 'patroni2', fault = { kind: 'kill' }, ...rest } = change;
  return {
    drill: leaderKill,
    breaks: [{ fault, targets: [target(on)] }],
    predictions: { patroni: { minMs: 18_200, maxMs: 24_000, boundMs: 24_000, why } },
    tolerance: { etcd: 1, patroni: 1, redis: 2, sentinel: 1 },
    missing: [],
    confirm: on,
    ...rest,
  };
}

export const redisKill = plan({
  on: 'redis1',
  drill: {
    ...leaderKill,
    breaks: [{ fault: { kind: 'kill' }, target: 'redis.master' }],
    id: 'redis-master-kill',
    label: 'kill master',
    does: 'Kills the Redis master and keeps it down until another one takes writes.',
    expects: { redis: { targetMs: 30_000, change: 'new-leader', loss: 'as-configured', outage: 'expected' } },
  },
  predictions: {
    redis: { minMs: 2_300, maxMs: 5_800, boundMs: 5_800, why: 'down-after 2 s, then an election and a failover' },
  },
});

export const quorumLoss = plan({
  breaks: [{ fault: { kind: 'kill' }, targets: [target('etcd1'), target('etcd2')] }],
  drill: {
    ...leaderKill,
    breaks: [{ fault: { kind: 'kill' }, target: 'etcd.majority' }],
    id: 'etcd-quorum-loss',
    label: 'lose quorum',
    does: 'Kills two of three etcd members: etcd takes no writes, and Patroni demotes its leader.',
    expects: {
      etcd: { targetMs: 20_000, change: 'either', loss: 'none', outage: 'until-healed' },
      patroni: { targetMs: 60_000, change: 'either', loss: 'none', outage: 'until-healed' },
    },
    hold: { ms: 30_000 },
    beyondTolerance: true,
  },
  predictions: {
    etcd: { minMs: 30_000, maxMs: 34_000, boundMs: 34_000, why: 'no writes until two of three are back after 30 s' },
    patroni: { minMs: 12_000, maxMs: 40_000, boundMs: 40_000, why: 'demoted when its lease of 20 s runs out' },
  },
  confirm: 'etcd-quorum-loss',
});

export const notReady = plan({
  drill: { ...leaderKill, id: 'patroni-switchover', label: 'switch over' },
  breaks: [{ fault: { kind: 'patroni-switchover' }, targets: [target('patroni2')] }],
  predictions: { patroni: { minMs: 600, maxMs: 3_200, boundMs: 3_200, why: 'no lease has to run out' } },
  missing: ['patroni3 has not answered for 4 s: a switchover needs every member', 'the stack is degraded, not ok'],
});

export const cascade = plan({
  breaks: [{ fault: { kind: 'kill' }, targets: [target('etcd1'), target('patroni2'), target('redis1')] }],
  drill: {
    ...leaderKill,
    id: 'cascade',
    label: 'all at once',
    does: 'Kills the etcd leader, the Patroni leader and the Redis master at once.',
    breaks: [
      { fault: { kind: 'kill' }, target: 'etcd.leader' },
      { fault: { kind: 'kill' }, target: 'patroni.leader' },
      { fault: { kind: 'kill' }, target: 'redis.master' },
    ],
    expects: {
      patroni: { targetMs: 60_000, change: 'new-leader', loss: 'none', outage: 'expected' },
      redis: { targetMs: 30_000, change: 'new-leader', loss: 'as-configured', outage: 'expected' },
      etcd: { targetMs: 20_000, change: 'new-leader', loss: 'none', outage: 'expected' },
    },
  },
  predictions: {
    patroni: { minMs: 18_200, maxMs: 24_000, boundMs: 24_000, why },
    redis: { minMs: 2_300, maxMs: 5_800, boundMs: 5_800, why: 'down-after 2 s, then an election and a failover' },
    etcd: { minMs: 900, maxMs: 2_600, boundMs: 2_600, why: 'one to two election timeouts of 1 s' },
  },
  confirm: 'cascade',
});

/** Many more, so that the list has to be scrolled. */
const others: readonly DrillPlan[] = ['stop', 'pause', 'restart', 'crash', 'isolate'].map((kind) =>
  plan({
    drill: { ...leaderKill, id: `patroni-leader-${kind}`, label: `${kind} leader` },
    fault: { kind } as Fault,
  }),
);

/** A lane from letters, one a slice: a acked, f failed, i indeterminate, b both acked and failed, space nothing. */
export function lane(letters: string, beforeInjection = 8): Lane {
  const of = (wanted: string) => [...letters].map((letter) => (wanted.includes(letter) ? 5 : 0));
  return { sliceMs: 250, fromMs: -250 * beforeInjection, acked: of('ab'), failed: of('fb'), indeterminate: of('i') };
}

/** A drill that is under way; the fault was `sinceMs` ago. */
export function progress(change: Partial<DrillProgress> = {}, sinceMs: number | null = 12_300): DrillProgress {
  return {
    plan: plan(),
    stage: sinceMs === null ? 'writing' : 'recovering',
    waitsFor: sinceMs === null ? 'twenty acknowledged writes' : 'a member to take the leader key',
    startedAt: now - (sinceMs ?? 0) - 2_000,
    injectedAt: sinceMs === null ? null : now - sinceMs,
    phases: {
      patroni: { detectedMs: sinceMs === null ? null : 400, electedMs: null, writableMs: null, redundantMs: null },
    },
    counts: { patroni: { attempted: 286, acked: 41, failed: 243, indeterminate: 2 } },
    lanes: { patroni: lane(`aaaaaaaa${sinceMs === null ? '' : `bii${'f'.repeat(40)} ff`}`) },
    timeline:
      sinceMs === null
        ? [{ atMs: -800, source: 'ledger', text: 'writes to patroni2 at 20 a second' }]
        : [
            { atMs: -2_000, source: 'ledger', text: 'writes to patroni2 at 20 a second' },
            { atMs: 0, source: 'docker', text: 'patroni2 killed' },
            { atMs: 30, source: 'ledger', text: 'patroni2: connection reset, 2 writes indeterminate' },
            { atMs: 400, source: 'patroni', text: 'patroni1 and patroni3 see no leader' },
          ],
    report: null,
    ...change,
  };
}

export function result(change: Partial<SystemResult> = {}): SystemResult {
  return {
    system: 'patroni',
    targetMs: 60_000,
    predicted: { minMs: 18_200, maxMs: 24_000, boundMs: 24_000, why },
    phases: { detectedMs: 400, electedMs: 20_610, writableMs: 21_240, redundantMs: 31_900 },
    outageMs: 21_290,
    writes: {
      attempted: 841,
      acked: 412,
      failed: 427,
      indeterminate: 2,
      lost: 0,
      unexpected: 0,
      recovered: 1,
      viaOldPrimary: { attempted: 0, acked: 0, failed: 0, indeterminate: 0 },
      durability: 'synchronous; synchronous_commit on',
    },
    lostWrites: [],
    twoPrimariesMs: 0,
    leaderBefore: 'patroni2',
    leaderAfter: 'patroni1',
    asPredicted: true,
    failures: [],
    lane: lane('aa'),
    ...change,
  };
}

export function report(change: Partial<DrillReport> = {}): DrillReport {
  return {
    schema: 1,
    drill: 'patroni-leader-kill',
    does: leaderKill.does,
    stack: 'paws',
    target: 'patroni2',
    fault: 'kill',
    startedAt: new Date(now - 40_000).toISOString(),
    injectedAt: new Date(now - 38_000).toISOString(),
    endedAt: new Date(now).toISOString(),
    healed: true,
    systems: [result()],
    timeline: [],
    verdict: 'passed',
    why: 'writable again after 21.2 s, nothing lost, healed',
    ...change,
  };
}

/** A drill that is over, with what came of it. */
export const done = (change: Partial<DrillReport> = {}, more: Partial<DrillProgress> = {}): DrillProgress =>
  progress(
    {
      stage: 'done',
      waitsFor: '',
      report: report(change),
      counts: { patroni: { attempted: 841, acked: 412, failed: 427, indeterminate: 2 } },
      lanes: { patroni: lane(`aaaaaaaabii${'f'.repeat(80)}${'a'.repeat(60)}`) },
      timeline: [
        { atMs: -2_000, source: 'ledger', text: 'writes to patroni2 at 20 a second' },
        { atMs: 0, source: 'docker', text: 'patroni2 killed' },
        { atMs: 20_610, source: 'etcd', text: 'patroni1 holds the leader key' },
        { atMs: 21_240, source: 'ledger', text: 'patroni1 acknowledges writes' },
        { atMs: 22_000, source: 'docker', text: 'patroni2 started' },
        { atMs: 31_900, source: 'patroni', text: 'patroni2 streams again' },
      ],
      ...more,
    },
    38_000,
  );

export const leftover: JournalEntry = {
  schema: 1,
  id: 'one',
  project: 'paws',
  host: null,
  drill: 'patroni-leader-pause',
  what: 'pause of patroni2',
  createdAt: now - 300_000,
  deadlineAt: now - 240_000,
  undo: [],
  owner: { pid: 1, startedAt: '1' },
};

export type FakeDrills = Drills & {
  /** What was asked, in order: `refresh`, `start patroni-leader-kill on patroni2`, `stop`, `heal`, `dismiss`. */
  readonly asked: readonly string[];
  /** What plans are from now on. */
  offer(plans: readonly DrillPlan[]): void;
  go(progress: DrillProgress | null): void;
  leave(journal: readonly JournalEntry[]): void;
  /** Lets a `stop` that was asked for finish. */
  stopped(): void;
  readonly listeners: () => number;
};

/** Drills that do as they are told by the test. */
export function fakeDrills(options: { plans?: readonly DrillPlan[]; heals?: readonly string[] } = {}): FakeDrills {
  let plans = options.plans ?? [plan(), ...others, notReady, redisKill, quorumLoss, cascade];
  let journal: readonly JournalEntry[] = [];
  let current: DrillProgress | null = null;
  const listeners = new Set<() => void>();
  const asked: string[] = [];
  let stopping = Promise.withResolvers<void>();
  const go = (next: DrillProgress | null): void => {
    current = next;
    for (const listener of listeners) listener();
  };
  return {
    plans: () => plans,
    async refresh() {
      asked.push('refresh');
    },
    progress: {
      get: () => current,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    start(chosen) {
      const names = chosen.breaks.flatMap(({ targets }) => targets.map(({ name }) => name));
      asked.push(`start ${chosen.drill.id} on ${names.join(' ')}`);
      go(progress({ plan: chosen }, null));
    },
    async stop() {
      asked.push('stop');
      await stopping.promise;
      stopping = Promise.withResolvers<void>();
    },
    dismiss() {
      asked.push('dismiss');
      go(null);
    },
    journal: () => journal,
    async heal() {
      asked.push('heal');
      journal = [];
      return options.heals ?? [];
    },
    asked,
    offer(next) {
      plans = next;
    },
    go,
    leave(next) {
      journal = next;
    },
    stopped: () => stopping.resolve(),
    listeners: () => listeners.size,
  };
}
