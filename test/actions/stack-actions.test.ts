import { expect, test } from 'vitest';
import { rollingRestarts } from '../../source/actions/rolling-restart.ts';
import { freezeActions } from '../../source/actions/stack-freeze.ts';
import { upDownActions } from '../../source/actions/stack-up-down.ts';
import type { Action, ComposeMeans, Target } from '../../source/actions/types.ts';
import { parseComposeFile } from '../../source/engine/compose-file.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { containing, having, healthySnapshot, missing, noLeader, stopped } from '../helpers/snapshots.ts';
import { cluster, fakeMeans, seeing } from './fake-means.ts';

const stack: Target = { name: 'paws', system: null, member: null, container: null };
const named = (id: string): Action => {
  const found = [...freezeActions, ...upDownActions, ...rollingRestarts].find((action) => action.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

function compose(ran: string[]): ComposeMeans {
  const file = parseComposeFile(
    'services:\n  etcd1: {image: x, profiles: [minimal, full]}\n  sentinel3: {image: x, profiles: [full]}\n',
    {},
  );
  const run = (profiles: readonly string[]) => async (args: readonly string[]) => {
    ran.push(`compose ${profiles.join('+')}: ${args.join(' ')}`);
    return { exitCode: 0, stdout: '', stderr: '' };
  };
  return { project: { name: 'paws', file }, with: run } as unknown as ComposeMeans;
}

test('the stack freezes from its clients to etcd, and thaws the other way round', async () => {
  const { calls, running } = fakeMeans(healthySnapshot());
  await named('stack.pause').run(running([stack]));
  const order = calls.map((call) => /^pause paws-([a-z]+)/.exec(call)?.[1]);
  expect([...new Set(order)]).toEqual(['backend', 'sentinel', 'redis', 'patroni', 'etcd']);
  expect(order).toHaveLength(13);

  const services = healthySnapshot().containers.map(({ service }) => service ?? '');
  const frozen = having(healthySnapshot(), ...services.map((service) => containing(service, { state: 'paused' })));
  const thawing = fakeMeans(frozen, {
    control: { unpause: async (id) => (id === 'paws-backend-1' ? thawing.change(healthySnapshot()) : undefined) },
  });
  expect(await named('stack.resume').run(thawing.running([stack]))).toBe('the stack goes on: 13 containers');
  expect(thawing.calls).toEqual(calls.toReversed().map((call) => call.replace('pause', 'unpause')));
});

test('stopped in the middle of freezing it says how to go on', async () => {
  const stop = new AbortController();
  const { running } = fakeMeans(healthySnapshot(), { control: { pause: async () => stop.abort() } });
  await expect(named('stack.pause').run(running([stack], { signal: stop.signal }))).rejects.toThrow(
    'stopped: 1 of 13 containers are paused; resume the stack',
  );
});

test('what is stopped is started, what is gone is made by Compose', async () => {
  const snapshot = having(healthySnapshot(), stopped('redis2'), missing('sentinel3'));
  const ran: string[] = [];
  const fake = fakeMeans(snapshot, { compose: compose(ran) });
  const given = fake.running([stack], { say: () => fake.change(healthySnapshot()) });
  const { literal } = await named('stack.up').preview(given);
  expect(await named('stack.up').run(given)).toBe('2 containers started, everything is ok');
  expect(fake.calls).toEqual(['start paws-redis2-1']);
  expect(ran).toEqual(['compose minimal+full: up --detach --no-build --no-deps --no-recreate sentinel3']);
  expect(literal).toEqual([
    'POST /containers/paws-redis2-1/start',
    'docker compose up --detach --no-build --no-deps --no-recreate sentinel3',
  ]);
});

test('a stack that does not get well is told with what is wrong', async () => {
  const sick = having(healthySnapshot(), stopped('redis2'), noLeader);
  const { running } = fakeMeans(sick);
  await expect(named('stack.up').run(running([stack]))).rejects.toThrow(
    /^not within 180 s: everything is ok: no leader/,
  );
});

test('taking it down goes on where leadership cannot be moved, and says so', async () => {
  const ran: string[] = [];
  const fake = fakeMeans(having(healthySnapshot(), noLeader), { compose: compose(ran) });
  const given = fake.running([stack]);
  const preview = await named('stack.down').preview(given);
  expect(preview.effects[0]).toMatch(
    /^All 13 containers are stopped and removed: .* Volumes, and so the data, stay\.$/,
  );
  expect(await named('stack.down').run(given)).toBe('13 containers removed; volumes stay');
  expect(ran).toEqual(['compose minimal+full: down --remove-orphans']);
});

test.each<[string, Snapshot, string | null]>([
  ['whole', healthySnapshot(), null],
  ['with a member down', having(healthySnapshot(), stopped('patroni3')), 'patroni3 does not answer: mend that first'],
  [
    'without a leader',
    having(healthySnapshot(), noLeader),
    'no leader: nobody holds the leader key, so nothing can be written',
  ],
])('a rolling restart of Patroni that is %s', async (_, snapshot, why) => {
  const action = named('patroni.rolling-restart');
  expect(action.unavailable(cluster('patroni'), seeing(snapshot))).toBe(why);
});

test('a rolling restart ends with the leader, which hands over first', async () => {
  const { means, running } = fakeMeans(healthySnapshot());
  const { seen } = running([]);
  const preview = await named('patroni.rolling-restart').preview({
    targets: [cluster('patroni')],
    input: '',
    seen,
    means,
  });
  expect(preview.literal).toEqual([
    'POST /containers/paws-patroni3-1/restart',
    'POST /containers/paws-patroni1-1/restart',
    'POST /switchover {"leader":"patroni2","candidate":"patroni3"}',
    'POST /containers/paws-patroni2-1/restart',
  ]);
  expect(preview.choices).toEqual([{ id: 'handover', label: 'restart one by one' }]);
});

test('Sentinels restart one by one, each awaited', async () => {
  const { calls, running } = fakeMeans(healthySnapshot());
  expect(await named('sentinel.rolling-restart').run(running([cluster('sentinel')]))).toMatch(
    /^sentinel1, sentinel2 and sentinel3 restarted one by one in \d+ s$/,
  );
  expect(calls).toEqual(['restart paws-sentinel1-1', 'restart paws-sentinel2-1', 'restart paws-sentinel3-1']);
});
