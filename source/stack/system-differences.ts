import type { Difference } from './differences.ts';
import { list, plain } from './format.ts';
import { highest } from './members.ts';
import type { EtcdReport, Level, PatroniReport, RedisReport, Report, RowReading, SentinelReport } from './report.ts';
import type { System } from './topology.ts';

type Mood = Difference['level'];

/** What changed inside the systems: leaders, quorums, members, roles. A system that came or went says nothing here. */
export function systemDifferences(previous: Report, next: Report): Difference[] {
  return [
    ...both('etcd', previous.etcd, next.etcd, etcdDifferences),
    ...both('patroni', previous.patroni, next.patroni, patroniDifferences),
    ...both('redis', previous.redis, next.redis, redisDifferences),
    ...both('sentinel', previous.sentinel, next.sentinel, sentinelDifferences),
  ];
}

type SystemReport = { readonly verdict: Level; readonly members: readonly RowReading[] };

/** Of a report that does not know: the last one before it that did. Not part of it, for it is no fact of that moment. */
const knownBefore = new WeakMap<SystemReport, SystemReport>();

/** Who answers is always told; the rest only of what is known, against what was known last. */
function both<R extends SystemReport>(
  source: System,
  old: R | null,
  now: R | null,
  compare: (old: R, now: R) => Difference[],
): Difference[] {
  if (old === null || now === null) return [];
  const known = isUnknown(old) ? ((knownBefore.get(old) as R | undefined) ?? null) : old;
  const told = answers(source, old.members, now.members);
  if (isUnknown(now)) {
    if (known !== null) knownBefore.set(now, known);
    return told;
  }
  return [...told, ...compare(known ?? old, now)];
}

/** Nobody answers, or those who do cannot tell; a system that is certain to be down is known. */
const isUnknown = (report: SystemReport): boolean =>
  report.verdict === 'unknown' ||
  (report.verdict !== 'down' && report.members.every((row) => row.reading !== 'ok')) ||
  ('writable' in report && 'leader' in report && report.leader === null && report.writable === null);

const tell = (source: System, level: Mood, text: string, subject: string | null = null): Difference => ({
  source,
  subject,
  level,
  text,
});

/** Rows that are in both, with what they were. */
function pairs<R extends RowReading>(old: readonly R[], now: readonly R[]): { was: R; is: R }[] {
  const before = new Map(old.map((row) => [row.name, row]));
  return now.flatMap((is) => {
    const was = before.get(is.name);
    return was === undefined ? [] : [{ was, is }];
  });
}

/** Members that fell silent or answer again. A stopped container has its own event, so `absent` adds nothing. */
function answers(source: System, old: readonly RowReading[], now: readonly RowReading[]): Difference[] {
  return pairs(old, now).flatMap(({ was, is }) => {
    const silent = was.reading === 'failed' || was.reading === 'absent';
    if (is.reading === 'ok' && (silent || was.ageMs === null)) {
      return [tell(source, 'good', `${is.name} answers${was.ageMs === null ? '' : ' again'}`, is.name)];
    }
    if (is.reading !== 'failed' || silent || was.ageMs === null) return [];
    return [
      tell(source, 'bad', `${is.name} does not answer${is.error === undefined ? '' : `: ${plain(is.error)}`}`, is.name),
    ];
  });
}

const arrow = (from: number | null, to: number | null): string =>
  from === null || from === to ? `${to ?? '?'}` : `${from}→${to ?? '?'}`;

function etcdDifferences(old: EtcdReport, now: EtcdReport): Difference[] {
  const say = (level: Mood, text: string, subject: string | null = null) => tell('etcd', level, text, subject);
  const held = (report: EtcdReport) => report.quorum.healthy >= report.quorum.needed;
  const lost = (report: EtcdReport) => report.verdict === 'down' && !held(report);
  const ratio = `${now.quorum.healthy}/${now.quorum.size}`;
  return [
    ...(!lost(old) && lost(now) ? [say('bad', `quorum lost · ${ratio}`)] : []),
    ...(lost(old) && held(now) ? [say('good', `quorum back · ${ratio}`)] : []),
    ...(old.leader !== now.leader
      ? [
          now.leader === null
            ? say('bad', 'no leader')
            : say('info', `${now.leader} leads · term ${arrow(old.term, now.term)}`, now.leader),
        ]
      : now.term !== null && old.term !== null && now.term > old.term
        ? [say('info', `term ${arrow(old.term, now.term)}`)]
        : []),
    ...pairs(old.members, now.members).flatMap(({ was, is }) => [
      ...is.alarms
        .filter((alarm) => !was.alarms.includes(alarm))
        .map((alarm) => say('bad', `${is.name} raised ${alarm}`, is.name)),
      ...was.alarms
        .filter((alarm) => !is.alarms.includes(alarm))
        .map((alarm) => say('good', `${is.name} cleared ${alarm}`, is.name)),
    ]),
  ];
}

/** What a report that does not know whether the leader is writable followed on. */
const writableBefore = new WeakMap<PatroniReport, boolean>();

