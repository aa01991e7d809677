import { describe, expect, test } from 'vitest';
import { onceForAll, readMessage } from '../../source/drills/sentinel-messages.ts';
import { three } from './signals.ts';

const known = { redis: three('redis'), sentinels: new Map([['5f3a', 'sentinel2']]) };
const read = (channel: string, message: string) => readMessage({ channel, message }, known);

describe('what a Sentinel says', () => {
  test.each([
    ['+sdown', 'master paws 10.0.0.1 6379', 'redis1 does not answer'],
    ['+odown', 'master paws 10.0.0.1 6379 #quorum 2/2', 'agreed that redis1 is down (2/2 votes)'],
  ])('%s of the master is its detection', (channel, message, text) => {
    expect(read(channel, message)).toEqual({ kind: 'detected', text });
  });

  test('a replica that is down is no detection', () => {
    expect(read('+sdown', 'slave 10.0.0.2:6379 10.0.0.2 6379 @ paws 10.0.0.1 6379')).toEqual({
      kind: 'note',
      text: 'redis2 does not answer',
    });
  });

  test.each([
    ['+promoted-slave', 'slave 10.0.0.2:6379 10.0.0.2 6379 @ paws 10.0.0.1 6379', 'redis2 is promoted'],
    ['+switch-master', 'paws 10.0.0.1 6379 10.0.0.2 6379', 'redis2 is master instead of redis1'],
  ])('%s names who was elected', (channel, message, text) => {
    expect(read(channel, message)).toEqual({ kind: 'elected', text, leader: 'redis2' });
  });

  test('the update of the configuration names the old master, so it is no election', () => {
    expect(read('+config-update-from', 'sentinel 5f3a 10.0.0.12 26379 @ paws 10.0.0.1 6379')).toEqual({
      kind: 'note',
      text: 'learned of the failover from sentinel2',
    });
  });

  test.each([
    ['+vote-for-leader', '5f3a 7', 'vote for sentinel2 in epoch 7'],
    ['+vote-for-leader', 'ffff 7', 'vote for another Sentinel in epoch 7'],
    ['+elected-leader', 'master paws 10.0.0.1 6379', 'elected to fail redis1 over'],
    ['-failover-abort-no-good-slave', 'master paws 10.0.0.1 6379', 'failover given up: no replica is good enough'],
    ['+convert-to-slave', 'slave 10.0.0.1:6379 10.0.0.1 6379 @ paws 10.0.0.2 6379', 'redis1 is made a replica'],
    ['+tilt', '#tilt mode entered', 'in TILT: its clock jumped, it does not act for 30 s'],
  ])('%s is worth a line', (channel, message, text) => {
    expect(read(channel, message)).toEqual({ kind: 'note', text });
  });

  test.each([
    ['+new-epoch', '7'],
    ['+slave', 'slave 10.0.0.1:6379 10.0.0.1 6379 @ paws 10.0.0.2 6379'],
    ['__sentinel__:hello', '10.0.0.11,26379,5f3a,7,paws,10.0.0.1,6379,7'],
  ])('%s is not', (channel, message) => {
    expect(read(channel, message)).toBeNull();
  });

  test.each([
    ['+sdown', 'master other 10.9.9.9 6379', '10.9.9.9:6379 does not answer'],
    ['+odown', 'master other 10.9.9.9 6379 #quorum 2/2', 'agreed that 10.9.9.9:6379 is down (2/2 votes)'],
    ['+promoted-slave', 'slave x 10.9.9.8 6379 @ other 10.9.9.9 6379', '10.9.9.8:6379 is promoted'],
    ['+switch-master', 'other fd00::9 6379 fd00::8 6379', '[fd00::8]:6379 is master instead of [fd00::9]:6379'],
  ])(
    '%s of a master that is not ours is shown with its address, and is no moment of the drill',
    (channel, message, text) => {
      expect(read(channel, message)).toEqual({ kind: 'note', text });
    },
  );
});

describe('the same from three Sentinels', () => {
  test('is told once', () => {
    const isNew = onceForAll();
    const told = ['sentinel1', 'sentinel2', 'sentinel3'].map((name, at) => isNew(name, '+sdown master', at));
    expect(told).toEqual([true, false, false]);
  });

  test('from the one that said it before, or a while later, it is news', () => {
    const isNew = onceForAll();
    expect(isNew('sentinel1', '+sdown master', 0)).toBe(true);
    expect(isNew('sentinel1', '+sdown master', 500)).toBe(true);
    expect(isNew('sentinel2', '+sdown master', 900)).toBe(false);
    expect(isNew('sentinel3', '+sdown master', 20_000)).toBe(true);
  });
});
