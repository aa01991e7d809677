import { expect, test, vi } from 'vitest';
import { createLogs } from '../../source/logs/logs.ts';
import type { Following, Line, Logs, Sink } from '../../source/logs/types.ts';

/** Logs with a clock that stands until it is moved, and streams that are ours unless they are to be their `own`. */
function setUp({ own = false } = {}) {
  let clock = 1_000_000.5;
  let timers: { readonly at: number; readonly run: () => void }[] = [];
  let sink: Sink = () => {};
  const follower: { listener: () => void; stopped: number } = { listener: () => {}, stopped: 0 };
  const following: Following = {
    choose: () => {},
    sources: [],
    trouble: null,
    subscribe(listener) {
      follower.listener = listener;
      return () => {
        follower.listener = () => {};
      };
    },
    stop: () => {
      follower.stopped += 1;
    },
  };
  const ours = (into: Sink) => {
    sink = into;
    return following;
  };
  let connections = 0;
  const logs = createLogs({
    async connect() {
      connections += 1;
      throw new Error('no engine here');
    },
    project: () => null,
    ...(own ? {} : { follow: ours }),
    now: () => clock,
    after(ms, run) {
      const timer = { at: clock + ms, run };
      timers.push(timer);
      return () => {
        timers = timers.filter((other) => other !== timer);
      };
    },
  });
  return {
    logs,
    get connections() {
      return connections;
    },
    follower,
    add: (line: Line) => sink(line),
    get timers() {
      return timers.length;
    },
    /** Moves the clock, running what is due on the way. */
    pass(ms: number) {
      const end = clock + ms;
      for (;;) {
        const due = timers.filter((timer) => timer.at <= end).sort((a, b) => a.at - b.at)[0];
        if (due === undefined) break;
        timers = timers.filter((timer) => timer !== due);
        clock = Math.max(clock, due.at);
        due.run();
      }
      clock = end;
    },
  };
}

function line(ms: number, text: string, ns = 0): Line {
  const at = { ms, ns };
  return { source: 0, kind: 'out', at, entry: at, text: Buffer.from(text), cut: 0 };
}
const texts = ({ buffer }: Logs) =>
  Array.from({ length: buffer.size }, (_, index) => buffer.text(buffer.slotAt(index)));

test('who subscribed is told at once of the first line, then ten times a second at most', () => {
  const { logs, add, pass } = setUp();
  let told = 0;
  logs.subscribe(() => {
    told += 1;
    logs.settle();
  });
  add(line(1, 'a'));
  expect(told).toBe(0);
  pass(0);
  expect(told).toBe(1);
  for (let ms = 0; ms < 2_000; ms += 1) {
    add(line(ms, 'more'));
    pass(1);
  }
  expect(told).toBeGreaterThanOrEqual(20);
  expect(told).toBeLessThanOrEqual(21);
  expect(logs.buffer.size).toBeGreaterThan(1_900);
});

test('nothing wakes while nothing comes', () => {
  const all = setUp();
  expect(all.timers).toBe(0);
  all.add(line(1, 'a'));
  expect(all.timers).toBe(1);
  all.pass(1_000);
  expect(all.timers).toBe(0);
});

test('what was settled before anybody was told of it is not told of', () => {
  const { logs, add, pass } = setUp();
  let told = 0;
  logs.subscribe(() => {
    told += 1;
  });
  add(line(1, 'a'));
  expect(logs.settle()).toBe(true);
  pass(1_000);
  expect(told).toBe(0);
});

test('a clock that is set back holds nothing up', () => {
  const { logs, add, pass } = setUp();
  let told = 0;
  logs.subscribe(() => {
    told += 1;
  });
  add(line(1, 'a'));
  pass(0);
  pass(-3_600_000);
  add(line(2, 'b'));
  pass(100);
  expect(told).toBe(2);
});

test('settle tells whether anything is new to see', () => {
  const { logs, add, follower } = setUp();
  expect(logs.settle()).toBe(false);
  add(line(1, 'a'));
  expect(logs.settle()).toBe(true);
  expect(logs.settle()).toBe(false);
  follower.listener();
  expect(logs.settle()).toBe(true);
  logs.buffer.clear();
  expect(logs.settle()).toBe(true);
  expect(logs.settle()).toBe(false);
});

test('a marker stands at its moment, and after all that was there before it, whatever the clocks say', () => {
  const { logs, add } = setUp();
  add(line(999_000, 'before'));
  logs.mark('first');
  add(line(1_000_000, 'in the same millisecond', 999_999));
  logs.mark('second');
  add(line(1_000_001, 'after', 1));
  logs.settle();
  expect(texts(logs)).toEqual(['before', 'first', 'in the same millisecond', 'second', 'after']);
  const slot = logs.buffer.slotAt(1);
  expect([logs.buffer.source(slot), logs.buffer.kind(slot)]).toEqual([-1, 'note']);
  expect([logs.buffer.ms(slot), logs.buffer.ns(slot)]).toEqual([1_000_000, 500_000]);
});

test('new lines are searched as they are settled', async () => {
  const { logs, add, pass } = setUp();
  let found = 0;
  logs.subscribe(() => {
    logs.settle();
    found = logs.finder.state?.hits ?? 0;
  });
  add(line(1, 'one error'));
  logs.settle();
  logs.finder.search('error');
  add(line(2, 'another error'));
  add(line(3, 'nothing'));
  try {
    await vi.waitFor(() => {
      pass(100);
      expect(found).toBe(2);
    }, 5_000);
  } finally {
    logs.close();
  }
});

test('no engine is connected before services are chosen', async () => {
  const all = setUp({ own: true });
  all.logs.mark('nobody reads');
  all.logs.settle();
  all.pass(10_000);
  expect(all.connections).toBe(0);
  all.logs.following.choose(['redis1']);
  await vi.waitFor(() => expect(all.logs.following.trouble).toBe('no engine here'));
  expect(all.connections).toBe(1);
  all.logs.close();
});

test('when it is closed, streams are left and nobody is told any more', () => {
  const all = setUp();
  let told = 0;
  all.logs.subscribe(() => {
    told += 1;
  });
  all.add(line(1, 'a'));
  all.logs.close();
  all.pass(1_000);
  expect(told).toBe(0);
  expect(all.timers).toBe(0);
  expect(all.follower.stopped).toBe(1);
});

test('levels of all lines are found a few at a time, so that no frame waits for them', () => {
  const { logs, add, pass } = setUp();
  const text = Buffer.from(
    `2026-11-23 21:00:00.123 UTC [33] app@paws WARNING:  ${'there is a lot to read here '.repeat(9)}`,
  );
  const lines = 40_000;
  for (let number = 0; number < lines; number += 1) {
    const at = { ms: 1_000 + number, ns: 0 };
    add({ source: 0, kind: 'out', at, entry: at, text, cut: 0 });
  }
  logs.settle();
  const asked = vi.spyOn(logs.buffer, 'level');
  logs.findLevels();
  expect(asked.mock.calls.length).toBeLessThan(lines);
  logs.findLevels();
  pass(10_000);
  expect(new Set(asked.mock.calls.map(([slot]) => slot)).size).toBe(lines);
  expect(asked.mock.results.every(({ value }) => value === 'warning')).toBe(true);
});
