import { PassThrough } from 'node:stream';
import type { ReadStream } from 'node:tty';
import { expect, test } from 'vitest';
import { createLending, type Suspend } from '../../source/ui/lend-terminal.ts';
import { emulator } from '../helpers/emulator.ts';

/** A lending whose every step is written down, on a terminal that is only an emulator. */
function lending(paced: Promise<void> | null = null) {
  const steps: string[] = [];
  const screen = emulator(40, 10);
  let written = '';
  const input = new PassThrough();
  const made = createLending({
    stdin: { pause: () => steps.push('pause') } as unknown as NodeJS.ReadStream,
    stdout: {
      write(text: string) {
        written += text;
        screen.write(text, () => {});
        return true;
      },
    } as unknown as NodeJS.WriteStream,
    pace: {
      quiet() {
        steps.push('quiet');
        return paced;
      },
      resume: () => steps.push('resume'),
    },
    settings: {
      save() {
        steps.push('save');
        return 'as it was';
      },
      restore: (saved) => steps.push(`restore ${saved}`),
    },
    openInput: () => input as unknown as ReadStream,
  });
  const suspend: Suspend = async (during) => {
    steps.push('suspend');
    await during().finally(() => steps.push('back'));
  };
  return { ...made, steps, suspend, input, screen, written: () => written };
}

test('answers are awaited, Ink lets go, nothing reads on, settings are kept; all of it is undone', async () => {
  const { lend, lent, suspend, steps } = lending();
  await lend(suspend, async () => {
    expect(lent()).toBe(true);
    steps.push('turn');
  });
  expect(steps).toEqual(['quiet', 'suspend', 'pause', 'save', 'turn', 'restore as it was', 'back', 'resume']);
  expect(lent()).toBe(false);
});

test('a turn that fails is undone just the same', async () => {
  const { lend, lent, suspend, steps } = lending();
  const turn = lend(suspend, async () => {
    throw new Error('no such thing');
  });
  await expect(turn).rejects.toThrow('no such thing');
  expect(steps.slice(-3)).toEqual(['restore as it was', 'back', 'resume']);
  expect(lent()).toBe(false);
});

test('lines wrap during a turn only, and the modes that a killed program left on are off', async () => {
  const { lend, suspend, screen, written } = lending();
  let during: readonly string[] = [];
  await lend(suspend, async ({ print }) => {
    during = screen.leftovers();
    print('\x1b[?1h\x1b[?1002h\x1b[?1004h\x1b[?2004h\x1b[?2026h\x1b[?25l\x1b[3;5r\x1b[31mhalf a line');
  });
  await new Promise<void>((resolve) => screen.write('', resolve));
  expect(during).toEqual([]);
  expect(screen.leftovers()).toEqual(['no line wrap']);
  // The next frame begins in the first column, and the region is the whole screen again.
  expect(written().endsWith('\x1b[?7l\r\n')).toBe(true);
  screen.write('\n'.repeat(12), () => {});
  await new Promise<void>((resolve) => screen.write('', resolve));
  expect(screen.text()).toBe('');
});

test('wanted back, the turn is told, and it is back when the screen is', async () => {
  const { lend, reclaim, suspend, steps } = lending();
  expect(reclaim()).toBeNull();
  const begun = Promise.withResolvers<void>();
  const turn = lend(suspend, async ({ signal }) => {
    begun.resolve();
    await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve()));
  });
  await begun.promise;
  await reclaim();
  expect(steps.at(-1)).toBe('resume');
  await turn;
});

test('wanted back before it was given, it is not given any more', async () => {
  const answered = Promise.withResolvers<void>();
  const { lend, reclaim, suspend, steps } = lending(answered.promise);
  const turn = lend(suspend, async () => {
    steps.push('turn');
  });
  const back = reclaim();
  answered.resolve();
  await Promise.all([turn, back]);
  expect(steps).toEqual(['quiet', 'resume']);
});

test('a process that ends at once puts it right itself, once', async () => {
  const { lend, seize, suspend, steps } = lending();
  await lend(suspend, async () => {
    seize();
    seize();
    steps.push('turn');
  });
  expect(steps.filter((step) => step.startsWith('restore'))).toHaveLength(1);
  expect(steps.indexOf('turn')).toBeGreaterThan(steps.indexOf('restore as it was'));
});

test('Enter is waited for; Ctrl+C, and being wanted back, are as good', async () => {
  for (const how of ['enter', 'interrupt', 'reclaim'] as const) {
    const { lend, suspend, input, interrupted, reclaim } = lending();
    const waiting = Promise.withResolvers<void>();
    const turn = lend(suspend, async ({ entered }) => {
      const done = entered();
      waiting.resolve();
      await done;
    });
    await waiting.promise;
    if (how === 'enter') input.write('\n');
    else if (how === 'interrupt') interrupted();
    else await reclaim();
    await turn;
    expect(input.destroyed).toBe(true);
  }
});

test('a second turn waits until the screen is back from the first', async () => {
  const { lend, suspend, steps } = lending();
  await Promise.all([
    lend(suspend, async () => {
      steps.push('one');
    }),
    lend(suspend, async () => {
      steps.push('two');
    }),
  ]);
  expect(steps.indexOf('resume')).toBeLessThan(steps.indexOf('two'));
  expect(steps.filter((step) => step === 'resume')).toHaveLength(2);
});
