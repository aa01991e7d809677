import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import * as h from '../helpers/snapshots.ts';

const assess = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot(), ...modifiers));
const five = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot({}, { etcd: 5 }), ...modifiers));
const texts = (of: ReturnType<typeof report>) =>
  of.verdict.reasons.filter((reason) => reason.system === 'etcd').map((reason) => reason.text);
const members = ['etcd1', 'etcd2', 'etcd3'];

test('three members that follow one leader are a quorum that can lose one', () => {
  const { etcd } = assess();
  expect(etcd).toMatchObject({ verdict: 'ok', leader: 'etcd2', term: 4 });
  expect(etcd?.quorum).toEqual({ size: 3, needed: 2, healthy: 3, canLose: 1 });
  expect(etcd?.members.map((row) => [row.name, row.leader, row.lag])).toEqual([
    ['etcd1', false, 0],
    ['etcd2', true, 0],
    ['etcd3', false, 0],
  ]);
});

describe('members that do not answer', () => {
  const table: [string, h.Modifier[], string, number, RegExp][] = [
    [
      'stopped',
      [h.stopped('etcd1')],
      'degraded',
      2,
      /^etcd1 is stopped \(exit 137\); the cluster tolerates no further loss$/,
    ],
    ['paused', [h.paused('etcd3')], 'degraded', 2, /^etcd3 is paused/],
    ['missing', [h.missing('etcd1')], 'degraded', 2, /^etcd1 is missing/],
    ['late', [h.silent('etcd1', 2000)], 'degraded', 2, /^etcd1 has not answered for 2 s/],
    ['silent', [h.silent('etcd1')], 'degraded', 2, /^etcd1 has not answered for 4 s/],
    ['refusing', [h.refusing('etcd1')], 'degraded', 2, /^etcd1 refuses connections/],
    [
      'the leader, stopped',
      [h.stopped('etcd2')],
      'degraded',
      2,
      /^etcd2 \(leader\) is stopped.*not elected a new leader yet/,
    ],
    [
      'two stopped',
      [h.stopped('etcd1'), h.stopped('etcd2')],
      'down',
      1,
      /^no quorum: 1 of 3 voters answers, 2 needed$/,
    ],
    ['two paused', [h.paused('etcd1'), h.paused('etcd2')], 'down', 1, /^no quorum: 1 of 3/],
    ['one stopped, one refusing', [h.stopped('etcd1'), h.refusing('etcd2')], 'down', 1, /^no quorum/],
    ['all stopped', members.map((name) => h.stopped(name)), 'down', 0, /^no quorum: none of 3/],
    ['all silent', members.map((name) => h.silent(name)), 'unknown', 0, /its quorum is unknown/],
    ['all late', members.map((name) => h.silent(name, 2000)), 'unknown', 0, /its quorum is unknown/],
    ['all starting', members.map((name) => h.starting(name)), 'unknown', 0, /^etcd1, etcd2 and etcd3 are starting$/],
  ];
  test.each(table)('%s', (_, modifiers, verdict, healthy, first) => {
    const result = assess(...modifiers);
    expect(result.etcd?.verdict).toBe(verdict);
    expect(result.etcd?.quorum.healthy).toBe(healthy);
    expect(texts(result)[0]).toMatch(first);
    expect(result.etcd?.quorum.canLose).toBe(0);
  });

  test('a running container that only we cannot reach does not cost the quorum, as its peers know a leader', () => {
    const result = assess(h.silent('etcd1'), h.silent('etcd3'));
    expect(result.etcd).toMatchObject({ verdict: 'degraded', leader: 'etcd2' });
    expect(assess(h.silent('etcd1'), h.silent('etcd2'), h.leaderless('etcd3')).etcd?.verdict).toBe('down');
  });

  test('a leader whose container is gone is not the leader any more', () => {
    const { etcd } = assess(h.stopped('etcd2'));
    expect(etcd?.leader).toBeNull();
    expect(etcd?.members.map((row) => row.leader)).toEqual([false, false, false]);
    expect(etcd?.members[1]).toMatchObject({ reading: 'absent', ageMs: 3000, error: 'container exited (137) 3 s ago' });
  });
});

describe('who leads', () => {
  test('members that all answer and know no leader are down', () => {
    const result = assess(h.leaderless(...members));
    expect(result.etcd).toMatchObject({ verdict: 'down', leader: null, quorum: { healthy: 0, canLose: 0 } });
    expect(texts(result)[0]).toBe('etcd has no leader: 3 of 3 voters answer, and none is elected');
  });

  test('an isolated member does not outvote two that agree', () => {
    const result = assess(h.leaderless('etcd1'));
    expect(result.etcd).toMatchObject({ verdict: 'degraded', leader: 'etcd2', term: 4, quorum: { healthy: 2 } });
    expect(texts(result)).toContain('etcd1 knows no leader');
  });

  test('two leaders of different terms are told apart, the majority counts', () => {
    const newer = () => ({ leaderId: h.etcdId('etcd3'), term: 5 });
    const result = assess(h.claiming('etcd', 'etcd1', newer), h.claiming('etcd', 'etcd3', newer));
    expect(result.etcd).toMatchObject({ leader: 'etcd3', term: 5, verdict: 'degraded', quorum: { healthy: 2 } });
    expect(texts(result)[0]).toBe(
      'etcd members disagree on the leader: etcd1 and etcd3 follow etcd3 (term 5), etcd2 follows etcd2 (term 4)',
    );
  });
});

