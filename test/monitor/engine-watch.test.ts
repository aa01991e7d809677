import { afterEach, expect, test, vi } from 'vitest';
import { type EngineWatch, watchEngine } from '../../source/monitor/engine-watch.ts';
import { details, type FakeEngine, fakeEngine } from '../helpers/fake-engine.ts';

let watch: EngineWatch;
afterEach(() => watch.stop());

function open(engine: FakeEngine): { changes: string[][] } {
  const changes: string[][] = [];
  watch = watchEngine({
    connect: engine.connect,
    now: Date.now,
    changed: (events) => changes.push(events.map(({ action }) => action)),
  });
  return { changes };
}

const states = (): Record<string, string> =>
  Object.fromEntries(watch.details.map(({ container }) => [container.service, container.state]));

test('lists once, then inspects only what an event touched', async () => {
  const engine = fakeEngine([details('a'), details('b')]);
  const { changes } = open(engine);
  await watch.first;
  engine.put(details('b', 'exited'));
  engine.emit({ containerId: 'b', action: 'kill' });
  engine.emit({ containerId: 'b', action: 'die' });
  // As the events tell it, then as inspected.
  await vi.waitFor(() => expect(changes).toEqual([[], ['kill', 'die'], ['kill', 'die']]));
  expect(states()).toEqual({ a: 'running', b: 'exited' });
  expect(engine.calls).toEqual({ connect: 1, list: 1, inspect: 1 });
});

test('a container that was removed is gone after its event', async () => {
  const engine = fakeEngine([details('a'), details('b')]);
  open(engine);
  await watch.first;
  engine.remove('a');
  engine.emit({ containerId: 'a', action: 'destroy' });
  await vi.waitFor(() => expect(states()).toEqual({ b: 'running' }));
});

test('a lost engine is said at once, and what changed meanwhile is seen after the resync', async () => {
  const engine = fakeEngine([details('a')]);
  open(engine);
  await watch.first;
  expect(watch.view).toMatchObject({ state: 'connected', version: 'Docker 99', problem: null });
  engine.lose();
  await vi.waitFor(() => expect(watch.view.state).toBe('reconnecting'));
  expect(watch.view.problem?.message).toMatch(/socket closed/);
  expect(states()).toEqual({ a: 'running' }); // the last known, shown as old by its reader
  engine.remove('a');
  engine.put(details('c'));
  engine.restore();
  await vi.waitFor(() => expect(watch.view.state).toBe('connected'), { timeout: 5_000 });
  expect(states()).toEqual({ c: 'running' });
});

test('without an engine the first answer is the problem, not silence', async () => {
  const engine = fakeEngine([]);
  engine.lose();
  const { changes } = open(engine);
  await watch.first;
  expect(changes).toEqual([[]]);
  expect(watch.view).toMatchObject({ state: 'reconnecting', problem: { message: 'connection refused' } });
});

test('an answer that a newer event has overtaken changes nothing', async () => {
  const engine = fakeEngine([details('a')]);
  open(engine);
  await watch.first;
  const slow = engine.holdInspect();
  engine.emit({ containerId: 'a', action: 'rename' });
  await slow.asked;
  engine.put(details('a', 'exited'));
  engine.emit({ containerId: 'a', action: 'die', attributes: { exitCode: '137' } });
  await vi.waitFor(() => expect(states()).toEqual({ a: 'exited' }));
  slow.answer(details('a'));
  await watch.resync();
  expect(states()).toEqual({ a: 'exited' });
});

test('what could not be inspected when it changed is inspected again on demand', async () => {
  const engine = fakeEngine([details('a')]);
  open(engine);
  await watch.first;
  const slow = engine.holdInspect();
  engine.put(details('a', 'restarting'));
  engine.emit({ containerId: 'a', action: 'rename' });
  await slow.asked;
  slow.fail(new Error('busy'));
  await watch.resync();
  expect(states()).toEqual({ a: 'restarting' });
});
