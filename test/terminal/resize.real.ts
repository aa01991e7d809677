import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openTerminal } from '../helpers/pty.ts';
import { ensureStack } from '../helpers/stack.ts';

beforeAll(ensureStack);

const everything = [/etcd1/, /patroni1/, /redis1/, /sentinel1/];

/** Nothing of an earlier, larger frame: the frame fits its terminal and its borders are closed. */
function tidy(screen: string, columns: number, rows: number): void {
  const lines = screen.split('\n');
  expect(lines.length).toBeLessThanOrEqual(rows);
  for (const line of lines) expect([...line].length).toBeLessThanOrEqual(columns);
  expect(screen.match(/╭/g)?.length ?? 0).toBe(screen.match(/╮/g)?.length ?? 0);
  expect(screen.match(/╰/g)?.length ?? 0).toBe(screen.match(/╯/g)?.length ?? 0);
}

test('every size is drawn anew and whole: 120×40, 80×24, 60×15, too small, and back', async () => {
  const terminal = openTerminal({ columns: 120, rows: 40 });
  onTestFinished(() => terminal.close());
  const all = (screen: string) => everything.every((pattern) => pattern.test(screen));
  await terminal.waitFor(all, 15_000);

  for (const [columns, rows] of [
    [80, 24],
    [60, 15],
  ] as const) {
    terminal.resize(columns, rows);
    await terminal.waitFor((screen) => /etcd1/.test(screen) && widest(screen) <= columns && height(screen) >= rows - 2);
    tidy(terminal.screen(), columns, rows);
  }

  terminal.resize(50, 10);
  await terminal.waitFor(/60\s?[×x]\s?15/);
  expect(terminal.screen()).not.toMatch(/[╭╰]/);

  terminal.resize(120, 40);
  await terminal.waitFor((screen) => all(screen) && widest(screen) > 100);
  tidy(terminal.screen(), 120, 40);

  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.leftovers()).toEqual([]);
});

const widest = (screen: string) => Math.max(...screen.split('\n').map((line) => [...line].length));
const height = (screen: string) => screen.split('\n').length;
