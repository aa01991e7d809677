import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { isSettling, type ProfileFacts } from '../../source/actions/profile-facts.ts';
import { planProfile } from '../../source/actions/profile-plan.ts';
import { type ComposeFile, parseComposeFile } from '../../source/engine/compose-file.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { seenAs } from '../drills/seen.ts';
import * as h from '../helpers/snapshots.ts';

const read = (text: string): ComposeFile => {
  const file = parseComposeFile(text, {});
  if (file === null) throw new Error('that is no compose file');
  return file;
};
const shipped = read(readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8'));
const MiB = 2 ** 20;

/** What is known of the stack as this snapshot has it. */
function factsOf(snapshot: Snapshot, more: Partial<ProfileFacts> = {}): ProfileFacts {
  return {
    project: { name: 'paws', file: shipped, own: true },
    seen: seenAs(snapshot),
    containers: snapshot.containers
      .filter(({ state }) => state !== 'missing')
      .map(({ name, service, role, state }) => ({ name, service: service ?? name, role, state })),
    syncNodeCount: null,
    syncStrict: false,
    knownMemory: {},
    availableBytes: 4_096 * MiB,
    inTheWay: [],
    ...more,
  };
}
const full = (shape: Parameters<typeof h.healthySnapshot>[1] = {}) => h.healthySnapshot({}, shape);
const onTheLast = { patroniLeader: 'patroni3', syncStandbys: ['patroni2'], redisMaster: 'redis3' };
const stepsOf = (facts: ProfileFacts, wanted: string) =>
  planProfile(facts, wanted).steps.map(({ kind, names }) => `${kind} ${names.join(' ')}`.trim());

const clients = ['remove backend', 'remove sentinel3', 'remove sentinel2', 'remove sentinel1'];

test('going down, both leaderships move before anything stops; the former leader stops before the sync standby', () => {
  const plan = planProfile(factsOf(full(onTheLast)), 'minimal');
  expect(plan.steps.map(({ kind, names }) => `${kind} ${names.join(' ')}`.trim())).toEqual([
    'patroni-sync patroni1',
    'patroni-switchover patroni1 patroni3',
    'redis-switchover redis1 redis3',
    ...clients,
    'remove redis3',
    'remove redis2',
    'remove patroni3',
    'remove patroni2',
    'await',
  ]);
  expect(plan).toMatchObject({ from: 'full', to: 'minimal', missing: [], unknown: [] });
  expect(plan.moves).toEqual([
    { system: 'patroni', from: 'patroni3', to: 'patroni1' },
    { system: 'redis', from: 'redis3', to: 'redis1' },
  ]);
});

test('each step tells its request or command; what is set for a while is told with what it goes back to', () => {
  const plan = planProfile(factsOf(full(onTheLast), { syncNodeCount: 1 }), 'minimal');
  const literal = (kind: string) => plan.steps.find((step) => step.kind === kind)?.literal;
  expect(literal('patroni-sync')).toBe(
    'PATCH /config {"synchronous_node_count":2}; once it leads, as it was before: PATCH /config {"synchronous_node_count":1}',
  );
  expect(literal('patroni-switchover')).toBe('POST /switchover {"leader":"patroni3","candidate":"patroni1"}');
  expect(literal('redis-switchover')).toContain('SENTINEL FAILOVER paws');
  expect(literal('remove')).toBe('docker stop paws-backend-1; docker rm paws-backend-1');
});

test('a member that stays and confirms commits already is switched over to as it is', () => {
  const steps = stepsOf(factsOf(full({ patroniLeader: 'patroni2', syncStandbys: ['patroni1'] })), 'minimal');
  expect(steps).toContain('patroni-switchover patroni1 patroni2');
  expect(steps.filter((step) => step.startsWith('patroni-sync'))).toEqual([]);
});

test('without synchronous mode there is nobody to be made sync standby', () => {
  const snapshot = full({ patroniLeader: 'patroni2', syncStandbys: [], syncMode: 'off' });
  const asynchronous = h.having(
    snapshot,
    ...['patroni1', 'patroni2', 'patroni3'].map((name) =>
      h.claiming('patroni', name, () => ({ settings: { ...h.patroniSettings, synchronousMode: 'off' as const } })),
    ),
  );
  expect(stepsOf(factsOf(asynchronous), 'minimal').slice(0, 2)).toEqual([
    'patroni-switchover patroni1 patroni2',
    'remove backend',
  ]);
});

test('who leads and stays keeps leading: then it is only that others go, the sync standby last', () => {
  const stays = { patroniLeader: 'patroni1', syncStandbys: ['patroni3'], redisMaster: 'redis1' };
  expect(stepsOf(factsOf(full(stays)), 'backend')).toEqual([
    ...clients.slice(1),
    'remove redis3',
    'remove redis2',
    'remove patroni2',
    'remove patroni3',
    'await',
  ]);
});

test('going up, Compose starts what is missing and touches nothing that runs', () => {
  const plan = planProfile(factsOf(h.healthySnapshot({ profile: 'minimal' })), 'full');
  expect(plan.steps.map(({ kind }) => kind)).toEqual(['start', 'await']);
  expect(plan.steps[0]?.literal).toBe(
    'docker compose --project-name paws --profile full up --detach --no-build --no-recreate --no-deps patroni2 patroni3 redis2 redis3 sentinel1 sentinel2 sentinel3 backend',
  );
  expect(plan.moves).toEqual([]);
  expect(plan.effects).toContain('nothing is interrupted: what runs is not touched');
});

test('what is there already is no plan', () => {
  expect(planProfile(factsOf(full()), 'full')).toMatchObject({ from: 'full', steps: [], missing: [] });
});

test('cut short after the moves, the rest is what is planned', () => {
  const moved = full({ patroniLeader: 'patroni1', syncStandbys: ['patroni2'] });
  const containers = moved.containers.filter(({ role }) => role !== 'sentinel' && role !== 'backend');
  const facts = factsOf({ ...moved, containers, sentinel: null });
  expect(stepsOf(facts, 'minimal')).toEqual([
    'remove redis3',
    'remove redis2',
    'remove patroni3',
    'remove patroni2',
    'await',
  ]);
});

test('a container that was made and not started, or has stopped, is started; one that leaves goes even so', () => {
  const snapshot = h.having(
    full({ patroniLeader: 'patroni1', syncStandbys: ['patroni2'] }),
    h.stopped('redis2'),
    h.stopped('etcd3'),
  );
  expect(stepsOf(factsOf(snapshot), 'full')).toEqual(['start etcd3 redis2', 'await']);
  const down = stepsOf(factsOf(snapshot), 'minimal');
  expect(down[0]).toBe('start etcd3');
  expect(down).toContain('remove redis2');
});

test('a member that stays but is stopped is started, and takes over then', () => {
  const snapshot = h.having(full(onTheLast), h.stopped('redis1'));
  expect(stepsOf(factsOf(snapshot), 'minimal').slice(0, 4)).toEqual([
    'start redis1',
    'patroni-sync patroni1',
    'patroni-switchover patroni1 patroni3',
    'redis-switchover redis1 redis3',
  ]);
});

test('more sync standbys than Patroni is set to are about to be fewer', () => {
  const two = factsOf(full({ patroniLeader: 'patroni3', syncStandbys: ['patroni1', 'patroni2'] }));
  expect([isSettling(two), isSettling({ ...two, syncNodeCount: 2 }), isSettling(factsOf(full()))]).toEqual([
    true,
    false,
    false,
  ]);
});

test('memory is told as it was measured, else by the limits; what leaves frees what it uses', () => {
  const up = factsOf(h.healthySnapshot({ profile: 'backend' }));
  const coming = ['patroni2', 'patroni3', 'redis2', 'redis3', 'sentinel1', 'sentinel2', 'sentinel3'];
  expect(planProfile(up, 'full').memory).toMatchObject({
    needsBytes: (2 * 384 + 2 * 128 + 3 * 64) * MiB,
    measured: false,
  });
  const knownMemory = Object.fromEntries(coming.map((name) => [name, 30 * MiB]));
  expect(planProfile({ ...up, knownMemory }, 'full').memory).toEqual({
    needsBytes: 7 * 30 * MiB,
    freesBytes: 0,
    measured: true,
    availableBytes: 4_096 * MiB,
  });
  const tight = planProfile({ ...up, knownMemory, availableBytes: 100 * MiB }, 'full');
  expect(tight.effects).toContain('this machine has 100M of memory left, and what starts needs 210M');
  const backend = full().containers.find(({ service }) => service === 'backend')?.usage.value?.memoryBytes;
  const down = planProfile(factsOf(h.healthySnapshot({ profile: 'backend' })), 'minimal').memory;
  expect(down).toMatchObject({ needsBytes: 0, freesBytes: backend, measured: true });
});

test.each([
  [
    'a fault in the journal',
    full(),
    { inTheWay: ['a fault is still in the journal (x): run paws-top heal'] },
    /journal/,
  ],
  ['a paused container', h.having(full(), h.paused('redis2')), {}, /^redis2 is paused: resume it first$/],
  ['a silent member that stays', h.having(full(), h.silent('etcd1')), {}, /^etcd1 stays, but does not answer/],
  ['nobody leads', h.having(full(), h.noLeader), {}, /^nobody leads Patroni/],
  ['no Sentinel', { ...full(onTheLast), sentinel: null }, {}, /^redis3 is Redis' master and leaves, and no Sentinel/],
] as const)('%s stands in the way of a smaller profile', (_, snapshot, more, why) => {
  expect(planProfile(factsOf(snapshot, more), 'minimal').missing).toEqual(
    expect.arrayContaining([expect.stringMatching(why)]),
  );
});

test('where the core does not run, who may lead is for up to find out', () => {
  const nothing = factsOf(full(), { seen: null, containers: [], inTheWay: ['a port is taken'] });
  expect(planProfile(nothing, 'minimal').missing).toEqual([
    '"paws" does not run, or not all of its core: run paws-top up minimal, which also knows who may lead',
  ]);
});

const foreign = read(`
services:
  web: { image: web }
  worker: { image: worker, profiles: [work] }
  shell: { image: shell, profiles: [debug] }
`);

test("somebody else's file: Compose's part is done, and what can't be known is said", () => {
  const containers = ['web', 'worker'].map((service) => ({
    name: `x-${service}-1`,
    service,
    role: null,
    state: 'running' as const,
  }));
  const project = { name: 'x', file: foreign, own: false };
  const plan = planProfile(factsOf(full(), { project, containers, seen: null }), 'debug');
  expect(plan.steps.map(({ kind, names }) => `${kind} ${names.join(' ')}`.trim())).toEqual([
    'start shell',
    'remove worker',
    'await',
  ]);
  expect(plan).toMatchObject({ from: 'work', missing: [] });
  expect(plan.unknown).toEqual([
    'no etcd, Patroni or Redis was recognised: what leads, and what would be lost, is not known',
    'what worker is doing is not known: stopped as Compose would',
  ]);
  const fresh = planProfile(factsOf(full(), { project, containers: [], seen: null }), 'work');
  expect(fresh).toMatchObject({ from: null, missing: [], steps: [{ kind: 'start', names: ['web', 'worker'] }, {}] });
});

test('in strict synchronous mode nobody is left alone: its commits would wait for ever', () => {
  const strict = factsOf(full(), { syncStrict: true });
  expect(planProfile(strict, 'minimal').missing).toEqual([
    'patroni1 alone would take no writes, since Patroni has synchronous_mode_strict: take that setting out first',
  ]);
  expect(planProfile(strict, 'full').missing).toEqual([]);
});

test('etcd is not left without its majority: members that stop still count', () => {
  const smaller = read(
    readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8').replace(
      /hostname: etcd[23]/g,
      '$&\n    profiles: [full]',
    ),
  );
  const plan = planProfile(factsOf(full(), { project: { name: 'paws', file: smaller, own: true } }), 'minimal');
  expect(plan.missing).toEqual([
    'etcd works with 2 of its 3 members, and only etcd1 stays: take the others out of it first (etcdctl member remove)',
  ]);
});

test('Sentinels that stay while Redis nodes leave are told to forget them', () => {
  const everywhere = read(
    readFileSync(join(import.meta.dirname, '../../compose/compose.yaml'), 'utf8').replace(
      /(command: \[\/etc\/paws\/sentinel\/start\]\n {2}profiles: )\[full\]/,
      '$1[minimal, backend, full]',
    ),
  );
  const project = { name: 'paws', file: everywhere, own: true };
  const steps = stepsOf(
    factsOf(full({ patroniLeader: 'patroni1', syncStandbys: ['patroni2'] }), { project }),
    'minimal',
  );
  expect(steps.at(-2)).toBe('sentinel-reset sentinel1 sentinel2 sentinel3');
  expect(steps.indexOf('remove redis2')).toBeLessThan(steps.length - 2);
});
