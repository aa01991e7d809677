import process from 'node:process';
import { expect, test } from 'vitest';
import { StackError } from '../../source/stack/errors.ts';
import { having, healthySnapshot, now, stopped } from '../helpers/snapshots.ts';
import { done, fakeActions, leaderPreview, planPreview, preview, progress, settingPreview } from './fake-actions.ts';
import { progress as drillProgress, fakeDrills, leftover } from './fake-drills.ts';
import { openScreen, viewOf } from './screen.ts';

const started = (asked: readonly string[]) => asked.filter((what) => what.startsWith('start'));

test('an action is chosen from the menu, confirmed, watched, left, found again, read and dismissed', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('3x');
  await screen.until(/Actions ── patroni1/);
  screen.type('restart\r');
  await screen.until(/› restart it/);
  expect(actions.asked).toEqual(['preview container.restart patroni1']);
  screen.type('\r');
  await screen.until(/runs for 0 s: Esc leaves it running/);
  expect(actions.asked).toContain('start container.restart patroni1: go');

  actions.go(progress({ steps: [{ at: 0, text: 'patroni1 stops' }] }, 3_000));
  await screen.until(/patroni1 stops/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('runs for') && /minimal 3 s/.test(text));
  expect(actions.asked).not.toContain('stop');
  screen.type('x');
  await screen.until(/runs for 3 s/);
  screen.type('x');
  await screen.until((text) => !text.includes('runs for'));

  actions.go(done());
  await screen.until(/minimal ✔ done/);
  screen.type('P');
  await screen.until(/✔ Done after/);
  expect(actions.asked).not.toContain('dismiss');
  screen.type('\x1b');
  await screen.until((text) => !text.includes('minimal'));
  expect(actions.asked).toContain('dismiss');
  screen.type('x');
  await screen.until(/Actions ── patroni1/);
});

test('r and S ask at once about the selection; S stops what runs and starts what is stopped', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions, view: viewOf(having(healthySnapshot(), stopped('etcd2'))) });
  screen.type('2r');
  await screen.until(/Restart ── etcd1 \(paws-etcd1-1\)/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Restart ──'));
  screen.type('S');
  await screen.until(/Stop ── etcd1/);
  screen.type('n');
  await screen.until((text) => !text.includes('Stop ──'));
  screen.type('jS');
  await screen.until(/Start ── etcd2/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Start ──'));
  screen.type('r');
  await screen.until(/It cannot be done now:/);
  expect(screen.text()).toMatch(/✖ it does not run/);
  expect(started(actions.asked)).toEqual([]);
});

test('a choice is taken with Enter or y, and left with n or Esc', async () => {
  const actions = fakeActions();
  actions.foresee(leaderPreview);
  const screen = await openScreen({ actions });
  screen.type('3jr');
  await screen.until(/› switch over first/);
  screen.type('\x1b[B');
  await screen.until(/› restart at once/);
  screen.type('n');
  await screen.until((text) => !text.includes('Restart ──'));
  expect(started(actions.asked)).toEqual([]);
  screen.type('r');
  await screen.until(/› switch over first/);
  screen.type('y');
  await screen.until(/runs for 0 s/);
  expect(started(actions.asked)).toEqual(['start container.restart patroni2: switchover']);
});

test('the choice to leave it does nothing', async () => {
  const actions = fakeActions();
  actions.foresee(leaderPreview);
  const screen = await openScreen({ actions });
  screen.type('3jr');
  await screen.until(/› switch over first/);
  screen.type('jj');
  await screen.until(/› leave it as it is/);
  screen.type('\r');
  await screen.until((text) => !text.includes('Restart ──'));
  expect(started(actions.asked)).toEqual([]);
});

test('what destroys wants the name, and every printable character is text, also while it is looked', async () => {
  const actions = fakeActions();
  const looked = Promise.withResolvers<ReturnType<typeof preview>>();
  actions.foresee(looked.promise);
  const screen = await openScreen({ actions });
  screen.type('3xreini\r');
  await screen.until(/looking …/);
  screen.type('nyq x');
  await screen.until(/> nyq x▏/);
  screen.type('\r');
  looked.resolve(preview({ choices: [{ id: 'go', label: 'reinitialise it' }] }));
  await screen.until(/› reinitialise it/);
  screen.type('\r');
  await screen.until(/that is not patroni1; nothing was started/);
  screen.type('\x15');
  await screen.until((text) => !text.includes('that is not'));
  screen.type('patroni1\r');
  await screen.until(/runs for 0 s/);
  expect(started(actions.asked)).toEqual(['start patroni.reinitialise patroni1: go']);
});

