import { faultName, isNetworkFault, takesAway } from '../../drills/fault-kinds.ts';
import type { Drill, DrillPlan, Fault, Stage, Target } from '../../drills/types.ts';
import { limit } from '../../drills/words.ts';
import { list } from '../../stack/format.ts';
import type { System } from '../../stack/topology.ts';

export const systemNames: Readonly<Record<System, string>> = {
  etcd: 'etcd',
  patroni: 'Patroni',
  redis: 'Redis',
  sentinel: 'Sentinel',
};

/** A time that still runs, in tenths of a second: `12.3 s`. */
export const ticking = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** What each stage is called while it lasts. */
export const stageNames: Readonly<Record<Stage, string>> = {
  preparing: 'preparing',
  writing: 'writing before the fault',
  breaking: 'breaking it',
  recovering: 'recovering',
  healing: 'healing',
  reading: 'reading the writes back',
  done: 'done',
};

/** What is done to whom, word by word, one sentence a break. */
export const statements = ({ breaks }: DrillPlan): readonly string[] =>
  breaks.filter(({ targets }) => targets.length > 0).map(({ fault, targets }) => faultSentence(fault, targets));

function faultSentence(fault: Fault, targets: readonly Target[]): string {
  const who = list(targets.map(({ name }) => name));
  const containers = list(targets.map(({ container }) => container));
  const named =
    containers === who ? who : `${who} (${targets.length === 1 ? 'container' : 'containers'} ${containers})`;
  switch (fault.kind) {
    case 'kill':
      return `Kills ${named} with SIGKILL.`;
    case 'stop':
      return `Stops ${named} in order, as docker stop does.`;
    case 'pause':
      return `Freezes ${named}: it runs no more, but its connections stay open.`;
    case 'restart':
      return `Restarts ${named}.`;
    case 'crash':
      return `Kills the postgres process inside ${named}; the container goes on.`;
    case 'partition':
      return `Cuts ${named} off from ${fault.from === 'all' ? 'every other member of the stack' : `every member of ${list(fault.from.map((system) => systemNames[system]))}`}; from this machine it can still be reached.`;
    case 'isolate':
      return `Takes ${named} off its networks: nobody reaches it.`;
    case 'delay':
      return `Delays what ${named} sends by ${fault.ms} ms, give or take ${fault.jitterMs} ms.`;
    case 'loss':
      return `Loses ${fault.percent} % of the packets of ${named}.`;
    case 'rate':
      return `Lets ${named} send no more than ${fault.kbit} kbit/s.`;
    case 'patroni-switchover':
      return `Asks Patroni to switch over from ${named}.`;
    case 'patroni-failover':
      return `Asks Patroni to fail over from ${named}.`;
    case 'sentinel-failover':
      return `Asks a Sentinel to fail over from ${named}, with nothing done to save its writes.`;
    case 'redis-switchover':
      return `Hands the master's role of ${named} over as planned: writes wait, nothing is lost.`;
    case 'etcd-move-leader':
      return `Moves the leadership of etcd away from ${named}.`;
    default:
      return fault satisfies never;
  }
}

/** When and how it is mended. */
export function healing({ hold }: Drill, predictions: DrillPlan['predictions']): string {
  if (hold === 'none') return 'Nothing has to be mended afterwards.';
  const latest = Math.max(0, ...Object.values(predictions).map(({ maxMs }) => maxMs));
  const when =
    hold === 'recovered'
      ? `as soon as writes go on${latest > 0 ? `, at the latest after ${Math.ceil(latest / 1000)} s` : ''}`
      : `after ${limit(hold.ms)}`;
  return `Healed by itself ${when}, even if paws-top is killed meanwhile.`;
}

type Left = { readonly system: System; readonly now: number; readonly taken: number };

/** For each system that a drill touches: how many of its members may still be lost, and how many the drill takes. */
function toleranceLeft({ breaks, tolerance }: DrillPlan): readonly Left[] {
  const touched = new Map<System, Set<string>>();
  for (const { fault, targets } of breaks) {
    for (const { system, name } of targets) {
      const taken = touched.get(system) ?? new Set();
      touched.set(system, takesAway(fault) || fault.kind === 'crash' ? taken.add(name) : taken);
    }
  }
  return [...touched].flatMap(([system, { size }]) => {
    const now = tolerance[system];
    return now === undefined ? [] : [{ system, now, taken: size }];
  });
}

/** `pg −0`: what may still be lost while a drill lasts, as the header has it. */
export const toleranceText = (plan: DrillPlan): string =>
  toleranceLeft(plan)
    .map(({ system, now, taken }) => `${system === 'patroni' ? 'pg' : system} ${taken > now ? '✖' : `−${now - taken}`}`)
    .join('  ');

/** The same in sentences, for each system. */
export const toleranceSentences = (plan: DrillPlan): readonly string[] =>
  toleranceLeft(plan).map(({ system, now, taken }) => {
    const before = `${systemNames[system]} can lose ${now} more`;
    if (taken === 0) return `${before}, and this takes none`;
    if (taken <= now) return `${before}, and ${now - taken} while this lasts`;
    return `${before}, and this takes ${taken}: past that${plan.drill.beyondTolerance ? ' on purpose' : ''}`;
  });

/** The system that a drill is about; null: several. */
export function systemOf({ breaks, drill }: DrillPlan): System | null {
  const all = new Set([
    ...breaks.flatMap(({ targets }) => targets.map(({ system }) => system)),
    ...drill.breaks.flatMap(({ target }) => (typeof target === 'string' ? [target.split('.')[0] as System] : [])),
  ]);
  const [only, ...others] = all;
  return only === undefined || others.length > 0 ? null : only;
}

/** `kill of patroni2`, `kill of etcd1, patroni2 and redis3`, `delay of 100 ms on patroni1`. */
export function faultWords({ breaks }: DrillPlan): string {
  const byFault = new Map<string, string[]>();
  for (const { fault, targets } of breaks) {
    const what = `${faultName(fault)} ${isNetworkFault(fault) ? 'on' : 'of'}`;
    byFault.set(what, [...(byFault.get(what) ?? []), ...targets.map(({ name }) => name)]);
  }
  return [...byFault].map(([what, names]) => `${what} ${list(names)}`).join('; ');
}
