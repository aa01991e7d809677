import { readFileSync } from 'node:fs';
import { expect, onTestFinished, test } from 'vitest';
import { breakThings } from '../../source/drills/breaking.ts';
import { openJournal } from '../../source/drills/journal.ts';
import { createRecorder } from '../../source/drills/recorder.ts';
import { brokenOff } from '../../source/drills/results.ts';
import { standBy } from '../../source/drills/safety.ts';
import type { DrillPlan, Seen } from '../../source/drills/types.ts';
import type { Control } from '../../source/engine/types.ts';
import { StackError } from '../../source/stack/errors.ts';
import { fakeControl } from '../helpers/fake-control.ts';
import { details, fakeEngine } from '../helpers/fake-engine.ts';
import { ownState } from './journal-entries.ts';

/** Says that it is there, and stays until nobody needs it. */
const standsBy = [process.execPath, '-e', 'console.log("ready"); setTimeout(() => {}, 20000)', '--'];
const seen = { report: { patroni: null, redis: null, etcd: null }, snapshot: {} } as unknown as Seen;

/** A drill that does these to redis1 and redis2, on an engine that does as `parts` say. */
async function drillWith(kinds: readonly ('kill' | 'pause')[], parts: Partial<Control> = {}, afterMs = 0) {
  const env = ownState();
  const fake = fakeControl(parts);
  const engines = fakeEngine([details('redis1'), details('redis2')], fake.control);
  const tell = (containerId: string, action: string) => engines.emit({ containerId, action, at: Date.now() });
  const control: Control = {
    ...fake.control,
    kill: async (id, signal) => {
      await fake.control.kill(id, signal);
      engines.put(details(id, 'exited'));
      tell(id, 'kill');
    },
    start: async (id) => {
      await fake.control.start(id);
      engines.put(details(id));
    },
    pause: async (id) => {
      await fake.control.pause(id);
      engines.put(details(id, 'paused'));
      tell(id, 'pause');
    },
    unpause: async (id) => {
      await fake.control.unpause(id);
      engines.put(details(id));
    },
  };
  const engine = { ...(await engines.connect()), control };
  const plan = {
    drill: { id: 'two', does: 'Breaks two.', hold: 'recovered', expects: {} },
    breaks: kinds.map((kind, index) => ({
      fault: { kind },
      afterMs: index === 0 ? 0 : afterMs,
      targets: [
        { name: `redis${index + 1}`, system: 'redis', container: `c${index + 1}`, containerId: `redis${index + 1}` },
      ],
    })),
    predictions: {},
  } as unknown as DrillPlan;
  const recorder = createRecorder(plan, () => {});
  const journal = openJournal({ env, project: 'shop' });
  const ground = { engine, project: 'shop', host: null, env, survey: async () => [], openWatch: () => expect.fail() };
  const safety = await standBy({ plan, ground, journal, deadManArgv: standsBy, run: 'r', recorder });
  const stop = new AbortController();
  onTestFinished(() => stop.abort());
  const begin = () =>
    breakThings({ plan, ground, access: [], ledgers: [], safety, recorder, seen, signal: stop.signal });
  const left = async () => (await journal.list()).entries.map(({ what }) => what);
  return { begin, safety, journal, left, recorder, plan, stop, calls: fake.calls, engines };
}

test('each fault is in the journal before any is injected, and nothing is left there once they are undone', async () => {
  const noted: string[][] = [];
  const drill = await drillWith(['kill', 'pause'], {
    kill: async () => void noted.push(await drill.left()),
    pause: async () => void noted.push(await drill.left()),
  });
  expect(await drill.begin()).toMatchObject({ mends: true });
  expect(noted).toEqual([
    ['kill: redis1', 'pause: redis2'],
    ['kill: redis1', 'pause: redis2'],
  ]);
  expect(await drill.safety.heal()).toBe(true);
  expect(await drill.left()).toEqual([]);
  expect(drill.calls).toEqual(expect.arrayContaining(['start redis1', 'unpause redis2']));
});