test('several that are destroyed are counted aloud', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('4j  xremove\r');
  await screen.until(/Remove ── redis2 and redis3/);
  await screen.until(/Type remove 2 and press Enter/);
  screen.type('redis2\r');
  await screen.until(/that is not remove 2/);
  screen.type('\x15remove 2\r');
  await screen.until(/runs for 0 s/);
  expect(started(actions.asked)).toEqual(['start container.remove redis2 redis3: go']);
});

test('a setting is typed, its diff shown, and sent; Esc goes back to what was typed', async () => {
  const actions = fakeActions();
  actions.foresee(settingPreview);
  const screen = await openScreen({ actions });
  screen.type('3xedit set\r');
  await screen.until(/Setting and value/);
  screen.type('\r');
  await screen.until(/✖ nothing was typed/);
  screen.type('work_mem=8MB\r');
  await screen.until(/› send it/);
  screen.type('\x1b');
  await screen.until(/> work_mem=8MB▏/);
  screen.type('\x15max_connections=100\r');
  await screen.until(/› send it/);
  screen.type('\r');
  await screen.until(/runs for 0 s/);
  expect(actions.asked).toEqual([
    'preview patroni.setting patroni "work_mem=8MB"',
    'preview patroni.setting patroni "max_connections=100"',
    'start patroni.setting patroni "max_connections=100": go',
  ]);
});

test('what has changed since the person looked starts nothing, is shown, and asked anew', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('3r');
  await screen.until(/› restart it/);
  screen.type('\r');
  await screen.until(/runs for 0 s/);
  actions.go(progress({ stage: 'failed', endedAt: 0, result: 'roles have moved', fresh: leaderPreview }));
  const text = await screen.until(/▲ Things have moved since you looked, so nothing was started/);
  expect(text).toMatch(/Restart ── patroni1/);
  expect(text).toMatch(/patroni2 leads: writes stop/);
  expect(actions.asked).toContain('dismiss');
  screen.type('\r');
  await screen.until(/runs for 0 s/);
  expect(started(actions.asked)).toEqual([
    'start container.restart patroni1: go',
    'start container.restart patroni1: switchover',
  ]);
});

