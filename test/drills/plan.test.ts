import { describe, expect, test } from 'vitest';
import { catalogue } from '../../source/drills/catalogue.ts';
import { deadlineMs, holdDownMs } from '../../source/drills/durations.ts';
import { planDrill } from '../../source/drills/plan.ts';
import { targetsOf } from '../../source/drills/targets.ts';
import type { JournalEntry, Selector } from '../../source/drills/types.ts';
import * as h from '../helpers/snapshots.ts';
import { drillCalled, facts, planOf, seenAs, seenWith, settingPatroni } from './seen.ts';

const namesOf = (selector: Selector, seen = seenWith()) => targetsOf(selector, seen).map((target) => target.name);

describe('who is meant', () => {
  test.each<[Selector, string[]]>([
    ['patroni.leader', ['patroni2']],
    ['patroni.sync_standby', ['patroni1']],
    ['patroni.replica', ['patroni3']],
    ['redis.master', ['redis1']],
    ['redis.replica', ['redis2']],
    ['sentinel.any', ['sentinel1']],
    ['etcd.leader', ['etcd2']],
    ['etcd.follower', ['etcd1']],
    ['etcd.majority', ['etcd2', 'etcd1']],
    [{ member: 'redis3' }, ['redis3']],
    [{ member: 'nobody' }, []],
  ])('%s', (selector, names) => {
    expect(namesOf(selector)).toEqual(names);
  });

  test('with the container behind it', () => {
    expect(targetsOf('redis.master', seenWith())).toEqual([
      { name: 'redis1', system: 'redis', container: 'paws-redis1-1', containerId: h.container('redis1', 'redis').id },
    ]);
  });

  test('who does not answer is not the first Sentinel, and no follower', () => {
    const seen = seenWith(h.stopped('sentinel1'), h.stopped('etcd1'));
    expect([...namesOf('sentinel.any', seen), ...namesOf('etcd.follower', seen)]).toEqual(['sentinel2', 'etcd3']);
  });

  test('of four etcds two are enough to lose the quorum, of five it takes three', () => {
    const sized = (etcd: number) => namesOf('etcd.majority', seenAs(h.healthySnapshot({}, { etcd })));
    expect([sized(4), sized(5)]).toEqual([
      ['etcd2', 'etcd1'],
      ['etcd2', 'etcd1', 'etcd3'],
    ]);
  });

  test('a replica is one that no commit waits for: in quorum mode any of several, else none but the free ones', () => {
    const quorum = seenAs(h.healthySnapshot({}, { syncMode: 'quorum', syncStandbys: ['patroni1', 'patroni3'] }));
    const both = seenAs(h.healthySnapshot({}, { syncStandbys: ['patroni1', 'patroni3'] }));
    expect([namesOf('patroni.replica', quorum), namesOf('patroni.replica', both)]).toEqual([['patroni3'], []]);
  });
});

describe('what a person types', () => {
  test('the target, the drill where there are several, the host of a remote engine', () => {
    expect(planOf('patroni-leader-kill').confirm).toBe('patroni2');
    expect(planOf('etcd-quorum-loss').confirm).toBe('etcd-quorum-loss');
    expect(planOf('cascade').confirm).toBe('cascade');
    expect(planOf('redis-failover', seenWith(), { remote: 'build.example' }).confirm).toBe('build.example');
  });

  test('two faults at one member are one target', () => {
    expect(planOf('slow-network', seenWith(), { netem: false }).confirm).toBe('patroni1');
  });
});

test('the tolerance of every system that is there', () => {
  expect(planOf('cascade').tolerance).toEqual({ etcd: 1, patroni: 1, redis: 2, sentinel: 1 });
  expect(planOf('etcd-leader-kill', seenAs(h.healthySnapshot({ patroni: null }))).tolerance).not.toHaveProperty(
    'patroni',
  );
});

