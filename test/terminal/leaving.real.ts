import { join } from 'node:path';
import { beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import { now, openTerminal, type PtyTerminal, type TerminalOptions } from '../helpers/pty.ts';
import { ensureStack, ours } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** The program with its first data on screen. */
async function opened(options: TerminalOptions = {}): Promise<PtyTerminal> {
  const terminal = openTerminal({ args: ours, ...options });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/etcd1/, 15_000);
  return terminal;
}

/** Preloaded instead of a hook in the program: throws where nobody catches, when told to. */
const faulty = { NODE_OPTIONS: `--import ${join(import.meta.dirname, 'throws-on-usr2.ts')}` };

type Way = {
  readonly name: string;
  readonly leave: (terminal: PtyTerminal) => void;
  readonly code: number;
  readonly env?: Record<string, string>;
};
const ways: readonly Way[] = [
  { name: 'q', leave: (terminal) => terminal.press('q'), code: 0 },
  { name: 'Ctrl+C', leave: (terminal) => terminal.press('^C'), code: 0 },
  { name: 'SIGINT', leave: (terminal) => terminal.signal('SIGINT'), code: 130 },
  { name: 'SIGTERM', leave: (terminal) => terminal.signal('SIGTERM'), code: 143 },
  { name: 'SIGHUP', leave: (terminal) => terminal.signal('SIGHUP'), code: 129 },
  { name: 'a thrown error', leave: (terminal) => terminal.signal('SIGUSR2'), code: 1, env: faulty },
  {
    name: 'a rejected promise',
    leave: (terminal) => terminal.signal('SIGUSR2'),
    code: 1,
    env: { ...faulty, THROWS: 'later' },
  },
];

describe('it ends within 1 s, leaves the terminal as it was, and its exit code says why', () => {
  for (const { name, leave, code, env = {} } of ways) {
    test(name, async () => {
      const terminal = await opened({ env });
      expect(terminal.leftovers()).toContain('alternate screen');
      const left = now();
      leave(terminal);
      const exit = await terminal.exit;
      // A signal that isn't caught tells the same as the code a shell makes of it.
      const codes: Record<string, number> = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
      expect(exit.signal === null ? exit.code : codes[exit.signal]).toBe(code);
      expect(exit.at - left).toBeLessThan(1_000);
      expect(terminal.leftovers()).toEqual([]);
    });
  }

  test('a closed terminal', async () => {
    const terminal = await opened();
    const left = now();
    terminal.hangUp();
    const exit = await terminal.exit;
    expect(exit.at - left).toBeLessThan(1_000);
    expect(exit.signal ?? exit.code).toBeOneOf(['SIGHUP', 129]);
  });
});

test('q before the first answer ends it just as well', async () => {
  const terminal = openTerminal({ args: ours });
  onTestFinished(() => terminal.close());
  await terminal.waitFor(/paws/, 15_000);
  const left = terminal.press('q');
  const exit = await terminal.exit;
  expect(exit.code).toBe(0);
  expect(exit.at - left).toBeLessThan(1_000);
  expect(terminal.leftovers()).toEqual([]);
});

test('an error that ends it is on the screen that is left behind, in one line that can be read', async () => {
  const terminal = await opened({ env: faulty });
  terminal.signal('SIGUSR2');
  await terminal.exit;
  expect(terminal.screen()).toMatch(/thrown on purpose/);
  expect(terminal.screen()).not.toMatch(/etcd1/);
});
