import { expect, onTestFinished, test, vi } from 'vitest';
import type { ContainerDetails } from '../../source/engine/types.ts';
import { createFollowing, type FollowingOptions } from '../../source/logs/following.ts';
import { StackError } from '../../source/stack/errors.ts';
import { noControl } from '../helpers/fake-control.ts';
import { details, type FakeEngine, fakeEngine } from '../helpers/fake-engine.ts';
import { type LogStore, logStore } from './fake-log-store.ts';

const began = 1_700_000_000_000;

function container(id: string, parts: Partial<ContainerDetails['container']> = {}): ContainerDetails {
  const found = details(id, parts.state);
  const startedAt = (parts.state ?? 'running') === 'running' ? began : null;
  return { ...found, container: { ...found.container, startedAt, finishedAt: null, ...parts } };
}

type Open = {
  readonly engine: FakeEngine;
  readonly store: LogStore;
  readonly following: ReturnType<typeof createFollowing>;
  /** `SERVICE TEXT`, notes in brackets, in the order of their moments as far as those differ. */
  shown(): string[];
  states(): Record<string, string>;
  /** Timers that run. */
  readonly timers: Set<unknown>;
};

function open(
  containers: readonly ContainerDetails[],
  { chosen = null, ...options }: Partial<FollowingOptions> & { chosen?: readonly string[] | null } = {},
): Open {
  const store = logStore();
  const engine = fakeEngine(containers, noControl, store.logs);
  const heard: { text: string; at: number }[] = [];
  const timers = new Set<unknown>();
  const following = createFollowing({
    connect: engine.connect,
    project: () => 'paws',
    bound: 100_000,
    now: Date.now,
    after(ms, callback) {
      const timer = setTimeout(() => {
        timers.delete(timer);
        callback();
      }, ms);
      timers.add(timer);
      return () => {
        timers.delete(timer);
        clearTimeout(timer);
      };
    },
    sink({ source, kind, at, text }) {
      const said = Buffer.from(text).toString();
      const { service } = following.sources.find((each) => each.source.index === source)?.source ?? { service: '?' };
      heard.push({ text: kind === 'note' ? `[${service} ${said}]` : `${service} ${said}`, at: at.ms + at.ns / 1e6 });
    },
    ...options,
  });
  onTestFinished(() => following.stop());
  for (const { container: each } of containers) store.write(each.id, 'first', began);
  following.choose(chosen);
  return {
    engine,
    store,
    following,
    timers,
    shown: () => heard.toSorted((a, b) => a.at - b.at).map(({ text }) => text),
    states: () => Object.fromEntries(following.sources.map(({ source, state }) => [source.service, state])),
  };
}

test('all of the project is followed, what does not run is read once', async () => {
  const { store, shown, states } = open([
    container('b'),
    container('a', { state: 'exited', finishedAt: began }),
    other,
  ]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'waiting', b: 'following' }));
  store.write('b', 'second', began + 1);
  await vi.waitFor(() => expect(shown().toSorted()).toEqual(['a first', 'b first', 'b second']));
  expect(store.asked.map(({ id, follow, tail }) => [id, follow, tail])).toEqual([
    ['a', false, 100_000],
    ['b', true, 100_000],
  ]);
});
const other = container('other', { project: 'elsewhere' });

test.each([
  [1, 100_000, 100_000],
  [3, 100_000, 66_667],
  [13, 100_000, 15_385],
  [300, 100_000, 1_000],
  [2, 500, 500],
])('%i containers and a bound of %i lines: %i lines of each are read', async (count, bound, tail) => {
  const { store } = open(
    Array.from({ length: count }, (_, at) => container(`c${at}`)),
    { bound },
  );
  await vi.waitFor(() => expect(store.asked).toHaveLength(count));
  expect(new Set(store.asked.map((range) => range.tail))).toEqual(new Set([tail]));
});