describe('a drill is fitted to the stack', () => {
  test('without synchronous replication a loss may be as configured', () => {
    const off = seenAs(h.healthySnapshot({}, { syncMode: 'off', syncStandbys: [] }));
    expect(planOf('patroni-leader-kill', off).drill.expects.patroni?.loss).toBe('as-configured');
    expect(planOf('patroni-leader-kill').drill.expects.patroni?.loss).toBe('none');
  });

  test('a system that is not there is not watched', () => {
    expect(Object.keys(planOf('etcd-leader-kill', seenAs(h.healthySnapshot({ patroni: null }))).drill.expects)).toEqual(
      ['etcd'],
    );
  });

  test('without netem the slow network loses packets and is narrow instead, and says so', () => {
    const { drill, missing } = planOf('slow-network', seenWith(), { netem: false });
    expect(drill.breaks.map(({ fault }) => fault.kind)).toEqual(['loss', 'rate']);
    expect(drill.does).toMatch(/cannot delay packets/);
    expect(missing).toEqual([]);
  });

  test('a drill that was fitted fits: planned again it is the same', () => {
    const off = seenAs(h.healthySnapshot({}, { syncMode: 'off', syncStandbys: [] }));
    for (const seen of [seenWith(), off, seenWith(...settingPatroni({ failsafe: true }))]) {
      for (const drill of catalogue) {
        const plan = planDrill(drill, seen, { ...facts, netem: false });
        expect(planDrill(plan.drill, seen, { ...facts, netem: false })).toEqual(plan);
      }
    }
  });

  test('without a sync standby the leader is made slow', () => {
    const off = seenAs(h.healthySnapshot({}, { syncMode: 'off', syncStandbys: [] }));
    expect(planOf('slow-network', off).confirm).toBe('patroni2');
    expect(planOf('slow-network', off).drill.does).toMatch(/the leader/);
  });

  test('in failsafe mode Patroni is to keep its leader while etcd is away', () => {
    const seen = seenWith(...settingPatroni({ failsafe: true }));
    expect(planOf('etcd-quorum-loss', seen).drill.expects.patroni).toMatchObject({
      outage: 'none',
      change: 'same-leader',
    });
  });

  test('where a crash may take no time at all it is a failover', () => {
    const seen = seenWith(...settingPatroni({ primaryStartTimeoutMs: 0 }));
    expect(planOf('patroni-postgres-crash', seen).drill.expects.patroni?.change).toBe('new-leader');
  });
});

