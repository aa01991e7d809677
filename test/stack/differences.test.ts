import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import type { RedisClaim } from '../../source/stack/claims.ts';
import { eventsBetween } from '../../source/stack/differences.ts';
import type { Report } from '../../source/stack/report.ts';
import * as h from '../helpers/snapshots.ts';

const healthy = h.healthySnapshot();
const of = (...modifiers: h.Modifier[]): Report => report(h.having(healthy, ...modifiers));
const told = (before: Report | null, after: Report) =>
  eventsBetween(before, after, 7).map((event) => `${event.level} ${event.source}: ${event.text}`);
/** What is told of a change, without the verdict's own line. */
const change = (...modifiers: h.Modifier[]) =>
  told(of(), of(...modifiers)).filter((text) => !text.includes('paws-top:'));
const mended = (...modifiers: h.Modifier[]) =>
  told(of(...modifiers), of()).filter((text) => !text.includes('paws-top:'));
const patroniAll = (modify: Parameters<typeof h.claiming<'patroni'>>[2]) =>
  ['patroni1', 'patroni2', 'patroni3'].map((name) => h.claiming('patroni', name, modify));

test('of the first report only that watching has begun', () => {
  expect(eventsBetween(null, of(), 7)).toEqual([
    { at: 7, source: 'paws-top', subject: null, level: 'info', text: 'watching paws: ok, 13 containers' },
  ]);
  expect(told(null, of(h.stopped('redis2')))).toEqual(['warning paws-top: watching paws: degraded, 13 containers']);
});

test('nothing is told when nothing happened', () => {
  expect(eventsBetween(of(), of(), 7)).toEqual([]);
  const later = report({ ...healthy, at: healthy.at + 400 });
  expect(eventsBetween(of(), later, 7)).toEqual([]);
});

describe('containers', () => {
  const backend = (fields: Parameters<typeof h.containing>[1]) => h.containing('backend', fields);
  const row: [string, h.Modifier, string[]][] = [
    ['killed', backend({ state: 'exited', exitCode: 137 }), ['bad docker: backend killed (exit 137)']],
    ['failed', backend({ state: 'exited', exitCode: 2 }), ['bad docker: backend failed (exit 2)']],
    ['stopped', backend({ state: 'exited', exitCode: 0 }), ['info docker: backend stopped (exit 0)']],
    ['paused', backend({ state: 'paused' }), ['warning docker: backend paused']],
    ['restarting', backend({ state: 'restarting', exitCode: 1 }), ['warning docker: backend restarting (exit 1)']],
    ['missing', backend({ state: 'missing' }), ['bad docker: backend removed, and missing']],
    ['unhealthy', backend({ health: 'unhealthy' }), ['bad docker: backend unhealthy']],
    ['restarted', backend({ restarts: 1 }), ['warning docker: backend restarted']],
    ['restarted by hand', backend({ startedAt: h.now - 500 }), ['warning docker: backend restarted']],
    ['recreated', backend({ id: 'other' }), ['info docker: backend recreated']],
    [
      'gone',
      (snapshot) => ({ ...snapshot, containers: snapshot.containers.slice(0, -1) }),
      ['info docker: backend removed'],
    ],
    [
      'new',
      (snapshot) => ({ ...snapshot, containers: [...snapshot.containers, h.container('extra', null)] }),
      ['info docker: extra appeared'],
    ],
  ];
  test.each(row)('%s', (_, modifier, events) => {
    expect(change(modifier)).toEqual(events);
  });

  test('our clock set back or forward restarts nothing', () => {
    const set = report({ ...healthy, at: healthy.at - 3_600_000 });
    expect(told(of(), set).join()).not.toContain('restarted');
    expect(told(set, of()).join()).not.toContain('restarted');
  });

  test('and back again', () => {
    expect(mended(backend({ state: 'exited', exitCode: 137 }))).toEqual(['good docker: backend started']);
    expect(mended(backend({ state: 'paused' }))).toEqual(['good docker: backend resumed']);
    expect(mended(backend({ health: 'starting' }))).toEqual(['good docker: backend healthy']);
  });
});

