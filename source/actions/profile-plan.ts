import { servicesOf } from '../engine/compose-file.ts';
import { rosterOf } from '../engine/compose-roster.ts';
import { roleOf } from '../engine/survey.ts';
import { list } from '../stack/format.ts';
import type { RowReading } from '../stack/report.ts';
import { systems } from '../stack/topology.ts';
import { type Move, movesFor } from './leave-moves.ts';
import { inLeavingOrder, type Leaver, removeLiteral } from './leave-remove.ts';
import { patroniLiteral } from './patroni-rest.ts';
import { syncNodeCount } from './patroni-sync.ts';
import { effectsOf, unknownOf } from './profile-effects.ts';
import { comingOf, type ProfileFacts } from './profile-facts.ts';
import type { ProfilePlan, ProfileStep } from './profile-types.ts';
import type { Seen } from './types.ts';

/** Compose's words for starting what is missing; it touches nothing that runs, and starts nobody beside. */
export const startArguments = (services: readonly string[]): readonly string[] => [
  ...['up', '--detach', '--no-build', '--no-recreate', '--no-deps'],
  ...services,
];

/**
 * What a change to this profile does, by what is there: started are those of it that don't run, removed the others, after
 * leadership has moved to those that stay. So it is also how a change that was cut short goes on. Pure.
 */
export function planProfile(facts: ProfileFacts, wanted: string): ProfilePlan {
  const { project, seen, containers } = facts;
  const services = servicesOf(project.file, wanted);
  const staying = new Set(services.map(({ name }) => name));
  const coming = comingOf(services, containers).map(({ name }) => name);
  const { moves, missing } = seen === null ? { moves: [], missing: [] } : movesFor(seen, staying);
  const leavers = leaversOf(facts, staying, moves);
  const steps: readonly ProfileStep[] = [
    ...startStep(project.name, wanted, coming),
    ...moves.flatMap((move) => moveSteps(move, facts)),
    ...leavers.map((leaver) => removeStep(leaver)),
    ...resetStep(seen, staying, leavers),
  ];
  const done = steps.length === 0 && seen?.report.verdict.level === 'ok';
  return {
    from: rosterOf(
      project.file,
      containers.map(({ service }) => service),
    ).profile,
    to: wanted,
    steps: done ? [] : [...steps, awaitStep(wanted)],
    memory: memoryOf(facts, coming, leavers),
    moves: moves.map(({ system, from, to }) => ({ system, from, to })),
    effects: effectsOf({ facts, wanted, coming, leavers, moves }),
    unknown: unknownOf(facts, leavers),
    missing: missingOf(facts, wanted, [
      ...paused(facts),
      ...silent(facts, staying),
      ...missing,
      ...lonely(facts, staying),
    ]),
  };
}

/** The former leader goes first: it is no sync standby, and commits need not wait for another twice. */
function leaversOf(
  { project, seen, containers }: ProfileFacts,
  staying: ReadonlySet<string>,
  moves: readonly Move[],
): readonly Leaver[] {
  const known = new Set(project.file.services.map(({ name }) => name));
  const members = seen?.report.patroni?.members ?? [];
  const from = moves.find(({ system }) => system === 'patroni')?.from ?? null;
  const confirms = (container: string): boolean => {
    const member = members.find((row) => row.container === container);
    if (member === undefined || member.name === from) return false;
    return from !== null || member.role === 'sync_standby' || member.role === 'quorum_standby';
  };
  return inLeavingOrder(
    containers
      .filter(({ service }) => known.has(service) && !staying.has(service))
      .map(({ name, service, role }) => ({ name, service, role, confirms: confirms(name) })),
  );
}

function startStep(project: string, wanted: string, coming: readonly string[]): readonly ProfileStep[] {
  if (coming.length === 0) return [];
  const literal = ['docker', 'compose', '--project-name', project, '--profile', wanted, ...startArguments(coming)];
  const text = `${list(coming)} start${coming.length === 1 ? 's' : ''}`;
  return [{ kind: 'start', names: coming, text, literal: literal.join(' ') }];
}

function moveSteps(
  { system, from, to, sync, standbys }: Move,
  { seen, syncNodeCount: before }: ProfileFacts,
): readonly ProfileStep[] {
  const names = [to, from];
  if (system === 'redis') {
    const master = seen?.report.redis?.masterName ?? 'NAME';
    const literal = `CONFIG SET replica-priority 1 at ${to}; at ${from} CLIENT PAUSE until all is copied; SENTINEL FAILOVER ${master}; REPLICAOF ${to} at ${from}; CLIENT UNPAUSE`;
    return [{ kind: 'redis-switchover', names, text: `${to} becomes Redis' master instead of ${from}`, literal }];
  }
  const count = (value: number | null) => patroniLiteral('PATCH', '/config', { [syncNodeCount]: value });
  return [
    ...(!sync
      ? []
      : [
          {
            kind: 'patroni-sync' as const,
            names: [to],
            text: `commits wait for ${to} too, until it leads`,
            literal: `${count(standbys)}; once it leads, as it was before: ${count(before)}`,
          },
        ]),
    {
      kind: 'patroni-switchover',
      names,
      text: `${to} takes over from ${from}`,
      literal: patroniLiteral('POST', '/switchover', { leader: from, candidate: to }),
    },
  ];
}

