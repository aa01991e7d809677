import { describe, expect, test } from 'vitest';
import { catalogue } from '../../source/drills/catalogue.ts';
import { planDrill } from '../../source/drills/plan.ts';
import { stopsByMs } from '../../source/drills/prediction.ts';
import type { Break, Facts, Measured, Prediction } from '../../source/drills/types.ts';
import * as h from '../helpers/snapshots.ts';
import { drillCalled, facts, planOf, seenAs, seenWith, settingPatroni, settingSentinels } from './seen.ts';

function predicted(id: string, system: Measured, seen = seenWith(), known: Partial<Facts> = {}): Prediction {
  const prediction = planOf(id, seen, known).predictions[system];
  if (prediction === undefined) throw new Error(`${id} predicts nothing of ${system}`);
  return prediction;
}

/** The prediction for Patroni when these things break at once. */
function breaking(breaks: readonly Break[], seen = seenWith()): Prediction {
  const drill = { ...drillCalled('patroni-leader-kill'), breaks };
  const prediction = planDrill(drill, seen, facts).predictions.patroni;
  if (prediction === undefined) throw new Error('nothing is predicted');
  return prediction;
}

const within = ({ minMs, maxMs }: Prediction, ...times: number[]) => times.filter((ms) => ms < minMs || ms > maxMs);

describe('what was measured on this stack lies inside, and not for want of narrowness', () => {
  test.each<[string, Measured, number[], number]>([
    ['patroni-leader-kill', 'patroni', [19_000, 20_600, 22_000], 7000],
    ['patroni-leader-pause', 'patroni', [19_000, 22_000, 24_500], 7000],
    ['patroni-switchover', 'patroni', [1500], 6000],
    ['redis-master-kill', 'redis', [2300, 3500], 3500],
    ['redis-switchover', 'redis', [750], 13_000],
    ['etcd-leader-kill', 'etcd', [1000, 2500], 3000],
  ])('%s', (id, system, measured, width) => {
    const prediction = predicted(id, system);
    expect(within(prediction, ...measured)).toEqual([]);
    expect(prediction.maxMs - prediction.minMs).toBeLessThanOrEqual(width);
  });
});

test('the reason is told in words and figures', () => {
  expect(predicted('patroni-leader-kill', 'patroni').why).toBe(
    'the lease of 20 s is renewed every 2 s, so it ends 18–20 s after the kill; etcd notices that within 0.5 s; up to 2 s to ask the dead leader for its state; 0.5–2 s to promote',
  );
  expect(predicted('redis-master-pause', 'redis').why).toMatch(
    /^its silence begins with the next PING, within 1 s, and is called down after 2 s; up to 1 s until the Sentinels/,
  );
  expect(predicted('etcd-quorum-loss', 'patroni').why).toMatch(/goes read-only within 14.7 s; it is left so for 30 s/);
});

describe('the live configuration decides', () => {
  test('Patroni: the lease', () => {
    const slow = seenWith(...settingPatroni({ ttlMs: 30_000, loopWaitMs: 10_000, retryTimeoutMs: 10_000 }));
    expect(predicted('patroni-leader-kill', 'patroni', slow)).toMatchObject({ minMs: 20_500, boundMs: 34_500 });
  });

  test('Patroni that does not tell its settings: its defaults, which is said', () => {
    const unset = ['patroni1', 'patroni2', 'patroni3'].map((name) =>
      h.claiming('patroni', name, () => ({ settings: null })),
    );
    const prediction = predicted('patroni-leader-kill', 'patroni', seenWith(...unset));
    expect(prediction).toMatchObject({
      minMs: 20_500,
      why: expect.stringMatching(/^Patroni does not tell its settings/),
    });
  });

  test('what is left of the lease makes it narrower, unless it is about to be renewed', () => {
    const slow = seenWith(...settingPatroni({ ttlMs: 30_000, loopWaitMs: 10_000 }));
    const left = (leaseLeftMs: number) => {
      const { minMs, boundMs } = predicted('patroni-leader-kill', 'patroni', slow, { leaseLeftMs });
      return [minMs, boundMs];
    };
    expect(left(25_000)).toEqual([24_500, 30_500]);
    expect(left(29_000)).toEqual([28_500, 34_500]);
    expect(left(20_000)).toEqual([20_500, 34_500]);
  });

  test('Redis: down-after', () => {
    const slow = seenWith(...settingSentinels({ downAfterMs: 30_000 }));
    expect(predicted('redis-master-kill', 'redis', slow)).toMatchObject({ minMs: 30_000, boundMs: 32_200 });
  });

  test('etcd: its election timeout', () => {
    const slow = predicted('etcd-leader-kill', 'etcd', seenWith(), { etcdElectionMs: 5000 });
    expect(slow).toMatchObject({ minMs: 4500, boundMs: 10_500 });
  });
});