describe('members', () => {
  test('a stopped one is told of once, by its container', () => {
    expect(change(h.stopped('patroni3'))).toEqual(['bad docker: patroni3 killed (exit 137)']);
    expect(mended(h.stopped('patroni3'))).toEqual([
      'good docker: patroni3 started',
      'good docker: patroni3 healthy',
      'good patroni: patroni3 answers again',
      'good patroni: patroni3 streams',
    ]);
  });

  test('one that hangs is told of when it has failed, not while it is late', () => {
    expect(change(h.silent('redis2', 2000))).toEqual([]);
    expect(change(h.silent('redis2'))).toEqual(['bad redis: redis2 does not answer: no answer within 1000 ms']);
    expect(mended(h.silent('redis2'))).toEqual(['good redis: redis2 answers again']);
  });

  test('one that was never read answers for the first time', () => {
    expect(mended(h.starting('sentinel3'))).toContain('good sentinel: sentinel3 answers');
  });
});

describe('etcd', () => {
  test('a new leader and its term', () => {
    const elected = ['etcd1', 'etcd3'].map((name) =>
      h.claiming('etcd', name, () => ({ leaderId: h.etcdId('etcd1'), term: 5 })),
    );
    expect(change(h.stopped('etcd2'), ...elected)).toContain('info etcd: etcd1 leads · term 4→5');
  });

  test('quorum lost and back', () => {
    const lost = [h.stopped('etcd1'), h.stopped('etcd3'), h.leaderless('etcd2')];
    expect(change(...lost)).toEqual(expect.arrayContaining(['bad etcd: quorum lost · 0/3', 'bad etcd: no leader']));
    expect(mended(...lost)).toEqual(
      expect.arrayContaining(['good etcd: quorum back · 3/3', 'info etcd: etcd2 leads · term 5→4']),
    );
  });

  test('a term that rises under the same leader, and alarms', () => {
    const voted = ['etcd1', 'etcd2', 'etcd3'].map((name) => h.claiming('etcd', name, () => ({ term: 6 })));
    expect(change(...voted)).toEqual(['info etcd: term 4→6']);
    const full = h.claiming('etcd', 'etcd1', ({ memberId }) => ({ alarms: [{ memberId, alarm: 'NOSPACE' }] }));
    expect(change(full)).toEqual(['bad etcd: etcd1 raised NOSPACE']);
    expect(mended(full)).toEqual(['good etcd: etcd1 cleared NOSPACE']);
  });
});

describe('patroni', () => {
  test('no leader, then another on the next timeline', () => {
    expect(change(h.noLeader)).toEqual(expect.arrayContaining(['bad patroni: no leader', 'bad patroni: not writable']));
    const next = report(h.healthySnapshot({}, { patroniLeader: 'patroni1', syncStandbys: ['patroni3'], timeline: 8 }));
    expect(told(of(h.noLeader), next)).toEqual(
      expect.arrayContaining(['info patroni: patroni1 leads · TL 7→8', 'good patroni: patroni1 is writable']),
    );
    expect(told(of(), next)).toEqual(
      expect.arrayContaining([
        'info patroni: patroni1 leads · TL 7→8',
        'info patroni: sync standby patroni1 → patroni3',
      ]),
    );
  });

  test('a sync standby that is lost', () => {
    const none = patroniAll((claim) => ({
      syncStandby: false,
      cluster: claim.cluster && {
        ...claim.cluster,
        members: claim.cluster.members.map((row) => ({ ...row, role: row.role === 'leader' ? 'leader' : 'replica' })),
      },
    }));
    expect(change(...none)).toContain('warning patroni: no sync standby');
    expect(mended(...none)).toContain('info patroni: sync standby patroni1');
  });

  test('a pause, a stream that ends, a restart that is due', () => {
    const pause = h.claiming('patroni', 'patroni2', () => ({ paused: true }));
    expect(change(pause)).toEqual(['warning patroni: paused: no automatic failover']);
    expect(mended(pause)).toEqual(['good patroni: resumed']);
    const cut = h.claiming('patroni', 'patroni3', () => ({ state: 'running', replicationState: null }));
    expect(change(cut)).toEqual(['warning patroni: patroni3 does not stream (running)']);
    expect(mended(cut)).toEqual(['good patroni: patroni3 streams']);
    expect(change(h.claiming('patroni', 'patroni3', () => ({ pendingRestart: true })))).toEqual([
      'info patroni: patroni3 waits for a restart',
    ]);
  });
});

