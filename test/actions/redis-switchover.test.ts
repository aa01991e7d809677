import { expect, test } from 'vitest';
import { switchOverRedis } from '../../source/actions/redis-switchover.ts';
import { startSentinels } from './fake-sentinels.ts';

test('writes wait from before the failover until the old master follows, and priorities are as before', async () => {
  const { access, log, node } = await startSentinels();
  const steps: string[] = [];
  const before = Date.now();
  const { at, text } = await switchOverRedis({ access, candidate: 'redis3', onStep: (step) => steps.push(step.text) });
  expect(text).toBe('redis3 is master instead of redis1');
  expect(at).toBeGreaterThanOrEqual(before);
  expect(at).toBeLessThanOrEqual(Date.now());
  expect(log).toEqual([
    'redis3 config set replica-priority 1',
    'redis2 config set replica-priority 100',
    'redis1 client pause 8000 write',
    'sentinel1 failover',
    'redis1 replicaof 10.0.0.3 6379',
    'redis1 config rewrite',
    'redis1 client unpause',
    'redis1 client kill type normal',
    'redis3 config set replica-priority 100',
    'redis3 config rewrite',
  ]);
  expect(node('redis1')).toMatchObject({ role: 'slave', follows: '10.0.0.3', paused: false });
  expect(steps).toEqual([
    'replica-priority of redis3 is 1 for now; a Sentinel looks every 10 s',
    'sentinel1 prefers redis3',
    'redis1 lets writes wait',
    'redis3 has everything, up to offset 500',
    'redis3 is promoted',
    'redis1 follows redis3, and refuses the writes that waited',
    'the Sentinels agree on redis3, and the others follow it',
    'replica-priority of redis3 is 100 again',
  ]);
});

test('a candidate that is preferred anyway needs no change of priorities', async () => {
  const { access, log, node } = await startSentinels();
  node('redis2').priority = 10;
  await switchOverRedis({ access, candidate: 'redis2' });
  expect(log[0]).toBe('redis1 client pause 8000 write');
  expect(log.filter((line) => line.includes('priority'))).toEqual([]);
});

test('what a Sentinel still tells of a priority that is no more is not relied on', async () => {
  const { access, log, node } = await startSentinels();
  Object.assign(node('redis2'), { priority: 100, seenPriority: 1 });
  await switchOverRedis({ access, candidate: 'redis2' });
  expect(log[0]).toBe('redis2 config set replica-priority 1');
  expect(node('redis2')).toMatchObject({ role: 'master', priority: 100 });
});

test('its turn is awaited before writes wait; where it does not come, nothing happens but for priorities put back', async () => {
  const { access, log, node } = await startSentinels();
  const before = async () => {
    expect(log.some((line) => line.includes('pause'))).toBe(false);
    throw new Error('not now');
  };
  await expect(switchOverRedis({ access, candidate: 'redis3', before })).rejects.toThrow('not now');
  expect(log.filter((line) => !line.includes('config'))).toEqual([]);
  expect(node('redis3')).toMatchObject({ role: 'slave', priority: 100 });
});

test('aborted while it waits for a Sentinel, it puts priorities back', async () => {
  const { access, log, node } = await startSentinels();
  Object.assign(node('redis3'), { seenPriority: 100 }); // it does not look again
  const stop = new AbortController();
  const onStep = () => stop.abort(new Error('enough'));
  await expect(switchOverRedis({ access, candidate: 'redis3', signal: stop.signal, onStep })).rejects.toThrow('enough');
  expect(log.some((line) => line.includes('pause'))).toBe(false);
  expect(node('redis3').priority).toBe(100);
});

test('nobody named: the replica that has most', async () => {
  const { access, node } = await startSentinels();
  node('redis3').offset = 600;
  expect((await switchOverRedis({ access, candidate: null })).text).toBe('redis3 is master instead of redis1');
});

test('a Sentinel that refuses: writes go on where they were, and priorities are put back', async () => {
  const { access, log, node } = await startSentinels({ failover: new Error('INPROG Failover already in progress') });
  await expect(switchOverRedis({ access, candidate: 'redis2' })).rejects.toThrow(/said no: INPROG/);
  expect(node('redis1')).toMatchObject({ role: 'master', paused: false });
  expect(node('redis2')).toMatchObject({ role: 'slave', priority: 100 });
  expect(log.some((line) => line.includes('replicaof'))).toBe(false);
});

test('a replica that does not catch up is not promoted, and writes go on', async () => {
  const { access, log, node } = await startSentinels();
  node('redis1').offset = 9_000;
  await expect(switchOverRedis({ access, candidate: 'redis2' })).rejects.toMatchObject({
    kind: 'timeout',
    message: 'not within 1.5 s: redis2 has everything',
  });
  expect(node('redis1')).toMatchObject({ role: 'master', paused: false });
  expect(node('redis2').priority).toBe(100);
  expect(log).not.toContain('sentinel1 failover');
});

test('with two masters nothing is begun', async () => {
  const { access, log, node } = await startSentinels();
  node('redis2').role = 'master';
  await expect(switchOverRedis({ access, candidate: 'redis3' })).rejects.toThrow(
    /^redis1 and redis2 are masters at once/,
  );
  expect(log).toEqual([]);
});
