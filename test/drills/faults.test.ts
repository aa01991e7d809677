import { expect, test } from 'vitest';
import { type FaultGround, prepareFault } from '../../source/drills/faults.ts';
import type { Fault, Target } from '../../source/drills/types.ts';
import type { ContainerDetails, Control } from '../../source/engine/types.ts';
import type { System } from '../../source/stack/topology.ts';
import { fakeControl } from '../helpers/fake-control.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';

const on = (id: string, address: string | null, ipv6?: string): ContainerDetails => ({
  ...details(id),
  networks: [{ name: 'paws', address, aliases: [], ...(ipv6 === undefined ? {} : { ipv6 }) }],
});
const stack = [
  on('etcd1', '172.28.1.1'),
  on('patroni1', '172.28.2.1'),
  on('patroni2', '172.28.2.2', 'fd00::22'),
  { ...details('etcd2', 'exited'), networks: [] },
  on('backend', '172.28.4.1'),
];
const member = (name: string, system: System) => ({
  member: { name, system, container: `paws-${name}-1`, aliases: [] },
});
const target: Target = { name: 'patroni1', system: 'patroni', container: 'paws-patroni1-1', containerId: 'patroni1' };
const refused = { run: () => expect.fail('nobody asked for that') };

async function prepared(
  fault: Fault,
  given: { all?: readonly ContainerDetails[]; parts?: Partial<Control>; ground?: Partial<FaultGround> } = {},
) {
  const { control, calls } = fakeControl(given.parts);
  const engine = await fakeEngine(given.all ?? stack, control).connect();
  const ground: FaultGround = {
    engine,
    project: 'paws',
    access: [
      member('etcd1', 'etcd'),
      member('etcd2', 'etcd'),
      member('patroni1', 'patroni'),
      member('patroni2', 'patroni'),
    ],
    leadership: {
      'patroni-switchover': refused,
      'patroni-failover': refused,
      'sentinel-failover': refused,
      'redis-switchover': refused,
      'etcd-move-leader': refused,
    },
    ...given.ground,
  };
  return { ...(await prepareFault(fault, target, ground)), calls };
}

/** The script that a network fault would run. */
async function scriptOf(fault: Fault, all = stack): Promise<string> {
  const scripts: string[] = [];
  const runBeside: Control['runBeside'] = async (id, { argv, project }) => {
    scripts.push(`${id} ${project} ${argv.slice(0, 2).join(' ')}`, argv[2] ?? '');
    return { exitCode: 0, output: 'at 1795458470.750693136\n' };
  };
  const { inject } = await prepared(fault, { all, parts: { runBeside } });
  expect(scripts).toEqual([]);
  expect((await inject()).at).toBeCloseTo(1_795_458_470_750.693, 2);
  expect(scripts[0]).toBe('patroni1 paws sh -c');
  return scripts[1] ?? '';
}

test.each([
  ['kill', 'kill patroni1', 'start'],
  ['stop', 'stop patroni1', 'start'],
  ['restart', 'restart patroni1', 'start'],
  ['pause', 'pause patroni1', 'unpause'],
] as const)('%s: prepared without touching anything, then done', async (kind, call, op) => {
  const { undo, inject, calls } = await prepared({ kind });
  expect(undo).toEqual([{ op, container: 'patroni1', name: 'patroni1' }]);
  expect(calls).toEqual([]);
  await inject();
  expect(calls).toEqual([call]);
});

test('isolation keeps every place before it leaves it', async () => {
  const networks = ['front', 'back'].map((network) => ({
    network,
    ipv4: '10.0.0.2',
    ipv6: null,
    aliases: ['a'],
    links: [],
  }));
  const { undo, inject, calls } = await prepared({ kind: 'isolate' }, { parts: { networksOf: async () => networks } });
  expect(undo).toEqual([{ op: 'connect', container: 'patroni1', name: 'patroni1', networks }]);
  await inject();
  expect(calls).toEqual(['disconnect patroni1 front', 'disconnect patroni1 back']);
});

test('a partition cuts from the members, by every address they have, and from nobody else', async () => {
  const script = await scriptOf({ kind: 'partition', from: 'all' });
  const dropped = [...script.matchAll(/-([sd]) (\S+) -j DROP/g)].map(([, side, address]) => `${side} ${address}`);
  expect(dropped.toSorted()).toEqual(
    ['172.28.1.1', '172.28.2.2', 'fd00::22'].flatMap((address) => [`d ${address}`, `s ${address}`]).toSorted(),
  );
  const some = await scriptOf({ kind: 'partition', from: ['etcd'] });
  expect([some.includes('172.28.1.1'), some.includes('172.28.2.2')]).toEqual([true, false]);
});

