import { expect, test } from 'vitest';
import { catalogue } from '../../source/actions/catalogue.ts';
import type { Action } from '../../source/actions/types.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import { claiming, having, healthySnapshot } from '../helpers/snapshots.ts';
import { cluster, fakeMeans, service } from './fake-means.ts';
import { fakePatroni } from './fake-patroni.ts';

const named = (id: string): Action => {
  const found = catalogue.find((action) => action.id === id);
  if (found === undefined) throw new Error(`no ${id}`);
  return found;
};

const pending = (...names: readonly string[]): Snapshot =>
  having(healthySnapshot(), ...names.map((name) => claiming('patroni', name, () => ({ pendingRestart: true }))));

test('what is sent is what was shown, word for word', async () => {
  const patroni = await fakePatroni({
    onChange: () => {
      fake.change(healthySnapshot());
      return { body: 'restarted successfully' };
    },
  });
  const fake = fakeMeans(healthySnapshot(), patroni);
  const targets = [service('patroni3'), service('patroni1')];
  const given = fake.running(targets);
  const { literal } = await named('patroni.restart').preview(given);
  await named('patroni.restart').run(given);
  expect(literal).toEqual(['POST /restart {}   # at patroni3', 'POST /restart {}   # at patroni1']);
  expect(patroni.changes).toEqual([
    { member: 'patroni3', request: 'POST /restart', body: {} },
    { member: 'patroni1', request: 'POST /restart', body: {} },
  ]);
});

test('those that wait for a restart: replicas first, the leader last', async () => {
  const left = new Set(['patroni2', 'patroni3']);
  const patroni = await fakePatroni({
    onChange: ({ member }) => {
      left.delete(member);
      fake.change(pending(...left));
      return { body: 'restarted successfully' };
    },
  });
  const fake = fakeMeans(pending(...left), patroni);
  const result = await named('patroni.restart-pending').run(fake.running([cluster('patroni')]));
  expect(patroni.changes.map(({ member, body }) => `${member} ${JSON.stringify(body)}`)).toEqual([
    'patroni3 {"restart_pending":true}',
    'patroni2 {"restart_pending":true}',
  ]);
  expect(result).toBe('Postgres of patroni3 and patroni2 restarted; nobody waits for a restart');
});

test('a setting that is lowered holds at the leader first: a replica that still waits comes again after it', async () => {
  const left = new Set(['patroni1', 'patroni2', 'patroni3']);
  const patroni = await fakePatroni({
    say: (member) => ({ pending_restart: left.has(member) }),
    onChange: ({ member }) => {
      if (member === 'patroni2' || !left.has('patroni2')) left.delete(member);
      fake.change(pending(...left));
      return { body: 'restarted successfully' };
    },
  });
  const fake = fakeMeans(pending(...left), patroni);
  await named('patroni.restart-pending').run(fake.running([cluster('patroni')]));
  expect(patroni.changes.map(({ member }) => member)).toEqual(['patroni3', 'patroni2', 'patroni1', 'patroni3']);
});

test('what Patroni refuses is told in its words', async () => {
  const patroni = await fakePatroni({
    onChange: () => ({ status: 503, body: 'restart conditions are not satisfied' }),
  });
  const { running } = fakeMeans(healthySnapshot(), patroni);
  await expect(named('patroni.restart').run(running([service('patroni3')]))).rejects.toThrow(
    /patroni3 .* said no: HTTP 503, restart conditions are not satisfied/,
  );
});

test('maintenance mode is on when every member says so', async () => {
  const patroni = await fakePatroni({});
  const fake = fakeMeans(healthySnapshot(), patroni);
  const done = named('patroni.pause').run(fake.running([cluster('patroni')]));
  await expect
    .poll(() => patroni.changes)
    .toEqual([{ member: 'patroni2', request: 'PATCH /config', body: { pause: true } }]);
  const says = (name: string) => claiming('patroni', name, () => ({ paused: true }));
  let ended = false;
  done.finally(() => {
    ended = true;
  });
  fake.change(having(healthySnapshot(), says('patroni1'), says('patroni2')));
  expect(ended).toBe(false);
  fake.change(having(healthySnapshot(), says('patroni1'), says('patroni2'), says('patroni3')));
  expect(await done).toBe('Patroni is in maintenance mode: nothing is failed over');
});

test('a replica has its data anew when its Postgres is another one and streams', async () => {
  let looks = 0;
  const patroni = await fakePatroni({
    say: () => ({ postmaster_start_time: looks++ < 2 ? 'before' : 'after', replication_state: 'streaming' }),
    onChange: () => {
      fake.change(healthySnapshot());
      return { body: 'reinitialize started' };
    },
  });
  const fake = fakeMeans(healthySnapshot(), patroni);
  const result = await named('patroni.reinitialise').run(fake.running([service('patroni3')]));
  expect(patroni.changes).toEqual([{ member: 'patroni3', request: 'POST /reinitialize', body: { force: true } }]);
  expect([result, looks]).toEqual(['patroni3 has a new copy of the data and streams', 3]);
});

test('the leader is never reinitialised', () => {
  const { seen } = fakeMeans(healthySnapshot()).running([]);
  expect(named('patroni.reinitialise').unavailable(service('patroni2'), seen)).toBe('it leads: only a replica can');
});

test('the choices of a switchover are those whom Patroni would accept', async () => {
  const patroni = await fakePatroni({});
  const { running } = fakeMeans(healthySnapshot(), patroni);
  const preview = await named('patroni.switchover').preview(running([cluster('patroni')]));
  expect(preview.choices).toEqual([{ id: 'patroni1', label: 'to patroni1 (sync standby)' }]);
  expect(preview.effects[1]).toBe('patroni3: not a sync standby, so Patroni would refuse to promote it.');
});
