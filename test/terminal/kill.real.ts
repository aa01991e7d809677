import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { now, openTerminal } from '../helpers/pty.ts';
import { containerOf, engineEvents, ensureStack, healthy, ours, status } from '../helpers/stack.ts';

beforeAll(ensureStack);

test("a killed container is on screen within 150 ms of the engine's kill event, in the median of ten", async () => {
  // Event times are the engine's clock, arrivals this process's: one machine, but they must not have drifted apart.
  expect(Math.abs(now() - Date.now())).toBeLessThan(10);
  const { report } = await status();
  const victim = report.redis?.members.find(({ role }) => role === 'slave')?.name ?? '';
  const container = await containerOf(victim);
  const events = await engineEvents(victim);
  const terminal = openTerminal({ args: ours });
  onTestFinished(async () => {
    events.close();
    await terminal.close();
    if (!(await container.inspect()).State.Running) await container.start();
    await healthy();
  }, 120_000);

  const running = new RegExp(`${victim}\\s+running`);
  const exited = new RegExp(`${victim}\\s+exited`);
  const delays: number[] = [];
  for (let round = 0; round < 10; round++) {
    await terminal.waitFor(running, 15_000);
    const shown = terminal.waitFor(exited, 5_000);
    await container.kill();
    delays.push((await shown) - (await events.next('kill')));
    await container.start();
  }
  delays.sort((a, b) => a - b);
  process.stdout.write(`kill event to screen, ms: ${delays.map(Math.round).join(' ')}\n`);
  expect(delays[0]).toBeGreaterThan(0);
  expect(delays[5]).toBeLessThanOrEqual(150);
});
