import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import * as h from '../helpers/snapshots.ts';

const of = (shape: Partial<h.Shape>, ...modifiers: h.Modifier[]) =>
  report(h.having(h.healthySnapshot({}, shape), ...modifiers));
const assess = (...modifiers: h.Modifier[]) => of({}, ...modifiers);
const texts = (result: ReturnType<typeof report>) =>
  result.verdict.reasons.filter((reason) => reason.system === 'patroni').map((reason) => reason.text);
const all = ['patroni1', 'patroni2', 'patroni3'];
/** As the two others see it once patroni1 was promoted. */
const promoted = (name: string) => (claim: import('../../source/stack/claims.ts').PatroniClaim) => ({
  timeline: 8,
  cluster: claim.cluster && {
    ...claim.cluster,
    members: claim.cluster.members.map((row) => ({
      ...row,
      timeline: 8,
      role: row.name === name ? 'leader' : 'replica',
    })),
  },
});

test('a healthy cluster is writable through its leader and can lose one', () => {
  const { patroni } = assess();
  expect(patroni).toMatchObject({
    verdict: 'ok',
    scope: 'paws',
    leader: 'patroni2',
    writable: true,
    timeline: 7,
    paused: false,
    syncMode: 'on',
    canLose: 1,
  });
  expect(patroni?.members.map((row) => [row.role, row.state, row.lagBytes])).toEqual([
    ['sync_standby', 'streaming', 0],
    ['leader', 'running', null],
    ['replica', 'streaming', 0],
  ]);
});

test("Patroni 3's master is Patroni 4's primary", () => {
  expect(of({ patroniVersion: '3.3.1' }).patroni).toEqual(assess().patroni);
});

describe('tolerance', () => {
  const table: [string, Partial<h.Shape>, h.Modifier[], number, string | null][] = [
    ['one sync standby of three members', {}, [], 1, 'on'],
    ['two sync standbys', { syncStandbys: ['patroni1', 'patroni3'] }, [], 2, 'on'],
    ['asynchronous', { syncMode: 'off', syncStandbys: [] }, [], 2, 'off'],
    ['quorum of any one of two', { syncMode: 'quorum', syncStandbys: ['patroni1', 'patroni3'] }, [], 1, 'quorum'],
    [
      'quorum with one of the two gone',
      { syncMode: 'quorum', syncStandbys: ['patroni1', 'patroni3'] },
      [h.stopped('patroni3')],
      0,
      'quorum',
    ],
    ['the sync standby gone', {}, [h.stopped('patroni1')], 0, 'on'],
    ['another replica gone', {}, [h.stopped('patroni3')], 1, 'on'],
    ['no leader', {}, [h.noLeader], 0, 'on'],
    [
      'asynchronous, one may not lead',
      { syncMode: 'off', syncStandbys: [] },
      [h.claiming('patroni', 'patroni3', () => ({ tags: { nofailover: true } }))],
      1,
      'off',
    ],
    [
      'asynchronous, one too far behind',
      { syncMode: 'off', syncStandbys: [] },
      [
        h.postgres('patroni2', {
          replication: [
            {
              name: 'patroni3',
              address: null,
              state: 'streaming',
              syncState: 'async',
              sentLagBytes: 0,
              replayLagBytes: 2 ** 21,
            },
          ],
        }),
      ],
      1,
      'off',
    ],
    ['etcd without quorum', {}, [h.stopped('etcd1'), h.stopped('etcd2')], 0, 'on'],
    ['one member only', { patroni: 1, patroniLeader: 'patroni1', syncStandbys: [] }, [], 0, null],
  ];
  test.each(table)('%s', (_, shape, modifiers, canLose, syncMode) => {
    expect(of(shape, ...modifiers).patroni).toMatchObject({ canLose, syncMode });
  });

  test('one member alone tolerates nothing and is well all the same', () => {
    expect(of({ patroni: 1, patroniLeader: 'patroni1', syncStandbys: [] }).verdict).toEqual({
      level: 'ok',
      reasons: [],
    });
  });
});

