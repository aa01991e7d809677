import { expect, onTestFinished, test } from 'vitest';
import { monotonicOf, watchInjection } from '../../source/drills/clock.ts';
import type { EngineEvent } from '../../source/engine/types.ts';

/** An engine whose clock is ahead of ours, and whose events are said by hand. */
function engine({ local = true, aheadMs = 0 } = {}) {
  let say: (event: EngineEvent) => void = () => {};
  let lose: (error: Error) => void = () => {};
  let asked = 0;
  async function* events(signal: AbortSignal, opened: () => void): AsyncGenerator<EngineEvent> {
    opened();
    for (;;) {
      const next = new Promise<EngineEvent | null>((resolve, reject) => {
        say = resolve;
        lose = reject;
        signal.addEventListener('abort', () => resolve(null));
      });
      const event = await next;
      if (event === null) return;
      yield event;
    }
  }
  const time = async () => {
    asked += 1;
    return Date.now() + aheadMs;
  };
  return {
    watched: { events, local, time },
    asked: () => asked,
    lose: () => lose(new Error('gone')),
    say: (containerId: string, action: string, at: number) =>
      say({ containerId, action, at, name: containerId, project: null, attributes: {} }),
  };
}

function watch(given: ReturnType<typeof engine>) {
  const watching = watchInjection(given.watched);
  onTestFinished(watching.close);
  return watching;
}

test('an epoch time lands where it was on the monotonic clock', () => {
  const before = performance.now();
  const at = monotonicOf(Date.now() - 5_000);
  expect(at).toBeGreaterThan(before - 5_002);
  expect(at).toBeLessThan(performance.now() - 4_998);
  expect(monotonicOf(Date.now() + 700, 700)).toBeCloseTo(performance.now(), -1);
});

test('the first event of the container and the action counts, by the time it carries', async () => {
  const docker = engine();
  const { ready, timeOf } = watch(docker);
  await ready;
  const since = Date.now();
  const told = timeOf('abc', ['kill', 'die'], since, 2_000);
  for (const [id, action, at] of [
    ['other', 'kill', since + 1],
    ['abc', 'kill', since - 60_000],
    ['abc', 'exec_die', since + 2],
    ['abc', 'kill', since + 3.25],
    ['abc', 'die', since + 9],
  ] as const) {
    docker.say(id, action, at);
    await new Promise(setImmediate);
  }
  expect(await told).toBe(since + 3.25);
  expect(docker.asked()).toBe(0);
});

test('what was told before it was asked for counts too', async () => {
  const docker = engine();
  const { ready, timeOf } = watch(docker);
  await ready;
  const at = Date.now() + 0.5;
  docker.say('abc', 'pause', at);
  await new Promise(setImmediate);
  expect(await timeOf('abc', ['pause'], Date.now() - 100, 1_000)).toBe(at);
});

test('an engine whose clock goes differently is asked for the time', async () => {
  const docker = engine({ local: false, aheadMs: 90_000 });
  const { ready, timeOf, skewMs } = watch(docker);
  await ready;
  expect(docker.asked()).toBe(3);
  expect(Math.abs(skewMs() - 90_000)).toBeLessThan(50);
  const since = Date.now();
  docker.say('abc', 'kill', since + 90_010);
  await new Promise(setImmediate);
  const told = await timeOf('abc', ['kill'], since, 1_000);
  expect(told).toBe(since + 90_010);
  expect(Math.abs(monotonicOf(told ?? 0, skewMs()) - monotonicOf(since + 10))).toBeLessThan(50);
});

test('an event that does not come is null after the wait, also when the stream was lost', async () => {
  const docker = engine();
  const { ready, timeOf } = watch(docker);
  await ready;
  docker.lose();
  expect(await timeOf('abc', ['kill'], Date.now(), 50)).toBeNull();
});

test('an engine that does not let its events be watched says so', async () => {
  const { watched } = engine();
  const refuse = async function* (): AsyncGenerator<EngineEvent> {
    yield await Promise.reject(new Error('closed to this user'));
  };
  const watching = watchInjection({ ...watched, events: refuse });
  onTestFinished(watching.close);
  await expect(watching.ready).rejects.toThrow('closed to this user');
});
