import { StackError } from '../stack/errors.ts';
import type { System } from '../stack/topology.ts';
import { catalogue, expected } from './catalogue.ts';
import { isNetworkFault } from './fault-kinds.ts';
import type { Drill, Seen } from './types.ts';

/** Drills that can be done to this stack at all: it has the systems they break and watch. */
export function drillsFor({ snapshot }: Seen): readonly Drill[] {
  const has = (system: System) => (snapshot[system]?.length ?? 0) > 0;
  return catalogue.filter((drill) =>
    drill.breaks.every(({ fault, target }) => {
      const system = typeof target === 'string' ? (target.split('.')[0] as System) : null;
      const asked = fault.kind === 'sentinel-failover' || fault.kind === 'redis-switchover' ? has('sentinel') : true;
      return asked && (system === null || has(system)) && (system !== 'sentinel' || has('redis'));
    }),
  );
}

/**
 * The drill of that name; `slow-network:redis2` is the network drill done to that member.
 * @throws StackError `usage`, with what is allowed
 */
export function findDrill(word: string, seen: Seen): Drill {
  const [id, name] = word.split(':', 2);
  const drills = drillsFor(seen);
  const drill = drills.find((one) => one.id === id) ?? catalogue.find((one) => one.id === id);
  if (drill === undefined) {
    throw new StackError('usage', `no drill is called "${word}"; there are ${drills.map((one) => one.id).join(', ')}`);
  }
  return name === undefined ? drill : aimed(drill, name, seen);
}

function aimed(drill: Drill, name: string, { snapshot }: Seen): Drill {
  const [only] = drill.breaks;
  if (only === undefined || drill.breaks.length > 1 || !isNetworkFault(only.fault)) {
    const aimable = catalogue.filter((one) => one.breaks.every(({ fault }) => isNetworkFault(fault)));
    const ids = aimable.map((one) => one.id).join(', ');
    throw new StackError('usage', `"${drill.id}" chooses its target by role; a member can be named for ${ids}`);
  }
  const members = (['etcd', 'patroni', 'redis', 'sentinel'] as const).flatMap((system) =>
    (snapshot[system] ?? []).map((member) => ({ name: member.name, system })),
  );
  const system = members.find((member) => member.name === name)?.system;
  if (system === undefined) {
    throw new StackError('usage', `no member is called "${name}"; there are ${members.map((m) => m.name).join(', ')}`);
  }
  const measured = system === 'sentinel' ? 'redis' : system;
  return {
    ...drill,
    id: `${drill.id}:${name}`,
    does: `${drill.label[0]?.toUpperCase()}${drill.label.slice(1)}, at ${name}.`,
    breaks: [{ fault: only.fault, target: { member: name } }],
    expects: { [measured]: expected(measured, 'either', drill.id === 'network-loss' ? {} : { outage: 'none' }) },
  };
}