describe('members that do not answer', () => {
  const table: [string, h.Modifier[], string, boolean | null, string | null, RegExp][] = [
    [
      'a replica is stopped',
      [h.stopped('patroni3')],
      'degraded',
      true,
      'patroni2',
      /^patroni3 \(replica\) is stopped \(exit 137\); the cluster still tolerates 1 more$/,
    ],
    [
      'a replica hangs',
      [h.silent('patroni3')],
      'degraded',
      true,
      'patroni2',
      /^patroni3 \(replica\) has not answered for 4 s; the cluster still tolerates 1 more$/,
    ],
    [
      'the sync standby is paused',
      [h.paused('patroni1')],
      'degraded',
      true,
      'patroni2',
      /^patroni1 \(sync standby\) is paused; the cluster tolerates no further loss$/,
    ],
    [
      'the leader is killed',
      [h.stopped('patroni2')],
      'down',
      false,
      null,
      /^patroni2 \(leader\) is stopped \(exit 137\); no new leader yet/,
    ],
    [
      'the leader is paused',
      [h.paused('patroni2')],
      'down',
      false,
      null,
      /^patroni2 \(leader\) is paused; no new leader yet/,
    ],
    [
      'the leader hangs',
      [h.silent('patroni2')],
      'degraded',
      null,
      'patroni2',
      /^patroni2 \(leader\) has not answered for 4 s; whether it accepts writes is unknown$/,
    ],
    [
      'the leader refuses connections',
      [h.refusing('patroni2')],
      'down',
      false,
      'patroni2',
      /^patroni2 \(leader\) .*refuses connections/,
    ],
    ['all are stopped', all.map((name) => h.stopped(name)), 'down', false, null, /^no database/],
    ['all hang', all.map((name) => h.silent(name)), 'unknown', null, null, /is unknown$/],
    [
      'all start',
      all.map((name) => h.starting(name)),
      'unknown',
      null,
      null,
      /^patroni1, patroni2 and patroni3 are starting$/,
    ],
  ];
  test.each(table)('%s', (_, modifiers, verdict, writable, leader, first) => {
    const result = assess(...modifiers);
    expect(result.patroni).toMatchObject({ verdict, writable, leader });
    expect(texts(result)[0]).toMatch(first);
    expect(texts(result).filter((text) => text.includes('patroni2')).length).toBeLessThan(2);
  });

  test("the leader's REST is away, but its Postgres accepts writes", () => {
    const away: h.Modifier = (snapshot) => ({
      ...snapshot,
      patroni:
        snapshot.patroni?.map((row) =>
          row.name === 'patroni2'
            ? { ...row, reading: { ...row.reading, status: 'failed' as const, at: snapshot.at - 4000 } }
            : row,
        ) ?? null,
    });
    const result = assess(away);
    expect(result.patroni).toMatchObject({ verdict: 'degraded', leader: 'patroni2', writable: true });
    expect(texts(result)).toEqual(['patroni2 (leader) has not answered for 4 s, but its Postgres accepts writes']);
  });

  test('the row of a dead former leader has no role once another leads', () => {
    const result = assess(
      h.stopped('patroni2'),
      ...['patroni1', 'patroni3'].map((name) => h.claiming('patroni', name, promoted('patroni1'))),
    );
    expect(result.patroni?.leader).toBe('patroni1');
    expect(result.patroni?.members[1]).toMatchObject({ reading: 'absent', role: 'replica' });
  });
});

describe('a DCS leader is not yet a writable primary', () => {
  const table: [string, h.Modifier, boolean | null, string, RegExp][] = [
    ['in recovery', h.postgres('patroni2', { inRecovery: true }), false, 'down', /still in recovery/],
    ['read-only', h.postgres('patroni2', { readOnly: true }), false, 'down', /is read-only/],
    ['Postgres refuses', h.postgresRefusing('patroni2'), false, 'down', /its Postgres refuses connections/],
    [
      'commits wait for nobody',
      h.postgres('patroni2', { waitingForSync: 3, replication: [] }),
      false,
      'down',
      /has 3 commits waiting for a sync standby that is not there$/,
    ],
    ['commits wait for a standby that is there', h.postgres('patroni2', { waitingForSync: 3 }), true, 'ok', /^$/],
  ];
  test.each(table)('%s', (_, modifier, writable, verdict, text) => {
    const result = assess(modifier);
    expect(result.patroni).toMatchObject({ leader: 'patroni2', writable, verdict });
    expect(texts(result)[0] ?? '').toMatch(text);
  });

  test('a sync standby that died a moment ago will be replaced, so that is not down yet', () => {
    const waits = h.postgres('patroni2', { waitingForSync: 1, replication: [] });
    expect(assess(h.stopped('patroni1'), waits).patroni).toMatchObject({ writable: null, verdict: 'degraded' });
    expect(assess(h.stopped('patroni1', 137, 20_000), waits).patroni).toMatchObject({
      writable: false,
      verdict: 'down',
    });
  });

  describe('without a sync standby that confirms', () => {
    const streams = h.healthySnapshot().patroni?.find(({ name }) => name === 'patroni2')?.postgres.value?.replication;
  const unconfirmed = h.postgres('patroni2', {
    replication: (streams ?? []).map((stream) => ({ ...stream, syncState: 'async' })),
    synchronousStandbyNames: '',
  });
  const look = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot(), ...modifiers));

  test('after a start the key may still name the standby of last time: Postgres decides', () => {
    expect(look(...set(on), unconfirmed).verdict).toMatchObject({
      level: 'degraded',
      reasons: [{ text: expect.stringContaining('there is no sync standby yet') }],
    });
  });

  test('sync mode that is on but has no sync standby yet is degraded, and says what it means', () => {
    const { verdict, patroni } = look(...set(on), ...unnamed, unconfirmed);
    expect(verdict).toMatchObject({
      level: 'degraded',
      reasons: [{ text: 'there is no sync standby yet: what is written now stands on the leader alone' }],
    });
    expect(patroni).toMatchObject({ syncMode: 'on', canLose: 0 });
  });

  test('with its sync standby it is ok, and alone it has none to name', () => {
    expect(look(...set(on)).verdict).toEqual({ level: 'ok', reasons: [] });
    const alone = h.having(
      h.healthySnapshot({ profile: 'minimal' }),
      h.claiming('patroni', 'patroni1', () => ({ settings: on })),
    );
    expect(report(alone).verdict.level).toBe('ok');
  });
});
