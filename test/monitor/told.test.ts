import { expect, test } from 'vitest';
import type { EngineEvent } from '../../source/engine/types.ts';
import { told } from '../../source/monitor/told.ts';
import { details } from '../helpers/fake-engine.ts';

const event = (action: string, attributes: Record<string, string> = {}): EngineEvent => ({
  containerId: 'a',
  name: 'a',
  project: null,
  action,
  at: 0,
  attributes,
});
const running = { ...details('a'), pid: 7 };

test('a death tells the exit code, and that there is no process any more', () => {
  expect(told(running, event('die', { exitCode: '137' }))).toMatchObject({
    pid: null,
    container: { state: 'exited', exitCode: 137, startedAt: null },
  });
  expect(told(running, event('die'))?.container.exitCode).toBeNull();
});

test('pause and unpause are told by their events', () => {
  const paused = told(running, event('pause'));
  expect(paused?.container.state).toBe('paused');
  expect(told(paused ?? running, event('unpause'))?.container.state).toBe('running');
});

test.each(['kill', 'start', 'health_status: healthy', 'rename'])('%s tells too little: it is inspected', (action) => {
  expect(told(running, event(action))).toBeNull();
});