const removeStep = (leaver: Leaver): ProfileStep => ({
  kind: 'remove',
  names: [leaver.service],
  text: `${leaver.service} stops and its container goes; its volumes stay`,
  literal: removeLiteral(leaver),
});

/** Sentinels that stay while Redis nodes or other Sentinels leave would count those as down for ever. */
function resetStep(
  seen: Seen | null,
  staying: ReadonlySet<string>,
  leavers: readonly Leaver[],
): readonly ProfileStep[] {
  const sentinels = (seen?.snapshot.sentinel ?? []).map(({ container }) =>
    seen?.snapshot.containers.find(({ name }) => name === container),
  );
  const names = sentinels.flatMap((row) =>
    row?.service && row.state === 'running' && staying.has(row.service) ? [row.service] : [],
  );
  if (names.length === 0 || !leavers.some(({ role }) => role === 'redis' || role === 'sentinel')) return [];
  const literal = `SENTINEL RESET ${seen?.report.redis?.masterName ?? 'NAME'}`;
  return [{ kind: 'sentinel-reset', names, text: `${list(names)} forget who has left, one after the other`, literal }];
}

const awaitStep = (wanted: string): ProfileStep => ({
  kind: 'await',
  names: [],
  text: `waits until the profile "${wanted}" is whole: verdict ok`,
  literal: '',
});

function memoryOf(
  { project, seen, knownMemory, availableBytes }: ProfileFacts,
  coming: readonly string[],
  leavers: readonly Leaver[],
): ProfilePlan['memory'] {
  const limits = new Map(project.file.services.map((service) => [service.name, service.memoryLimitBytes ?? 0]));
  const rows = seen?.report.containers ?? [];
  const used = (container: string) => rows.find(({ name }) => name === container)?.memoryBytes ?? 0;
  return {
    needsBytes: coming.reduce((sum, name) => sum + (knownMemory[name] ?? limits.get(name) ?? 0), 0),
    freesBytes: leavers.reduce((sum, { name }) => sum + used(name), 0),
    measured: coming.every((name) => knownMemory[name] !== undefined),
    availableBytes,
  };
}

/** What `up` has to do first is all there is to say. */
function missingOf(facts: ProfileFacts, wanted: string, others: readonly string[]): readonly string[] {
  if (!lifeless(facts)) return [...new Set([...facts.inTheWay, ...others])];
  const { name } = facts.project;
  return [`"${name}" does not run, or not all of its core: run paws-top up ${wanted}, which also knows who may lead`];
}

/** With none of a system there, who may lead is known from its data alone, and that is what `up` looks at. */
function lifeless({ project, containers }: ProfileFacts): boolean {
  const roles = new Set(project.file.services.map(roleOf));
  return (['etcd', 'patroni', 'redis'] as const).some((role) => {
    const members = containers.filter((container) => container.role === role);
    const stopped = members.every(({ state }) => state === 'exited' || state === 'created' || state === 'dead');
    return roles.has(role) && stopped && (members.length > 0 || project.own || containers.length === 0);
  });
}

function paused({ containers }: ProfileFacts): readonly string[] {
  const names = containers.filter(({ state }) => state === 'paused').map(({ service }) => service);
  if (names.length === 0) return [];
  return [
    `${list(names)} ${names.length === 1 ? 'is' : 'are'} paused: resume ${names.length === 1 ? 'it' : 'them'} first`,
  ];
}

/** Before anything leaves, those that stay must be known to be well. */
function silent({ project, seen, containers }: ProfileFacts, staying: ReadonlySet<string>): readonly string[] {
  const leaves = containers.some(
    ({ service }) => project.file.services.some(({ name }) => name === service) && !staying.has(service),
  );
  if (!leaves || seen === null) return [];
  const rows: readonly RowReading[] = systems.flatMap(
    (system) => [...(seen.report[system]?.members ?? [])] as RowReading[],
  );
  return rows.flatMap(({ name, container, reading }) => {
    const behind = seen.report.containers.find((row) => row.name === container);
    const runs = behind?.state === 'running' && behind.service !== null && staying.has(behind.service);
    return runs && reading !== 'ok' ? [`${name} stays, but does not answer: wait until it does, or restart it`] : [];
  });
}

/** In strict synchronous mode a member that is left alone has nobody to confirm its commits. */
function lonely({ seen, syncStrict }: ProfileFacts, staying: ReadonlySet<string>): readonly string[] {
  const { patroni, containers } = seen?.report ?? {};
  const services = (patroni?.members ?? []).map(
    ({ name, container }) => containers?.find((row) => row.name === container)?.service ?? name,
  );
  const [only, ...more] = services.filter((service) => staying.has(service));
  if (!syncStrict || patroni?.syncMode === 'off' || only === undefined || more.length > 0 || services.length < 2)
    return [];
  return [`${only} alone would take no writes, since Patroni has synchronous_mode_strict: take that setting out first`];
}