describe('the member list', () => {
  test('five members can lose two; with two lost, none', () => {
    expect(five().etcd?.quorum).toEqual({ size: 5, needed: 3, healthy: 5, canLose: 2 });
    expect(five(h.stopped('etcd1')).etcd?.quorum.canLose).toBe(1);
    expect(texts(five(h.stopped('etcd1')))[0]).toBe('etcd1 is stopped (exit 137); the cluster still tolerates 1 more');
    expect(five(h.stopped('etcd1'), h.stopped('etcd3')).etcd).toMatchObject({
      verdict: 'degraded',
      quorum: { canLose: 0 },
    });
    expect(five(h.stopped('etcd1'), h.stopped('etcd3'), h.stopped('etcd4')).etcd?.verdict).toBe('down');
  });

  test('a learner never counts', () => {
    const withLearner = members.map((name) =>
      h.claiming('etcd', name, (claim) => ({
        learner: name === 'etcd3',
        roster: claim.roster?.map((peer) => ({ ...peer, learner: peer.name === 'etcd3' })) ?? null,
      })),
    );
    expect(assess(...withLearner).etcd).toMatchObject({
      verdict: 'ok',
      quorum: { size: 2, needed: 2, healthy: 2, canLose: 0 },
    });
    expect(assess(...withLearner, h.stopped('etcd3')).etcd).toMatchObject({
      verdict: 'degraded',
      quorum: { healthy: 2 },
    });
    expect(assess(...withLearner, h.stopped('etcd1')).etcd?.verdict).toBe('down');
  });

  test('the list of whoever is furthest counts, and voters without a container count against the quorum', () => {
    const grown = h.claiming('etcd', 'etcd2', (claim) => ({
      raftIndex: claim.raftIndex + 5,
      roster: [
        ...(claim.roster ?? []),
        { memberId: 'abc', name: 'etcd9', learner: false, clientUrls: [], peerUrls: ['http://10.9.9.9:2380'] },
      ],
    }));
    const result = assess(grown);
    expect(result.etcd?.quorum).toEqual({ size: 4, needed: 3, healthy: 3, canLose: 0 });
    expect(texts(result)).toEqual(['etcd counts etcd9 as a voter, but no container here is it']);
    expect(result.etcd?.members.map((row) => row.lag)).toEqual([5, 0, 5]);
  });

  test('a member that was removed says so', () => {
    const without = members.map((name) =>
      h.claiming('etcd', name, (claim) => ({ roster: claim.roster?.filter((peer) => peer.name !== 'etcd3') ?? null })),
    );
    expect(texts(assess(...without))).toContain("etcd3 is not in the cluster's member list");
  });

  test('members that cannot be asked for the list are counted as they are', () => {
    const unknown = members.map((name) => h.claiming('etcd', name, () => ({ roster: null })));
    expect(assess(...unknown).etcd?.quorum).toEqual({ size: 3, needed: 2, healthy: 3, canLose: 1 });
  });
});

describe('what members say of themselves', () => {
  const raised = (alarm: string, by: string) =>
    members.map((name) => h.claiming('etcd', name, () => ({ alarms: [{ memberId: h.etcdId(by), alarm }] })));

  test('out of space is told once, and no member of the cluster takes writes', () => {
    const result = assess(...raised('NOSPACE', 'etcd1'));
    expect(result.etcd).toMatchObject({ verdict: 'down', quorum: { healthy: 3, canLose: 0 } });
    expect(result.etcd?.members.map((row) => row.alarms)).toEqual([['NOSPACE'], [], []]);
    expect(texts(result)).toEqual([
      expect.stringMatching(/^etcd1 is out of space \(2\.1M\): etcd refuses all writes.*the NOSPACE alarm disarmed$/),
    ]);
  });

  test('an alarm holds for all as long as anybody who answers knows it', () => {
    const result = assess(...raised('NOSPACE', 'etcd1'), h.silent('etcd1'));
    expect(result.etcd).toMatchObject({ verdict: 'down', quorum: { canLose: 0 } });
    expect(result.etcd?.members[0]?.alarms).toEqual(['NOSPACE']);
    const other = assess(...raised('NOSPACE', 'etcd3').slice(1, 2));
    expect(other.etcd?.members.map((row) => row.alarms)).toEqual([[], [], ['NOSPACE']]);
  });

  test.each(['NOSPACE', 'CORRUPT'])('%s: the Patroni leader stays, and nobody can follow it', (alarm) => {
    const result = assess(...raised(alarm, 'etcd1'));
    expect(result.etcd?.verdict).toBe('down');
    expect(result.patroni).toMatchObject({ verdict: 'degraded', leader: 'patroni2', writable: true, canLose: 0 });
    expect(result.verdict.reasons.map((reason) => reason.text)).toContain(
      'patroni2 (leader) cannot be replaced, because etcd refuses writes: no failover',
    );
  });

  test('an alarm that nobody who answers knows is not told as current', () => {
    const result = assess(
      h.claiming('etcd', 'etcd1', ({ memberId }) => ({ alarms: [{ memberId, alarm: 'CORRUPT' }] })),
      h.silent('etcd1'),
    );
    expect(result.verdict.level).toBe('degraded');
  });

  test('far behind is a reason, a little is not', () => {
    const behind = (entries: number) =>
      assess(h.claiming('etcd', 'etcd1', (claim) => ({ raftIndex: claim.raftIndex - entries })));
    expect(behind(400).verdict.level).toBe('ok');
    expect(behind(400).etcd?.members[0]?.lag).toBe(400);
    expect(texts(behind(6000))).toEqual(['etcd1 is 6 000 raft entries behind']);
  });
});
