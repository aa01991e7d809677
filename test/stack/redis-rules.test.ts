import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import * as h from '../helpers/snapshots.ts';

const assess = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot(), ...modifiers));
const minimal = (...modifiers: h.Modifier[]) =>
  report(h.having(h.healthySnapshot({ profile: 'minimal' }), ...modifiers));
const texts = (of: ReturnType<typeof report>, system = 'redis') =>
  of.verdict.reasons.filter((reason) => reason.system === system).map((reason) => reason.text);
const sentinels = ['sentinel1', 'sentinel2', 'sentinel3'];
/** What all Sentinels say of their one master. */
const sentinelsSay = (change: Partial<import('../../source/stack/claims.ts').SentinelMaster>, names = sentinels) =>
  names.map((name) =>
    h.claiming('sentinel', name, (claim) => ({ masters: claim.masters.map((master) => ({ ...master, ...change })) })),
  );

test('one master and two replicas that keep up can lose two', () => {
  const { redis } = assess();
  expect(redis).toMatchObject({ verdict: 'ok', masterName: 'paws-redis-master', master: 'redis1', canLose: 2 });
  expect(redis?.members.map((row) => [row.role, row.link, row.lagBytes])).toEqual([
    ['master', null, null],
    ['slave', 'up', 0],
    ['slave', 'up', 0],
  ]);
});

describe('nodes that do not answer', () => {
  const table: [string, h.Modifier[], string, string | null, number, RegExp][] = [
    [
      'a replica is stopped',
      [h.stopped('redis3')],
      'degraded',
      'redis1',
      1,
      /^redis3 \(replica\) is stopped \(exit 137\); the cluster still tolerates 1 more$/,
    ],
    ['a replica is paused', [h.paused('redis2')], 'degraded', 'redis1', 1, /^redis2 \(replica\) is paused/],
    [
      'both replicas are stopped',
      [h.stopped('redis2'), h.stopped('redis3')],
      'degraded',
      'redis1',
      0,
      /^redis2 \(replica\) is stopped.*tolerates no further loss$/,
    ],
    [
      'the master is killed',
      [h.stopped('redis1')],
      'down',
      null,
      0,
      /^redis1 \(master\) is stopped \(exit 137\); Sentinels have not agreed on a new one yet$/,
    ],
    ['the master is paused', [h.paused('redis1')], 'down', null, 0, /^redis1 \(master\) is paused/],
    [
      'the master is killed with two Sentinels',
      [h.stopped('redis1'), h.stopped('sentinel1'), h.stopped('sentinel2')],
      'down',
      null,
      0,
      /too few Sentinels to elect another$/,
    ],
    ['the master hangs', [h.silent('redis1')], 'degraded', 'redis1', 2, /^redis1 \(master\) has not answered for 4 s/],
    [
      'the master hangs and Sentinels agree',
      [h.silent('redis1'), ...sentinelsSay({ sdown: true, odown: true })],
      'down',
      'redis1',
      2,
      /^redis1 \(master\) has not answered for 4 s; Sentinels agree that it is down$/,
    ],
    [
      'all hang',
      ['redis1', 'redis2', 'redis3'].map((name) => h.silent(name)),
      'unknown',
      'redis1',
      0,
      /^no Redis node answers/,
    ],
    [
      'all are stopped',
      ['redis1', 'redis2', 'redis3'].map((name) => h.stopped(name)),
      'down',
      null,
      0,
      /^redis1 \(master\) is stopped/,
    ],
  ];
  test.each(table)('%s', (_, modifiers, verdict, master, canLose, first) => {
    const result = assess(...modifiers);
    expect(result.redis).toMatchObject({ verdict, master, canLose });
    expect(texts(result)[0]).toMatch(first);
  });

  test('once another has taken over, the dead master is a dead replica', () => {
    const took = [
      h.stopped('redis1'),
      h.claiming('redis', 'redis3', () => ({ role: 'master' as const, masterAddress: null, link: null })),
      h.claiming('redis', 'redis2', () => ({ masterAddress: h.redisAddress('redis3') })),
      ...sentinelsSay({ address: h.redisAddress('redis3') }),
    ];
    const result = assess(...took);
    expect(result.redis).toMatchObject({ verdict: 'degraded', master: 'redis3', canLose: 1 });
    expect(result.redis?.members[0]?.role).toBeNull();
    expect(texts(result)).toEqual(['redis1 (replica) is stopped (exit 137); the cluster still tolerates 1 more']);
  });
});