describe('redis and its Sentinels', () => {
  const isMaster = (): Partial<RedisClaim> => ({ role: 'master', masterAddress: null, link: null });

  test('the master is lost, and another takes over', () => {
    expect(change(h.stopped('redis1'))).toEqual(['bad docker: redis1 killed (exit 137)', 'bad redis: no master']);
    const next = report(h.having(h.healthySnapshot({}, { redisMaster: 'redis3' })));
    expect(told(of(), next)).toContain('info redis: redis3 is master (was redis1)');
    expect(told(of(h.stopped('redis1')), next)).toContain('info redis: redis3 is master');
  });

  test('two masters, and one again', () => {
    const split = h.claiming('redis', 'redis3', isMaster);
    expect(change(split)).toEqual(['bad redis: redis1 and redis3 are both master']);
    expect(mended(split)).toEqual(['good redis: one master again: redis1']);
  });

  test('a link that breaks', () => {
    const cut = h.claiming('redis', 'redis2', () => ({ link: 'down' }));
    expect(change(cut)).toEqual(['warning redis: redis2 lost its link to the master']);
    expect(mended(cut)).toEqual(['good redis: redis2 is linked again']);
  });

  test('opinions, agreement and their end', () => {
    const opinion = (name: string, odown: boolean) =>
      h.claiming('sentinel', name, (claim) => ({
        masters: claim.masters.map((master) => ({ ...master, sdown: true, odown })),
      }));
    const both = [opinion('sentinel1', true), opinion('sentinel2', true)];
    expect(change(...both)).toEqual([
      'bad sentinel: +s_down redis1 · sentinel1 and sentinel2',
      'bad sentinel: +o_down redis1 · sentinel1 and sentinel2',
    ]);
    expect(mended(...both)).toEqual([
      'good sentinel: −s_down redis1 · sentinel1 and sentinel2',
      'good sentinel: −o_down redis1 · sentinel1 and sentinel2',
    ]);
  });

  test('disagreement, TILT and a lost majority', () => {
    const other = h.claiming('sentinel', 'sentinel3', (claim) => ({
      masters: claim.masters.map((master) => ({ ...master, address: h.redisAddress('redis2') })),
    }));
    expect(change(other)).toEqual(['warning sentinel: Sentinels disagree: redis1 and redis2']);
    expect(mended(other)).toEqual(['good sentinel: Sentinels agree on redis1']);
    const tilt = h.claiming('sentinel', 'sentinel2', () => ({ tilt: true }));
    expect(change(tilt)).toEqual(['bad sentinel: sentinel2 is in TILT']);
    expect(mended(tilt)).toEqual(['good sentinel: sentinel2 has left TILT']);
    expect(change(h.stopped('sentinel1'), h.stopped('sentinel2'))).toContain(
      'bad sentinel: too few Sentinels to fail over · 1/3',
    );
    expect(mended(h.stopped('sentinel1'), h.stopped('sentinel2'))).toContain(
      'good sentinel: Sentinels can fail over again',
    );
  });
});

