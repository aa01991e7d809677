import { expect, test } from 'vitest';
import { statusReader } from '../../source/drills/watch-etcd.ts';
import { collect } from './signals.ts';

const names = ['etcd1', 'etcd2', 'etcd3'];
const id = (name: string) => `${name.at(-1)}abc`;

/** Three members that follow etcd1 in term 4. */
function settled() {
  const { lines, signals, tell } = collect();
  const read = statusReader(names, tell);
  let at = 0;
  const say = (name: string, leader: string | null, term: number) =>
    read(name, { memberId: id(name), leaderId: leader === null ? null : id(leader), term }, at++);
  for (const name of names) say(name, 'etcd1', 4);
  return { lines, signals, say, silent: (name: string) => read(name, null, at++) };
}

test('as long as all follow one leader there is nothing to tell', () => {
  const { lines, say } = settled();
  for (const name of names) say(name, 'etcd1', 4);
  expect(lines()).toEqual([]);
});

test('a leader that is killed: one that follows nobody has noticed, two that agree have elected', () => {
  const { lines, signals, say, silent } = settled();
  silent('etcd1');
  expect(lines()).toEqual([]);
  say('etcd2', null, 5);
  say('etcd3', 'etcd2', 5);
  say('etcd2', 'etcd2', 5);
  expect(lines()).toEqual([
    'detected etcd2 knows no leader; before: etcd1',
    'note etcd3 follows etcd2',
    'note etcd2 follows etcd2',
    'elected etcd etcd2 leads in term 5',
  ]);
  expect(signals.at(-1)?.leader).toBe('etcd2');
});

test('the old leader that wakes up still believing in itself is no news', () => {
  const { lines, say } = settled();
  say('etcd2', 'etcd2', 5);
  say('etcd3', 'etcd2', 5);
  const before = lines();
  say('etcd1', 'etcd1', 4);
  expect(lines()).toEqual(before);
  expect(before.at(-1)).toBe('elected etcd etcd2 leads in term 5');
});

test('without a majority nobody is elected', () => {
  const { lines, say, silent } = settled();
  silent('etcd1');
  silent('etcd3');
  say('etcd2', null, 5);
  say('etcd2', 'etcd2', 6);
  expect(lines().some((line) => line.startsWith('elected'))).toBe(false);
});

test('the same leader in a later term is an election too', () => {
  const { lines, say } = settled();
  say('etcd2', 'etcd1', 6);
  say('etcd1', 'etcd1', 6);
  expect(lines()).toEqual(['elected etcd etcd1 leads in term 6']);
});

test('a follower that lost the leader and finds it again says both', () => {
  const { lines, say } = settled();
  say('etcd3', null, 4);
  say('etcd3', 'etcd1', 4);
  expect(lines()).toEqual(['detected etcd3 knows no leader; before: etcd1', 'note etcd3 follows etcd1 again']);
});
