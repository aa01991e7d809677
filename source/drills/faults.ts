import type { Access, Engine, NetworkSettings } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import { crashPostgres } from './fault-crash.ts';
import { changesNetwork, injectNetwork, networkScript } from './fault-network.ts';
import type { Fault, FaultKind, Target, Undo } from './types.ts';

export type LeadershipKind = Extract<
  FaultKind,
  'patroni-switchover' | 'patroni-failover' | 'sentinel-failover' | 'redis-switchover' | 'etcd-move-leader'
>;

/** Faults that are requests to the system itself. `undo` is asked for before `run`; left out: there is nothing to undo. */
export type LeadershipChange = {
  readonly undo?: (target: Target) => Promise<readonly Undo[]>;
  readonly run: (target: Target) => Promise<unknown>;
};

export type FaultGround = {
  readonly engine: Engine;
  readonly project: string;
  /** Everybody that a partition could cut from. */
  readonly access: readonly Pick<Access, 'member'>[];
  readonly leadership: Readonly<Record<LeadershipKind, LeadershipChange>>;
};

export type PreparedFault = {
  /** Known before anything is broken, so that it can be written down first. */
  readonly undo: readonly Undo[];
  /**
   * Breaks it; `at` is when, epoch ms: for network faults and a crash when it took effect by the engine's clock, else just
   * before the call (of container faults the engine's event tells the exact time). Throws StackError, and what was done
   * until then is undone by `undo`.
   */
  inject(): Promise<{ readonly at: number }>;
};

/**
 * Looks at everything a fault needs and at what must be put back, and changes nothing. Throws StackError: `precondition`
 * where the fault makes no sense now (the container does not run, has no network of its own, nobody to be cut from).
 */
export async function prepareFault(fault: Fault, target: Target, ground: FaultGround): Promise<PreparedFault> {
  const { engine } = ground;
  const { control } = engine;
  const { name, containerId: container } = target;
  if (isLeadership(fault.kind)) {
    const { undo, run } = ground.leadership[fault.kind];
    return { undo: (await undo?.(target)) ?? [], inject: () => timed(() => run(target)) };
  }
  await mustRun(engine, target);
  if (changesNetwork(fault)) {
    const members = ground.access.map(({ member }) => member);
    const script = networkScript(fault, target, await engine.list(), members);
    return {
      undo: [{ op: 'clear-network', container, name }],
      inject: async () => ({ at: await injectNetwork(control, script, target, ground.project) }),
    };
  }
  const undo: readonly Undo[] = [{ op: 'start', container, name }];
  switch (fault.kind) {
    case 'kill':
    case 'stop':
    case 'restart': {
      const { kind } = fault;
      return { undo, inject: () => timed(() => control[kind](container)) };
    }
    case 'crash': // the container may end with it
      return { undo, inject: async () => ({ at: await crashPostgres(control, target) }) };
    case 'pause':
      return { undo: [{ op: 'unpause', container, name }], inject: () => timed(() => control.pause(container)) };
    case 'isolate': {
      const networks = await networksToLeave(engine, target);
      const leave = async () => {
        for (const { network } of networks) await control.disconnect(container, network);
      };
      return { undo: [{ op: 'connect', container, name, networks }], inject: () => timed(leave) };
    }
  }
}

const leadershipKinds: ReadonlySet<FaultKind> = new Set<LeadershipKind>([
  'patroni-switchover',
  'patroni-failover',
  'sentinel-failover',
  'redis-switchover',
  'etcd-move-leader',
]);
function isLeadership(kind: FaultKind): kind is LeadershipKind {
  return leadershipKinds.has(kind);
}

async function timed(run: () => Promise<unknown>): Promise<{ at: number }> {
  const at = Date.now();
  const answer = await run();
  return { at: isDated(answer) ? answer.at : at };
}

/** An action may know better when it began to matter. */
const isDated = (answer: unknown): answer is { readonly at: number } =>
  typeof answer === 'object' && answer !== null && 'at' in answer && typeof answer.at === 'number';

async function mustRun(engine: Engine, { name, containerId }: Target): Promise<void> {
  const state = (await engine.inspect(containerId))?.container.state ?? 'missing';
  if (state !== 'running') throw new StackError('precondition', `${name} does not run (${state})`);
}

async function networksToLeave(engine: Engine, { name, containerId }: Target): Promise<readonly NetworkSettings[]> {
  const networks = await engine.control.networksOf(containerId);
  if (networks.length === 0) throw new StackError('precondition', `${name} has no network that it could be taken off`);
  return networks;
}
