import { expect, test } from 'vitest';
import { moveLeadership } from '../../source/actions/leave-leadership.ts';
import { inLeavingOrder, removeServices } from '../../source/actions/leave-remove.ts';
import type { Run } from '../../source/engine/run.ts';
import { healthySnapshot } from '../helpers/snapshots.ts';
import { fakeMeans } from './fake-means.ts';
import { fakePatroni } from './fake-patroni.ts';

const core = new Set(['etcd1', 'etcd2', 'etcd3', 'patroni1', 'redis1']);
const onTheLast = { patroniLeader: 'patroni3', redisMaster: 'redis1' };

/** The full stack with Patroni's leader on patroni3; it answers a switchover as `answers` say, one after the other. */
async function stack(syncStandby: string, answers: readonly number[]) {
  const left = [...answers];
  let confirming = [syncStandby];
  const asked: string[] = [];
  const config: Record<string, unknown> = { ttl: 20 };
  const { access } = await fakePatroni({
    config,
    say(member, path) {
      if (path === '/config') return config;
      if (path === '/cluster') {
        const role = (name: string) =>
          name === 'patroni3' ? 'leader' : confirming.includes(name) ? 'sync_standby' : 'replica';
        return { members: ['patroni1', 'patroni2', 'patroni3'].map((name) => ({ name, role: role(name) })) };
      }
      const role = member === 'patroni3' ? 'primary' : 'replica';
      return { state: 'running', role, patroni: { name: member, scope: 'paws', version: '4.0.7' } };
    },
    onChange({ member, request, body }) {
      asked.push(`${member} ${request} ${JSON.stringify(body)}`);
      if (request === 'PATCH /config') {
        const count = (body as { synchronous_node_count: number | null }).synchronous_node_count;
        if (count === null) delete config.synchronous_node_count;
        else config.synchronous_node_count = count;
        confirming = count === 2 ? ['patroni1', 'patroni2'] : [syncStandby];
        return { body: config };
      }
      const status = left.shift() ?? 200;
      if (status === 200) {
        world.change(healthySnapshot({}, { ...onTheLast, patroniLeader: 'patroni1', syncStandbys: ['patroni2'] }));
      }
      return { status, body: status === 200 ? 'switched over' : 'candidate name does not match with sync_standby' };
    },
  });
  const world = fakeMeans(healthySnapshot({}, { ...onTheLast, syncStandbys: [syncStandby] }), { access });
  const steps: string[] = [];
  const move = () =>
    moveLeadership({
      means: world.means,
      staying: core,
      say: () => {},
      signal: new AbortController().signal,
      onStep: (step) => steps.push(step),
    });
  return { move, asked, steps, config, calls: world.calls };
}

const switchover = 'patroni3 POST /switchover {"leader":"patroni3","candidate":"patroni1"}';

test('who is not the sync standby is made one for as long as the switchover takes', async () => {
  const { move, asked, steps, config, calls } = await stack('patroni2', [200]);
  expect(await move()).toMatchObject([{ system: 'patroni', from: 'patroni3', to: 'patroni1' }]);
  expect(steps).toEqual(['patroni-sync', 'patroni-switchover']);
  expect(asked.slice(0, 2)).toEqual(['patroni3 PATCH /config {"synchronous_node_count":2}', switchover]);
  expect(asked[2]).toContain('PATCH /config {"synchronous_node_count":null}');
  expect(config).toEqual({ ttl: 20 });
  expect(calls).toContain('keep leadership moves to those that stay');
});

test('a sync standby that Patroni replaced in the meantime is made one again', async () => {
  const { move, steps, config } = await stack('patroni1', [412, 200]);
  await move();
  expect(steps).toEqual(['patroni-switchover', 'patroni-sync', 'patroni-switchover']);
  expect(config).toEqual({ ttl: 20 });
});

test('a refusal ends it, with the setting put back', async () => {
  const { move, config } = await stack('patroni2', [412]);
  await expect(move()).rejects.toThrow(/does not match with sync_standby/);
  expect(config).toEqual({ ttl: 20 });
});

test('who leads and stays is left alone: nothing is written down, nothing sent', async () => {
  const { means, calls } = fakeMeans(healthySnapshot({}, { patroniLeader: 'patroni1', syncStandbys: ['patroni2'] }));
  const signal = new AbortController().signal;
  expect(await moveLeadership({ means, staying: core, say: () => {}, signal })).toEqual([]);
  expect(calls).toEqual([]);
});

test('clients go before servers, Sentinels before Redis, the sync standby after the other, etcd last', () => {
  const leavers = [
    { name: 'e', service: 'etcd3', role: 'etcd', confirms: false },
    { name: 'p2', service: 'patroni2', role: 'patroni', confirms: true },
    { name: 'p3', service: 'patroni3', role: 'patroni', confirms: false },
    { name: 'r', service: 'redis2', role: 'redis', confirms: false },
    { name: 's', service: 'sentinel1', role: 'sentinel', confirms: false },
    { name: 'b', service: 'backend', role: 'backend', confirms: false },
  ] as const;
  expect(inLeavingOrder(leavers).map(({ service }) => service)).toEqual([
    'backend',
    'sentinel1',
    'redis2',
    'patroni3',
    'patroni2',
    'etcd3',
  ]);
});

test('each is stopped and removed before the next; one that is gone already is none, one that resists ends it', async () => {
  const ran: string[] = [];
  const cli: Run = async (argv) => {
    ran.push(argv.join(' '));
    const stderr = argv[1] === 'gone' ? 'Error: No such container: gone' : argv[1] === 'stuck' ? 'it resists' : '';
    return { exitCode: stderr === '' ? 0 : 1, stdout: '', stderr };
  };
  const leavers = ['one', 'gone', 'stuck', 'last'].map((name) => ({ name, service: name }));
  await expect(removeServices({ cli, leavers })).rejects.toThrow('stopping stuck failed: it resists');
  expect(ran).toEqual(['stop one', 'rm one', 'stop gone', 'rm gone', 'stop stuck']);
});
