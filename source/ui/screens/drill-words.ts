import type { Drill, DrillPlan, Fault, FaultKind, Prediction, Stage, Target } from '../../drills/types.ts';
import { list } from '../../stack/format.ts';
import type { System } from '../../stack/topology.ts';

export const systemNames: Readonly<Record<System, string>> = {
  etcd: 'etcd',
  patroni: 'Patroni',
  redis: 'Redis',
  sentinel: 'Sentinel',
};

/** Tenths of a second, since recoveries are compared: `0.4 s`, `20.6 s`. */
export const seconds = (ms: number): string => `${(Math.max(0, ms) / 1000).toFixed(1)} s`;

/** `18–24 s`, `0.5–2.3 s`; writes that go on have no outage. */
export function range({ minMs, maxMs }: Prediction): string {
  if (maxMs === 0) return 'no outage';
  const fine = maxMs < 10_000;
  const low = fine ? (minMs / 1000).toFixed(1) : String(Math.floor(minMs / 1000));
  const high = fine ? (maxMs / 1000).toFixed(1) : String(Math.ceil(maxMs / 1000));
  return low === high ? `${high} s` : `${low}–${high} s`;
}

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
      : `after ${seconds(hold.ms)}`;
  return `Healed by itself ${when}, even if paws-top is killed meanwhile.`;
}

/** `etcd −1  pg −0`: members that may still be lost. */
export const toleranceText = (tolerance: DrillPlan['tolerance']): string =>
  Object.entries(tolerance)
    .map(([system, left]) => `${system === 'patroni' ? 'pg' : system} −${left}`)
    .join('  ');

/** `kill of patroni2`, `kill of etcd1, patroni2 and redis3`. */
export function faultWords({ breaks }: DrillPlan): string {
  const byKind = new Map<string, string[]>();
  for (const { fault, targets } of breaks) {
    const names = byKind.get(fault.kind) ?? [];
    byKind.set(fault.kind, [...names, ...targets.map(({ name }) => name)]);
  }
  return [...byKind].map(([kind, names]) => `${kindWords[kind as FaultKind]} of ${list(names)}`).join('; ');
}

const kindWords: Readonly<Record<FaultKind, string>> = {
  kill: 'kill',
  stop: 'stop',
  pause: 'pause',
  restart: 'restart',
  crash: 'crash of the postgres',
  partition: 'partition',
  isolate: 'isolation',
  delay: 'delay',
  loss: 'packet loss',
  rate: 'rate limit',
  'patroni-switchover': 'switchover',
  'patroni-failover': 'failover',
  'sentinel-failover': 'failover',
  'redis-switchover': 'planned switchover',
  'etcd-move-leader': 'change of leader',
};