test('a fault that comes later is noted when it comes, since a young one is waited for', async () => {
  const noted: string[][] = [];
  const note = async () => void noted.push(await drill.left());
  const drill = await drillWith(['kill', 'pause'], { kill: note, pause: note }, 200);
  await drill.begin();
  expect(noted).toEqual([['kill: redis1'], ['kill: redis1', 'pause: redis2']]);
});

test('an injection that is refused undoes the others, and what was broken is not called not run', async () => {
  const drill = await drillWith(['kill', 'pause'], {
    pause: () => Promise.reject(new StackError('rejected', 'no cgroup freezer')),
  });
  await expect(drill.begin()).rejects.toThrow('no cgroup freezer');
  expect(drill.calls).toContain('start redis1');
  expect(await drill.left()).toEqual([]);
  const end = (healed: boolean) => brokenOff(drill.plan, 'shop', drill.recorder, { why: 'no cgroup freezer', healed });
  expect(end(true)).toMatchObject({ verdict: 'inconclusive', healed: true, injectedAt: expect.any(String) });
  expect(end(false)).toMatchObject({ verdict: 'failed', healed: false, why: /^Not everything is healed/ });
});

test('an injection that the engine did not answer is waited for before its entry goes', async () => {
  const drill = await drillWith(['pause'], {
    pause: async () => {
      setTimeout(() => drill.engines.put(details('redis1', 'paused')), 1_000);
      throw new StackError('timeout', 'the engine has not answered (pause container) within 10 s');
    },
  });
  await expect(drill.begin()).rejects.toThrow('has not answered');
  expect(drill.calls).toContain('unpause redis1');
  expect(await drill.left()).toEqual([]);
});

test('what cannot be undone stays in the journal, and the drill says why it ended', async () => {
  const drill = await drillWith(['kill', 'pause'], {
    pause: () => Promise.reject(new StackError('rejected', 'no cgroup freezer')),
    start: () => Promise.reject(new StackError('rejected', 'no space left')),
  });
  await expect(drill.begin()).rejects.toThrow('no cgroup freezer');
  expect(await drill.left()).toEqual(['kill: redis1']);
  await expect(drill.safety.heal()).rejects.toThrow('no space left');
});

test('one that is stopped before the second fault comes breaks nothing more', async () => {
  const drill = await drillWith(['kill', 'pause'], {}, 60_000);
  const begun = drill.begin();
  await expect.poll(() => drill.calls.join()).toMatch(/^kill redis1/);
  drill.stop.abort();
  await expect(begun).rejects.toThrow();
  expect(drill.calls.filter((call) => call.startsWith('pause'))).toEqual([]);
  expect(await drill.left()).toEqual([]);
});

test('what somebody else has undone meanwhile is told', async () => {
  const drill = await drillWith(['kill']);
  await drill.begin();
  const [entry] = (await drill.journal.list()).entries;
  await drill.journal.remove(entry?.id ?? '');
  expect(await drill.safety.heal()).toBe(false);
});

test('a dead-man that died is replaced before anything more is broken', async () => {
  const { journal, plan, recorder } = await drillWith(['kill']);
  const env = ownState();
  const started = `${env.XDG_STATE_HOME}/started`;
  const script = `require('fs').appendFileSync(${JSON.stringify(started)}, 'x'); console.log('ready')`;
  const engine = await fakeEngine([]).connect();
  const ground = { engine, project: 'shop', host: null, env, survey: async () => [], openWatch: () => expect.fail() };
  const deadManArgv = [process.execPath, '-e', script, '--'];
  const safety = await standBy({ plan, ground, journal, deadManArgv, run: 'd', recorder });
  await expect
    .poll(async () => {
      await safety.note('kill: redis1', [{ op: 'start', container: 'c', name: 'redis1' }], 60_000);
      return readFileSync(started, 'utf8').length;
    })
    .toBeGreaterThan(1);
});
