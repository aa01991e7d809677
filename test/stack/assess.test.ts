import { describe, expect, test } from 'vitest';
import { report } from '../../source/stack/assess.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import * as h from '../helpers/snapshots.ts';

const assess = (...modifiers: h.Modifier[]) => report(h.having(h.healthySnapshot(), ...modifiers));
const adding =
  (...boxes: Snapshot['containers'][number][]): h.Modifier =>
  (snapshot) => ({ ...snapshot, containers: [...snapshot.containers, ...boxes] });
const everybody = (change: (member: string) => h.Modifier): h.Modifier[] =>
  h.healthySnapshot().containers.map((box) => change(box.service ?? ''));

describe('the whole', () => {
  test.each([
    ['full', 13],
    ['backend', 6],
    ['minimal', 5],
  ])('a healthy %s profile is ok without a reason', (profile, containers) => {
    const result = report(h.healthySnapshot({ profile }));
    expect(result.verdict).toEqual({ level: 'ok', reasons: [] });
    expect(result.containers).toHaveLength(containers);
    expect([result.etcd, result.patroni, result.redis].map((system) => system?.verdict)).toEqual(['ok', 'ok', 'ok']);
  });

  test('the report is plain JSON that says when and what', () => {
    const result = assess();
    expect(JSON.parse(JSON.stringify(result))).toEqual(result);
    expect(result).toMatchObject({ schema: 1, at: '2026-01-15T21:04:11.000Z', stack: 'paws', profile: 'full' });
  });

  test('the age of what Postgres said stands beside its reading', () => {
    expect(assess().patroni?.members.map((row) => row.postgres.ageMs)).toEqual([160, 240, 320]);
  });

  test('a killed replica names itself, two etcd members down say "no quorum", a paused replica is degraded', () => {
    expect(assess(h.stopped('patroni3')).verdict).toMatchObject({
      level: 'degraded',
      reasons: [{ member: 'patroni3' }],
    });
    const down = assess(h.stopped('etcd1'), h.stopped('etcd2')).verdict;
    expect(down.level).toBe('down');
    expect(down.reasons[0]?.text).toContain('no quorum');
    expect(assess(h.paused('redis2')).verdict.level).toBe('degraded');
  });

  test('reasons stand worst first, then by system, and none twice', () => {
    const { reasons } = assess(
      h.stopped('backend'),
      h.stopped('sentinel1'),
      h.stopped('redis1'),
      h.stopped('etcd1'),
    ).verdict;
    expect(reasons.map((reason) => `${reason.level} ${reason.system}`)).toEqual([
      'down redis',
      'degraded etcd',
      'degraded sentinel',
      'degraded containers',
    ]);
    expect(new Set(reasons.map((reason) => reason.text)).size).toBe(reasons.length);
  });

  test('a member in trouble is told of by its system and not by the containers too', () => {
    for (const trouble of [
      h.stopped('redis2'),
      h.paused('redis2'),
      h.missing('redis2'),
      h.containing('redis2', { health: 'unhealthy' }),
    ]) {
      const { reasons } = assess(trouble).verdict;
      expect(reasons.map((reason) => [reason.system, reason.member])).toEqual([['redis', 'redis2']]);
    }
  });

  test('a stack that starts is unknown, with one reason for each system', () => {
    const { verdict } = report(
      h.having(h.healthySnapshot({ profile: 'minimal' }), ...everybody((member) => h.starting(member))),
    );
    expect(verdict.level).toBe('unknown');
    expect(verdict.reasons.map((reason) => reason.text)).toEqual([
      'etcd1, etcd2 and etcd3 are starting',
      'patroni1 is starting',
      'redis1 is starting',
    ]);
  });

  test('a member that has started again is starting, whatever it answered before', () => {
    const again = [h.refusing('redis2'), h.containing('redis2', { health: 'starting', startedAt: h.now - 20 })];
    expect(assess(...again).verdict.reasons.map((reason) => reason.text)).toEqual(['redis2 is starting']);
    const since = [h.refusing('redis2'), h.containing('redis2', { health: 'starting', startedAt: h.now - 9000 })];
    expect(assess(...since).verdict.reasons[0]?.text).toMatch(/^redis2 \(replica\) refuses connections/);
  });

  test('members that were never asked are unknown, not failed', () => {
    const fresh: h.Modifier = (snapshot) => ({
      ...snapshot,
      etcd:
        snapshot.etcd?.map((row) => ({
          ...row,
          reading: { status: 'stale' as const, value: null, at: null, tookMs: null, problem: null },
        })) ?? null,
    });
    const result = assess(fresh);
    expect(result.verdict).toMatchObject({
      level: 'unknown',
      reasons: [{ text: 'etcd1, etcd2 and etcd3 have not been asked yet' }],
    });
    expect(result.etcd?.members[0]).toMatchObject({
      reading: 'stale',
      ageMs: null,
      error: 'not asked yet',
      term: null,
    });
  });

  test('nothing to watch is unknown', () => {
    const empty = h.healthySnapshot({
      profile: null,
      containers: [],
      etcd: null,
      patroni: null,
      redis: [],
      sentinel: null,
    });
    expect(report(empty)).toMatchObject({ verdict: { level: 'unknown' }, etcd: null, redis: null });
    expect(report(empty).verdict.reasons[0]?.text).toMatch(/^nothing to watch/);
  });

  test('clocks that are ahead give ages of nothing, never negative ones', () => {
    const ahead: h.Modifier = (snapshot) => ({ ...snapshot, at: snapshot.at - 60_000 });
    const result = assess(h.stopped('etcd1'), ahead);
    expect(result.verdict.level).toBe('degraded');
    for (const row of [...(result.etcd?.members ?? []), ...result.containers]) expect(row.ageMs ?? 0).toBe(0);
    expect(result.etcd?.members[0]?.error).toBe('container exited (137) 0 ms ago');
    expect(Math.min(...result.containers.map((row) => row.uptimeMs ?? 0))).toBeGreaterThanOrEqual(0);
  });
});