describe('who is master', () => {
  test('two that accept writes are down', () => {
    const result = assess(h.twoMasters('redis3'));
    expect(result.redis).toMatchObject({ verdict: 'down', master: 'redis1', canLose: 0 });
    expect(result.verdict.reasons[0]).toMatchObject({ system: 'redis', member: 'redis3' });
    expect(texts(result)[0]).toMatch(/^redis1 and redis3 both accept writes.*; the Sentinels name redis1$/);
  });

  test('a master that the Sentinels do not name is told', () => {
    const result = assess(...sentinelsSay({ address: h.redisAddress('redis2') }));
    expect(result.redis).toMatchObject({ master: 'redis1', verdict: 'degraded' });
    expect(texts(result)[0]).toBe('redis1 says that it is master, the Sentinels name redis2');
  });

  test('nodes that all follow leave nobody to write to', () => {
    const result = assess(
      h.claiming('redis', 'redis1', () => ({
        role: 'slave' as const,
        masterAddress: h.redisAddress('redis2'),
        link: 'down',
      })),
    );
    expect(result.redis).toMatchObject({ verdict: 'down', master: null });
    expect(texts(result)[0]).toBe('no Redis node is master: redis1, redis2 and redis3 only follow');
  });

  test('independent servers without Sentinels are no split', () => {
    const alone = ['redis1', 'redis2', 'redis3'].map((name) =>
      h.claiming('redis', name, () => ({ role: 'master' as const, masterAddress: null, link: null, replicas: [] })),
    );
    const result = report({ ...h.having(h.healthySnapshot(), ...alone), sentinel: null });
    expect(result.redis).toMatchObject({ verdict: 'ok', master: null, canLose: 0 });
  });
});

describe('what nodes say of themselves', () => {
  const table: [string, h.Modifier, string, RegExp][] = [
    [
      'link down',
      h.claiming('redis', 'redis2', () => ({ link: 'down' })),
      'degraded',
      /^redis2 \(replica\) has lost its link to redis1$/,
    ],
    [
      'wrong master',
      h.claiming('redis', 'redis3', () => ({ masterAddress: h.redisAddress('redis2') })),
      'degraded',
      /^redis3 \(replica\) follows redis2, not the master redis1$/,
    ],
    [
      'unknown master',
      h.claiming('redis', 'redis3', () => ({ masterAddress: '10.0.0.9:6379' })),
      'degraded',
      /follows 10\.0\.0\.9:6379, not the master redis1$/,
    ],
    [
      'a replica loads',
      h.claiming('redis', 'redis3', () => ({ loading: true })),
      'degraded',
      /^redis3 \(replica\) is loading its data$/,
    ],
    [
      'the master loads',
      h.claiming('redis', 'redis1', () => ({ loading: true })),
      'down',
      /^redis1 \(master\) is loading its data and refuses commands$/,
    ],
    [
      'far behind',
      h.claiming('redis', 'redis1', (claim) => ({ offset: claim.offset + 2 ** 25 })),
      'degraded',
      /^redis2 \(replica\) is 32M behind$/,
    ],
  ];
  test.each(table)('%s', (_, modifier, verdict, text) => {
    const result = assess(modifier);
    expect(result.redis?.verdict).toBe(verdict);
    expect(texts(result)[0]).toMatch(text);
    expect(result.redis?.canLose).toBeLessThan(3);
  });

  test('a replica of a replica is fine where no Sentinel would mend it', () => {
    const chained = h.claiming('redis', 'redis3', () => ({ masterAddress: h.redisAddress('redis2') }));
    expect(report({ ...h.having(h.healthySnapshot(), chained), sentinel: null }).redis?.verdict).toBe('ok');
  });
});

describe('one Redis alone', () => {
  test('tolerates nothing and is well', () => {
    expect(minimal().redis).toMatchObject({ verdict: 'ok', master: 'redis1', masterName: null, canLose: 0 });
    expect(minimal().sentinel).toBeNull();
  });

  test.each([
    ['stopped', h.stopped('redis1'), 'down'],
    ['refusing', h.refusing('redis1'), 'down'],
    ['silent', h.silent('redis1'), 'unknown'],
    ['late', h.silent('redis1', 2000), 'unknown'],
    ['starting', h.starting('redis1'), 'unknown'],
  ])('%s', (_, modifier, verdict) => {
    expect(minimal(modifier).redis?.verdict).toBe(verdict);
  });
});

