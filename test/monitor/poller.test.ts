import { expect, test } from 'vitest';
import { createPoller } from '../../source/monitor/poller.ts';
import { StackError } from '../../source/stack/errors.ts';

test('a poll while one is under way is dropped, not queued', async () => {
  const answer = Promise.withResolvers<string>();
  let asked = 0;
  const poller = createPoller(
    async () => ({
      ask: () => {
        asked += 1;
        return answer.promise;
      },
      close: () => {},
    }),
    () => 0,
  );
  const first = poller.poll();
  await expect(poller.poll()).resolves.toBe(false);
  answer.resolve('yes');
  await expect(first).resolves.toBe(true);
  expect(asked).toBe(1);
});

test('a failure keeps the last good answer and says why', async () => {
  let clock = 1_000;
  const answers = [() => 'leader', () => Promise.reject(new StackError('timeout', 'did not answer within 1 s'))];
  const poller = createPoller<string>(
    async () => ({ ask: async () => (await answers.shift()?.()) ?? '', close: () => {} }),
    () => clock,
  );
  await poller.poll();
  clock = 2_000;
  await poller.poll();
  expect(poller.attempts).toEqual({
    value: 'leader',
    at: 1_000,
    tookMs: 0,
    problem: { kind: 'timeout', message: 'did not answer within 1 s', cause: null, tookMs: 0 },
  });
});

test('a probe that could not be opened is opened again at the next poll', async () => {
  let tries = 0;
  const poller = createPoller<string>(
    async () => {
      tries += 1;
      if (tries === 1) throw new StackError('refused', 'nobody listens');
      return { ask: async () => 'back', close: () => {} };
    },
    () => 0,
  );
  await poller.poll();
  expect(poller.attempts.problem?.kind).toBe('refused');
  await poller.poll();
  expect(poller.attempts).toMatchObject({ value: 'back', problem: null });
});

test('a probe opened after the poller was closed is closed at once', async () => {
  const opened = Promise.withResolvers<void>();
  let closed = false;
  const poller = createPoller<string>(
    async () => {
      await opened.promise;
      return {
        ask: async () => 'late',
        close: () => {
          closed = true;
        },
      };
    },
    () => 0,
  );
  const polled = poller.poll();
  poller.close();
  opened.resolve();
  await polled;
  expect(closed).toBe(true);
  expect(poller.attempts.value).toBeNull();
});
