import { expect, test } from 'vitest';
import type { DrillProgress } from '../../source/drills/types.ts';
import {
  cascade,
  done,
  type FakeDrills,
  fakeDrills,
  lane,
  leftover,
  plan,
  progress,
  report,
  result,
} from './fake-drills.ts';
import { openScreen, type TestScreen } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
] as const;

type Situation = {
  readonly name: string;
  /** What runs, or has run, when the screen is opened. */
  readonly running?: DrillProgress;
  readonly prepare?: (drills: FakeDrills) => void;
  readonly keys: string;
  /** What happens next, once this shows. */
  readonly next?: readonly [shown: RegExp, act: (screen: TestScreen, drills: FakeDrills) => void];
  readonly until: RegExp;
  /** What can be read at every size. */
  readonly facts: readonly RegExp[];
  /** Kept as a file, to be looked at. */
  readonly golden?: string;
};

const patroni = (electedMs: number | null, writableMs: number | null) => ({
  patroni: { detectedMs: 400, electedMs, writableMs, redundantMs: null },
});
const lost = result({
  outageMs: 66_000,
  asPredicted: false,
  twoPrimariesMs: 9_800,
  phases: { detectedMs: 400, electedMs: 65_100, writableMs: 65_900, redundantMs: 71_000 },
  writes: { ...result().writes, lost: 143, viaOldPrimary: { attempted: 40, acked: 12, failed: 18, indeterminate: 10 } },
  failures: ['patroni: 143 of 412 acknowledged writes lost', 'patroni writable 65.9 s after the fault, target 60 s'],
});
const unread = result({
  outageMs: null,
  asPredicted: null,
  writes: { ...result().writes, lost: null, unexpected: null, recovered: null },
});

const situations: readonly Situation[] = [
  {
    name: 'the menu',
    keys: '!',
    until: /Break something ── 10 drills/,
    facts: [
      /Patroni +kill leader +patroni2 .*18.2–24 s .*yes/,
      /patroni-leader-kill/,
      /does +Kills the Patroni leader/,
    ],
    golden: 'menu',
  },
  {
    name: 'a drill that cannot be run says what is missing',
    keys: '!jjjjjj\r',
    until: /It cannot be run now:/,
    facts: [
      /switch over ── patroni-switchover/,
      /✖ patroni3 has not answered for 4 s/,
      /✖ the stack is degraded, not ok/,
    ],
  },
  {
    name: 'the dialog before it',
    keys: '!\rpatr',
    until: /> patr▏/,
    facts: [
      /▲ Kills patroni2 \(container paws-patroni2-1\) with/,
      /Predicted: Patroni takes writes again after 18.2–24 s/,
      /Healed by itself as soon as writes go on/,
      /Type patroni2 and press Enter to start it:/,
    ],
    golden: 'confirm',
  },
  {
    name: 'a wrong text',
    keys: '!\rpatroni1\r',
    until: /> patroni1▏ ✖ that is not patroni2; nothing was started/,
    facts: [/Type patroni2 and press Enter/],
  },
  {
    name: 'a role that has moved before Enter',
    keys: '!\rpatroni2',
    next: [
      /> patroni2▏/,
      (screen, drills) => {
        drills.offer([plan({ on: 'patroni3' })]);
        screen.type('\r');
      },
    ],
    until: /Roles have moved since: it was patroni2, now it is/,
    facts: [/Nothing was/, /▲ Kills patroni3/, /Type patroni3 and press Enter/, /> ▏/],
  },
  {
    name: 'writing before the fault',
    running: progress({}, null),
    keys: '!',
    until: /writing before the fault/,
    facts: [/kill of patroni2/, /waits for twenty acknowledged writes/, /Patroni +· +· +·/, /█{8}/],
  },
  {
    name: 'recovering, nobody elected',
    running: progress(),
    keys: '!',
    until: /12\.3 s since the fault/,
    facts: [
      /kill of patroni2 · recovering/,
      /Patroni +400 ms +12\.3 s… +12\.3 s… .*18.2–24 s/,
      /Patroni +41 acked +243 failed +2 unknown/,
      /█│▄\?\?✖+·✖✖/,
      /\+0\.40? s +patroni +patroni1 and patroni3/,
    ],
    golden: 'recovering',
  },
  {
    name: 'recovering, elected and not yet writable',
    running: progress({ phases: patroni(20_600, null), waitsFor: 'the first acknowledged write' }, 20_900),
    keys: '!',
    until: /20\.9 s since the fault/,
    facts: [/Patroni +400 ms +20\.6 s +20\.9 s… /],
  },
  {
    name: 'recovering longer than predicted',
    running: progress({ lanes: { patroni: lane(`${'a'.repeat(8)}${'f'.repeat(106)}`) } }, 26_400),
    keys: '!',
    until: /26\.4 s since the fault/,
    facts: [/▲ Patroni is 2\.4 s over the prediction/, /✖{40}/],
  },
  {
    name: 'healing',
    running: progress(
      { stage: 'healing', waitsFor: 'patroni2 to stream again', phases: patroni(20_600, 21_240) },
      24_000,
    ),
    keys: '!',
    until: /kill of patroni2 · healing · 24\.0 s since the fault/,
    facts: [/waits for patroni2 to stream again/, /Patroni +400 ms +20\.6 s +21\.2 s /],
  },
  {
    name: 'three systems at once',
    running: progress({
      plan: cascade,
      phases: {
        etcd: { detectedMs: 200, electedMs: 1_800, writableMs: 1_900, redundantMs: null },
        patroni: { detectedMs: 400, electedMs: null, writableMs: null, redundantMs: null },
        redis: { detectedMs: 2_100, electedMs: 3_700, writableMs: 4_100, redundantMs: null },
      },
      counts: Object.fromEntries(
        ['etcd', 'patroni', 'redis'].map((system) => [
          system,
          { attempted: 286, acked: 141, failed: 143, indeterminate: 2 },
        ]),
      ),
      lanes: {
        etcd: lane(`${'a'.repeat(8)}iffffff${'a'.repeat(42)}`),
        patroni: lane(`${'a'.repeat(8)}bii${'f'.repeat(46)}`),
        redis: lane(`${'a'.repeat(8)}${'f'.repeat(16)}b${'a'.repeat(32)}`),
      },
    }),
    keys: '!',
    until: /kill of etcd1, patroni2 and redis1/,
    facts: [
      /etcd +200 ms +1\.8 s +1\.9 s /,
      /Patroni +400 ms +12\.3 s… /,
      /Redis +2\.1 s +3\.7 s +4\.1 s /,
      /█│\?✖{6}█/,
    ],
    golden: 'cascade',
  },
  {
    name: 'passed',
    running: done(),
    keys: '!',
    until: /● PASSED · kill of patroni2/,
    facts: [/no write got through for 21\.3 s, as predicted/, /0 of 412 acknowledged writes lost/, /20\.6 s +21\.2 s/],
    golden: 'passed',
  },
  {
    name: 'failed with lost writes',
    running: done({ verdict: 'failed', why: `${lost.failures.join('. ')}.`, systems: [lost] }),
    keys: '!',
    until: /✖ FAILED · kill of patroni2/,
    facts: [
      /✖ 143 of 412 acknowledged writes lost/,
      /no write got through for 66\.0 s, not as/,
      /took writes side by side for 9\.8 s/,
      /through the old primary: 40 tried, 12 acked/,
    ],
    golden: 'failed',
  },
  {
    name: 'inconclusive',
    running: done({ verdict: 'inconclusive', why: 'patroni: nobody could read the writes back.', systems: [unread] }),
    keys: '!',
    until: /\? INCONCLUSIVE · kill of patroni2/,
    facts: [/\? the outage is not known/, /\? lost writes: not known/],
  },
  {
    name: 'over, and not everything healed',
    running: done({ healed: false, verdict: 'failed', why: 'not everything is healed.' }),
    keys: '!',
    until: /✖ FAILED/,
    facts: [/✖ not everything is healed: H heals/],
  },
  {
    name: 'not run after all',
    running: {
      ...done({ verdict: 'not-run', why: 'the roles moved.', systems: [], healed: true }),
      phases: {},
      lanes: {},
    },
    keys: '!',
    until: /NOT RUN/,
    facts: [/the roles moved/],
  },
  {
    name: 'faults that an earlier run has left, and the dialog that heals them',
    prepare: (drills) => drills.leave([leftover]),
    keys: 'H',
    until: /Heal now ── Enter undoes this:/,
    facts: [/▲ 1 fault left from an earlier run: H heals/, /▲ pause of patroni2, by patroni-leader-pause, 5m ago/],
  },
  {
    name: 'the question before quitting while a drill runs',
    running: progress(),
    keys: 'q',
    until: /A drill runs ── patroni-leader-kill/,
    facts: [/q again heals and quits, Esc goes back/, /drill( patroni-leader-kill)? 12 s/],
  },
];

