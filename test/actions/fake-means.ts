import type { ActionMeans, ComposeMeans, Running, Seen, Target } from '../../source/actions/types.ts';
import type { Access, Control, Engine } from '../../source/engine/types.ts';
import { report } from '../../source/stack/assess.ts';
import { StackError } from '../../source/stack/errors.ts';
import type { Reading } from '../../source/stack/reading.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import type { System } from '../../source/stack/topology.ts';
import { fakeControl } from '../helpers/fake-control.ts';

export const seeing = (snapshot: Snapshot): Seen => ({ snapshot, report: report(snapshot) });

/** Everybody has just answered. */
function heard(snapshot: Snapshot): Snapshot {
  const at = Date.now() + 1;
  const fresh = <T>(reading: Reading<T>): Reading<T> => (reading.status === 'ok' ? { ...reading, at } : reading);
  const rows = <R extends { readonly reading: Reading<unknown> }>(all: readonly R[] | null) =>
    all?.map((row) => ({ ...row, reading: fresh(row.reading) })) ?? null;
  return {
    ...snapshot,
    at,
    etcd: rows(snapshot.etcd),
    patroni: rows(snapshot.patroni)?.map((row) => ({ ...row, postgres: fresh(row.postgres) })) ?? null,
    redis: rows(snapshot.redis),
    sentinel: rows(snapshot.sentinel),
  } as Snapshot;
}

type Parts = {
  readonly control?: Partial<Control>;
  readonly access?: readonly Access[];
  readonly compose?: ComposeMeans;
};

/** Means on a world that is a snapshot, answers all the time, and changes when it is told to; what is sent is noted. */
export function fakeMeans(snapshot: Snapshot, { control: parts = {}, access = [], compose }: Parts = {}) {
  let world = seeing(snapshot);
  const looking = new Set<() => void>();
  const { control, calls } = fakeControl(parts);
  const refuse = async (): Promise<never> => {
    throw new StackError('precondition', 'there is no Compose here to ask');
  };
  const means: ActionMeans = {
    engine: { address: 'fake:', control } as unknown as Engine,
    env: {},
    project: 'paws',
    access: async () => access,
    containers: async () => [],
    seen: () => world,
    until: (fulfilled, { deadlineMs, what, signal }) =>
      new Promise((resolve, reject) => {
        const look = () => {
          if (fulfilled(world)) settle(() => resolve(world));
        };
        const settle = (finish: () => void) => {
          clearTimeout(timer);
          clearInterval(answers);
          looking.delete(look);
          signal?.removeEventListener('abort', aborted);
          finish();
        };
        const aborted = () => settle(() => reject(signal?.reason));
        const late = () =>
          settle(() => reject(new StackError('timeout', `not within ${deadlineMs / 1_000} s: ${what}`)));
        const answers = setInterval(() => {
          world = seeing(heard(world.snapshot));
          look();
        }, 5);
        const timer = setTimeout(late, Math.min(deadlineMs, 300));
        signal?.addEventListener('abort', aborted);
        looking.add(look);
        look();
      }),
    compose: async () => compose ?? refuse(),
    cli: async (argv) => {
      calls.push(`cli ${argv.join(' ')}`);
      return { exitCode: 0, stdout: '', stderr: '' };
    },
    unsettled: async () => [],
    settle: async () => {},
    keep: async (what) => {
      calls.push(`keep ${what}`);
      return async () => {};
    },
  };
  return {
    means,
    /** Everything that was sent to the engine, Compose and the journal. */
    calls,
    change(next: Snapshot) {
      world = seeing(next);
      for (const look of looking) look();
    },
    /** As an action is run with. */
    running(targets: readonly Target[], more: Partial<Running> = {}): Running & { readonly said: string[] } {
      const said: string[] = [];
      const say = (text: string) => said.push(text);
      const signal = new AbortController().signal;
      return { targets, input: '', seen: world, means, choice: 'go', say, signal, said, ...more };
    },
  };
}

/** The service's container, as a row of a menu is about it. */
export const service = (name: string): Target => {
  const system = /^(etcd|patroni|redis|sentinel)/.exec(name)?.[0] as System | undefined;
  return { name, system: system ?? null, member: system === undefined ? null : name, container: `paws-${name}-1` };
};

export const cluster = (system: System): Target => ({ name: system, system, member: null, container: null });
