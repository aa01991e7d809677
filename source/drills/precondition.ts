import { list, plural } from '../stack/format.ts';
import type { Reason } from '../stack/report.ts';
import { type System, systems } from '../stack/topology.ts';
import { takesAway } from './fault-kinds.ts';
import type { Drill, DrillPlan, Facts, FaultKind, Seen } from './types.ts';

const titles: Readonly<Record<System, string>> = {
  etcd: 'etcd',
  patroni: 'Patroni',
  redis: 'Redis',
  sentinel: 'Sentinel',
};
/** Who must be well for a system to fail over. */
const needs: Readonly<Record<System, readonly System[]>> = {
  etcd: ['etcd'],
  patroni: ['patroni', 'etcd'],
  redis: ['redis', 'sentinel'],
  sentinel: ['sentinel', 'redis'],
};
/** Reasons told of one system; the rest is on the screen anyway. */
const mostReasons = 2;

/** Everything that stands in the way, as sentences that say what to do; empty: the drill can be run. */
export function missingFor(drill: Drill, breaks: DrillPlan['breaks'], seen: Seen, facts: Facts): readonly string[] {
  const concerned = systemsOf(drill, breaks, seen);
  const said = [
    ...engine(seen),
    ...running(facts),
    ...journal(facts),
    ...concerned.flatMap((system) => verdict(system, seen)),
    ...(concerned.includes('sentinel') ? tilt(seen) : []),
    ...(concerned.includes('patroni') ? maintenance(seen) : []),
    ...successor(drill, seen),
    ...breaks.flatMap(({ targets }, index) => (targets.length > 0 ? [] : nobody(drill, index))),
    ...breaks.flatMap(({ targets }) => targets.flatMap((target) => stopped(target, seen))),
    ...tolerated(drill, breaks, seen),
    ...netem(drill, facts),
  ];
  return [...new Set(said)];
}

/** Systems that take part: broken, watched, or needed by those to fail over. */
function systemsOf(drill: Drill, breaks: DrillPlan['breaks'], { snapshot }: Seen): readonly System[] {
  const direct = [
    ...breaks.flatMap(({ targets }) => targets.map((target) => target.system)),
    ...systems.filter((system) => system in drill.expects),
  ];
  const all = new Set(direct.flatMap((system) => needs[system]));
  return systems.filter((system) => all.has(system) && (snapshot[system]?.length ?? 0) > 0);
}

function engine({ snapshot }: Seen): readonly string[] {
  if (snapshot.engine.state === 'connected') return [];
  return ['the container engine does not answer: wait until it is connected again'];
}

function running({ running: other }: Facts): readonly string[] {
  if (other == null) return [];
  const doing = other.drill === 'action' ? 'changing the stack' : `running the drill ${other.drill}`;
  return [`process ${other.pid} is ${doing}: wait until it is done`];
}

function journal({ journal: entries }: Facts): readonly string[] {
  if (entries.length === 0) return [];
  const what = list(entries.map((entry) => entry.what));
  return [
    entries.length === 1
      ? `a fault is still in the journal (${what}): run paws-top heal`
      : `${entries.length} faults are still in the journal (${what}): run paws-top heal`,
  ];
}

/** One that is not ok; a member that was not heard just now makes it so. */
function verdict(system: System, { report }: Seen): readonly string[] {
  const level = report[system]?.verdict ?? 'ok';
  if (level === 'ok') return [];
  const reasons = report.verdict.reasons.filter((reason) => concerns(reason, system)).slice(0, mostReasons);
  const why = reasons.length === 0 ? '' : ` (${reasons.map((reason) => reason.text).join('; ')})`;
  return [`${titles[system]} is ${level === 'unknown' ? 'not known to be ok' : level}${why}: wait until it is ok`];
}

const concerns = (reason: Reason, system: System): boolean => reason.system === system || reason.system === 'engine';

function tilt({ report }: Seen): readonly string[] {
  if (report.sentinel?.tilt !== true) return [];
  return ['a Sentinel is in TILT and fails nothing over: wait 30 s, or for the clock to be steady'];
}