test('killed and started: a note where it ended and one before its first line, which is older than the event', async () => {
  const { engine, store, shown, states } = open([container('a')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
  engine.emit({ containerId: 'a', action: 'kill', at: began + 9, attributes: { signal: '9' } });
  engine.emit({ containerId: 'a', action: 'die', at: began + 10, attributes: { exitCode: '137' } });
  engine.put(container('a', { state: 'exited', exitCode: 137 }));
  store.write('a', 'last words', began + 8);
  store.end('a');
  await vi.waitFor(() => expect(states()).toEqual({ a: 'waiting' }));
  engine.put(container('a', { startedAt: began + 20 }));
  store.write('a', 'second', began + 20);
  engine.emit({ containerId: 'a', action: 'start', at: began + 21 });
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
  engine.emit({ containerId: 'a', action: 'die', at: began + 30, attributes: { exitCode: '3' } });
  engine.emit({ containerId: 'a', action: 'start', at: began + 40 });
  await vi.waitFor(() =>
    expect(shown()).toEqual([
      'a first',
      'a last words',
      '[a killed]',
      '[a restarted]',
      'a second',
      '[a exited (3)]',
      '[a restarted]', // it has nothing to say
    ]),
  );
});

test('out of memory, paused and unpaused are said as well', async () => {
  const { engine, shown, states } = open([container('a')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
  for (const [at, action] of ['pause', 'unpause', 'oom', 'die'].entries()) {
    engine.emit({ containerId: 'a', action, at: began + 1 + at, attributes: { exitCode: '137' } });
  }
  await vi.waitFor(() =>
    expect(shown()).toEqual(['a first', '[a paused]', '[a unpaused]', '[a killed: out of memory]']),
  );
});

test('recreated by Compose, under another name at first: the same source', async () => {
  const { engine, store, following, shown, states } = open([container('a'), container('b')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following', b: 'following' }));
  const successor = { service: 'a', state: 'created', startedAt: null } as const;
  engine.put(container('a2', { ...successor, name: '0123456789ab_paws-a-1' }));
  engine.emit({ containerId: 'a2', name: '0123456789ab_paws-a-1', action: 'create', at: began + 1 });
  engine.emit({ containerId: 'a', action: 'die', at: began + 2, attributes: { exitCode: '0' } });
  store.end('a');
  engine.remove('a');
  engine.emit({ containerId: 'a', action: 'destroy', at: began + 3 });
  engine.put(container('a2', { ...successor, name: 'paws-a-1' }));
  engine.emit({ containerId: 'a2', name: 'paws-a-1', action: 'rename', at: began + 4 });
  engine.put(container('a2', { service: 'a', name: 'paws-a-1', startedAt: began + 5 }));
  engine.emit({ containerId: 'a2', name: 'paws-a-1', action: 'start', at: began + 5 });
  store.write('a2', 'new', began + 6);
  await vi.waitFor(() => expect(shown()).toContain('a new'));
  expect(shown().filter((line) => !line.includes('b '))).toEqual([
    'a first',
    '[a exited (0)]',
    '[a recreated]',
    'a new',
  ]);
  expect(following.sources.map(({ source }) => source)).toEqual([
    { index: 0, container: 'paws-a-1', service: 'a' },
    { index: 1, container: 'paws-b-1', service: 'b' },
  ]);
});

test('a container that appears later is taken up where everything is chosen, and offered where not', async () => {
  for (const chosen of [null, ['a']]) {
    const { engine, store, shown, states } = open([container('a')], { chosen });
    await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
    engine.put(container('late'));
    store.write('late', 'hello', began + 2);
    engine.emit({ containerId: 'late', action: 'start', at: began + 1 });
    await vi.waitFor(() =>
      expect(states()).toEqual({ a: 'following', late: chosen === null ? 'following' : 'waiting' }),
    );
    expect(shown()).toEqual(['a first', ...(chosen === null ? ['late hello'] : [])]);
  }
});

test('what is no longer chosen stops, and goes on later where it was, with what became of it meanwhile', async () => {
  const { engine, store, following, shown, states } = open([container('a'), container('b')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following', b: 'following' }));
  following.choose(['b']);
  await vi.waitFor(() => expect(store.open).toBe(1));
  store.write('a', 'missed', began + 1);
  engine.emit({ containerId: 'a', action: 'die', at: began + 2, attributes: { exitCode: '1' } });
  engine.emit({ containerId: 'a', action: 'start', at: began + 4 });
  store.write('a', 'again', began + 5);
  store.write('b', 'second', began + 6);
  await vi.waitFor(() => expect(shown()).toContain('b second'));
  expect(shown().toSorted()).toEqual(['a first', 'b first', 'b second']);
  expect(states()).toEqual({ a: 'waiting', b: 'following' });
  following.choose(['a', 'b']);
  await vi.waitFor(() => expect(shown()).toContain('a again'));
  expect(shown().filter((line) => !line.includes('b '))).toEqual([
    'a first',
    'a missed',
    '[a exited (1)]',
    '[a restarted]',
    'a again',
  ]);
});

test('a lost engine is said, and what happened meanwhile is made up for', async () => {
  const { engine, store, following, shown, states } = open([container('a'), container('b')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following', b: 'following' }));
  let told = 0;
  following.subscribe(() => told++);
  engine.lose();
  store.cut();
  await vi.waitFor(() => expect(following.trouble).toMatch(/socket closed|connection refused/));
  expect(states()).toEqual({ a: 'lost', b: 'lost' });
  expect(told).toBeGreaterThan(0);
  store.write('a', 'missed', began + 1);
  engine.put(container('a', { startedAt: began + 5 }));
  store.write('a', 'again', began + 6);
  engine.put(container('b', { state: 'exited', exitCode: 2, finishedAt: began + 7 }));
  engine.restore();
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following', b: 'waiting' }), { timeout: 5_000 });
  expect(following.trouble).toBe(null);
  expect(shown().toSorted()).toEqual(
    ['a first', 'a missed', '[a restarted]', 'a again', 'b first', '[b exited (2)]'].toSorted(),
  );
});

test('a log that can not be read holds up no other, says why, and is tried again', async () => {
  const refused = new StackError('rejected', 'the engine refused (read logs)');
  const { store, following, shown, states } = open([container('a'), container('b')], { chosen: [] });
  store.refuse('a', refused);
  following.choose(null);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'lost', b: 'following' }));
  expect(following.trouble).toBe("the log of a can't be read: the engine refused (read logs)");
  // Further attempts leave it at that.
  const seen = new Set<string | undefined>();
  const forget = following.subscribe(() => seen.add(states().a));
  const attempts = () => store.asked.filter(({ id }) => id === 'a').length;
  const before = attempts();
  await vi.waitFor(() => expect(attempts()).toBeGreaterThan(before));
  forget();
  expect([...seen]).toEqual([]);
  store.refuse('a', null);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following', b: 'following' }));
  expect(following.trouble).toBe(null);
  expect(shown().toSorted()).toEqual(['a first', 'b first']);
});

test('a stream that ends although its container runs is opened again, but not without pause', async () => {
  const { store, shown, states } = open([container('a')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
  const since = Date.now();
  for (let line = 0; line < 3; line++) {
    store.end('a');
    store.write('a', `${line}`, began + line);
    await vi.waitFor(() => expect(shown()).toHaveLength(2 + line));
  }
  expect(shown()).toEqual(['a first', 'a 0', 'a 1', 'a 2']);
  // 50 ms, then 100: the first time it had lasted for long.
  expect(store.asked.length).toBeLessThanOrEqual(2 + (Date.now() - since) / 50);
});

test('without following each is read once, then it is done', async () => {
  const { engine, store, following, shown, timers } = open([container('a'), container('b', { state: 'exited' })], {
    follow: false,
    since: { ms: began, ns: 0 },
  });
  await following.done;
  expect(shown().toSorted()).toEqual(['a first', 'b first']);
  expect(store.asked.map(({ follow, since, tail }) => ({ follow, since, tail }))).toEqual([
    { follow: false, since: '1700000000.000000000', tail: undefined },
    { follow: false, since: '1700000000.000000000', tail: undefined },
  ]);
  await vi.waitFor(() => expect(timers.size).toBe(0));
  expect(engine.calls.connect).toBe(1);
});

test('nothing is opened before a choice; once stopped, nothing comes and no timer runs', async () => {
  const store = logStore();
  const engine = fakeEngine([container('a')], noControl, store.logs);
  const unused = createFollowing({
    connect: engine.connect,
    project: () => null,
    bound: 1,
    now: Date.now,
    after: () => expect.fail('nothing to wait for'),
    sink: () => expect.fail('nothing was chosen'),
  });
  unused.stop();
  expect(engine.calls.connect).toBe(0);

  const { following, store: logs, shown, states, timers } = open([container('a')]);
  await vi.waitFor(() => expect(states()).toEqual({ a: 'following' }));
  following.stop();
  await vi.waitFor(() => expect({ open: logs.open, timers: timers.size }).toEqual({ open: 0, timers: 0 }));
  logs.write('a', 'late', began + 1);
  expect(shown()).toEqual(['a first']);
});
