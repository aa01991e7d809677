import { expect, test } from 'vitest';
import { memberAt, mostNamed } from '../../source/stack/members.ts';
import { parseSyncNames, patroniTolerance } from '../../source/stack/tolerance.ts';

const members = [
  { name: 'redis1', aliases: ['172.28.3.1', 'paws-redis1-1', 'fd00::1'] },
  { name: 'redis2', aliases: ['172.28.3.2', 'shared:6380', 'shared'] },
  { name: 'redis3', aliases: ['172.28.3.3', 'shared:6381', 'shared'] },
];

test.each([
  ['redis1', 'redis1'],
  ['REDIS1', 'redis1'],
  ['172.28.3.1:6379', 'redis1'],
  ['172.28.3.1', 'redis1'],
  ['http://172.28.3.2:2380/path', 'redis2'],
  ['[fd00::1]:6379', 'redis1'],
  ['fd00::1', 'redis1'],
  ['shared:6381', 'redis3'],
  ['shared:9999', null],
  ['shared', null],
  ['172.28.3.9:6379', null],
  ['', null],
  [null, null],
])('%s is %s', (address, name) => {
  expect(memberAt(members, address)?.name ?? null).toBe(name);
});

test('the value named most often wins, nobody is nobody', () => {
  expect(mostNamed(['a', 'b', null, 'b'])).toEqual({ value: 'b', votes: 2 });
  expect(mostNamed([null, null])).toBeNull();
});

test.each([
  ['', 'off', 0, []],
  ['patroni1', 'on', 1, ['patroni1']],
  ['"patroni-1", b', 'on', 1, ['patroni-1', 'b']],
  ['2 (a,b)', 'on', 2, ['a', 'b']],
  ['FIRST 1 (a, b)', 'on', 1, ['a', 'b']],
  ['ANY 1 ("a b",c)', 'quorum', 1, ['a b', 'c']],
  ['*', 'on', 1, ['*']],
])('synchronous_standby_names %j asks for %s', (setting, mode, needed, names) => {
  expect(parseSyncNames(setting)).toEqual({ mode, needed, names });
});

test.each([
  ['off', 2, 0, 0, 0, 2],
  [null, 1, 0, 0, 0, 1],
  ['on', 4, 2, 0, 0, 2],
  ['quorum', 2, 2, 1, 2, 1],
  ['quorum', 2, 2, 2, 2, 2],
  ['quorum', 4, 3, 2, 4, 1],
  ['quorum', 0, 0, 1, 2, 0],
] as const)(
  'mode %s with %i candidates, %i confirming, %i of %i: %i',
  (mode, candidates, confirming, needed, of, tolerance) => {
    expect(patroniTolerance({ mode, candidates, confirming, quorum: { needed, of } })).toBe(tolerance);
  },
);