function maintenance({ snapshot, report }: Seen): readonly string[] {
  const said: string[] = [];
  if (report.patroni?.paused) said.push('Patroni is in maintenance mode and fails nothing over: resume it first');
  const scheduled = (snapshot.patroni ?? [])
    .map((member) => member.reading.value?.cluster?.scheduledSwitchover ?? null)
    .find((plan) => plan !== null);
  if (scheduled) said.push(`a switchover of Patroni is scheduled for ${scheduled.at}: cancel it, or wait for it`);
  return said;
}

/** Who hands over needs somebody to hand over to. */
function successor(drill: Drill, { report }: Seen): readonly string[] {
  return drill.breaks.flatMap(({ fault }) => {
    const system = handsOver[fault.kind];
    if (system === undefined || canLoseOf(system, report) > 0) return [];
    return [`no ${titles[system]} member is there to take over: start another one`];
  });
}
const handsOver: Readonly<Partial<Record<FaultKind, System>>> = {
  'patroni-switchover': 'patroni',
  'patroni-failover': 'patroni',
  'sentinel-failover': 'redis',
  'redis-switchover': 'redis',
  'etcd-move-leader': 'etcd',
};

/** A selector that finds nobody. */
function nobody(drill: Drill, index: number): readonly string[] {
  const target = drill.breaks[index]?.target;
  if (target === undefined) return [];
  if (typeof target !== 'string') return [`no member is called ${target.member}`];
  const who: Readonly<Record<typeof target, string>> = {
    'patroni.leader': 'no Patroni leader can be seen: wait until there is one',
    'patroni.sync_standby': 'Patroni has no sync standby: wait until it has named one, or turn synchronous_mode on',
    'patroni.replica': 'Patroni has no replica beside the leader and the sync standby: start another member',
    'redis.master': 'no Redis master can be seen: wait until there is one',
    'redis.replica': 'Redis has no replica: start another member',
    'sentinel.any': 'no Sentinel answers: start one',
    'etcd.leader': 'no etcd leader can be seen: wait until there is one',
    'etcd.follower': 'etcd has no follower that answers: start another member',
    'etcd.majority': 'no etcd leader can be seen: wait until there is one',
  };
  return [who[target]];
}

function stopped(target: DrillPlan['breaks'][number]['targets'][number], { snapshot }: Seen): readonly string[] {
  const container = snapshot.containers.find((one) => one.name === target.container);
  if (container === undefined || container.id === '') return [`the container of ${target.name} is not there: start it`];
  if (container.state !== 'running') return [`the container of ${target.name} is ${container.state}: start it`];
  return [];
}

function tolerated(drill: Drill, breaks: DrillPlan['breaks'], { report }: Seen): readonly string[] {
  if (drill.beyondTolerance) return [];
  return systems.flatMap((system) => {
    const names = breaks
      .filter(({ fault }) => takesAway(fault))
      .flatMap(({ targets }) => targets.filter((target) => target.system === system).map((target) => target.name));
    const takes = new Set(names).size;
    const canLose = canLoseOf(system, report);
    if (takes <= canLose) return [];
    return [
      canLose === 0
        ? `${titles[system]} cannot lose a member now: it needs more of them, or all of them back`
        : `${titles[system]} can lose ${plural(canLose, 'member')} at once, and this takes ${takes}`,
    ];
  });
}

function netem(drill: Drill, { netem: has }: Facts): readonly string[] {
  if (has === true || !drill.breaks.some(({ fault }) => fault.kind === 'delay')) return [];
  return has === null
    ? ['whether this kernel can delay packets has not been found out yet: try again in a moment']
    : ['this kernel cannot delay packets: load its module sch_netem, or use network-loss or network-rate'];
}

/** Members that a system may lose at once. */
export const canLoseOf = (system: System, report: Seen['report']): number =>
  system === 'etcd' || system === 'sentinel' ? (report[system]?.quorum.canLose ?? 0) : (report[system]?.canLose ?? 0);
