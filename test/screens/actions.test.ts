import { expect, test } from 'vitest';
import type { ActionProgress } from '../../source/actions/types.ts';
import { having, healthySnapshot, stopped } from '../helpers/snapshots.ts';
import {
  done,
  type FakeActions,
  fakeActions,
  leaderPreview,
  planPreview,
  preview,
  progress,
  settingPreview,
} from './fake-actions.ts';
import { openScreen, type TestScreen, viewOf } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
] as const;

type Situation = {
  readonly name: string;
  readonly prepare?: (actions: FakeActions) => void;
  /** What runs, or has run, when the screen is opened. */
  readonly running?: ActionProgress;
  readonly keys: string;
  /** What happens next, once this shows. */
  readonly next?: readonly [shown: RegExp, act: (screen: TestScreen, actions: FakeActions) => void];
  readonly until: RegExp;
  /** What can be read at every size. */
  readonly facts: readonly RegExp[];
  /** Kept as a file, to be looked at. */
  readonly golden?: string;
};

const situations: readonly Situation[] = [
  {
    name: 'marked rows',
    keys: '3 j ',
    until: /2 marked/,
    facts: [/\*patroni1 /, /\*patroni3 /, /[ │]patroni2 ★/],
    golden: 'marks',
  },
  {
    name: 'what can be done to a member',
    keys: '3jx',
    until: /Actions ── patroni2/,
    facts: [
      /container +Restart/,
      /member +Reinitialise +not now: it leads/,
      /Patroni +Edit a setting/,
      /Start .*not now/,
    ],
    golden: 'menu',
  },
  {
    name: 'the profiles',
    keys: 'P',
    until: /profile +minimal(?![\s\S]*reading the)/,
    facts: [/Profiles ── paws/, /full +13 cont.*● runs now/, /stack +Pause everything/, /5 containers, 1\d\dM/],
    golden: 'profiles',
  },
  {
    name: 'a dialog with choices',
    prepare: (actions) => actions.foresee(leaderPreview),
    keys: '3jr',
    next: [/› switch over first/, (screen) => screen.type('\x1b[B')],
    until: /› restart at once/,
    facts: [
      /Restart ── patroni2 \(paws-patroni2-1\)/,
      /▲ patroni2 leads: writes stop for about 3 s/,
      /leave it as it is/,
    ],
    golden: 'choices',
  },
  {
    name: 'what has to be typed first',
    keys: '3xedit set\r',
    until: /max_connections=100/,
    facts: [/Edit a setting ── Patroni cluster/, /Setting and value/, /> ▏/],
    golden: 'ask',
  },
  {
    name: 'a dialog with a diff',
    prepare: (actions) => actions.foresee(settingPreview),
    keys: '3xedit set\rmax_connections=100\r',
    until: /› send it/,
    facts: [/- +max_connections: 50/, /\+ +max_connections: 100/, /sends +PATCH http/],
    golden: 'diff',
  },
  {
    name: 'a dialog that wants the name',
    prepare: (actions) =>
      actions.foresee(
        preview({
          effects: ['patroni1 throws its data away and copies 30M from patroni2; until then only patroni3 confirms.'],
          literal: ['POST http://172.28.2.1:8008/reinitialize {"force":true}'],
          choices: [{ id: 'go', label: 'reinitialise it' }],
        }),
      ),
    keys: '3xreini\rpatroni',
    next: [/› reinitialise it/, () => {}],
    until: /> patroni▏/,
    facts: [/Reinitialise ── patroni1/, /✖ patroni1 throws its data away/, /Type patroni1 and press Enter:/],
    golden: 'destroys',
  },
  {
    name: 'a wrong name',
    keys: '3xreini\rpatroni2',
    next: [/› restart it/, (screen) => screen.type('\r')],
    until: /> patroni2▏ ✖ that is not patroni1; nothing was started/,
    facts: [/Type patroni1/],
  },
  {
    name: 'what is being looked at',
    prepare: (actions) => actions.foresee(Promise.withResolvers<never>().promise),
    keys: '3r',
    until: /looking …/,
    facts: [/Restart ── patroni1/],
  },
  {
    name: 'what cannot be done after all',
    prepare: (actions) => actions.foresee(preview({ refused: 'nobody could take over: patroni1 and patroni3 lag' })),
    keys: '3r',
    until: /It cannot be done now:/,
    facts: [/✖ nobody could take over/],
  },
  {
    name: 'the plan of a profile',
    prepare: (actions) => actions.foresee(planPreview),
    keys: 'P',
    next: [/minimal/, (screen) => screen.type('mini\r')],
    until: /› change to minimal/,
    facts: [/Profile minimal ── paws/, /▲ patroni1 takes over from patroni2: writes to Postgres/],
    golden: 'plan',
  },
  {
    name: 'an action that runs',
    running: progress(),
    keys: 'x',
    until: /runs for 12 s/,
    facts: [/Profile minimal ── paws/, /\+11\.6 s +patroni3 is stopped and removed/, /minimal 12 s/],
    golden: 'running',
  },
  {
    name: 'an action that stops',
    running: progress({ stage: 'stopping' }),
    keys: 'P',
    until: /stops at the next safe point, 12 s so far/,
    facts: [/\+11\.6 s/],
  },
  {
    name: 'an action that is done',
    running: done(),
    keys: 'x',
    until: /✔ Done after 12 s: minimal runs/,
    facts: [/minimal ✔ done/],
    golden: 'done',
  },
  {
    name: 'an action that failed',
    running: done({
      stage: 'failed',
      steps: progress().steps.slice(0, 2),
      result:
        'not within 30 s: patroni1 leads instead of patroni2. Nothing was stopped; running it again goes on from here.',
    }),
    keys: 'x',
    until: /✖ Failed after 12 s: not within 30 s/,
    facts: [/minimal ✖ failed/, /\+4\.1 s +patroni1 takes over/],
    golden: 'failed',
  },
  {
    name: 'the question before quitting while an action runs',
    running: progress(),
    keys: 'q',
    until: /An action runs ── profile minimal/,
    facts: [/q again has it go on to its next safe point/],
  },
];

