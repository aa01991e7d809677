import { expect, test } from 'vitest';
import type { DrillProgress } from '../../source/drills/types.ts';
import { done, type FakeDrills, fakeDrills, lane, progress, result } from './fake-drills.ts';
import { openScreen, type TestScreen } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
] as const;

const open = async (size: readonly [number, number], drills: FakeDrills, keys: string, until: RegExp) => {
  const screen = await openScreen({ size, drills });
  screen.type(keys);
  await screen.until(until);
  return screen;
};

/** The view of a drill as it goes. */
const watching = (size: readonly [number, number], shown: DrillProgress): Promise<TestScreen> => {
  const drills = fakeDrills();
  drills.go(shown);
  return open(size, drills, '!', /Drill ──/);
};

for (const size of sizes) {
  const name = size.join('x');
  const golden = (screen: TestScreen, what: string) =>
    expect(`${screen.text()}\n`).toMatchFileSnapshot(`drill-${what}-${name}.txt`);

  test(`the menu at ${name}`, async () => {
    const screen = await open(size, fakeDrills(), '!', /Break something/);
    await golden(screen, 'menu');
  });
  test(`the dialog at ${name}`, async () => {
    const screen = await open(size, fakeDrills(), '!\rpatr', /> patr/);
    await golden(screen, 'confirm');
  });
  test(`cannot at ${name}`, async () => {
    const screen = await open(size, fakeDrills(), '!jjjjjj\r', /It cannot be run now/);
    await golden(screen, 'missing');
  });
  test(`running at ${name}`, async () => {
    const screen = await watching(size, progress());
    await golden(screen, 'recovering');
  });
  test(`writing at ${name}`, async () => {
    const screen = await watching(size, progress({}, null));
    await golden(screen, 'writing');
  });
  test(`over at ${name}`, async () => {
    const screen = await watching(
      size,
      progress({ lanes: { patroni: lane('a'.repeat(8) + 'f'.repeat(106)) } }, 26_400),
    );
    await golden(screen, 'over');
  });
  test(`passed at ${name}`, async () => {
    const screen = await watching(size, done());
    await golden(screen, 'passed');
  });
  test(`failed at ${name}`, async () => {
    const failing = result({
      outageMs: 66_000,
      asPredicted: false,
      twoPrimariesMs: 9_800,
      writes: {
        ...result().writes,
        lost: 143,
        viaOldPrimary: { attempted: 40, acked: 12, failed: 18, indeterminate: 10 },
      },
      failures: ['143 acknowledged writes lost, where none may be', 'writable after 65.9 s, target 60 s'],
    });
    const screen = await watching(
      size,
      done({ verdict: 'failed', why: '143 acknowledged writes lost; over the target of 60 s', systems: [failing] }),
    );
    await golden(screen, 'failed');
  });
}
