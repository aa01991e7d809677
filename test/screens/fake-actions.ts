import type { Action, ActionProgress, Actions, Preview, Target } from '../../source/actions/types.ts';
import { now } from '../helpers/snapshots.ts';

export const target = (name: string): Target => ({
  name,
  system: (['etcd', 'patroni', 'redis', 'sentinel'] as const).find((system) => name.startsWith(system)) ?? null,
  member: name,
  container: `paws-${name}-1`,
});

const unused = async (): Promise<never> => {
  throw new Error('a fake action is not looked at or run by itself');
};

export const action = (change: Partial<Action> & Pick<Action, 'id' | 'label' | 'does'>): Action => ({
  scope: 'container',
  system: null,
  danger: 'disrupts',
  many: false,
  ask: null,
  unavailable: () => null,
  preview: unused,
  run: unused,
  ...change,
});

const stateOf = (target: Target, seen: Parameters<Action['unavailable']>[1]) =>
  seen.report.containers.find(({ name }) => name === target.container)?.state ?? 'missing';

export const restart = action({
  id: 'container.restart',
  label: 'Restart',
  does: 'Stops the container in order and starts it again.',
  many: true,
  unavailable: (one, seen) => (stateOf(one, seen) === 'running' ? null : 'it does not run'),
});
const stop = action({
  id: 'container.stop',
  label: 'Stop',
  does: 'Stops the container in order; it stays stopped until somebody starts it.',
  many: true,
  unavailable: (one, seen) => (stateOf(one, seen) === 'running' ? null : 'it does not run'),
});
const start = action({
  id: 'container.start',
  label: 'Start',
  does: 'Starts the container.',
  danger: 'safe',
  many: true,
  unavailable: (one, seen) => (stateOf(one, seen) === 'exited' ? null : 'it is not stopped'),
});
export const remove = action({
  id: 'container.remove',
  label: 'Remove',
  does: 'Stops the container and removes it; its volumes stay.',
  danger: 'destroys',
  many: true,
});
export const reinitialise = action({
  id: 'patroni.reinitialise',
  label: 'Reinitialise',
  does: 'Has a replica throw its data away and copy it anew from the leader.',
  scope: 'member',
  system: 'patroni',
  danger: 'destroys',
  unavailable: (one, seen) => (seen.report.patroni?.leader === one.name ? 'it leads' : null),
});
export const setting = action({
  id: 'patroni.setting',
  label: 'Edit a setting',
  does: 'Changes one setting of PostgreSQL or Patroni on all members.',
  scope: 'cluster',
  system: 'patroni',
  ask: { what: 'Setting and value', hint: 'max_connections=100', initial: '' },
});
export const rolling = action({
  id: 'patroni.rolling',
  label: 'Rolling restart',
  does: 'Restarts the members one by one, the leader last, waiting for health between.',
  scope: 'cluster',
  system: 'patroni',
});
const sentinelReset = action({
  id: 'sentinel.reset',
  label: 'Reset',
  does: 'Has the Sentinels forget whom they no longer see.',
  scope: 'cluster',
  system: 'sentinel',
});
const pauseStack = action({
  id: 'stack.pause',
  label: 'Pause everything',
  does: 'Freezes every container of the stack.',
  scope: 'stack',
});
const down = action({
  id: 'stack.down',
  label: 'Down',
  does: 'Stops and removes every container; volumes stay.',
  scope: 'stack',
  danger: 'destroys',
});
const core = ['etcd1', 'etcd2', 'etcd3', 'patroni1', 'redis1'];
const others = ['backend', 'patroni2', 'patroni3', 'redis2', 'redis3', 'sentinel1', 'sentinel2', 'sentinel3'];
const profile = (name: string, services: readonly string[]): Action =>
  action({
    id: `profile.${name}`,
    label: `profile ${name}`,
    does: `Moves to ${services.length} services: leadership first, then what comes and goes, without losing a write.`,
    scope: 'profile',
    services,
    unavailable: (_, seen) => (seen.report.profile === name ? 'it is the active one' : null),
  });
const profiles = [
  profile('minimal', core),
  profile('backend', [...core, 'backend']),
  profile('full', [...core, ...others]),
];

const table = [restart, stop, start, remove, reinitialise, setting, rolling, sentinelReset, pauseStack, down];

export const preview = (change: Partial<Preview> = {}): Preview => ({
  effects: ['patroni1 is a replica: nobody outside notices, and commits wait for patroni3 meanwhile.'],
  literal: ['POST /containers/paws-patroni1-1/restart?t=10'],
  diff: [],
  choices: [{ id: 'go', label: 'restart it' }],
  refused: null,
  ...change,
});

export const leaderPreview = preview({
  effects: [
    'patroni2 leads: writes stop for about 3 s until another one leads, less than 2 s after a switchover.',
    'patroni1 would take over: it confirms commits.',
  ],
  literal: [
    'POST http://172.28.2.2:8008/switchover {"leader":"patroni2","candidate":"patroni1"}',
    'POST /containers/paws-patroni2-1/restart?t=10',
  ],
  choices: [
    { id: 'switchover', label: 'switch over first, then restart' },
    { id: 'anyway', label: 'restart at once' },
    { id: 'leave', label: 'leave it as it is' },
  ],
});