describe('while it is unknown', () => {
  const everybody = (system: string) => [1, 2, 3].map((number) => h.silent(`${system}${number}`));
  test.each(['etcd', 'patroni', 'redis', 'sentinel'])(
    '%s: silence is no loss of a leader, and its end no gain',
    (system) => {
      const silent = of(...everybody(system));
      expect(told(of(), silent).filter((text) => !/does not answer|paws-top/.test(text))).toEqual([]);
      expect(told(silent, of()).filter((text) => !/answers again|paws-top/.test(text))).toEqual([]);
    },
  );

  test('what changed meanwhile is told afterwards, against what was known last', () => {
    const [first, second] = [of(...everybody('patroni')), of(...everybody('patroni'))];
    told(of(), first);
    expect(told(first, second)).toEqual([]);
    const next = report(h.healthySnapshot({}, { patroniLeader: 'patroni1', syncStandbys: ['patroni2'], timeline: 8 }));
    expect(told(second, next)).toEqual(
      expect.arrayContaining([
        'info patroni: patroni1 leads · TL 7→8',
        'info patroni: sync standby patroni1 → patroni2',
      ]),
    );
  });

  test('a moment in which nobody can tell whether the leader is writable is no event, a new answer is', () => {
    const unsure = () => of(h.postgres('patroni2', { replication: [] }));
    const [first, second] = [unsure(), unsure()];
    expect(first.patroni?.writable).toBeNull();
    const writable = (before: Report, after: Report) => told(before, after).filter((text) => text.includes('writable'));
    expect([...writable(of(), first), ...writable(first, of())]).toEqual([]);
    expect(writable(of(h.postgres('patroni2', { readOnly: true })), second)).toEqual([]);
    expect(writable(second, of())).toEqual(['good patroni: patroni2 is writable']);
  });

  test('some stopped and the rest silent is not known either', () => {
    const silent = of(h.stopped('etcd1'), h.silent('etcd2'), h.silent('etcd3'));
    expect(silent.etcd).toMatchObject({ verdict: 'degraded', leader: null });
    expect(told(of(), silent).join()).not.toContain('no leader');
  });

  test('Sentinels that were too few do not fail over again because they fell silent', () => {
    const few = of(h.stopped('sentinel1'), h.stopped('sentinel2'));
    const silent = of(...everybody('sentinel'));
    expect(told(few, silent).join()).not.toContain('can fail over');
    expect(told(silent, of())).toContain('good sentinel: Sentinels can fail over again');
  });
});

test('a master of a moment ago and its successor are not two', () => {
  const before = h.having(healthy, h.stopped('redis1'));
  const after = h.having(h.healthySnapshot({}, { redisMaster: 'redis3' }), h.twoMasters('redis1'));
  const redis1Before = after.redis?.map((row) =>
    row.name === 'redis1' ? { ...row, reading: { ...row.reading, at: h.now - 900 } } : row,
  );
  expect(told(report(before), report({ ...after, redis: redis1Before ?? null })).join()).not.toContain('both master');
});

test('the verdict changes last, with its worst reason', () => {
  const events = eventsBetween(of(), of(h.stopped('redis2')), 7);
  expect(events.at(-1)).toEqual({
    at: 7,
    source: 'paws-top',
    subject: 'redis2',
    level: 'warning',
    text: 'ok → degraded: redis2 (replica) is stopped (exit 137); the cluster still tolerates 1 more',
  });
  expect(told(of(h.stopped('redis2')), of()).at(-1)).toBe('good paws-top: degraded → ok');
});

test('the engine goes and comes back', () => {
  expect(told(of(), of(h.engineLost(500)))[0]).toBe('bad docker: engine lost: cannot connect to the Docker daemon');
  expect(told(of(h.engineLost(500)), of())[0]).toBe('good docker: engine answers again');
});

test('no sentence is told twice for one change, whatever breaks', () => {
  const breaks = healthy.containers
    .filter((box) => box.role !== 'backend')
    .flatMap((box) => [h.stopped, h.paused, h.silent, h.missing].map((how) => how(box.service ?? '')));
  for (const modifier of breaks) {
    const texts = told(of(), of(modifier));
    expect(new Set(texts).size).toBe(texts.length);
    expect(texts.length).toBeGreaterThan(0);
  }
});
