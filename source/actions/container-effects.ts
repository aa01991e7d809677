import { duration, list, plural } from '../stack/format.ts';
import { majorityOf } from '../stack/tolerance.ts';
import { type System, systems } from '../stack/topology.ts';
import { leaveIt } from './preview.ts';
import { answering, type Behind, confirms, heirs, leads, memberBehind } from './rolling-members.ts';
import type { Choice, Preview, Seen, Target } from './types.ts';

/** What is done to containers; `verb` as in "then stop". */
export type Away = {
  readonly verb: 'stop' | 'restart' | 'pause' | 'recreate' | 'remove';
  /** It comes back by itself, one after the other. */
  readonly passing: boolean;
  /** It is stopped in good order, and so hands over what it holds by itself. */
  readonly orderly: boolean;
  /** Who leads hands over first, and nobody is asked. */
  readonly always?: boolean;
};

/** Who is concerned and what stops for how long when these go, and the ways to go on. */
export function effectsOf(away: Away, targets: readonly Target[], seen: Seen): Pick<Preview, 'effects' | 'choices'> {
  const members = targets.flatMap((target) => memberBehind(target, seen) ?? []);
  const others = targets.filter((target) => memberBehind(target, seen) === null);
  const told = systems.flatMap((system) => {
    const own = members.filter((member) => member.system === system);
    return own.length === 0 ? [] : [systemEffects(away, system, own, seen)];
  });
  const effects = [
    ...told.flatMap(({ effects: some }) => some),
    ...(others.length === 0 ? [] : [`${list(others.map(({ name }) => name))}: what it serves stops meanwhile.`]),
    ...(targets.length > 1 ? ['One after the other: those nobody waits for first, who leads last.'] : []),
  ];
  return { effects, choices: choicesFor(away, told) };
}

type Told = { readonly effects: readonly string[]; readonly breaks: boolean; readonly handsOver: boolean };

function choicesFor({ verb }: Away, told: readonly Told[]): readonly Choice[] {
  const anyway = { id: 'anyway', label: `${verb} anyway` };
  const first = { id: 'handover', label: `switch over first, then ${verb}` };
  const handsOver = told.some((one) => one.handsOver);
  if (told.some(({ breaks }) => breaks)) return [leaveIt, ...(handsOver ? [first] : []), anyway];
  return handsOver ? [first, anyway] : [{ id: 'go', label: verb }];
}

function systemEffects(away: Away, system: System, members: readonly Behind[], seen: Seen): Told {
  const names = members.map(({ name }) => name);
  // Those that come back one by one are never away together.
  const without = away.passing ? [] : names;
  const leader = members.find((member) => leads(member, seen));
  const broken = breakage(away, system, names, seen);
  if (broken !== null) return { effects: [broken], breaks: true, handsOver: false };
  if (leader !== undefined) {
    const possible = heirs(system, [...without, leader.name], seen).length > 0 || laterHeir(system, without, seen);
    const stops = leaderStops(away, system, leader.name, seen, possible);
    const waited = members.filter((member) => confirms(member, seen));
    const also = waited.length === 0 ? [] : [harmless(away, system, waited, seen)];
    return { effects: [stops, ...also], breaks: !possible && !away.passing, handsOver: possible };
  }
  return { effects: [harmless(away, system, members, seen)], breaks: false, handsOver: false };
}

/** With sync mode on a replica that stays is named sync standby once the others are gone. */
const laterHeir = (system: System, without: readonly string[], { report }: Seen): boolean =>
  system === 'patroni' &&
  (report.patroni?.members ?? []).some(
    ({ name, state, reading }) =>
      state === 'streaming' && reading === 'ok' && !without.includes(name) && name !== report.patroni?.leader,
  );

