import { stripVTControlCharacters } from 'node:util';
import { describe, expect, test } from 'vitest';
import { statusText } from '../../source/commands/status-text.ts';
import { report } from '../../source/stack/assess.ts';
import { width } from '../../source/stack/format.ts';
import * as h from '../helpers/snapshots.ts';

const text = (options: Partial<Parameters<typeof statusText>[1]>, ...modifiers: h.Modifier[]) =>
  statusText(report(h.having(h.healthySnapshot(), ...modifiers)), { color: false, width: 80, ...options });

test('a healthy stack on 80 columns', () => {
  const lines = text({}).split('\n');
  expect(lines.slice(0, 7)).toEqual([
    'OK  paws · full · 13 containers',
    '  can lose  etcd 1 · patroni 1 · redis 2 · sentinel 1',
    '',
    'etcd  ok · quorum 3/3, 2 needed · leader etcd2 · term 4',
    '  MEMBER   ROLE        RAFT  LAG    DB  RTT',
    '  etcd1    follower  18 204    0  2.1M  1ms',
    '  etcd2 ★  leader    18 204    0  2.1M  2ms',
  ]);
  expect(lines).toContain('patroni  ok · leader patroni2 · writable · TL 7 · sync on');
  expect(lines).toContain('sentinel  ok · 3/3 agree · quorum 2 · majority 2');
  expect(lines).toContain('containers  13/13 running');
});

test('trouble stands at the top in words, and on the line of its member', () => {
  const shown = text({}, h.stopped('patroni3'), h.silent('etcd1'));
  expect(shown).toMatch(/^DEGRADED {2}paws/);
  expect(shown).toMatch(/\n {2}degraded {2}patroni3 \(replica\) is stopped \(exit 137\)/);
  expect(shown).toMatch(/\n {2}etcd1 .*failed 4s: no answer/);
  expect(shown).toMatch(/\n {2}patroni3 .*container exited/);
});

test('old figures are not shown as current ones', () => {
  const line = text({}, h.silent('etcd1'))
    .split('\n')
    .find((entry) => entry.startsWith('  etcd1'));
  expect(line).not.toContain('18 204');
});

describe('lines', () => {
  const shape = [
    h.stopped('patroni1'),
    h.paused('redis2'),
    h.silent('sentinel1'),
    h.containing('etcd3', { service: 'データベース一号🐘データベース一号' }),
  ];
  test.each([40, 60, 80, 120, 200])('are at most %i columns wide, with colour and without', (columns) => {
    for (const color of [false, true]) {
      for (const line of text({ width: columns, color }, ...shape).split('\n')) {
        expect(width(stripVTControlCharacters(line))).toBeLessThanOrEqual(columns);
        expect(stripVTControlCharacters(line)).toBe(stripVTControlCharacters(line).trimEnd());
      }
    }
  });

  test('say the same with colour and without', () => {
    const coloured = text({ color: true }, ...shape);
    expect(coloured).toContain('\u001b[');
    expect(stripVTControlCharacters(coloured)).toBe(text({}, ...shape));
    expect(text({}, ...shape)).not.toContain('\u001b');
  });

  test('are plain ASCII when asked', () => {
    expect(text({ ascii: true }, ...shape)).toMatch(/^[\x20-\x7e\n]*$/);
  });
});

test('smaller stacks show only what they have', () => {
  const minimal = statusText(report(h.healthySnapshot({ profile: 'minimal' })), { color: false, width: 80 });
  expect(minimal).toContain('can lose  etcd 1 · patroni 0 · redis 0\n');
  expect(minimal).not.toContain('sentinel');
  const nothing = h.healthySnapshot({
    profile: null,
    containers: [],
    etcd: null,
    patroni: null,
    redis: null,
    sentinel: null,
  });
  expect(statusText(report(nothing), { color: false, width: 80 })).toBe(
    'UNKNOWN  paws · 0 containers\n  unknown   nothing to watch: no container of a known system was found',
  );
});
