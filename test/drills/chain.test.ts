import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { parseChain } from '../../source/drills/chain.ts';
import { brokenLimits } from '../../source/drills/chain-limits.ts';
import { planDrill } from '../../source/drills/plan.ts';
import { StackError } from '../../source/stack/errors.ts';
import { patroniLeaderKill } from '../helpers/drill-reports.ts';
import { facts, seenWith } from './seen.ts';

const file = (name: string) =>
  readFileSync(join(import.meta.dirname, '..', 'fixtures', 'chains', `${name}.yaml`), 'utf8');

/** The sentence that a chain is refused with. */
function refusal(text: string): string {
  try {
    parseChain(text);
  } catch (error) {
    if (error instanceof StackError && error.kind === 'usage') return error.message;
    throw error;
  }
  throw new Error('it was accepted');
}
const step = (...lines: string[]) => `name: x\nsteps:\n  - ${lines.join('\n    ')}\n`;

describe('a chain that is well formed', () => {
  const chain = parseChain(file('rough-night'));

  test('its steps, times in ms', () => {
    expect(chain.name).toBe('A rough night');
    expect(chain.steps.slice(0, 4)).toEqual([
      {
        kind: 'drill',
        drill: 'patroni-leader-kill',
        limits: { patroni: { outageMs: 28_000, writableMs: 28_000, lost: 0 } },
      },
      { kind: 'wait', ms: 5000 },
      { kind: 'until', condition: 'ok', withinMs: 90_000 },
      { kind: 'drill', drill: 'slow-network:redis2', limits: {} },
    ]);
  });

  test('a drill of its own, held to what the file says', () => {
    expect(chain.steps[4]).toEqual({
      kind: 'drill',
      limits: { redis: { writableMs: 8000 } },
      drill: {
        id: 'a-rough-night-5',
        label: 'step 5',
        does: 'Step 5 of "A rough night": kill of redis.master.',
        breaks: [{ fault: { kind: 'kill' }, target: 'redis.master' }],
        expects: { redis: { targetMs: 8000, change: 'either', loss: 'as-configured', outage: 'expected' } },
        hold: 'recovered',
        beyondTolerance: false,
      },
    });
  });

  test('several faults at once', () => {
    expect(chain.steps[5]).toMatchObject({
      drill: {
        breaks: [
          { fault: { kind: 'pause' }, target: 'sentinel.any' },
          { fault: { kind: 'delay', ms: 50, jitterMs: 10 }, target: 'patroni.sync_standby' },
          { fault: { kind: 'partition', from: ['redis', 'sentinel'] }, target: { member: 'redis3' } },
        ],
        expects: { patroni: { loss: 'none', targetMs: 60_000 }, redis: { loss: 'as-configured' } },
        hold: { ms: 30_000 },
      },
    });
  });

  test('past the tolerance only where it is said, and then until it is mended', () => {
    expect(chain.steps[6]).toMatchObject({
      drill: { beyondTolerance: true, hold: { ms: 20_000 }, expects: { etcd: { outage: 'until-healed' } } },
    });
  });

  test('its own drills can be planned like those of the catalogue', () => {
    const own = chain.steps.flatMap((one) =>
      one.kind === 'drill' && typeof one.drill !== 'string' ? [one.drill] : [],
    );
    expect(own.map((drill) => planDrill(drill, seenWith(), facts).missing)).toEqual([[], [], []]);
    expect(own.map((drill) => Object.keys(planDrill(drill, seenWith(), facts).predictions))).toEqual([
      ['redis'],
      ['patroni', 'redis'],
      ['etcd'],
    ]);
  });
});

