import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { readHistory } from '../../source/drills/history.ts';
import { leftovers, mark, resultOf } from '../helpers/drill.ts';
import { now, openTerminal, type PtyTerminal } from '../helpers/pty.ts';
import { containerOf, ensureStack, healthy, ours, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** The screen on a stack that is well, with the menu of drills filtered to one. */
async function choosing(id: string): Promise<PtyTerminal> {
  await healthy();
  const terminal = openTerminal({ args: ours, env: mark });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/● OK/, 15_000);
  terminal.press('!');
  await terminal.waitFor(/Break something ── \d+ drills/);
  terminal.press('/');
  terminal.press(id);
  await terminal.waitFor(new RegExp(`── ${id} ─`));
  terminal.press('Enter');
  await terminal.waitFor(/\byes │/, 15_000);
  return terminal;
}

test('redis-failover by keys, from the menu to the verdict and back to the overview', async () => {
  const { report: before } = await status();
  const master = before.redis?.master ?? '';
  const terminal = await choosing('redis-failover');
  terminal.press('Enter');
  await terminal.waitFor(new RegExp(`Type ${master} and press Enter`));
  expect(terminal.screen()).toMatch(/Predicted: Redis takes writes again after/);

  // The wrong name starts nothing.
  terminal.press('redis9');
  terminal.press('Enter');
  await terminal.waitFor(new RegExp(`that is not ${master}; nothing was started`));
  for (let letter = 0; letter < 'redis9'.length; letter++) terminal.press('Backspace');
  terminal.press(master);
  terminal.press('Enter');

  await terminal.waitFor(/Drill ── redis-failover/);
  await terminal.waitFor(/ · recovering · \d+\.\d s since the fault/, 30_000);
  await terminal.waitFor(/█│/); // the band of writes, with the fault in it
  expect(terminal.screen()).toMatch(/Redis .* acked .* a column is 250 ms/);

  // Leaving the view does not stop the drill, which the header goes on to tell of.
  terminal.press('Esc');
  await terminal.waitFor((screen) => !/Drill ──/.test(screen) && /drill redis-failover \d+ s/.test(screen));
  terminal.press('!');
  await terminal.waitFor(/Drill ── redis-failover/);

  await terminal.waitFor(/ PASSED · /, 60_000);
  const said = terminal.screen();
  expect(said).toMatch(/two members took writes side by side for \d+(\.\d)? s/);
  expect(said).toMatch(/\d+ of \d+ acknowledged writes lost \(asynchronous/);
  expect(said).toMatch(new RegExp(`${master} led before, redis\\d after`));

  terminal.press('Esc');
  await terminal.waitFor(/Break something/);
  terminal.press('Esc');
  // Q would otherwise come with the Esc, as Alt+Q does.
  await terminal.waitFor((screen) => /● OK/.test(screen) && !/Break something|drill /.test(screen), 15_000);
  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.leftovers()).toEqual([]);

  const { reports } = await readHistory(process.env, 'paws', 'redis-failover', 1);
  const report = reports[0];
  if (report === undefined) throw new Error('no report was kept');
  expect(Date.now() - Date.parse(report.endedAt)).toBeLessThan(60_000);
  const { writes, twoPrimariesMs, lostWrites, outageMs, leaderAfter } = resultOf(report, 'redis');
  process.stdout.write(
    `redis-failover: two masters for ${twoPrimariesMs} ms, ${writes.lost} of ${writes.acked} lost, outage ${outageMs} ms\n`,
  );
  expect(twoPrimariesMs).toBeGreaterThan(5_000);
  expect(writes.lost).toBeGreaterThan(50);
  // What was lost had been acknowledged by the old master, while the new one was there already.
  expect([...new Set(lostWrites.map(({ member }) => member))]).toEqual([master]);
  expect(writes.viaOldPrimary.acked).toBeGreaterThan(0);
  const { report: after } = await status();
  expect(after.redis).toMatchObject({ verdict: 'ok', master: leaderAfter });
  expect(await leftovers()).toEqual([]);
});

test('Ctrl+C while a drill recovers heals first, and ends within 15 s with the terminal as it was', async () => {
  const terminal = await choosing('patroni-leader-pause');
  terminal.press('Enter');
  await terminal.waitFor(/Type patroni\d and press Enter/);
  const leader = /Type (patroni\d)/.exec(terminal.screen())?.[1] ?? '';
  terminal.press(leader);
  terminal.press('Enter');
  await terminal.waitFor(/ · recovering · /, 30_000);
  const container = await containerOf(leader);
  expect((await container.inspect()).State.Paused).toBe(true);

  const left = now();
  terminal.press('^C');
  const { code, at } = await terminal.exit;
  process.stdout.write(`ended ${Math.round(at - left)} ms after Ctrl+C\n`);
  expect(code).toBe(0);
  expect(at - left).toBeLessThan(15_000);
  expect((await container.inspect()).State.Paused).toBe(false);
  expect(terminal.leftovers()).toEqual([]);
  await healthy();
  expect(await leftovers()).toEqual([]);
});