for (const [columns, rows] of sizes) {
  for (const { name, running, prepare, keys, next, until, facts, golden } of situations) {
    test(`${name}, at ${columns}×${rows}`, async () => {
      const actions = fakeActions();
      prepare?.(actions);
      actions.go(running ?? null);
      const screen = await openScreen({ size: [columns, rows], actions });
      screen.type(keys);
      if (next !== undefined) {
        await screen.until(next[0]);
        next[1](screen, actions);
      }
      const text = await screen.until(until);
      for (const fact of facts) expect(text).toMatch(fact);
      expect(text.split('\n').length).toBeLessThanOrEqual(rows);
      if (golden) await expect(`${text}\n`).toMatchFileSnapshot(`action-${golden}-${columns}x${rows}.txt`);
    });
  }
}

test('of several who are meant, those on whom it cannot be done are named and left out', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions, view: viewOf(having(healthySnapshot(), stopped('etcd2'))) });
  screen.type('2  xrestart');
  await screen.until(/Actions ── 2 marked: etcd1 and etcd2/);
  expect(screen.text()).toMatch(/Not etcd2: it does not run\./);
  screen.type('\r');
  await screen.until(/Restart ── etcd1 \(paws-etcd1-1\)/);
  expect(await screen.until(/› restart it/)).toMatch(/▲ Not etcd2: it does not run\./);
  expect(actions.asked).toContain('preview container.restart etcd1');
});

test('without UTF-8 actions are ASCII, and marks and outcomes still show', async () => {
  const actions = fakeActions();
  actions.go(done());
  const screen = await openScreen({ env: { LANG: 'C' }, actions });
  screen.type('1 x');
  const text = await screen.until(/Done after/);
  expect(text).not.toMatch(/[^\x20-\x7e\n]/);
  expect(text).toMatch(/\+ Done after 12 s/);
  expect(text).toMatch(/\*etcd1 /);
});

test('without colour nothing of a dialog is coloured, and it reads the same', async () => {
  const frame = async (env: Record<string, string>) => {
    const actions = fakeActions();
    actions.foresee(settingPreview);
    const screen = await openScreen({ env, actions });
    screen.type('3xedit set\rmax_connections=100\r');
    return { text: await screen.until(/› send it/), raw: screen.raw() };
  };
  const [plain, coloured] = [await frame({ NO_COLOR: '1' }), await frame({})];
  expect(plain.text).toBe(coloured.text);
  expect(coloured.raw).toMatch(/\x1b\[32m\+/);
  expect(plain.raw).not.toMatch(/\x1b\[[\d;]*3[0-7]m/);
  const words = [...coloured.raw.matchAll(/\x1b\[[\d;]*3[1-7]m([^\x1b]*)\x1b/g)].map(([, text]) => text ?? '');
  expect(words.filter((text) => /[a-z]{3}/.test(text))).toEqual([]);
});
