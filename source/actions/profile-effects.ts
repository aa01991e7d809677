import { servicesOf } from '../engine/compose-file.ts';
import { roleOf } from '../engine/survey.ts';
import { bytes, list } from '../stack/format.ts';
import type { ContainerRole } from '../stack/topology.ts';
import type { Move } from './leave-moves.ts';
import type { Leaver } from './leave-remove.ts';
import type { ProfileFacts } from './profile-facts.ts';

type Change = {
  readonly facts: ProfileFacts;
  readonly wanted: string;
  readonly coming: readonly string[];
  readonly leavers: readonly Leaver[];
  readonly moves: readonly Move[];
};

/** Who is concerned, what is interrupted and for how long, and what is no longer redundant: sentences. Pure. */
export function effectsOf(change: Change): readonly string[] {
  const { coming, leavers, moves } = change;
  if (coming.length === 0 && leavers.length === 0) return ['everything of it is there already'];
  return [
    ...moves.map(interruption),
    ...(leavers.length === 0 ? ['nothing is interrupted: what runs is not touched'] : []),
    ...applications(leavers),
    ...confirmations(change),
    ...redundancy(change),
    ...sentinels(change),
    ...tightness(change),
  ];
}

const interruption = ({ system, from, to }: Move): string =>
  system === 'patroni'
    ? `${to} takes over from ${from}: writes to Postgres fail for about 2 s, connections to ${from} end`
    : `${to} becomes Redis' master instead of ${from}: writes wait for about 1 s, connections to ${from} end`;

function applications(leavers: readonly Leaver[]): readonly string[] {
  const names = leavers.filter(({ role }) => role === null || role === 'backend').map(({ service }) => service);
  return names.length === 0 ? [] : [`${list(names)} no longer answer${names.length === 1 ? 's' : ''}`];
}

/** A stopped standby is waited for until Patroni's next round. */
function confirmations({ facts: { seen }, leavers }: Change): readonly string[] {
  const patroni = seen?.report.patroni;
  if (patroni == null || patroni.syncMode === 'off' || !leavers.some(({ role }) => role === 'patroni')) return [];
  return ['commits may wait for a moment, 3 s at most, when the sync standby stops'];
}

/** How many of a system the profile has, by the compose file. */
function sizeOf({ facts: { project }, wanted }: Change, role: ContainerRole): number {
  return servicesOf(project.file, wanted).filter((service) => roleOf(service) === role).length;
}

function redundancy(change: Change): readonly string[] {
  const named = (['patroni', 'redis', 'etcd'] as const).flatMap((role) => {
    const leaves = change.leavers.some((leaver) => leaver.role === role);
    const left = sizeOf(change, role);
    const word = { patroni: 'Postgres', redis: 'Redis', etcd: 'etcd' }[role];
    return leaves && left < 2 ? [left === 0 ? `${word} is there no more` : `${word} has one member and no spare`] : [];
  });
  return named;
}

/** Clients that ask Sentinels have to be told otherwise. */
function sentinels(change: Change): readonly string[] {
  const { leavers, coming, facts } = change;
  if (leavers.some(({ role }) => role === 'sentinel') && sizeOf(change, 'sentinel') === 0) {
    return ['no Sentinel is left to ask for the master: clients go to Redis itself'];
  }
  const services = facts.project.file.services.filter(({ name }) => coming.includes(name));
  return services.some((service) => roleOf(service) === 'sentinel')
    ? ['Sentinels tell the master again, and replace it when it dies']
    : [];
}

/** Only what surely does not fit: of limits a quarter is what members were measured to use. */
function tightness({ facts, coming, leavers }: Change): readonly string[] {
  const { availableBytes, knownMemory, project, seen } = facts;
  if (availableBytes === null) return [];
  const limits = new Map(project.file.services.map((service) => [service.name, service.memoryLimitBytes ?? 0]));
  const needs = coming.reduce((sum, name) => sum + (knownMemory[name] ?? (limits.get(name) ?? 0) / 4), 0);
  const frees = leavers.reduce(
    (sum, { name }) => sum + (seen?.report.containers.find((row) => row.name === name)?.memoryBytes ?? 0),
    0,
  );
  if (needs <= availableBytes + frees) return [];
  return [`this machine has ${bytes(availableBytes)} of memory left, and what starts needs ${bytes(needs)}`];
}

/** What could not be known, because the stack has not the roles that are watched: sentences. Pure. */
export function unknownOf({ seen, containers }: ProfileFacts, leavers: readonly Leaver[]): readonly string[] {
  const strangers = leavers.filter(({ role }) => role === null).map(({ service }) => service);
  const watched =
    seen !== null && [seen.snapshot.etcd, seen.snapshot.patroni, seen.snapshot.redis].some((system) => system?.length);
  return [
    ...(containers.length > 0 && !watched
      ? ['no etcd, Patroni or Redis was recognised: what leads, and what would be lost, is not known']
      : []),
    ...(strangers.length > 0
      ? [
          `what ${list(strangers)} ${strangers.length === 1 ? 'is' : 'are'} doing is not known: stopped as Compose would`,
        ]
      : []),
  ];
}
