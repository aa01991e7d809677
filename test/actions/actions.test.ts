import { expect, test } from 'vitest';
import { createActions } from '../../source/actions/actions.ts';
import { previewOf } from '../../source/actions/preview.ts';
import type { Action, ActionProgress, Actions, Running } from '../../source/actions/types.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import { fakeMeans, service } from './fake-means.ts';

/** An action that tells what leads, and runs until it is let go or stopped. */
function acting({ obstacle = null as string | null } = {}) {
  const world = fakeMeans(healthySnapshot());
  const release = Promise.withResolvers<string>();
  const told: string[] = [];
  const action: Action = {
    id: 'test.act',
    label: 'Act',
    does: 'Does something.',
    scope: 'container',
    system: null,
    danger: 'disrupts',
    many: false,
    ask: null,
    unavailable: () => null,
    preview: async ({ seen }) =>
      previewOf({ effects: [`${seen.report.patroni?.leader} leads`], literal: ['POST /act'] }),
    run: ({ say, signal }: Running) => {
      say('begun');
      signal.addEventListener('abort', () => release.reject(signal.reason));
      return release.promise;
    },
  };
  let opened = 0;
  const actions = createActions({
    table: () => [action],
    open: async () => {
      opened += 1;
      return { means: world.means, close: async () => {} };
    },
    more: async () => [{ ...action, id: 'profile.full' }],
    obstacle: async () => obstacle,
    tell: (text, subject, level) => told.push(`${level} ${subject}: ${text}`),
    now: () => 1_000,
  });
  const start = async () => {
    const targets = [service('patroni2')];
    const preview = await actions.preview(action, targets, '', world.running([]).seen);
    actions.start(action, { targets, input: '', choice: 'go', preview });
  };
  return { actions, action, world, release, told, start, opened: () => opened };
}

const ended = ({ progress }: Actions): Promise<ActionProgress | null> =>
  expect
    .poll(() => progress.get()?.endedAt ?? null)
    .not.toBeNull()
    .then(() => progress.get());

test('what is done is told: what is sent, each step, and what came of it', async () => {
  const { actions, release, told, start } = acting();
  await start();
  release.resolve('all is well');
  expect(await ended(actions)).toMatchObject({
    action: { id: 'test.act', label: 'Act', danger: 'disrupts' },
    literal: ['POST /act'],
    steps: [{ at: 1_000, text: 'begun' }],
    stage: 'done',
    result: 'all is well',
  });
  expect(told).toEqual([
    'warning patroni2: act patroni2',
    'info patroni2: POST /act',
    'info patroni2: begun',
    'good patroni2: act patroni2: all is well',
  ]);
});

test('one at a time', async () => {
  const { actions, release, start } = acting();
  await start();
  await expect(start()).rejects.toThrow('Act still runs');
  release.resolve('done');
  await ended(actions);
  await start();
  expect(actions.progress.get()?.stage).not.toBe('failed');
});

test('roles that have moved since are told, and nothing is sent', async () => {
  const { actions, action, world, told } = acting();
  const targets = [service('patroni2')];
  const preview = await actions.preview(action, targets, '', world.running([]).seen);
  world.change(
    having(healthySnapshot({}, { patroniLeader: 'patroni3', syncStandbys: ['patroni1'] }), stopped('backend')),
  );
  actions.start(action, { targets, input: '', choice: 'go', preview });
  const progress = await ended(actions);
  expect(progress?.result).toBe('roles have moved since: patroni3 leads');
  expect(progress?.fresh?.effects).toEqual(['patroni3 leads']);
  expect(progress?.steps).toEqual([]);
  expect(told.filter((line) => line.startsWith('warning'))).toEqual([]);
});

test('a fault in the journal comes first', async () => {
  const { actions, start } = acting({ obstacle: 'patroni-leader-kill runs: wait until it has ended' });
  await start();
  expect((await ended(actions))?.result).toBe('patroni-leader-kill runs: wait until it has ended');
});

test('stopping resolves when it has ended, and what failed is told in red', async () => {
  const { actions, told, start } = acting();
  await start();
  await expect.poll(() => actions.progress.get()?.steps.length).toBe(1);
  const stopping = actions.stop();
  expect(actions.progress.get()?.stage).toBe('stopping');
  await stopping;
  expect(actions.progress.get()).toMatchObject({ stage: 'failed', result: 'stopped' });
  expect(told.at(-1)).toBe('bad patroni2: act patroni2 failed: stopped');
});

test('one that runs is not dismissed, one that has ended is', async () => {
  const { actions, release, start } = acting();
  await start();
  actions.dismiss();
  expect(actions.progress.get()).not.toBeNull();
  release.resolve('done');
  await ended(actions);
  await expect
    .poll(() => {
      actions.dismiss();
      return actions.progress.get();
    })
    .toBeNull();
});

test('nothing is connected before something is asked, and then once; profiles come with the compose file', async () => {
  const { actions, opened, start, release } = acting();
  expect([opened(), actions.list().length]).toEqual([0, 1]);
  await actions.refresh();
  expect(actions.list().map(({ id }) => id)).toEqual(['test.act', 'profile.full']);
  await start();
  release.resolve('done');
  await ended(actions);
  expect(opened()).toBe(1);
});