test.each([
  [{ kind: 'loss', percent: 12.5 }, '--probability 0.125 '],
  [{ kind: 'rate', kbit: 512 }, 'tbf rate 512kbit burst 3200 '],
  [{ kind: 'rate', kbit: 100_000 }, 'tbf rate 100000kbit burst 250000 '],
  [{ kind: 'delay', ms: 100, jitterMs: 0 }, 'netem delay 100ms limit'],
  [{ kind: 'delay', ms: 100, jitterMs: 20 }, 'netem delay 100ms 20ms limit'],
] as const)('%o is in the script', async (fault, words) => {
  expect(await scriptOf(fault)).toContain(words);
});

test.each([
  { kind: 'loss', percent: 101 },
  { kind: 'rate', kbit: 0 },
  { kind: 'delay', ms: -1, jitterMs: 0 },
] as const)('%o is refused', async (fault) => {
  await expect(prepared(fault)).rejects.toMatchObject({ kind: 'usage' });
});

test('what cannot be broken now is said beforehand', async () => {
  const stopped = stack.map((one) => (one.container.id === 'patroni1' ? details('patroni1', 'exited') : one));
  await expect(prepared({ kind: 'kill' }, { all: stopped })).rejects.toThrow('patroni1 does not run (exited)');
  await expect(prepared({ kind: 'kill' }, { all: [] })).rejects.toThrow('patroni1 does not run (missing)');
  const onHost = [{ ...details('patroni1'), networks: [{ name: 'host', address: null, aliases: [] }] }];
  const alone = [on('patroni1', '172.28.2.1')];
  const loss: Fault = { kind: 'loss', percent: 5 };
  await expect(prepared(loss, { all: onHost })).rejects.toThrow('patroni1 has no network of its own');
  await expect(prepared({ kind: 'partition', from: 'all' }, { all: alone })).rejects.toThrow(
    'nobody to cut patroni1 from',
  );
  await expect(prepared({ kind: 'isolate' })).rejects.toThrow('patroni1 has no network that it could be taken off');
});

test('what the helper could not do is said in its last words', async () => {
  const failing = async (output: string) => {
    const { inject } = await prepared(
      { kind: 'rate', kbit: 100 },
      { parts: { runBeside: async () => ({ exitCode: 1, output }) } },
    );
    return inject();
  };
  await expect(failing('x\nError: Exclusivity flag on.\n')).rejects.toThrow(
    'the network of patroni1 could not be changed: Error: Exclusivity flag on.',
  );
  await expect(failing('')).rejects.toThrow('exit code 1');
  await expect(failing('Error: Specified qdisc kind is unknown.\n')).rejects.toMatchObject({ kind: 'precondition' });
});

test('a crash is tried as the user of the container, then as root', async () => {
  const users: string[] = [];
  const command: Control['command'] = async (_, __, options) => {
    users.push(options?.root ? 'root' : 'own');
    return options?.root ? { exitCode: 0, output: 'at 1795458470.5\n' } : { exitCode: 1, output: 'not permitted\n' };
  };
  const { inject } = await prepared({ kind: 'crash' }, { parts: { command } });
  expect(await inject()).toEqual({ at: 1_795_458_470_500 });
  expect(users).toEqual(['own', 'root']);
});

test('a crash whose time nobody tells happened when it was asked for', async () => {
  const command: Control['command'] = async () => ({ exitCode: 0, output: 'at 1795458470.%N\n' });
  const before = Date.now();
  const { inject } = await prepared({ kind: 'crash' }, { parts: { command } });
  expect((await inject()).at).toBeGreaterThanOrEqual(before);
});

test('leadership is changed by those who know the system, and what they undo is known before', async () => {
  const told: string[] = [];
  const undo = { op: 'redis-settle', name: 'priorities', priorities: [] } as const;
  const leadership = {
    'patroni-switchover': { run: async ({ name }: Target) => told.push(`from ${name}`) },
    'patroni-failover': refused,
    'sentinel-failover': refused,
    'etcd-move-leader': refused,
    'redis-switchover': { undo: async () => [undo], run: async () => told.push('redis') },
  };
  const first = await prepared({ kind: 'patroni-switchover' }, { ground: { leadership } });
  expect(first.undo).toEqual([]);
  const second = await prepared({ kind: 'redis-switchover' }, { ground: { leadership } });
  expect(second.undo).toEqual([undo]);
  expect(told).toEqual([]);
  await first.inject();
  await second.inject();
  expect(told).toEqual(['from patroni1', 'redis']);
});
