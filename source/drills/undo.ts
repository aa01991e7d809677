import { isNotFound } from '../engine/request.ts';
import type { Control, Engine, NetworkSettings } from '../engine/types.ts';
import { StackError } from '../stack/errors.ts';
import type { ContainerState } from '../stack/topology.ts';
import { clearNetwork } from './fault-network.ts';
import type { Undo } from './types.ts';

type Of<Op extends Undo['op']> = Extract<Undo, { op: Op }>;

export type UndoGround = {
  readonly engine: Engine;
  readonly project: string;
  /** What the containers' engine can't do; each says what it did, null when there was nothing to do. */
  readonly settleRedis: (undo: Of<'redis-settle'>) => Promise<string | null>;
  readonly settlePatroni: (undo: Of<'patroni-settle'>) => Promise<string | null>;
  readonly cleanLedger: (undo: Of<'clean-ledger'>) => Promise<string | null>;
};

/**
 * Puts one thing right. Resolves with a sentence of what was done, null when there was nothing to do: it is right
 * already, or the container is gone. Throws StackError when it could not be done now; it may be tried again.
 */
export async function applyUndo(undo: Undo, ground: UndoGround): Promise<string | null> {
  if (undo.op === 'redis-settle') return ground.settleRedis(undo);
  if (undo.op === 'patroni-settle') return ground.settlePatroni(undo);
  if (undo.op === 'clean-ledger') return ground.cleanLedger(undo);
  const state = (await ground.engine.inspect(undo.container))?.container.state ?? 'missing';
  if (state === 'missing' || state === 'removing') return null;
  return mend(undo, state, ground);
}

async function mend(
  undo: Of<'start' | 'unpause' | 'connect' | 'clear-network'>,
  state: ContainerState,
  ground: UndoGround,
) {
  const { control } = ground.engine;
  const { container, name } = undo;
  switch (undo.op) {
    case 'start':
      if (!stands.has(state)) return null;
      return did(control.start(container), `${name} started`);
    case 'unpause':
      if (state !== 'paused') return null;
      return did(control.unpause(container), `${name} unpaused`);
    case 'connect':
      return connectAll(control, undo);
    case 'clear-network': {
      // Its namespace, and all that was in it, ended with it.
      if (state !== 'running' && state !== 'paused') return null;
      const cleared = await clearNetwork(control, container, ground.project).catch(nothingWhenStopped);
      return cleared ? `${name}: network rules removed` : null;
    }
  }
}

/** States in which a container waits to be started. A restarting one is the engine's business. */
const stands = new Set<ContainerState>(['created', 'exited', 'dead']);

/** Somebody else may have done it, or removed the container, in the meantime. */
async function did(call: Promise<void>, sentence: string): Promise<string | null> {
  try {
    await call;
    return sentence;
  } catch (error) {
    return nothingWhenStopped(error);
  }
}

function nothingWhenStopped(error: unknown): null {
  if (error instanceof StackError && error.kind === 'not-running') return null;
  throw error;
}

async function connectAll(control: Control, { container, name, networks }: Of<'connect'>): Promise<string | null> {
  const done: string[] = [];
  for (const wanted of networks) {
    const present = (await control.networksOf(container)).find(({ network }) => network === wanted.network);
    if (present !== undefined && isSame(present, wanted)) continue;
    if (present !== undefined) await control.disconnect(container, wanted.network);
    const addresses = [wanted.ipv4, wanted.ipv6].filter((address) => address !== null).join(' and ');
    const network = `network ${wanted.network}`;
    try {
      await control.connect(container, wanted);
      done.push(`back on ${network}${addresses === '' ? '' : ` with ${addresses}`}`);
    } catch (error) {
      if (!isNotFound(error)) throw error;
      done.push(`not back on ${network}, which is gone`); // trying again would not bring it
    }
  }
  return done.length === 0 ? null : `${name} ${done.join(', ')}`;
}

function isSame(one: NetworkSettings, other: NetworkSettings): boolean {
  return (
    one.ipv4 === other.ipv4 &&
    one.ipv6 === other.ipv6 &&
    hasAll(one.aliases, other.aliases) &&
    hasAll(one.links, other.links)
  );
}

/** The engine may have added names of its own. */
function hasAll(present: readonly string[], wanted: readonly string[]): boolean {
  return wanted.every((name) => present.includes(name));
}
