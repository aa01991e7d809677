import { setTimeout as sleep } from 'node:timers/promises';
import { expect, test } from 'vitest';
import { type StatusOptions, status } from '../../source/commands/status.ts';
import { createMonitor } from '../../source/monitor/monitor.ts';
import { fakeEngine } from '../helpers/fake-engine.ts';

const options = { json: true, color: false, width: 80, ascii: false, waitMs: null };

function watching(connect: Parameters<typeof createMonitor>[0]['connect']): StatusOptions['monitor'] {
  return createMonitor({
    connect,
    survey: async () => {
      throw new Error('nothing is looked at in these tests');
    },
    openProbe: () => Promise.reject(new Error('nobody is asked in these tests')),
    intervalMs: 20,
    deadlineMs: 20,
    now: Date.now,
  });
}

test('an engine that takes the connection and never answers is unknown when the time is over', async () => {
  let text = '';
  const write = async (part: string) => {
    text += part;
  };
  const monitor = watching(() => new Promise(() => {}));
  expect(await status({ ...options, monitor, waitMs: 20, write })).toBe(3);
  expect(JSON.parse(text)).toMatchObject({
    schema: 1,
    verdict: { level: 'unknown', reasons: [{ text: expect.stringContaining('has not answered within 0.02 s') }] },
    engine: { state: 'reconnecting' },
  });
});

test('the exit code waits until the report is out', async () => {
  let out = false;
  const write = async () => {
    await sleep(20);
    out = true;
  };
  await status({ ...options, monitor: watching(fakeEngine([]).connect), write });
  expect(out).toBe(true);
});