describe('the engine', () => {
  test('away, with old readings: unknown, whatever they said', () => {
    const result = assess(h.stopped('etcd1'), h.engineLost(8000));
    expect(result.verdict.level).toBe('unknown');
    expect(result.verdict.reasons).toHaveLength(1);
    expect(result.verdict.reasons[0]?.text).toMatch(
      /^the container engine has not answered for 8 s; what is shown is from before/,
    );
    expect([result.etcd, result.patroni, result.redis, result.sentinel].map((system) => system?.verdict)).toEqual([
      'unknown',
      'unknown',
      'unknown',
      'unknown',
    ]);
  });

  test('away for a moment, while the members still answer: what they say counts', () => {
    expect(assess(h.engineLost(1000)).verdict.level).toBe('unknown');
    expect(assess(h.stopped('etcd1'), h.engineLost(1000)).verdict.level).toBe('degraded');
    expect(assess(h.engineLost(1000)).etcd?.verdict).toBe('ok');
  });

  test('answers, but what it runs cannot be told: never "nothing to watch"', () => {
    const problem = { kind: 'internal' as const, message: 'inspect failed', cause: null, tookMs: 3 };
    const failing: h.Modifier = (snapshot) => ({ ...snapshot, engine: { ...snapshot.engine, problem } });
    expect(assess(failing).verdict).toEqual({
      level: 'unknown',
      reasons: [{ system: 'engine', level: 'unknown', text: 'the containers cannot be surveyed: inspect failed' }],
    });
    const nothing = { containers: [], etcd: null, patroni: null, redis: null, sentinel: null };
    expect(report(h.having(h.healthySnapshot(nothing), failing)).verdict.reasons.map((reason) => reason.text)).toEqual([
      'the containers cannot be surveyed: inspect failed',
    ]);
  });

  test('never seen', () => {
    const none = h.healthySnapshot({
      containers: [],
      etcd: null,
      patroni: null,
      redis: null,
      sentinel: null,
      engine: {
        state: 'reconnecting',
        version: null,
        since: h.now,
        problem: { kind: 'no-engine', message: 'is Docker running?', cause: null, tookMs: 3 },
      },
    });
    expect(report(none).verdict).toMatchObject({
      level: 'unknown',
      reasons: [{ system: 'engine', text: 'is Docker running?' }],
    });
  });
});