describe('a chain that is not: one sentence with the line and what is allowed', () => {
  test.each([
    ['unknown-drill', /^line 4: no drill is called "patroni-leader-klil"; there are patroni-leader-kill, .*, cascade$/],
    ['no-unit', /^line 4: wait is a time such as 800ms, 25s or 2m, not "5"$/],
    ['no-yaml', /^line [5-6]: this is no YAML: /],
    ['nothing-broken', /^line 1: a chain needs a step that breaks something: drill or break$/],
  ])('%s.yaml', (name, sentence) => {
    expect(refusal(file(name))).toMatch(sentence);
  });

  test.each([
    ['', 'line 1: a chain has the keys name, steps'],
    ['steps: []', 'line 1: a chain needs a name: what the report calls it'],
    ['name: x', 'line 1: a chain needs steps: what is done one after the other'],
    ['name: x\nsteps: []', 'line 2: steps is a list, each entry beginning with "- "'],
    ['name: x\nstages: []', 'line 2: a chain has no key "stages"; allowed are name and steps'],
    [step('wait: 5s', 'drill: cascade'), 'line 3: a step is exactly one of drill, break, wait, until'],
    [step('wait: 2h'), 'line 3: wait is a time such as 800ms, 25s or 2m, not "2h"'],
    [step('wait: 61m'), 'line 3: a wait is an hour at most'],
    [step('until: fine'), 'line 3: until is one of ok, patroni.writable, redis.writable, etcd.writable, not "fine"'],
    [step('until: ok', 'hold: 5s'), 'line 4: an until has no key "hold"; allowed are until and within'],
    [step('break: kill'), 'line 3: target is missing'],
    [
      step('break: burn', 'target: redis.master'),
      expect.stringMatching(/^line 3: break is one of kill, stop, .*, not "burn"$/),
    ],
    [
      step('break: kill', 'target: redis.boss'),
      expect.stringMatching(/^line 4: target is a member's name or one of .*, not "redis.boss"$/),
    ],
    [step('break: kill', 'target: redis.master', 'percent: 5'), 'line 5: kill takes no "percent"'],
    [
      step('break: loss', 'target: redis.master', 'percent: 150'),
      'line 5: percent is a number from 1 to 100, not "150"',
    ],
    [step('break: loss', 'target: redis.master', 'kbit: 8'), 'line 5: loss takes no "kbit"; it takes percent'],
    [step('break: delay', 'target: redis.master'), 'line 3: delay is missing'],
    [
      step('break: partition', 'target: redis.master', 'from: [mars]'),
      'line 5: from is one of etcd, patroni, redis, sentinel, not "mars"',
    ],
    [
      step('break: kill', 'target: redis.master', 'hold: long'),
      'line 5: hold is recovered, none or a time such as 30s, not "long"',
    ],
    [
      step('break: kill', 'target: redis.master', 'beyond-tolerance: maybe'),
      'line 5: beyond-tolerance is true or false, not "maybe"',
    ],
    [
      step('break: kill', 'target: redis3'),
      'line 3: say under expect which system is watched: the target alone does not tell',
    ],
    [
      step('drill: cascade', 'expect: { mysql: {} }'),
      'line 4: expect has no key "mysql"; allowed are patroni, redis and etcd',
    ],
    [
      step('drill: cascade', 'expect: { redis: { lost: few } }'),
      'line 4: lost is a number from 0 to 1000000, not "few"',
    ],
    [
      step('break:', '  - { fault: kill, target: redis.master }', 'target: redis.master'),
      expect.stringMatching(/^line 5: a break of several faults has no key "target"/),
    ],
  ])('%j', (text, sentence) => {
    expect(refusal(text)).toEqual(sentence);
  });
});

describe('what a step asked for', () => {
  const [result] = patroniLeaderKill.systems;
  if (result === undefined || result.outageMs === null) throw new Error('the fixture has no figures');

  test('is kept, or is said not to be', () => {
    const outageMs = result.outageMs ?? 0;
    expect(brokenLimits({ patroni: { outageMs, lost: 0 } }, patroniLeaderKill)).toEqual([]);
    expect(brokenLimits({ patroni: { outageMs: 1000 } }, patroniLeaderKill)).toEqual([
      expect.stringMatching(/^patroni: writes were out for [\d.]+ s, at most 1 s were asked for$/),
    ]);
  });

  test('is not kept by a figure that was not measured', () => {
    const unread = { ...patroniLeaderKill, systems: [{ ...result, writes: { ...result.writes, lost: null } }] };
    expect(brokenLimits({ patroni: { lost: 0 }, redis: { lost: 0 } }, unread)).toEqual([
      'patroni: nobody knows how many acknowledged writes were lost, at most 0 were asked for',
      'redis was not measured',
    ]);
  });
});
