import process from 'node:process';
import { expect, test } from 'vitest';
import { done, fakeDrills, leftover, notReady, plan, progress } from './fake-drills.ts';
import { openScreen } from './screen.ts';

test('a drill is chosen, confirmed, watched, left, found again, read and dismissed', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  screen.type('!\rpatroni2\r');
  await screen.until(/writing before the fault/);
  expect(drills.asked).toContain('start patroni-leader-kill on patroni2');

  drills.go(progress());
  await screen.until(/12\.3 s since the fault/);
  screen.type('\x1b');
  await screen.until(/1 Containers/);
  expect(screen.text()).toMatch(/drill patroni-leader-kill 12 s/);
  expect(drills.asked).not.toContain('stop');

  screen.type('!');
  await screen.until(/12\.3 s since the fault/);
  screen.type('q');
  await screen.until(/1 Containers/);
  drills.go(done());
  await screen.until(/drill patroni-leader-kill ● passed/);
  screen.type('!');
  await screen.until(/● PASSED/);
  expect(drills.asked).not.toContain('dismiss');
  screen.type('\x1b');
  await screen.until(/Break something/);
  expect(drills.asked).toContain('dismiss');
  await screen.until((text) => !/drill patroni-leader-kill/.test(text.split('\n')[0] ?? ''));
  screen.type('\x1b');
  await screen.until(/1 Containers/);
});

test('in the dialog every printable character is text, and nothing but the name starts it', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  screen.type('!\rq!H/1 ?');
  await screen.until(/> q!H\/1 \?▏/);
  screen.type('\r');
  await screen.until(/that is not patroni2/);
  screen.type('\x15');
  await screen.until(/> ▏$/m);
  expect(screen.text()).not.toMatch(/that is not patroni2/);
  screen.type('patroni23\x7f');
  await screen.until(/> patroni2▏/);
  expect(drills.asked.filter((what) => what.startsWith('start'))).toEqual([]);
  screen.type('\r');
  await screen.until(/writing before the fault/);
});

test('a pasted name, with the line end that came along, is the name', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  screen.type('!\r');
  await screen.until(/> ▏/);
  screen.type('\x1b[200~patroni2\n\x1b[201~');
  await screen.until(/> patroni2 ?▏/);
  screen.type('\r');
  await screen.until(/writing before the fault/);
  expect(drills.asked).toContain('start patroni-leader-kill on patroni2');
});

test('a role that moved starts nothing; the new name starts it on the new one', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  screen.type('!\rpatroni2');
  await screen.until(/> patroni2▏/);
  drills.offer([plan({ on: 'patroni3' })]);
  screen.type('\r');
  await screen.until(/now it is patroni3/);
  screen.type('patroni2\r');
  await screen.until(/that is not patroni3/);
  expect(drills.asked.filter((what) => what.startsWith('start'))).toEqual([]);
  screen.type('\x15patroni3\r');
  await screen.until(/writing before the fault/);
  expect(drills.asked).toContain('start patroni-leader-kill on patroni3');
});

test('what has come to be missing before Enter starts nothing and is said', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  screen.type('!\rpatroni2');
  await screen.until(/> patroni2▏/);
  drills.offer([plan({ missing: ['Sentinel is in TILT'] })]);
  screen.type('\r');
  const text = await screen.until(/It cannot be run now:/);
  expect(text).toMatch(/✖ Sentinel is in TILT/);
  screen.type('\r\x1b');
  await screen.until((shown) => !shown.includes('It cannot be run now'));
  expect(drills.asked.filter((what) => what.startsWith('start'))).toEqual([]);
});

test('why a drill did not start is said where it was asked for', async () => {
  const drills = fakeDrills();
  const refusing = {
    ...drills,
    start() {
      throw new Error('another drill runs');
    },
  };
  const screen = await openScreen({ drills: refusing });
  screen.type('!\rpatroni2\r');
  await screen.until(/> patroni2▏ ✖ another drill runs/);
});

test('the menu looks again when it is opened, moves, and is filtered', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  const before = drills.asked.length;
  screen.type('!');
  await screen.until(/Break something/);
  expect(drills.asked.slice(before)).toEqual(['refresh']);
  screen.type('G');
  await screen.until(/all at once ── cascade/);
  screen.type('k');
  await screen.until(/lose quorum ── etcd-quorum-loss/);
  expect(screen.text()).toMatch(/etcd can lose 1 more, and this takes 2: past that on purpose/);
  screen.type('/redis\r');
  await screen.until(/kill master ── redis-master-kill/);
  expect(screen.text()).not.toMatch(/switch over +patroni2/);
  screen.type('\r');
  await screen.until(/Type redis1 and press Enter/);
});

test('a view scrolls where not all of it fits, and goes back to its beginning', async () => {
  const drills = fakeDrills();
  drills.go(done());
  const screen = await openScreen({ size: [60, 15], drills });
  screen.type('!');
  await screen.until(/PASSED/);
  screen.type('G');
  await screen.until(/patroni2 streams again/);
  expect(screen.text()).not.toMatch(/PASSED/);
  screen.type('g');
  await screen.until(/PASSED/);
});

test('H asks, heals what is left, and says what was done', async () => {
  const drills = fakeDrills({ heals: ['patroni2 runs again (unpaused)'] });
  drills.leave([leftover]);
  const screen = await openScreen({ drills });
  expect(screen.text()).toMatch(/▲ 1 fault left from an earlier run: H heals/);
  screen.type('H');
  await screen.until(/pause of patroni2, by patroni-leader-pause, 5m ago/);
  expect(drills.asked).not.toContain('heal');
  screen.type('\r');
  await screen.until(/· patroni2 runs again \(unpaused\)/);
  expect(screen.text()).not.toMatch(/left from an earlier run/);
  screen.type('\r');
  await screen.until((text) => !text.includes('Heal now'));
});