describe('containers', () => {
  const backend: [string, h.Modifier, RegExp | null][] = [
    ['stopped', h.stopped('backend', 0), /^backend is stopped \(exit 0\)$/],
    ['unhealthy', h.containing('backend', { health: 'unhealthy' }), /^backend runs, but its health check fails$/],
    ['starting', h.containing('backend', { health: 'starting' }), /^backend is starting$/],
    [
      'restarting',
      h.containing('backend', { state: 'restarting', exitCode: 1 }),
      /^backend keeps restarting \(exit 1\)$/,
    ],
    ['missing', h.missing('backend'), /^backend is missing/],
    ['healthy', h.containing('backend', {}), null],
  ];
  test.each(backend)('the backend, %s', (_, modifier, text) => {
    const { reasons } = assess(modifier).verdict;
    expect(reasons.map((reason) => reason.text)).toEqual(text === null ? [] : [expect.stringMatching(text)]);
  });

  test('a one-shot container that ended well is fine, one that failed is not', () => {
    const shot = {
      ...h.container('migrate', null),
      state: 'exited' as const,
      health: 'none' as const,
      startedAt: null,
    };
    expect(assess(adding({ ...shot, exitCode: 0 })).verdict.level).toBe('ok');
    expect(assess(adding({ ...shot, exitCode: 1 })).verdict).toMatchObject({
      level: 'degraded',
      reasons: [{ system: 'containers', text: 'migrate is stopped (exit 1)' }],
    });
  });

  test('a container without a name is called by what there is', () => {
    const nameless = {
      ...h.container('x', null),
      name: '',
      service: null,
      health: 'unhealthy' as const,
      id: 'abcdef0123456789',
    };
    expect(assess(adding(nameless)).verdict.reasons[0]?.text).toBe('abcdef012345 runs, but its health check fails');
    expect(assess(adding({ ...nameless, id: '' })).verdict.reasons[0]?.text).toMatch(/^a container without a name/);
  });

  test('names in any script are kept, and cannot steer the terminal', () => {
    const odd = { ...h.container('データ🐘\u001b[31m\n', null), health: 'unhealthy' as const };
    expect(assess(adding(odd)).verdict.reasons[0]?.text).toBe('データ🐘  runs, but its health check fails');
  });

  test('three hundred containers, many of them in the same trouble, share a sentence', () => {
    const many = Array.from({ length: 300 }, (_, index) => ({
      ...h.container(`job${index}`, null),
      health: index < 120 ? ('unhealthy' as const) : ('healthy' as const),
    }));
    const result = assess(adding(...many));
    expect(result.containers).toHaveLength(313);
    expect(result.verdict.reasons.map((reason) => reason.text)).toEqual([
      '120 containers, job0, job1, job2 and 117 more: each runs, but its health check fails',
    ]);
  });

  test('what a container used is not shown as current once it is not sampled any more', () => {
    const usage =
      (status: 'stale' | 'failed'): h.Modifier =>
      (snapshot) => ({
        ...snapshot,
        containers: snapshot.containers.map((box) => ({ ...box, usage: { ...box.usage, status } })),
      });
    const none = { cpuPercent: null, memoryBytes: null, receivedBytesPerSecond: null, sentBytesPerSecond: null };
    expect(assess(h.paused('backend'), usage('failed')).containers.at(-1)).toMatchObject({
      reading: 'failed',
      ...none,
    });
    expect(assess(usage('stale')).containers[0]?.memoryBytes).toBeGreaterThan(0);
  });

  test('what a container used is not shown once it does not run', () => {
    const row = assess(h.stopped('backend')).containers.find((entry) => entry.service === 'backend');
    expect(row).toMatchObject({
      reading: 'absent',
      cpuPercent: null,
      memoryBytes: null,
      uptimeMs: null,
      exitCode: 137,
      error: 'container exited (137) 3 s ago',
    });
  });
});

describe('tolerance holds what it says', () => {
  // What the systems would do after the loss: whoever may follow does, so only the remaining votes are checked.
  const systems = { etcd: ['etcd1', 'etcd2', 'etcd3'], sentinel: ['sentinel1', 'sentinel2', 'sentinel3'] } as const;
  test.each(['etcd', 'sentinel'] as const)(
    '%s: any loss up to canLose keeps the votes, one more does not',
    (system) => {
      const canLose = assess()[system]?.quorum.canLose ?? 0;
      for (const first of systems[system]) {
        const kept = assess(h.stopped(first))[system];
        expect(kept?.quorum.healthy).toBeGreaterThanOrEqual(kept?.quorum.needed ?? 9);
        expect(kept?.quorum.canLose).toBe(canLose - 1);
        for (const second of systems[system].filter((name) => name !== first)) {
          expect(assess(h.stopped(first), h.stopped(second))[system]?.verdict).toBe('down');
        }
      }
    },
  );
});