describe('Patroni', () => {
  test('in order there is no lease to wait for', () => {
    for (const id of ['patroni-leader-stop', 'patroni-switchover', 'patroni-failover']) {
      expect(predicted(id, 'patroni')).toMatchObject({ minMs: 300, maxMs: 6000 });
    }
  });

  test('with the etcd leader gone too the lease begins anew', () => {
    const both = predicted('cascade', 'patroni');
    expect(both.minMs).toBeGreaterThan(h.patroniSettings.ttlMs);
    expect(both.boundMs).toBe(28_000);
    expect(both.why).toMatch(/gives the lease its whole 20 s again/);
  });

  test('a crash is mended in place, sooner than a lease ends', () => {
    const prediction = predicted('patroni-postgres-crash', 'patroni');
    expect(prediction.maxMs).toBeLessThan(10_000);
    expect(prediction.why).toMatch(/in place/);
    const never = predicted(
      'patroni-postgres-crash',
      'patroni',
      seenWith(...settingPatroni({ primaryStartTimeoutMs: 0 })),
    );
    expect(never.why).toMatch(/hands over/);
  });

  test('writes go on without a replica, without a Sentinel and without a follower', () => {
    const goesOn = { minMs: 0, maxMs: 0, boundMs: 0 };
    expect(predicted('patroni-replica-kill', 'patroni')).toMatchObject(goesOn);
    expect(predicted('etcd-follower-kill', 'patroni')).toMatchObject(goesOn);
    expect(predicted('etcd-leader-kill', 'patroni')).toMatchObject(goesOn);
    expect(predicted('sentinel-kill', 'redis')).toMatchObject(goesOn);
  });

  test('commits wait for a killed sync standby one loop, for a frozen one until its own lease ends', () => {
    expect(predicted('patroni-standby-kill', 'patroni')).toMatchObject({ minMs: 0, boundMs: 3000 });
    const frozen = breaking([{ fault: { kind: 'pause' }, target: 'patroni.sync_standby' }]);
    expect(frozen).toMatchObject({ minMs: 18_000, boundMs: 23_500 });
  });

  test('a quorum of standbys that stands waits for none of them', () => {
    const shape = { syncMode: 'quorum', syncStandbys: ['patroni1', 'patroni3'] } as const;
    const quorum = seenAs(h.healthySnapshot({}, shape));
    expect(breaking([{ fault: { kind: 'kill' }, target: 'patroni.sync_standby' }], quorum)).toMatchObject({
      maxMs: 0,
      why: '1 standby can still confirm, and commits wait for 1',
    });
  });

  test('without etcd nobody writes until it is mended, unless failsafe mode holds', () => {
    const lost = predicted('etcd-quorum-loss', 'patroni');
    expect(lost.minMs).toBeGreaterThanOrEqual(25_000);
    expect(predicted('etcd-quorum-loss', 'patroni', seenWith(...settingPatroni({ failsafe: true }))).maxMs).toBe(0);
  });

  test('cut from the other databases alone it keeps its lease', () => {
    const cut = (from: 'all' | readonly ['redis'] | readonly ['etcd']) =>
      breaking([{ fault: { kind: 'partition', from }, target: 'patroni.leader' }]);
    expect([cut('all').minMs, cut(['etcd']).minMs, cut(['redis']).minMs]).toEqual([18_500, 18_500, 0]);
  });
});

test('by when writes have stopped that a drill stops', () => {
  expect(stopsByMs('etcd', seenWith())).toBe(1000);
  expect(stopsByMs('patroni', seenWith())).toBeCloseTo(2000 + 1667 + 4000 + 5000 + 2000, -1);
  const hold = drillCalled('etcd-quorum-loss').hold;
  const defaults = seenWith(...settingPatroni({ loopWaitMs: 10_000, retryTimeoutMs: 10_000 }));
  expect(hold).toEqual({ ms: 30_000 });
  expect(stopsByMs('patroni', defaults)).toBeLessThan(30_000);
});

test('no prediction is wider than half as much again as its formula, whatever is configured', () => {
  const wide: string[] = [];
  let looked = 0;
  for (const ttlMs of [20_000, 30_000, 60_000]) {
    for (const loopWaitMs of [1000, 2000, 10_000]) {
      for (const downAfterMs of [1000, 2000, 5000, 30_000]) {
        for (const syncMode of ['off', 'on', 'quorum'] as const) {
          const shape = { syncMode, syncStandbys: syncMode === 'off' ? [] : ['patroni1'] };
          const set = [
            ...settingPatroni({ ttlMs, loopWaitMs, synchronousMode: syncMode }),
            ...settingSentinels({ downAfterMs }),
          ];
          const seen = seenAs(h.having(h.healthySnapshot({}, shape), ...set));
          for (const drill of catalogue) {
            const { predictions } = planDrill(drill, seen, { ...facts, netem: downAfterMs > 2000 });
            for (const [system, { minMs, maxMs, boundMs, why }] of Object.entries(predictions)) {
              looked += 1;
              const fine = minMs >= 0 && minMs <= boundMs && boundMs <= maxMs && maxMs <= 1.5 * boundMs && why !== '';
              if (!fine) wide.push(`${drill.id} ${system}: ${minMs} ${maxMs} ${boundMs} ${why}`);
            }
          }
        }
      }
    }
  }
  expect(wide).toEqual([]);
  expect(looked).toBeGreaterThan(catalogue.length * 100);
});