test('H while a drill runs ends it first', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ drills });
  screen.type('H');
  await screen.until(/The drill patroni-leader-kill runs; it is ended and healed\./);
  screen.type('\r');
  await screen.until(/healing …/);
  expect(drills.asked.slice(-1)).toEqual(['stop']);
  drills.stopped();
  await screen.until(/The drill patroni-leader-kill was ended and healed\./);
  expect(drills.asked.indexOf('heal')).toBeGreaterThan(drills.asked.indexOf('stop'));
});

test('without drills there is no such key: neither matched nor shown anywhere', async () => {
  const screen = await openScreen({ readOnly: true });
  expect(screen.text()).not.toMatch(/! break/);
  screen.type('!H?');
  const help = await screen.until(/Everywhere/);
  expect(help).not.toMatch(/Break something|Undo every fault|In the drills/);
  screen.type('?:break');
  await screen.until(/no command matches/);
});

test('with drills the same places show them', async () => {
  const screen = await openScreen({ size: [120, 70], drills: fakeDrills() });
  expect(screen.text()).toMatch(/! break/);
  screen.type('?');
  expect(await screen.until(/Everywhere/)).toMatch(/! +Break something[\s\S]*H +Undo every fault[\s\S]*In the drills/);
  screen.type('?:break some\r');
  await screen.until(/Break something ── 10 drills/);
});

test('q at the root asks while a drill runs; Esc goes back, q again heals and then quits', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ drills });
  screen.type('q');
  await screen.until(/q again heals and quits, Esc goes back/);
  screen.type('\x1b');
  await screen.until((text) => !text.includes('q again'));
  screen.type('qq');
  await screen.until(/▲ healing, at most 15 s; Ctrl\+C again leaves it to the dead-man/);
  // Impatience with q is not an order to leave a fault behind.
  screen.type('q');
  drills.go(progress({ stage: 'healing', waitsFor: 'patroni2 to stream again' }));
  await screen.until(/drill patroni-leader-kill/);
  expect(screen.leftovers()).toContain('alternate screen');
  drills.stopped();
  expect(await screen.ended).toBe(0);
  expect(drills.asked.filter((what) => what === 'stop')).toHaveLength(1);
});

test('q quits at once when the drill is over', async () => {
  const drills = fakeDrills();
  drills.go(done());
  const screen = await openScreen({ drills });
  screen.type('q');
  expect(await screen.ended).toBe(0);
  expect(drills.asked).not.toContain('stop');
});

test('Ctrl+C heals first, at most 15 s', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ drills });
  let ended = false;
  void screen.ended.then(() => {
    ended = true;
  });
  screen.type('\x03');
  await screen.until(/healing, at most 15 s/);
  screen.pass(14_900);
  await screen.until(/drill patroni-leader-kill 27 s/);
  expect(ended).toBe(false);
  screen.pass(200);
  expect(await screen.ended).toBe(0);
});

test('a second Ctrl+C ends at once', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ drills });
  screen.type('\x03');
  await screen.until(/healing, at most 15 s/);
  screen.type('\x03');
  expect(await screen.ended).toBe(0);
});

for (const [signal, code] of [
  ['SIGTERM', 143],
  ['SIGHUP', 129],
] as const) {
  test(`${signal} heals first, and ends as it always does`, async () => {
    const drills = fakeDrills();
    drills.go(progress());
    const screen = await openScreen({ drills });
    process.emit(signal, signal);
    await screen.until(/healing, at most 15 s/);
    drills.stopped();
    expect(await screen.ended).toBe(code);
  });
}

test('a terminal that is gone, in all the ways in which it says so, still heals', async () => {
  const drills = fakeDrills();
  drills.go(progress());
  const screen = await openScreen({ drills });
  process.emit('SIGHUP', 'SIGHUP');
  screen.stdin.end();
  screen.stdout.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }));
  let ended = false;
  void screen.ended.then(() => {
    ended = true;
  });
  await expect.poll(() => drills.asked.filter((what) => what === 'stop')).toHaveLength(1);
  expect(ended).toBe(false);
  drills.stopped();
  expect(await screen.ended).toBe(129);
});

test('there is a timer for drills only while one runs, and it draws four times a second at most', async () => {
  const drills = fakeDrills();
  const screen = await openScreen({ drills });
  const idle = screen.timers();
  screen.type('!');
  await screen.until(/Break something/);
  expect(screen.timers()).toBe(idle);
  screen.type('q');
  await screen.until(/1 Containers/);

  drills.go(progress());
  screen.type('!');
  await screen.until(/12\.3 s since the fault/);
  expect(screen.timers()).toBe(idle + 1);
  const drawn = screen.raw().length;
  for (let round = 0; round < 20; round += 1) drills.go(progress({ waitsFor: `round ${round}` }));
  screen.pass(240);
  await Promise.resolve();
  expect(screen.raw().length).toBe(drawn);
  screen.pass(10);
  await screen.until(/12\.6 s since the fault/);
  expect(screen.text()).toMatch(/waits for round 19/);

  drills.go(done());
  await screen.until(/PASSED/);
  expect(screen.timers()).toBe(idle);
});

test('a drill that cannot be run is told apart in the list', async () => {
  const screen = await openScreen({ drills: fakeDrills({ plans: [plan(), notReady] }) });
  screen.type('!');
  const text = await screen.until(/Break something ── 2 drills/);
  expect(text).toMatch(/switch over .*✖ no │/);
});
