import { expect, test } from 'vitest';
import type { Undo } from '../../source/drills/types.ts';
import { applyUndo } from '../../source/drills/undo.ts';
import type { Control, NetworkSettings } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import type { ContainerState } from '../../source/stack/topology.ts';
import { fakeControl } from '../helpers/fake-control.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';

const place: NetworkSettings = { network: 'paws', ipv4: '172.28.3.1', ipv6: null, aliases: ['redis1'], links: [] };
const of = <Op extends 'start' | 'unpause' | 'clear-network'>(op: Op) =>
  ({ op, container: 'c1', name: 'redis1' }) as const;
const connect = { op: 'connect', container: 'c1', name: 'redis1', networks: [place] } as const;

async function undone(undo: Undo, state: ContainerState | null, parts: Partial<Control> = {}) {
  const { control, calls } = fakeControl(parts);
  const engine = await fakeEngine(state === null ? [] : [details('c1', state as 'running')], control).connect();
  const settleRedis = async () => 'settled';
  const cleanLedger = async () => null;
  const settlePatroni = async () => null;
  return { said: await applyUndo(undo, { engine, project: 'paws', settleRedis, settlePatroni, cleanLedger }), calls };
}

test.each(['created', 'exited', 'dead'] as const)('a container that is %s is started', async (state) => {
  expect(await undone(of('start'), state)).toEqual({ said: 'redis1 started', calls: ['start c1'] });
});

test.each(['running', 'paused', 'restarting', 'removing', null] as const)('one that is %s is not', async (state) => {
  expect(await undone(of('start'), state)).toEqual({ said: null, calls: [] });
});

test('only what is paused is unpaused', async () => {
  expect(await undone(of('unpause'), 'paused')).toEqual({ said: 'redis1 unpaused', calls: ['unpause c1'] });
  expect(await undone(of('unpause'), 'running')).toEqual({ said: null, calls: [] });
});

test('that another was faster is no failure; an engine that does not answer is one', async () => {
  const fails = (kind: 'not-running' | 'timeout') => async () => {
    throw new StackError(kind, 'it does not');
  };
  expect((await undone(of('unpause'), 'paused', { unpause: fails('not-running') })).said).toBe(null);
  await expect(undone(of('unpause'), 'paused', { unpause: fails('timeout') })).rejects.toMatchObject({
    kind: 'timeout',
  });
  expect((await undone(of('clear-network'), 'running', { runBeside: fails('not-running') })).said).toBe(null);
});

test('off its network it is connected as it was', async () => {
  expect(await undone(connect, 'running')).toEqual({
    said: 'redis1 back on network paws with 172.28.3.1',
    calls: [`connect c1 ${JSON.stringify(place)}`],
  });
});

test.each([
  ['address', { ipv4: null }],
  ['names', { aliases: [] }],
] as const)('with another %s it is connected anew', async (_, wrong) => {
  const { said, calls } = await undone(connect, 'running', { networksOf: async () => [{ ...place, ...wrong }] });
  expect(said).toBe('redis1 back on network paws with 172.28.3.1');
  expect(calls).toEqual(['disconnect c1 paws', `connect c1 ${JSON.stringify(place)}`]);
});

test('on its network as it was, and with a name that the engine added, it is left alone', async () => {
  const networksOf = async () => [{ ...place, aliases: ['redis1', 'added'] }];
  expect(await undone(connect, 'running', { networksOf })).toEqual({ said: null, calls: [] });
});

test('a network that is gone keeps nothing else from being undone', async () => {
  const connectFails: Control['connect'] = async () => {
    throw new StackError('rejected', 'no such thing', { cause: Object.assign(new Error('404'), { statusCode: 404 }) });
  };
  expect((await undone(connect, 'running', { connect: connectFails })).said).toBe(
    'redis1 not back on network paws, which is gone',
  );
});

test('network rules are cleared where there is a namespace, and told when there were any', async () => {
  const clears = (output: string) => ({ runBeside: async () => ({ exitCode: 0, output }) });
  expect((await undone(of('clear-network'), 'running', clears('cleared\n'))).said).toBe(
    'redis1: network rules removed',
  );
  expect((await undone(of('clear-network'), 'paused', clears(''))).said).toBe(null);
  const never = { runBeside: async () => expect.fail('there is nothing to run beside') };
  expect((await undone(of('clear-network'), 'exited', never)).said).toBe(null);
  const fails = { runBeside: async () => ({ exitCode: 4, output: 'no permission\n' }) };
  await expect(undone(of('clear-network'), 'running', fails)).rejects.toThrow('no permission');
});

test('Redis and the ledgers are put right by those who know them', async () => {
  const settle = { op: 'redis-settle', name: 'redis priorities', priorities: [] } as const;
  expect((await undone(settle, null)).said).toBe('settled');
  expect((await undone({ op: 'clean-ledger', name: 'rows', system: 'redis', run: 'r1' }, null)).said).toBe(null);
});