export const settingPreview = preview({
  effects: ['All three members take it over; it works after a restart, which is not part of this.'],
  literal: ['PATCH http://172.28.2.2:8008/config {"postgresql":{"parameters":{"max_connections":100}}}'],
  diff: [
    { sign: ' ', text: 'postgresql.parameters:' },
    { sign: '-', text: '  max_connections: 50' },
    { sign: '+', text: '  max_connections: 100' },
  ],
  choices: [{ id: 'go', label: 'send it' }],
});

export const planPreview = preview({
  effects: [
    'patroni1 takes over from patroni2: writes to Postgres stop for about 1.5 s.',
    'redis1 takes over from redis3: writes to Redis wait for about 0.8 s, none is lost.',
    'Afterwards there is one database and one Redis: neither may be lost any more.',
    'Needs nothing more, frees about 380M; this machine has 18G.',
  ],
  literal: [
    '1. patroni1 is made sync standby: PATCH /config {"synchronous_node_count":2}',
    '2. patroni1 takes over from patroni2: POST /switchover {"leader":"patroni2","candidate":"patroni1"}',
    '3. redis1 takes over from redis3: CONFIG SET replica-priority 1; SENTINEL FAILOVER paws-redis-master',
    ...['sentinel1', 'sentinel2', 'sentinel3', 'redis2', 'redis3', 'patroni2', 'patroni3', 'backend'].map(
      (name, index) => `${index + 4}. ${name} is stopped and removed: docker rm -f paws-${name}-1`,
    ),
    '12. patroni1 forgets patroni2 and patroni3: PATCH /config {"synchronous_node_count":1}',
    '13. until the verdict is ok',
  ],
  choices: [{ id: 'go', label: 'change to minimal' }],
});

/** An action that runs; it began `sinceMs` ago. */
export const progress = (change: Partial<ActionProgress> = {}, sinceMs = 12_300): ActionProgress => {
  const startedAt = now - sinceMs;
  return {
    action: { id: 'profile.minimal', label: 'profile minimal', danger: 'disrupts' },
    targets: [{ name: 'paws', system: null, member: null, container: null }],
    literal: [],
    startedAt,
    steps: [
      { at: startedAt + 20, text: 'patroni1 is made sync standby' },
      { at: startedAt + 4_100, text: 'patroni1 takes over from patroni2' },
      { at: startedAt + 6_000, text: 'patroni1 leads instead of patroni2' },
      { at: startedAt + 6_200, text: 'redis1 takes over from redis3' },
      { at: startedAt + 7_400, text: 'redis1 is master; priorities are put back' },
      ...['sentinel1', 'sentinel2', 'sentinel3', 'redis2', 'redis3', 'patroni2', 'patroni3'].map((name, index) => ({
        at: startedAt + 8_000 + index * 600,
        text: `${name} is stopped and removed`,
      })),
    ],
    stage: 'running',
    endedAt: null,
    result: null,
    ...change,
  };
};

export const done = (change: Partial<ActionProgress> = {}): ActionProgress =>
  progress({
    stage: 'done',
    endedAt: now - 300,
    result: 'minimal runs: 5 containers, everything is ok. Longest outage of Postgres 1.4 s, of Redis 0.8 s.',
    ...change,
  });

export type FakeActions = Actions & {
  /** What was asked, in order: `refresh`, `preview container.restart patroni2`, `start container.restart patroni2: go`. */
  readonly asked: readonly string[];
  go(progress: ActionProgress | null): void;
  /** What the next previews say; a promise is waited for. */
  foresee(next: Preview | Promise<Preview>): void;
  /** What the next start throws. */
  refuse(error: Error): void;
  /** Lets a `stop` that was asked for finish. */
  stopped(): void;
};

/** Actions that do as they are told by the test. */
export function fakeActions(): FakeActions {
  const asked: string[] = [];
  const listeners = new Set<() => void>();
  let all: readonly Action[] = table;
  let current: ActionProgress | null = null;
  let foreseen: Preview | Promise<Preview> = preview();
  let refusing: Error | null = null;
  const stopping = Promise.withResolvers<void>();
  const go = (next: ActionProgress | null): void => {
    current = next;
    for (const listener of listeners) listener();
  };
  const words = ({ id }: Action, targets: readonly Target[], input: string) =>
    [id, ...targets.map(({ name }) => name), ...(input === '' ? [] : [`"${input}"`])].join(' ');
  return {
    list: () => all,
    async refresh() {
      asked.push('refresh');
      all = [...table, ...profiles];
    },
    async preview(chosen, targets, input) {
      asked.push(`preview ${words(chosen, targets, input)}`);
      return foreseen;
    },
    progress: {
      get: () => current,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    start(chosen, { targets, input, choice, preview: { literal } }) {
      if (refusing !== null) throw refusing;
      asked.push(`start ${words(chosen, targets, input)}: ${choice}`);
      const { id, label, danger } = chosen;
      go(progress({ action: { id, label, danger }, targets, literal, steps: [] }, 0));
    },
    async stop() {
      asked.push('stop');
      if (current !== null) go({ ...current, stage: 'stopping' });
      await stopping.promise;
    },
    dismiss() {
      asked.push('dismiss');
      go(null);
    },
    asked,
    go,
    foresee(next) {
      foreseen = next;
    },
    refuse(error) {
      refusing = error;
    },
    stopped: () => stopping.resolve(),
  };
}