describe('what stands in the way', () => {
  const missing = (id: string, ...modifiers: h.Modifier[]) => planOf(id, seenWith(...modifiers)).missing;
  const entry: JournalEntry = {
    schema: 1,
    id: 'a1',
    project: 'paws',
    host: null,
    drill: 'patroni-leader-pause',
    what: 'pause of patroni2',
    createdAt: 0,
    deadlineAt: 0,
    undo: [],
    owner: { pid: 1, startedAt: '' },
  };

  test('nothing, on a healthy stack, for every drill', () => {
    const seen = seenWith();
    for (const id of ['patroni-leader-kill', 'redis-switchover', 'etcd-quorum-loss', 'cascade', 'slow-network']) {
      expect(planOf(id, seen).missing).toEqual([]);
    }
  });

  test('a system that is not ok, with its reason; others do not matter', () => {
    const said = [
      'Patroni is degraded (patroni3 (replica) is stopped (exit 137); the cluster still tolerates 1 more): wait until it is ok',
    ];
    expect(missing('patroni-leader-kill', h.stopped('patroni3'))).toEqual(said);
    expect(missing('redis-master-kill', h.stopped('patroni3'))).toEqual([]);
  });

  test('etcd, for a failover of Patroni', () => {
    expect(missing('patroni-leader-kill', h.stopped('etcd1'))).toEqual([expect.stringMatching(/^etcd is degraded /)]);
  });

  test('a Sentinel in TILT', () => {
    const tilt = h.claiming('sentinel', 'sentinel1', () => ({ tilt: true }));
    expect(missing('redis-master-kill', tilt)).toContain(
      'a Sentinel is in TILT and fails nothing over: wait 30 s, or for the clock to be steady',
    );
    expect(missing('patroni-leader-kill', tilt)).toEqual([]);
  });

  test('Patroni in maintenance mode, or with a switchover to come', () => {
    const all = ['patroni1', 'patroni2', 'patroni3'];
    const paused = all.map((name) =>
      h.claiming('patroni', name, (claim) => ({
        paused: true,
        cluster: claim.cluster && { ...claim.cluster, paused: true },
      })),
    );
    const scheduled = all.map((name) =>
      h.claiming('patroni', name, (claim) => ({
        cluster: claim.cluster && {
          ...claim.cluster,
          scheduledSwitchover: { at: '2026-01-16T03:00:00Z', from: 'patroni2', to: null },
        },
      })),
    );
    expect(missing('patroni-leader-kill', ...paused)).toContain(
      'Patroni is in maintenance mode and fails nothing over: resume it first',
    );
    expect(missing('patroni-leader-kill', ...scheduled)).toContain(
      'a switchover of Patroni is scheduled for 2026-01-16T03:00:00Z: cancel it, or wait for it',
    );
  });

  test('a member that has not answered just now', () => {
    expect(missing('redis-failover', h.silent('redis2', 2000))).toEqual([
      expect.stringMatching(/^Redis is degraded \(redis2 \(replica\) has not answered for 2 s;/),
    ]);
  });

  test('an engine that is away', () => {
    expect(missing('redis-failover', h.engineLost(1000))).toContain(
      'the container engine does not answer: wait until it is connected again',
    );
  });

  test('a fault in the journal', () => {
    expect(planOf('cascade', seenWith(), { journal: [entry] }).missing).toEqual([
      'a fault is still in the journal (pause of patroni2): run paws-top heal',
    ]);
  });

  test('another process that breaks the stack', () => {
    expect(planOf('cascade', seenWith(), { running: { pid: 71, drill: 'redis-failover' } }).missing).toEqual([
      'process 71 is running the drill redis-failover: wait until it is done',
    ]);
    expect(planOf('cascade', seenWith(), { running: { pid: 71, drill: 'action' } }).missing).toEqual([
      'process 71 is changing the stack: wait until it is done',
    ]);
  });

  test('a container that does not run', () => {
    const drill = {
      ...drillCalled('network-loss'),
      breaks: [{ fault: { kind: 'kill' }, target: { member: 'redis3' } }],
    } as const;
    expect(planDrill(drill, seenWith(h.stopped('redis3')), facts).missing).toContain(
      'the container of redis3 is exited: start it',
    );
  });

  test('more than may be lost, unless that is the point', () => {
    const majority = [{ fault: { kind: 'kill' }, target: 'etcd.majority' }] as const;
    const drill = { ...drillCalled('etcd-leader-kill'), breaks: majority };
    expect(planDrill(drill, seenWith(), facts).missing).toEqual(['etcd can lose 1 member at once, and this takes 2']);
    expect(planDrill({ ...drill, beyondTolerance: true }, seenWith(), facts).missing).toEqual([]);
  });

  test('the only member of a small stack', () => {
    const small = seenAs(h.healthySnapshot({ profile: 'minimal' }));
    expect(planOf('patroni-leader-kill', small).missing).toEqual([
      'Patroni cannot lose a member now: it needs more of them, or all of them back',
    ]);
    expect(planOf('patroni-switchover', small).missing).toEqual([
      'no Patroni member is there to take over: start another one',
    ]);
  });

  test.each([
    ['redis-failover', { redis: 1 }, 'no Redis member is there to take over: start another one'],
    ['redis-switchover', { redis: 1 }, 'no Redis member is there to take over: start another one'],
    ['etcd-move-leader', { etcd: 1, etcdLeader: 'etcd1' }, 'no etcd member is there to take over: start another one'],
  ])('%s with nobody to hand over to', (id, shape, sentence) => {
    expect(planOf(id, seenAs(h.healthySnapshot({}, shape))).missing).toContain(sentence);
  });

  test('a role that nobody has', () => {
    const off = seenAs(h.healthySnapshot({}, { syncMode: 'off', syncStandbys: [] }));
    expect(planOf('patroni-standby-kill', off).missing).toEqual([
      'Patroni has no sync standby: wait until it has named one, or turn synchronous_mode on',
    ]);
  });

  test('netem that is missing, or not looked for yet, where packets are to be delayed', () => {
    const delay = { fault: { kind: 'delay', ms: 50, jitterMs: 0 }, target: 'redis.replica' } as const;
    const drill = { ...drillCalled('sentinel-kill'), breaks: [delay] };
    expect(planDrill(drill, seenWith(), { ...facts, netem: false }).missing).toEqual([
      'this kernel cannot delay packets: load its module sch_netem, or use network-loss or network-rate',
    ]);
    expect(planOf('slow-network', seenWith(), { netem: null }).missing).toHaveLength(1);
    expect(planOf('network-loss', seenWith(), { netem: null }).missing).toEqual([]);
  });
});

describe('how long it is held and guarded', () => {
  test('a kill is held down for the lease and 5 s, and the dead-man comes 30 s later', () => {
    const plan = planOf('patroni-leader-kill');
    const lease = h.patroniSettings.ttlMs + 5000;
    expect(holdDownMs(plan)).toBeGreaterThanOrEqual(lease);
    expect(holdDownMs(plan)).toBeLessThanOrEqual(lease + 1000);
    expect(deadlineMs(plan)).toBe((plan.predictions.patroni?.maxMs ?? 0) + 30_000);
  });

  test('the dead-man comes after what was to be held was mended, and 30 s', () => {
    const plan = planOf('etcd-quorum-loss');
    expect(holdDownMs(plan)).toBe(30_000);
    expect(deadlineMs(plan)).toBeGreaterThanOrEqual(30_000 + 30_000);
    expect(holdDownMs(planOf('patroni-switchover'))).toBe(0);
  });
});
