import { expect, test } from 'vitest';
import type { StackEvent } from '../../source/stack/events.ts';
import { engineLost, having, healthySnapshot, missing, now, silent, stopped } from '../helpers/snapshots.ts';
import { openScreen, viewOf } from './screen.ts';

const sizes = [
  [120, 40],
  [80, 24],
  [60, 15],
  [200, 60],
  [59, 14],
] as const;

const events: readonly StackEvent[] = [
  { id: 1, at: now - 13_000, source: 'docker', subject: 'patroni1', level: 'bad', text: 'patroni1 killed (exit 137)' },
  { id: 2, at: now - 1_000, source: 'patroni', subject: 'patroni2', level: 'good', text: 'patroni2 leads · TL 6 → 7' },
];
const troubled = having(
  healthySnapshot(),
  stopped('redis3'),
  silent('etcd1', 2000),
  silent('patroni3'),
  missing('sentinel2'),
);

for (const [columns, rows] of sizes) {
  test(`a healthy stack at ${columns}×${rows}`, async () => {
    const screen = await openScreen({ size: [columns, rows], view: viewOf(healthySnapshot(), events) });
    const text = screen.text();
    expect(text.split('\n').length).toBeLessThanOrEqual(rows);
    await expect(`${text}\n`).toMatchFileSnapshot(`healthy-${columns}x${rows}.txt`);
  });

  test(`a troubled stack at ${columns}×${rows}`, async () => {
    const screen = await openScreen({ size: [columns, rows], view: viewOf(troubled, events) });
    await expect(`${screen.text()}\n`).toMatchFileSnapshot(`troubled-${columns}x${rows}.txt`);
  });
}

test('the engine lost', async () => {
  const lost = having(healthySnapshot(), engineLost(8000), silent('redis2', 6000));
  const screen = await openScreen({ view: viewOf(lost) });
  expect(screen.text()).toMatch(/engine lost 8 s ago, reconnecting/);
  expect(screen.text()).toMatch(/backend +running +as of 8 s ago +│/);
  expect(screen.text()).toMatch(/redis2 .*6 s/);
  // Members still answer through their published ports: greyed like the rest, but not hidden.
  expect(screen.text()).toMatch(/etcd2 ★ +leader .*18 204/);
  expect(screen.raw()).toMatch(/\u001b\[2metcd2 ★[^\u001b]* 18 204/);
  await expect(`${screen.text()}\n`).toMatchFileSnapshot('engine-lost-120x40.txt');
});

test('before there is any data, the frame has its final form', async () => {
  const screen = await openScreen({ view: null });
  await expect(`${screen.text()}\n`).toMatchFileSnapshot('nothing-yet-120x40.txt');
});

test('without UTF-8 every character is ASCII', async () => {
  const screen = await openScreen({ env: { LANG: 'C' }, view: viewOf(healthySnapshot(), events) });
  expect(screen.text()).not.toMatch(/[^\x20-\x7e\n]/);
  await expect(`${screen.text()}\n`).toMatchFileSnapshot('ascii-120x40.txt');
});
