import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import * as h from '../helpers/snapshots.ts';

/** Patroni's settings could not be had, so that everything is told from what the members say. */
const unset = ['patroni1', 'patroni2', 'patroni3'].map((name) =>
  h.claiming('patroni', name, () => ({ settings: null })),
);
const of = (shape: Partial<h.Shape>, ...modifiers: h.Modifier[]) =>
  report(h.having(h.healthySnapshot({}, shape), ...unset, ...modifiers));
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
    const unconfirmed = { replication: [] };
    test('whether it is writable is not known before the next commit', () => {
      const result = assess(h.postgres('patroni2', unconfirmed));
      expect(result.patroni).toMatchObject({ leader: 'patroni2', writable: null, verdict: 'degraded' });
      expect(texts(result)[0]).toBe('patroni2 (leader) has no sync standby to confirm: its next commit waits for one');
    });

    test.each([
      ['nothing is to be confirmed, as Patroni sets it when no standby is left', { synchronousStandbyNames: '' }],
      ['commits do not wait', { synchronousCommit: 'local' }],
      ['commits do not wait at all', { synchronousCommit: 'off' }],
    ])('%s: writable', (_, settings) => {
      const alone = [h.stopped('patroni1'), h.stopped('patroni3')];
      expect(assess(...alone, h.postgres('patroni2', { ...unconfirmed, ...settings })).patroni).toMatchObject({
        writable: true,
      });
    });

    test('strict mode waits for anybody', () => {
      const strict = { profile: 'minimal' };
      const alone = h.having(
        h.healthySnapshot(strict),
        h.postgres('patroni1', { ...unconfirmed, synchronousStandbyNames: '*' }),
      );
      expect(report(alone).patroni).toMatchObject({ writable: null, verdict: 'degraded' });
    });
  });

  test('nobody holds the key', () => {
    const result = assess(h.noLeader);
    expect(result.patroni).toMatchObject({ verdict: 'down', leader: null, writable: false });
    expect(texts(result)).toEqual(['no leader: nobody holds the leader key, so nothing can be written']);
  });

  test('without etcd the leader is told to be on borrowed time, and failsafe mode holds it', () => {
    const lost = [h.stopped('etcd1'), h.stopped('etcd2')];
    expect(texts(assess(...lost))[0]).toMatch(/^patroni2 \(leader\) cannot renew its lock.*gives up leadership/);
    const failsafe = all.map((name) => h.claiming('patroni', name, () => ({ failsafe: true, clusterUnlocked: true })));
    const result = assess(...lost, ...failsafe);
    expect(result.patroni).toMatchObject({ leader: 'patroni2', writable: true, verdict: 'degraded' });
    expect(texts(result)[0]).toMatch(/failsafe mode keeps it primary$/);
  });
});