describe('Sentinels', () => {
  test('one that has not heard of the replicas yet could not promote them, and is told', () => {
    const { verdict, sentinel } = assess(...sentinelsSay({ replicas: [] }, ['sentinel2']));
    expect(verdict.level).toBe('degraded');
    expect(sentinel?.verdict).toBe('degraded');
    expect(verdict.reasons.map(({ text }) => text)).toEqual([
      'sentinel2 has not heard of redis2 and redis3 yet, and could not promote them',
    ]);
  });

  test('three that agree can lose one', () => {
    const { sentinel } = assess();
    expect(sentinel).toMatchObject({ verdict: 'ok', tilt: false });
    expect(sentinel?.quorum).toEqual({ size: 3, needed: 2, majority: 2, healthy: 3, canLose: 1 });
    expect(sentinel?.members[0]).toMatchObject({ masterSeen: 'redis1', sdown: false, odown: false, epoch: 3 });
  });

  const table: [string, h.Modifier[], string, string, number, RegExp][] = [
    [
      'one stopped',
      [h.stopped('sentinel1')],
      'degraded',
      'degraded',
      0,
      /^sentinel1 is stopped \(exit 137\); the Sentinels tolerate no further loss$/,
    ],
    [
      'two stopped: Redis still writes',
      [h.stopped('sentinel1'), h.stopped('sentinel2')],
      'down',
      'degraded',
      0,
      /^Sentinels cannot fail over: 1 of 3/,
    ],
    ['all silent', sentinels.map((name) => h.silent(name)), 'unknown', 'unknown', 0, /^no Sentinel answers/],
    [
      'one in TILT',
      [h.claiming('sentinel', 'sentinel2', () => ({ tilt: true }))],
      'degraded',
      'degraded',
      0,
      /^sentinel2 distrusts the clock \(TILT\)/,
    ],
    [
      'all in TILT',
      sentinels.map((name) => h.claiming('sentinel', name, () => ({ tilt: true }))),
      'down',
      'degraded',
      0,
      /^Sentinels cannot fail over: 0 of 3/,
    ],
    [
      'one disagrees',
      sentinelsSay({ address: h.redisAddress('redis2') }, ['sentinel3']),
      'degraded',
      'degraded',
      0,
      /^Sentinels disagree on the master: sentinel1 and sentinel2 for redis1; sentinel3 for redis2$/,
    ],
    [
      'one holds the master to be down',
      sentinelsSay({ sdown: true }, ['sentinel3']),
      'degraded',
      'degraded',
      1,
      /^sentinel3 holds redis1 to be down \(s_down\), although it answers here$/,
    ],
    [
      'all agree that it is down',
      sentinelsSay({ sdown: true, odown: true }),
      'degraded',
      'degraded',
      1,
      /^Sentinels agree that redis1 is down \(o_down\)/,
    ],
    [
      'a failover',
      sentinelsSay({ failoverInProgress: true }, ['sentinel1']),
      'degraded',
      'degraded',
      1,
      /^a failover of paws-redis-master is under way$/,
    ],
    [
      'ckquorum fails',
      sentinelsSay({ usable: { ok: false, text: 'NOQUORUM 1 usable' } }),
      'degraded',
      'degraded',
      1,
      /^sentinel1 expects no failover to work: NOQUORUM 1 usable$/,
    ],
    [
      'one knows too few',
      sentinelsSay({ sentinels: [] }, ['sentinel3']),
      'degraded',
      'degraded',
      1,
      /^sentinel3 knows 0 of the 2 other Sentinels$/,
    ],
    [
      'one watches nothing',
      [h.claiming('sentinel', 'sentinel3', () => ({ masters: [] }))],
      'degraded',
      'degraded',
      0,
      /^sentinel3 watches no master$/,
    ],
    [
      'a partition inside',
      sentinelsSay({ replicas: [{ address: h.redisAddress('redis3'), flags: ['slave', 's_down'], sdown: true }] }, [
        'sentinel1',
        'sentinel2',
      ]),
      'degraded',
      'degraded',
      1,
      /^sentinel1 and sentinel2 cannot reach redis3 \(s_down\), although it answers here$/,
    ],
  ];
  test.each(table)('%s', (_, modifiers, verdict, whole, canLose, first) => {
    const result = assess(...modifiers);
    expect(result.sentinel?.verdict).toBe(verdict);
    expect(result.verdict.level).toBe(whole);
    expect(result.sentinel?.quorum.canLose).toBe(canLose);
    expect(texts(result, 'sentinel')[0]).toMatch(first);
  });

  test('a quorum above the majority is what counts', () => {
    expect(assess(...sentinelsSay({ quorum: 3 })).sentinel?.quorum).toMatchObject({
      needed: 3,
      majority: 2,
      canLose: 0,
    });
  });

  test('without a majority Redis tolerates no loss of its own', () => {
    expect(assess(h.stopped('sentinel1'), h.stopped('sentinel2')).redis).toMatchObject({ verdict: 'ok', canLose: 0 });
  });

  test('a master that is no member is shown by its address', () => {
    const result = assess(...sentinelsSay({ address: '10.0.0.9:6379' }, ['sentinel3']));
    expect(result.sentinel?.members[2]?.masterSeen).toBe('10.0.0.9:6379');
  });
});

test('a master of a moment ago is not a second one once another is', () => {
  const split = h.having(h.healthySnapshot({}, { redisMaster: 'redis3' }), h.twoMasters('redis1'));
  expect(report(split).redis).toMatchObject({ verdict: 'down', master: 'redis3' });
  const redis = split.redis?.map((row) =>
    row.name === 'redis1' ? { ...row, reading: { ...row.reading, at: h.now - 900 } } : row,
  );
  expect(texts(report({ ...split, redis: redis ?? null })).join()).not.toContain('accept writes');
  expect(report({ ...split, redis: redis ?? null }).redis).toMatchObject({ master: 'redis3' });
});
