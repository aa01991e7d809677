import { describe, expect, test } from 'vitest';
import { catalogue } from '../../source/drills/catalogue.ts';
import { drillsFor, findDrill } from '../../source/drills/choose.ts';
import { StackError } from '../../source/stack/errors.ts';
import * as h from '../helpers/snapshots.ts';
import { seenAs, seenWith } from './seen.ts';

const ids = (drills: readonly { readonly id: string }[]) => drills.map((drill) => drill.id);

test('every drill of the design is there, once', () => {
  expect(ids(catalogue)).toEqual([...new Set(ids(catalogue))]);
  expect(ids(catalogue)).toEqual(
    expect.arrayContaining([
      ...['kill', 'stop', 'pause', 'partition', 'isolate'].map((fault) => `patroni-leader-${fault}`),
      ...['postgres-crash', 'switchover', 'failover', 'replica-kill'].map((what) => `patroni-${what}`),
      ...['master-kill', 'master-pause', 'master-partition', 'failover', 'switchover'].map((what) => `redis-${what}`),
      ...['leader-kill', 'follower-kill', 'move-leader', 'quorum-loss'].map((what) => `etcd-${what}`),
      ...['sentinel-kill', 'slow-network', 'network-loss', 'network-rate', 'cascade'],
    ]),
  );
});

test('only the loss of the quorum goes past the tolerance', () => {
  expect(ids(catalogue.filter((drill) => drill.beyondTolerance))).toEqual(['etcd-quorum-loss']);
});

test.each(catalogue.map((drill) => [drill.id, drill] as const))('%s reads well and watches something', (_, drill) => {
  expect(drill.label.split(' ').length).toBeLessThanOrEqual(4);
  expect(drill.does).toMatch(/^[A-Z].*\.$/);
  expect(Object.keys(drill.expects).length).toBeGreaterThan(0);
});

test('a loss is promised nowhere where Redis fails over by itself, and everywhere else', () => {
  const promised = catalogue.map((drill) => [
    drill.id,
    Object.values(drill.expects).every(({ loss }) => loss === 'none'),
  ]);
  const open = promised.filter(([, all]) => all === false).map(([id]) => id);
  expect(open).toEqual([
    'redis-master-kill',
    'redis-master-pause',
    'redis-master-partition',
    'redis-failover',
    'cascade',
  ]);
});

describe('which of them a stack is offered', () => {
  test('the full one: all', () => {
    expect(drillsFor(seenWith())).toEqual(catalogue);
  });

  test('without Sentinels: none that asks one, and not the one that kills one', () => {
    const offered = ids(drillsFor(seenAs(h.healthySnapshot({ sentinel: null }))));
    expect(ids(catalogue).filter((id) => !offered.includes(id))).toEqual([
      'redis-failover',
      'redis-switchover',
      'sentinel-kill',
    ]);
  });

  test('etcd alone: its own', () => {
    const offered = drillsFor(seenAs(h.healthySnapshot({ patroni: null, redis: null, sentinel: null })));
    expect(ids(offered)).toEqual(['etcd-leader-kill', 'etcd-follower-kill', 'etcd-move-leader', 'etcd-quorum-loss']);
  });
});

describe('a drill by its name', () => {
  test('as it stands in the catalogue', () => {
    expect(findDrill('cascade', seenWith())).toBe(catalogue.find((drill) => drill.id === 'cascade'));
  });

  test('a network drill at a member watches the system that the member belongs to', () => {
    expect(findDrill('slow-network:redis2', seenWith())).toMatchObject({
      id: 'slow-network:redis2',
      breaks: [{ fault: { kind: 'delay' }, target: { member: 'redis2' } }],
      expects: { redis: { outage: 'none', targetMs: 30_000 } },
    });
    expect(Object.keys(findDrill('network-loss:sentinel1', seenWith()).expects)).toEqual(['redis']);
  });

  test.each([
    ['patroni-leader-klil', /no drill is called "patroni-leader-klil"; there are patroni-leader-kill, /],
    ['slow-network:redis9', /no member is called "redis9"; there are etcd1, /],
    ['cascade:redis1', /"cascade" chooses its target by role; a member can be named for slow-network, network-loss, /],
  ])('%s: what is allowed is said', (word, message) => {
    const find = () => findDrill(word, seenWith());
    expect(find).toThrow(StackError);
    expect(find).toThrow(message);
  });
});