for (const [columns, rows] of sizes) {
  for (const { name, running, prepare, keys, next, until, facts, golden } of situations) {
    test(`${name}, at ${columns}×${rows}`, async () => {
      const drills = fakeDrills();
      prepare?.(drills);
      drills.go(running ?? null);
      const screen = await openScreen({ size: [columns, rows], drills });
      screen.type(keys);
      if (next !== undefined) {
        await screen.until(next[0]);
        next[1](screen, drills);
      }
      const text = await screen.until(until);
      for (const fact of facts) expect(text).toMatch(fact);
      expect(text.split('\n').length).toBeLessThanOrEqual(rows);
      if (golden) await expect(`${text}\n`).toMatchFileSnapshot(`drill-${golden}-${columns}x${rows}.txt`);
    });
  }
}

test('without UTF-8 a drill is ASCII, and its writes are still told apart', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ env: { LANG: 'C' }, drills });
  screen.type('!');
  const text = await screen.until(/recovering/);
  expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  expect(text).toMatch(/#{8}\|=\?\?X+\.XX/);
  expect(text).toMatch(/# acknowledged {2}= only some {2}X failed {2}\? outcome unknown {2}\. none {2}\| the fault/);
});

test('without colour nothing of a drill is coloured, and the result reads the same', async () => {
  const frame = async (env: Record<string, string>) => {
    const drills = fakeDrills();
    drills.go(done());
    const screen = await openScreen({ env, drills });
    screen.type('!');
    return { text: await screen.until(/PASSED/), raw: screen.raw() };
  };
  const [plain, colored] = [await frame({ NO_COLOR: '1' }), await frame({})];
  expect(plain.text).toBe(colored.text);
  expect(colored.raw).toMatch(/\x1b\[32m█/);
  expect(plain.raw).not.toMatch(/\x1b\[[\d;]*3[0-7]m/);
});

test('no sentence of a report is coloured: yellow or green words cannot be read on every background', async () => {
  const drills = fakeDrills();
  drills.go(done({ verdict: 'failed', why: 'lost.', systems: [lost] }));
  const screen = await openScreen({ drills });
  screen.type('!');
  await screen.until(/FAILED/);
  const coloured = [...screen.raw().matchAll(/\x1b\[[\d;]*3[1-7]m([^\x1b]*)\x1b/g)].map(([, text]) => text ?? '');
  expect(coloured.length).toBeGreaterThan(5);
  expect(coloured.filter((text) => /[a-z]{3}/.test(text))).toEqual([]);
  expect(report().verdict).toBe('passed');
});