function leaderStops(away: Away, system: System, name: string, seen: Seen, possible: boolean): string {
  const { verb, passing, orderly } = away;
  const { ttl, loopWait, downAfter } = timesOf(seen);
  if (away.always && possible) return `${name} ${handsOver[system]}`;
  const back = passing ? 'until it is back' : 'until one that can take over is there';
  switch (system) {
    case 'patroni':
      if (!possible) return `${name} leads and nobody can take over: writes stop ${back}.`;
      return orderly
        ? `${name} leads: writes stop for about 3 s; for about 1.5 s when it switches over first.`
        : `${name} leads: writes stop until its lease ends, up to ${duration(ttl + loopWait)}; for about 1.5 s when it switches over first.`;
    case 'redis':
      if (!possible) return `${name} is the master and nobody can take over: writes stop ${back}.`;
      return `${name} is the master: writes stop for about ${duration(downAfter + 3_000)}, and some that were acknowledged may be lost; with a planned switchover they wait for about 1 s and none is lost.`;
    default:
      return possible
        ? `${name} leads etcd: another is elected within about a second; none is needed when leadership is moved before the ${verb}.`
        : `${name} leads etcd and nobody can take over: etcd takes no writes ${back}.`;
  }
}

const handsOver: Readonly<Record<System, string>> = {
  etcd: 'leads etcd and hands over first: nobody notices.',
  patroni: 'leads and switches over first: writes stop for about 1.5 s, none is lost.',
  redis: 'is the master and switches over first, as planned: writes wait for about 1 s, none is lost.',
  sentinel: 'leads nothing.',
};

/** What no longer works at all without them; null: it goes on. */
function breakage({ passing }: Away, system: System, names: readonly string[], seen: Seen): string | null {
  const { report } = seen;
  const left = answering(system, seen).filter((name) => !(passing ? names.slice(0, 1) : names).includes(name)).length;
  const meanwhile = passing ? ' meanwhile' : '';
  if (system === 'etcd' && report.etcd !== null && left < report.etcd.quorum.needed) {
    const { size, needed } = report.etcd.quorum;
    const solitary = size === 1 ? 'etcd has no other member' : `etcd loses its quorum (${left} of ${needed} needed)`;
    return `${solitary}${meanwhile}: Patroni's leader gives up within its lease of ${duration(timesOf(seen).ttl)}, and nothing can be written.`;
  }
  if (system === 'sentinel' && report.sentinel !== null) {
    const majority = majorityOf(report.sentinel.quorum.size);
    if (left >= majority) return null;
    return `Only ${plural(left, 'Sentinel')} would be left${meanwhile}, and ${majority} must agree: a dead Redis master would not be replaced.`;
  }
  if (passing || left > 0) return null;
  return system === 'patroni'
    ? 'No database would be left: nothing can be read or written until one is started.'
    : 'No Redis would be left: nothing can be read or written until one is started.';
}

function harmless(away: Away, system: System, members: readonly Behind[], seen: Seen): string {
  const names = list(members.map(({ name }) => name));
  const { ttl, loopWait } = timesOf(seen);
  if (members.some((member) => confirms(member, seen))) {
    const waits = away.orderly ? loopWait : ttl + loopWait;
    return `${names}: commits wait until Patroni names another sync standby, up to ${duration(waits)}; no write is lost.`;
  }
  const stays = seen.report[system] === null ? '' : `: ${goesOn[system]}`;
  return `${names}${stays}${away.passing ? '' : ', with less to spare'}.`;
}

const goesOn: Readonly<Record<System, string>> = {
  etcd: 'etcd keeps its quorum and its leader',
  patroni: 'a replica, writes go on',
  redis: 'a replica, writes go on',
  sentinel: 'the other Sentinels keep their majority',
};

/** Of the live configuration, ms; what paws-top ships where it is not known. */
export function timesOf({ snapshot }: Seen): {
  readonly ttl: number;
  readonly loopWait: number;
  readonly downAfter: number;
} {
  const settings = (snapshot.patroni ?? []).map(({ reading }) => reading.value?.settings).find((one) => one != null);
  const master = (snapshot.sentinel ?? []).flatMap(({ reading }) => reading.value?.masters ?? [])[0];
  return {
    ttl: settings?.ttlMs ?? 20_000,
    loopWait: settings?.loopWaitMs ?? 2_000,
    downAfter: master?.downAfterMs ?? 2_000,
  };
}
