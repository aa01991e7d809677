import { expect, test } from 'vitest';
import type { Fault } from '../../source/drills/types.ts';
import {
  faultWords,
  healing,
  statements,
  systemOf,
  toleranceSentences,
  toleranceText,
} from '../../source/ui/screens/drill-words.ts';
import { cascade, plan, quorumLoss, target } from '../screens/fake-drills.ts';

test('every fault is told in a sentence that names the member and its container', () => {
  const faults: readonly Fault[] = [
    { kind: 'kill' },
    { kind: 'stop' },
    { kind: 'pause' },
    { kind: 'restart' },
    { kind: 'crash' },
    { kind: 'partition', from: 'all' },
    { kind: 'partition', from: ['etcd', 'patroni'] },
    { kind: 'isolate' },
    { kind: 'delay', ms: 100, jitterMs: 10 },
    { kind: 'loss', percent: 5 },
    { kind: 'rate', kbit: 256 },
    { kind: 'patroni-switchover' },
    { kind: 'patroni-failover' },
    { kind: 'sentinel-failover' },
    { kind: 'redis-switchover' },
    { kind: 'etcd-move-leader' },
  ];
  const said = faults.flatMap((fault) => statements(plan({ fault })));
  expect(said).toHaveLength(faults.length);
  expect(new Set(said).size).toBe(faults.length);
  for (const sentence of said) expect(sentence).toMatch(/^[A-Z].*patroni2 \(container paws-patroni2-1\).*\.$/);
});

test('what a drill takes of the tolerance is counted by member, and past it is said', () => {
  expect(toleranceText(plan())).toBe('pg −0');
  expect(toleranceText(plan({ fault: { kind: 'patroni-switchover' } }))).toBe('pg −1');
  expect(toleranceText(cascade)).toBe('etcd −0  pg −0  redis −1');
  expect(toleranceText(quorumLoss)).toBe('etcd ✖');
  expect(toleranceSentences(quorumLoss)).toEqual(['etcd can lose 1 more, and this takes 2: past that on purpose']);
  expect(toleranceSentences(plan({ tolerance: { patroni: 0 } }))).toEqual([
    'Patroni can lose 0 more, and this takes 1: past that',
  ]);
  const twice = plan().breaks.flatMap((each) => [each, { ...each, fault: { kind: 'pause' } as const }]);
  expect(toleranceText(plan({ breaks: twice }))).toBe('pg −0');
});

test('when it is mended', () => {
  const of = (hold: 'recovered' | 'none' | { ms: number }) => healing({ ...plan().drill, hold }, plan().predictions);
  expect(of('recovered')).toMatch(/as soon as writes go on, at the latest after 24 s/);
  expect(of({ ms: 30_000 })).toMatch(/after 30 s/);
  expect(of('none')).toMatch(/Nothing has to be mended/);
  expect(healing({ ...plan().drill, hold: 'recovered' }, {})).toMatch(/as soon as writes go on, even/);
});

test('a fault in two words', () => {
  expect(faultWords(cascade)).toBe('kill of etcd1, patroni2 and redis1');
  expect(faultWords(plan({ fault: { kind: 'delay', ms: 100, jitterMs: 0 } }))).toBe('delay of 100 ms on patroni2');
  const two = [...plan().breaks, { fault: { kind: 'pause' } as const, targets: [target('redis1')] }];
  expect(faultWords(plan({ breaks: two }))).toBe('kill of patroni2; pause of redis1');
});

test('the system that a drill is about, also before anybody is meant', () => {
  expect(systemOf(plan())).toBe('patroni');
  expect(systemOf(cascade)).toBeNull();
  expect(systemOf(plan({ breaks: [{ fault: { kind: 'kill' }, targets: [] }] }))).toBe('patroni');
});
