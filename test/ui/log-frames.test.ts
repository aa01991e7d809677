import { expect, test } from 'vitest';
import type { Finder } from '../../source/logs/types.ts';
import { fakeLogs } from '../screens/fake-logs.ts';
import { openScreen, viewOf } from '../screens/screen.ts';

const line = (number: number) => ({ ago: 1_000 - number, service: 'etcd1', text: `line ${number}.` });
const questions = (raw: string): number => raw.split('\x1b[5n').length - 1;

async function opened() {
  const logs = fakeLogs([line(0)]);
  const screen = await openScreen({ logs });
  return { logs, screen, asked: () => questions(screen.raw()) };
}

test('the terminal is asked after frames of a log, and of nothing else', async () => {
  const { screen, asked } = await opened();
  screen.show(viewOf());
  screen.type('jk');
  await screen.until(/Containers/);
  expect(asked()).toBe(0);

  screen.type('l');
  await screen.until(/line 0\./);
  await expect.poll(asked).toBeGreaterThan(0);

  screen.type('l');
  await screen.until(/Containers ──/);
  // With the next frame on screen, what followed the log's last one is out.
  screen.type('?');
  await screen.until(/Everywhere/);
  const before = asked();
  screen.type('?');
  await screen.until(/Containers ──/);
  screen.type('jjk');
  screen.show(viewOf());
  screen.type('?');
  await screen.until(/Everywhere/);
  expect(asked()).toBe(before);
});

test('lines that come in quick succession are one frame, 120 ms after the one before', async () => {
  const { logs, screen, asked } = await opened();
  screen.type('l');
  await screen.until(/line 0\./);
  screen.pass(1_000);
  logs.put([line(1)]);
  await screen.until(/line 1\./);
  // Time that passes before the answer would count as the link's.
  const isAsked = () => screen.raw().lastIndexOf('\x1b[5n') > screen.raw().lastIndexOf('line 1.');
  await expect.poll(() => isAsked() && asked() === screen.replies(), { timeout: 3_000 }).toBe(true);
  const timers = screen.timers();
  for (let number = 2; number < 50; number += 1) logs.put([line(number)]);
  screen.pass(119);
  expect(screen.timers()).toBe(timers + 1);
  screen.pass(1);
  await screen.until(/line 49\./);
  await expect.poll(() => screen.timers()).toBe(timers);
});

test('an Esc is an Esc, whatever the terminal answers right behind it', async () => {
  const { screen } = await opened();
  screen.type('l');
  await screen.until(/line 0\./);
  screen.type('\x1b\x1b[0n');
  await screen.until(/Containers ──/);
});

test('what reads the terminal is left as it was', async () => {
  const { screen } = await opened();
  screen.type('l');
  await screen.until(/line 0\./);
  expect(Object.hasOwn(screen.stdin, 'read')).toBe(true);
  screen.type('\x03');
  expect(await screen.ended).toBe(0);
  expect(Object.hasOwn(screen.stdin, 'read')).toBe(false);
});

test('the answer to a search is drawn as soon as it comes', async () => {
  const logs = fakeLogs([line(0)]);
  const listeners = new Set<() => void>();
  let caughtUp = false;
  const finder: Finder = {
    ...logs.finder,
    get state() {
      const { state } = logs.finder;
      return state && { ...state, hits: caughtUp ? state.hits : 0, caughtUp };
    },
    subscribe(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
  const screen = await openScreen({ logs: { ...logs, finder } });
  screen.type('l');
  await screen.until(/line 0\./);
  screen.type('/line');
  await screen.until(/\/line▏/);
  await expect.poll(() => listeners.size).toBe(1);
  caughtUp = true;
  for (const listener of listeners) listener();
  await screen.until(/1 hit/);
  expect(listeners.size).toBe(0);
});