test('why an action did not start is said where it was asked for, and so is why nothing is known of it', async () => {
  const actions = fakeActions();
  actions.refuse(new StackError('precondition', 'restart still runs'));
  const screen = await openScreen({ actions });
  screen.type('3r');
  await screen.until(/› restart it/);
  screen.type('\r');
  await screen.until(/▲ restart still runs/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Restart ──'));
  actions.foresee(Promise.reject(new StackError('unreachable', 'patroni1 does not answer')));
  screen.type('r');
  await screen.until(/✖ patroni1 does not answer/);
  screen.type('\r');
  expect(started(actions.asked)).toEqual([]);
});

test('an answer that comes after the dialog was closed changes nothing', async () => {
  const actions = fakeActions();
  const looked = Promise.withResolvers<ReturnType<typeof preview>>();
  actions.foresee(looked.promise);
  const screen = await openScreen({ actions });
  screen.type('3r');
  await screen.until(/looking …/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('looking'));
  actions.foresee(leaderPreview);
  screen.type('jr');
  await screen.until(/› switch over first/);
  looked.resolve(preview());
  await looked.promise;
  screen.type('\x1b[B');
  await screen.until(/Restart ── patroni2[\s\S]*› restart at once/);
});

test('P reads the profiles anew, and its dialog is the plan; a long one scrolls under what it asks', async () => {
  const actions = fakeActions();
  actions.foresee(planPreview);
  const screen = await openScreen({ size: [60, 15], actions });
  screen.type('P');
  await screen.until(/profile +minimal/);
  expect(actions.asked).toEqual(['refresh']);
  screen.type('mini\r');
  await screen.until(/› change to minimal/);
  expect(screen.text()).toMatch(/more lines: PgDn/);
  screen.type('\x1b[6~\x1b[6~\x1b[6~\x1b[6~');
  await screen.until(/13\. until the verdict is ok/);
  expect(screen.text()).toMatch(/› change to minimal/);
  screen.type('\x1b[5~\x1b[5~\x1b[5~\x1b[5~');
  await screen.until(/▲ patroni1 takes over from patroni2/);
  screen.type('\r');
  await screen.until(/runs for 0 s/);
  expect(started(actions.asked)).toEqual(['start profile.minimal paws: go']);
});

test('while the profiles are read, and where there are none, that is said', async () => {
  const actions = fakeActions();
  const reading = Promise.withResolvers<void>();
  const screen = await openScreen({ actions: { ...actions, refresh: () => reading.promise } });
  screen.type('P');
  await screen.until(/reading the profiles of the compose file …/);
  reading.reject(new StackError('precondition', 'the containers do not say which compose file made them'));
  await screen.until(/the containers do not say which compose file made them/);
  expect(screen.text()).toMatch(/stack +Pause everything/);
});

test('steps scroll, and the newest one is in sight again at the end', async () => {
  const actions = fakeActions();
  actions.go(progress());
  const screen = await openScreen({ size: [60, 15], actions });
  screen.type('x');
  await screen.until(/\+11\.6 s/);
  screen.type('g');
  await screen.until(/\+0\.0 s +patroni1 is made sync standby/);
  expect(screen.text()).not.toMatch(/\+11\.6 s/);
  screen.type('G');
  await screen.until(/\+11\.6 s/);
  actions.go(progress({ steps: [...progress().steps, { at: progress().startedAt + 12_000, text: 'nearly there' }] }));
  await screen.until(/nearly there/);
});

test('S stops what runs at its next safe point', async () => {
  const actions = fakeActions();
  actions.go(progress());
  const screen = await openScreen({ actions });
  screen.type('x');
  await screen.until(/S stop it/);
  screen.type('S');
  await screen.until(/stops at the next safe point/);
  expect(actions.asked).toEqual(['stop']);
  actions.go(done({ stage: 'failed', result: 'stopped; nothing was changed' }));
  await screen.until(/✖ Failed after 12 s: stopped/);
  expect(screen.text()).not.toMatch(/S stop it/);
});

test('the palette knows actions on everybody, and profiles', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type(':restart patroni2');
  await screen.until(/restart patroni2/);
  screen.type('\r');
  await screen.until(/Restart ── patroni2/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Restart ──'));
  screen.type(':rolling\r');
  await screen.until(/Rolling restart ── Patroni cluster/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Rolling'));
  screen.type(':minimal');
  await screen.until(/profile minimal paws/);
  screen.type('\r');
  await screen.until(/Profile minimal ── paws/);
});

test('Space marks and goes on, also across a filter; Esc unmarks after the filter; who has gone is no longer marked', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('4  ');
  await screen.until(/2 marked/);
  screen.type('k ');
  await screen.until(/1 marked/);
  screen.type('/sentinel\r ');
  await screen.until(/2 marked filter sentinel/);
  screen.type('x');
  await screen.until(/Actions ── 2 marked: redis1 and sentinel1/);
  expect(screen.text()).not.toMatch(/Sentinel +Reset/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Actions ──'));
  screen.type('\x1b');
  await screen.until((text) => !text.includes('filter sentinel') && /2 marked/.test(text));
  const without = healthySnapshot();
  screen.show(viewOf({ ...without, sentinel: null, containers: without.containers.slice(0, 9) }));
  await screen.until(/1 marked/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('marked'));
});

test('marks have served once the action has started', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('2  r');
  await screen.until(/› restart it/);
  screen.type('\r');
  await screen.until((text) => /runs for 0 s/.test(text) && !text.includes('marked'));
  expect(started(actions.asked)).toEqual(['start container.restart etcd1 etcd2: go']);
});

test('an action and a drill exclude one another, and each says why', async () => {
  const actions = fakeActions();
  const drills = fakeDrills();
  const screen = await openScreen({ actions, drills });
  screen.type('3r');
  await screen.until(/› restart it/);
  drills.go(drillProgress());
  screen.type('\r');
  await screen.until(/▲ the drill patroni-leader-kill runs: wait until it is healed/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Restart ──'));
  screen.type('r');
  await screen.until(/✖ the drill patroni-leader-kill runs/);
  expect(started(actions.asked)).toEqual([]);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('Restart ──'));

  drills.go(null);
  actions.go(progress());
  screen.type('!\rpatroni2');
  await screen.until(/> patroni2▏/);
  screen.type('\r');
  await screen.until(/✖ "profile minimal" runs: x shows it/);
  expect(started(drills.asked)).toEqual([]);
});

test('what a change that was cut short has left is told, and not while one runs', async () => {
  const actions = fakeActions();
  const drills = fakeDrills({ heals: ['the settings of Patroni are as before'] });
  drills.leave([{ ...leftover, drill: 'action', what: 'change of profile to minimal' }]);
  const screen = await openScreen({ actions, drills });
  expect(screen.text()).toMatch(/▲ 1 change left unfinished: H puts it right, then begin anew/);
  actions.go(progress());
  await screen.until((text) => !text.includes('left unfinished'));
  actions.go(null);
  screen.type('H');
  await screen.until(/▲ change of profile to minimal, by action, 5m ago/);
});

test('q at the root asks while an action runs; Esc goes back, q again lets it reach a safe point and quits', async () => {
  const actions = fakeActions();
  actions.go(progress());
  const screen = await openScreen({ actions });
  screen.type('q');
  await screen.until(/q again has it go on to its next safe point/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('q again'));
  screen.type('qq');
  await screen.until(/▲ going on to the next safe point, at most 15 s/);
  expect(actions.asked).toEqual(['stop']);
  actions.go(
    progress({ stage: 'failed', endedAt: progress().startedAt + 13_000, result: 'stopped: redis2 and redis3 left' }),
  );
  actions.stopped();
  expect(await screen.ended).toBe(0);
  // The shell says what came of it, since nobody can look at the screen any more.
  expect(screen.errors()).toBe('paws-top: profile minimal: stopped: redis2 and redis3 left\n');
});

test('Ctrl+C waits for a safe point, at most 15 s, and a second one does not', async () => {
  const actions = fakeActions();
  actions.go(progress());
  const screen = await openScreen({ actions });
  screen.type('\x03');
  await screen.until(/going on to the next safe point/);
  expect(actions.asked).toEqual(['stop']);
  screen.type('\x03');
  expect(await screen.ended).toBe(0);
  expect(screen.errors()).toBe(
    'paws-top: profile minimal was ended halfway: `paws-top status` says how the stack is\n',
  );
});

test('SIGTERM waits for a safe point too', async () => {
  const actions = fakeActions();
  actions.go(progress());
  const screen = await openScreen({ actions });
  process.emit('SIGTERM', 'SIGTERM');
  await screen.until(/going on to the next safe point/);
  actions.stopped();
  expect(await screen.ended).toBe(143);
});

test('q quits at once when the action is over', async () => {
  const actions = fakeActions();
  actions.go(done());
  const screen = await openScreen({ actions });
  screen.type('q');
  expect(await screen.ended).toBe(0);
  expect(actions.asked).not.toContain('stop');
});

test('without actions there is no such key: neither matched nor shown anywhere', async () => {
  const screen = await openScreen({ readOnly: true });
  const before = screen.text();
  screen.type('xrSPeE ');
  screen.type('?');
  const help = await screen.until(/Everywhere/);
  expect(help).not.toMatch(/marked rows|Restart the container|Change the profile|shell in/);
  expect(before).not.toMatch(/x actions|P profile/);
  screen.type('?:restart');
  expect(await screen.until(/: restart▏/)).not.toMatch(/restart (etcd1|the container)|Restart/);
});

test('nothing is asked of the actions, and no timer runs for them, while none of their layers is open', async () => {
  let asked = 0;
  const actions = fakeActions();
  const counting = {
    ...actions,
    list: () => {
      asked += 1;
      return actions.list();
    },
  };
  const screen = await openScreen({ actions: counting });
  const idle = screen.timers();
  screen.show(viewOf({ ...healthySnapshot(), at: healthySnapshot().at + 1_000 }));
  await screen.until(/21:04:12/);
  expect(asked).toBe(0);
  actions.go(progress());
  await screen.until(/minimal 13 s/);
  expect(screen.timers()).toBe(idle);
});

test('nothing can be done while the engine does not answer, nor when it goes while one looks at a dialog', async () => {
  const actions = fakeActions();
  const screen = await openScreen({ actions });
  screen.type('3r');
  await screen.until(/› restart it/);
  screen.show(
    viewOf(healthySnapshot({ engine: { state: 'reconnecting', version: '20.10', since: now, problem: null } })),
  );
  await screen.until(/engine lost/);
  screen.type('\r');
  await screen.until(/▲ the container engine does not answer/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('› restart it'));
  screen.type('x');
  await screen.until(/Restart +not now: the container engine does not answer/);
  expect(started(actions.asked)).toEqual([]);
});