describe('who leads', () => {
  const blind = (name: string) => h.claiming('patroni', name, () => ({ cluster: null }));

  test('who cannot see the cluster does not vote, unless it is primary itself', () => {
    for (const name of all) expect(assess(blind(name)).patroni).toMatchObject({ verdict: 'ok', leader: 'patroni2' });
    expect(assess(blind('patroni1'), blind('patroni3')).patroni).toMatchObject({ verdict: 'ok', leader: 'patroni2' });
    expect(assess(...all.map(blind)).patroni).toMatchObject({ verdict: 'ok', leader: 'patroni2', writable: true });
  });

  test('nobody who answers sees the cluster, and who leads is late: its last word counts', () => {
    const result = assess(blind('patroni1'), blind('patroni3'), h.silent('patroni2', 2000));
    expect(result.patroni).toMatchObject({ leader: 'patroni2', verdict: 'degraded' });
  });

  test('nobody who answers sees the cluster, and one is silent: who leads is unknown, not nobody', () => {
    const result = assess(blind('patroni1'), blind('patroni3'), h.silent('patroni2'));
    expect(result.patroni).toMatchObject({ leader: null, writable: null, verdict: 'unknown' });
    expect(texts(result)[0]).toBe('no Patroni member that answers sees the cluster, so who leads is unknown');
  });

  test('nobody sees the cluster and nobody is primary: that is down', () => {
    const result = assess(blind('patroni1'), blind('patroni3'), h.stopped('patroni2'));
    expect(result.patroni).toMatchObject({ leader: null, writable: false, verdict: 'down' });
    expect(texts(result)[0]).toBe('no leader: none of its members is primary, so nothing can be written');
  });

  test('a view without a leader says that nobody holds the key', () => {
    const empty = all.map((name) =>
      h.claiming('patroni', name, (claim) => ({
        role: 'replica',
        cluster: claim.cluster && { ...claim.cluster, members: [] },
      })),
    );
    expect(assess(...empty).patroni).toMatchObject({ leader: null, writable: false, verdict: 'down' });
  });

  test('an answer from before the other was promoted makes no second primary', () => {
    const split = h.having(
      h.healthySnapshot(),
      h.claiming('patroni', 'patroni1', (claim) => ({
        ...promoted('patroni1')(claim),
        role: 'primary',
        state: 'running',
      })),
      h.claiming('patroni', 'patroni3', promoted('patroni1')),
      h.postgres('patroni1', { inRecovery: false }),
    );
    const old = {
      ...split,
      patroni:
        split.patroni?.map((row) =>
          row.name === 'patroni2'
            ? { ...row, reading: { ...row.reading, at: h.now - 900 }, postgres: { ...row.postgres, at: h.now - 900 } }
            : row,
        ) ?? null,
    };
    expect(texts(report(split)).join()).toMatch(/both accept writes/);
    expect(texts(report(old)).join()).not.toMatch(/both/);
  });

  test('two that accept writes are down, whoever holds the key', () => {
    const result = assess(
      h.claiming('patroni', 'patroni1', (claim) => ({
        role: 'primary',
        state: 'running',
        ...promoted('patroni1')(claim),
      })),
      h.claiming('patroni', 'patroni3', promoted('patroni1')),
      h.postgres('patroni1', { inRecovery: false }),
    );
    expect(result.patroni).toMatchObject({ leader: 'patroni1', verdict: 'down', timeline: 8 });
    expect(texts(result)[0]).toBe('patroni1 and patroni2 both accept writes: what one side takes will be lost');
  });

  test('two that only claim to be primary are degraded', () => {
    const result = assess(h.claiming('patroni', 'patroni3', () => ({ role: 'primary', state: 'running' })));
    expect(result.patroni).toMatchObject({ leader: 'patroni2', verdict: 'degraded' });
    expect(texts(result)).toContain('patroni2 and patroni3 both claim to be primary');
  });

  test('with one voice each, the primary on the higher timeline leads', () => {
    const result = assess(
      h.stopped('patroni3'),
      h.claiming('patroni', 'patroni1', (claim) => ({ ...promoted('patroni1')(claim), role: 'primary', timeline: 8 })),
    );
    expect(result.patroni?.leader).toBe('patroni1');
  });

  test('a leader that is no container here is named as Patroni names it', () => {
    const elsewhere = all.map((name) =>
      h.claiming('patroni', name, (claim) => ({
        role: 'replica',
        cluster: claim.cluster && {
          ...claim.cluster,
          members: [{ name: 'far', role: 'leader', state: 'running', host: '10.0.0.9', timeline: 7, lagBytes: null }],
        },
      })),
    );
    expect(texts(assess(...elsewhere))).toContain('the leader key is held by far, which is no container here');
  });

  test("Patroni's own names are mapped to members by address", () => {
    const renamed = all.map((name) =>
      h.claiming('patroni', name, (claim) => ({
        name: `node-${name}`,
        cluster: claim.cluster && {
          ...claim.cluster,
          members: claim.cluster.members.map((row) => ({ ...row, name: `node-${row.name}` })),
        },
      })),
    );
    expect(assess(...renamed).patroni).toMatchObject({ verdict: 'ok', leader: 'patroni2', canLose: 1 });
  });
});