function patroniDifferences(old: PatroniReport, now: PatroniReport): Difference[] {
  const say = (level: Mood, text: string, subject: string | null = null) => tell('patroni', level, text, subject);
  const syncOf = (report: PatroniReport) =>
    report.members.filter((row) => row.role === 'sync_standby' || row.role === 'quorum_standby').map((row) => row.name);
  const [syncWas, syncIs] = [list(syncOf(old)), list(syncOf(now))];
  const writableWas = old.writable ?? writableBefore.get(old) ?? null;
  if (now.writable === null && writableWas !== null) writableBefore.set(now, writableWas);
  // Between two leaders there is no timeline of the cluster, so that of the members stands in.
  const timelineWas = old.timeline ?? highest(old.members.map((row) => row.timeline));
  return [
    ...(old.leader !== now.leader
      ? [
          now.leader === null
            ? say('bad', 'no leader')
            : say('info', `${now.leader} leads · TL ${arrow(timelineWas, now.timeline)}`, now.leader),
        ]
      : []),
    ...(now.writable !== null && now.writable !== writableWas
      ? [
          now.writable
            ? say('good', `${now.leader ?? 'the primary'} is writable`, now.leader)
            : say('bad', 'not writable'),
        ]
      : []),
    ...(syncWas !== syncIs && now.leader !== null
      ? [
          syncIs === ''
            ? say('warning', 'no sync standby')
            : say('info', `sync standby ${syncWas === '' ? '' : `${syncWas} → `}${syncIs}`),
        ]
      : []),
    ...(old.paused !== now.paused
      ? [say(now.paused ? 'warning' : 'good', now.paused ? 'paused: no automatic failover' : 'resumed')]
      : []),
    ...pairs(old.members, now.members).flatMap(({ was, is }) => {
      const streamed = was.state === 'streaming';
      const streams = is.state === 'streaming';
      return [
        ...(streams && !streamed ? [say('good', `${is.name} streams`, is.name)] : []),
        ...(streamed && !streams && is.reading === 'ok' && is.name !== now.leader
          ? [say('warning', `${is.name} does not stream (${is.state ?? 'unknown'})`, is.name)]
          : []),
        ...(is.pendingRestart && !was.pendingRestart ? [say('info', `${is.name} waits for a restart`, is.name)] : []),
      ];
    }),
  ];
}

function redisDifferences(old: RedisReport, now: RedisReport): Difference[] {
  const say = (level: Mood, text: string, subject: string | null = null) => tell('redis', level, text, subject);
  // Independent servers are no split: then nobody is the master.
  const mastersOf = (report: RedisReport) => {
    if (report.master === null) return [];
    const masters = report.members
      .filter((row) => row.role === 'master' && row.reading === 'ok')
      .map((row) => row.name);
    // Two at the same time are down; else one of the answers is from before the other was promoted.
    return masters.length > 1 && report.verdict !== 'down' ? [report.master] : masters;
  };
  const masters = mastersOf(now);
  const was = old.master === null ? '' : ` (was ${old.master})`;
  return [
    ...(old.master !== now.master
      ? [now.master === null ? say('bad', 'no master') : say('info', `${now.master} is master${was}`, now.master)]
      : []),
    ...(masters.length > 1 && mastersOf(old).length < 2 ? [say('bad', `${list(masters)} are both master`)] : []),
    ...(masters.length === 1 && mastersOf(old).length > 1 ? [say('good', `one master again: ${list(masters)}`)] : []),
    ...pairs(old.members, now.members).flatMap(({ was: before, is }) => {
      if (is.reading !== 'ok' || is.link === before.link || is.link === null) return [];
      if (is.link === 'down') return [say('warning', `${is.name} lost its link to the master`, is.name)];
      return before.link === 'down' ? [say('good', `${is.name} is linked again`, is.name)] : [];
    }),
  ];
}

function sentinelDifferences(old: SentinelReport, now: SentinelReport): Difference[] {
  const say = (level: Mood, text: string, subject: string | null = null) => tell('sentinel', level, text, subject);
  const changed = pairs(old.members, now.members).filter(({ is }) => is.reading === 'ok');
  const seen = (report: SentinelReport) => [
    ...new Set(report.members.filter((row) => row.reading === 'ok').flatMap((row) => row.masterSeen ?? [])),
  ];
  const flag = (key: 'sdown' | 'odown', wanted: boolean) =>
    changed.filter(({ was, is }) => is[key] === wanted && was[key] === !wanted && was.masterSeen === is.masterSeen);
  const flags = (['sdown', 'odown'] as const).flatMap((key) => {
    const word = key === 'sdown' ? 's_down' : 'o_down';
    return [true, false].flatMap((wanted) => {
      const by = flag(key, wanted);
      const master = by[0]?.is.masterSeen;
      if (master == null) return [];
      const names = list(by.map(({ is }) => is.name));
      return [say(wanted ? 'bad' : 'good', `${wanted ? '+' : '−'}${word} ${master} · ${names}`, master)];
    });
  });
  const able = (report: SentinelReport) => report.verdict !== 'down';
  return [
    ...flags,
    ...(seen(old).length < 2 && seen(now).length > 1 ? [say('warning', `Sentinels disagree: ${list(seen(now))}`)] : []),
    ...(seen(old).length > 1 && seen(now).length === 1 ? [say('good', `Sentinels agree on ${seen(now)[0]}`)] : []),
    ...changed
      .filter(({ was, is }) => was.tilt !== is.tilt && was.tilt !== null)
      .map(({ is }) =>
        say(is.tilt ? 'bad' : 'good', `${is.name} ${is.tilt ? 'is in TILT' : 'has left TILT'}`, is.name),
      ),
    ...(able(old) !== able(now)
      ? [
          able(now)
            ? say('good', 'Sentinels can fail over again')
            : say('bad', `too few Sentinels to fail over · ${now.quorum.healthy}/${now.quorum.size}`),
        ]
      : []),
  ];
}
