import { setImmediate } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import type { View } from '../../source/monitor/types.ts';
import { openScreen, viewOf } from '../screens/screen.ts';

describe('every way out restores the terminal and tells why', () => {
  test('q', async () => {
    const screen = await openScreen();
    expect(screen.leftovers()).toContain('alternate screen');
    screen.type('q');
    expect(await screen.ended).toBe(0);
    await settled(screen);
  });

  test('Ctrl+C, also while typing', async () => {
    const screen = await openScreen();
    screen.type('/abc\x03');
    expect(await screen.ended).toBe(0);
    await settled(screen);
  });

  test('an error while drawing, which is then printed', async () => {
    const screen = await openScreen();
    screen.show({ ...viewOf(), report: null } as unknown as View);
    expect(await screen.ended).toBe(1);
    await settled(screen);
    expect(screen.errors()).toMatch(/TypeError/);
  });

  test('the input ends', async () => {
    const screen = await openScreen();
    screen.stdin.end();
    expect(await screen.ended).toBe(129);
  });

  test('the terminal is gone', async () => {
    const screen = await openScreen();
    screen.stdout.emit('error', Object.assign(new Error('write EIO'), { code: 'EIO' }));
    expect(await screen.ended).toBe(129);
    expect(screen.errors()).toBe('');
  });
});

test('TERM=dumb gets one line and no screen', async () => {
  await expect(openScreen({ env: { TERM: 'dumb' } })).rejects.toThrow(/TERM=dumb.*paws-top status/);
});

test('the first frame comes before anything else is started', async () => {
  const screen = await openScreen({ view: null });
  expect(screen.text()).toMatch(/1 Containers/);
  expect(screen.calls.firstFrame).toBe(1);
});

test('fetch is back once ink is loaded', async () => {
  await openScreen();
  expect(typeof globalThis.fetch).toBe('function');
});

test('listeners on the process are gone afterwards', async () => {
  const events = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT', 'SIGCONT', 'uncaughtException', 'unhandledRejection'];
  const counts = () => events.map((event) => process.listenerCount(event));
  // Those of the test before go with the next turn of the event loop.
  await setImmediate();
  const before = counts();
  const screen = await openScreen();
  expect(counts()).not.toEqual(before);
  screen.type('q');
  await screen.ended;
  await expect.poll(counts).toEqual(before);
});

/** What is written at the end has reached the emulator. */
async function settled(screen: Awaited<ReturnType<typeof openScreen>>): Promise<void> {
  await expect.poll(() => screen.leftovers()).toEqual([]);
}