describe('what members say of themselves', () => {
  const table: [string, h.Modifier, RegExp][] = [
    [
      'lower timeline',
      h.claiming('patroni', 'patroni3', () => ({ timeline: 6 })),
      /^patroni3 \(replica\) is on timeline 6, the leader on 7/,
    ],
    [
      'not streaming',
      h.claiming('patroni', 'patroni3', () => ({ state: 'creating replica', replicationState: null })),
      /^patroni3 \(replica\) is not streaming: its state is creating replica$/,
    ],
    [
      'its Postgres refuses',
      h.postgresRefusing('patroni3'),
      /^patroni3 \(replica\) answers, but its Postgres refuses connections$/,
    ],
    [
      'paused',
      h.claiming('patroni', 'patroni2', () => ({ paused: true })),
      /^the cluster is paused: no automatic failover$/,
    ],
    [
      'unhealthy container',
      h.containing('patroni3', { health: 'unhealthy' }),
      /^patroni3 \(replica\) answers, but its health check fails$/,
    ],
  ];
  test.each(table)('%s', (_, modifier, text) => {
    const result = assess(modifier);
    expect(result.patroni?.verdict).toBe('degraded');
    expect(texts(result)).toEqual([expect.stringMatching(text)]);
  });

  test('replay lag is told from 16 MiB on', () => {
    const behind = (bytes: number) =>
      assess(
        h.postgres('patroni2', {
          replication: [
            {
              name: 'patroni1',
              address: '172.28.2.1',
              state: 'streaming',
              syncState: 'sync',
              sentLagBytes: 0,
              replayLagBytes: 0,
            },
            {
              name: 'patroni3',
              address: '172.28.2.3',
              state: 'streaming',
              syncState: 'async',
              sentLagBytes: 0,
              replayLagBytes: bytes,
            },
          ],
        }),
      );
    expect(behind(2 ** 22).patroni).toMatchObject({ verdict: 'ok' });
    expect(behind(2 ** 22).patroni?.members[2]?.lagBytes).toBe(2 ** 22);
    expect(texts(behind(40 * 2 ** 20))).toEqual(['patroni3 (replica) is 40M behind in replay']);
  });

  test('a pause leaves nothing to be elected', () => {
    expect(assess(h.claiming('patroni', 'patroni2', () => ({ paused: true }))).patroni).toMatchObject({
      paused: true,
      canLose: 0,
    });
  });

  test('a pending restart is on the row and no reason', () => {
    const result = assess(h.claiming('patroni', 'patroni3', () => ({ pendingRestart: true })));
    expect(result.patroni?.members[2]?.pendingRestart).toBe(true);
    expect(result.verdict.level).toBe('ok');
  });

  test('a Patroni that says `running` of a streaming replica is believed through the streams of its leader', () => {
    const old = ['patroni1', 'patroni3'].map((name) =>
      h.claiming('patroni', name, () => ({ state: 'running', replicationState: null })),
    );
    expect(of({ patroniVersion: '3.0.2' }, ...old).patroni).toMatchObject({ verdict: 'ok', canLose: 1 });
  });

  test('a standby cluster has a leader and takes no writes, by design', () => {
    const standby = [
      h.claiming('patroni', 'patroni2', (claim) => ({
        role: 'standby_leader',
        cluster: claim.cluster && {
          ...claim.cluster,
          members: claim.cluster.members.map((row) =>
            row.role === 'leader' ? { ...row, role: 'standby_leader' } : row,
          ),
        },
      })),
      h.postgres('patroni2', { inRecovery: true }),
    ];
    const result = assess(...standby);
    expect(result.patroni).toMatchObject({ verdict: 'ok', leader: 'patroni2', writable: false });
    expect(result.patroni?.members[1]?.role).toBe('standby_leader');
  });
});

describe('what Patroni is set to', () => {
  const set = (settings: import('../../source/stack/claims.ts').PatroniSettings) =>
    ['patroni1', 'patroni2', 'patroni3'].map((name) => h.claiming('patroni', name, () => ({ settings })));
  const on = h.patroniSettings;
  /** Replicas stream, but Patroni has not named a sync standby. */
  const unnamed = ['patroni1', 'patroni2', 'patroni3'].map((name) =>
    h.claiming('patroni', name, (claim) => ({
      syncStandby: false,
      cluster: claim.cluster && {
        ...claim.cluster,
        members: claim.cluster.members.map((row) => (row.role === 'sync_standby' ? { ...row, role: 'replica' } : row)),
      },
    })),
  );
  const streams = h.healthySnapshot().patroni?.find(({ name }) => name === 'patroni2')?.postgres.value?.replication;
  const unconfirmed = h.postgres('patroni2', {
    replication: (streams ?? []).map((stream) => ({ ...stream, syncState: 'async' })),
    synchronousStandbyNames: '',
  });
  const look = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot(), ...modifiers));

  test.each([
    ['the key names one, as it does after a start, but Postgres waits for none', [unconfirmed]],
    ['Postgres waits for one, but the key does not name it yet', unnamed],
  ])('%s: there is none yet', (_, modifiers) => {
    expect(look(...set(on), ...modifiers).verdict).toMatchObject({
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
