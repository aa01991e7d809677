import { expect, test } from 'vitest';
import { redisSwitchoverUndo, settleRedis } from '../../source/actions/redis-settle.ts';
import { accessTo, closedPort } from '../probes/fake-server.ts';
import { startSentinels } from './fake-sentinels.ts';

test('the undo holds the priorities as they are', async () => {
  const { access, node } = await startSentinels();
  node('redis2').priority = 7;
  expect(await redisSwitchoverUndo(access)).toEqual({
    op: 'redis-settle',
    name: 'replica-priority',
    priorities: [
      { member: 'redis1', priority: 100 },
      { member: 'redis2', priority: 7 },
      { member: 'redis3', priority: 100 },
    ],
  });
});

test('what was cut short is put right, once', async () => {
  const { access, node } = await startSentinels();
  const undo = await redisSwitchoverUndo(access);
  node('redis3').priority = 1;
  Object.assign(node('redis2'), { role: 'master', paused: true });
  expect(await settleRedis(undo, access)).toBe('redis2 follows redis1, replica-priority of redis3 is 100 again');
  expect(node('redis2')).toMatchObject({ role: 'slave', follows: '10.0.0.1', paused: false });
  expect(await settleRedis(undo, access)).toBeNull();
});

test('writes that wait at a second master wait until it follows', async () => {
  const { access, node, log } = await startSentinels();
  const undo = await redisSwitchoverUndo(access);
  Object.assign(node('redis2'), { role: 'master', paused: true });
  await settleRedis(undo, access);
  expect(log.indexOf('redis2 client unpause')).toBeGreaterThan(log.indexOf('redis2 replicaof 10.0.0.1 6379'));
});

test('a member that does not answer is told, after the others were put right', async () => {
  const { access, node } = await startSentinels();
  const undo = await redisSwitchoverUndo(access);
  node('redis3').priority = 1;
  const down = accessTo(await closedPort()).endpoint;
  const now = access.map((way) => (way.member.name === 'redis1' ? { ...way, endpoint: down } : way));
  await expect(settleRedis(undo, now)).rejects.toMatchObject({ kind: 'refused' });
  expect(node('redis3').priority).toBe(100);
});

test('a member that is gone is not missed', async () => {
  const { access, node } = await startSentinels();
  const undo = await redisSwitchoverUndo(access);
  node('redis3').priority = 1;
  const left = access.filter(({ member }) => member.name !== 'redis2');
  expect(await settleRedis(undo, left)).toBe('replica-priority of redis3 is 100 again');
});
