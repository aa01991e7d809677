import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { openTerminal } from '../helpers/pty.ts';
import { ensureStack, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

const everything = [/etcd1/, /patroni1/, /redis1/, /sentinel1/];

/** A whole frame of its size and nothing of another: it fills the height, the key line is last, borders are closed. */
function isTidy(screen: string, rows: number): boolean {
  const lines = screen.split('\n');
  const count = (character: string) => screen.split(character).length - 1;
  return (
    lines.length === rows &&
    /q quit$/.test(lines.at(-1) ?? '') &&
    count('q quit') === 1 &&
    count('╭') === count('╮') &&
    count('╰') === count('╯') &&
    lines.every((line) => !/[╮╯]/.test(line) || /[╮╯│]$/.test(line))
  );
}

test('every size is drawn anew and whole: 120×40, 80×24, 60×15, too small, and back', async () => {
  const terminal = openTerminal({ args: ours, columns: 120, rows: 40 });
  onTestFinished(() => terminal.close());
  const all = (screen: string) => everything.every((pattern) => pattern.test(screen));
  await terminal.waitFor((screen) => all(screen) && isTidy(screen, 40), 15_000);

  terminal.resize(80, 24);
  await terminal.waitFor((screen) => all(screen) && isTidy(screen, 24), 3_000);

  terminal.resize(60, 15);
  await terminal.waitFor((screen) => /etcd1/.test(screen) && isTidy(screen, 15), 3_000);

  terminal.resize(50, 10);
  await terminal.waitFor((screen) => /60\s?[×x]\s?15/.test(screen) && !/[╭╰]|etcd1/.test(screen), 3_000);

  terminal.resize(120, 40);
  await terminal.waitFor((screen) => all(screen) && isTidy(screen, 40), 3_000);

  terminal.press('q');
  expect((await terminal.exit).code).toBe(0);
  expect(terminal.leftovers()).toEqual([]);
});
