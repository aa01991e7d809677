import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { lineOf, startGenerator } from '../helpers/log-generator.ts';
import { now } from '../helpers/pty.ts';
import { selectService } from '../helpers/select-service.ts';
import { ensureStack } from '../helpers/stack.ts';

beforeAll(ensureStack);

/** Numbers of the generator's lines, in the order in which they stand. */
const numbersIn = (text: string): number[] =>
  [...text.matchAll(new RegExp(lineOf, 'g'))].map(([, number]) => Number(number));
const newestIn = (screen: string): number => Math.max(-1, ...numbersIn(screen));
const newCount = (screen: string): number => Number(/paused · ([\d ,]+) new/.exec(screen)?.[1]?.replace(/\D/g, ''));
const isContiguous = (numbers: readonly number[]): boolean =>
  numbers.every((number, index) => index === 0 || number === (numbers[index - 1] ?? Number.NaN) + 1);

test('2,000 lines a second: followed, searched, held, saved, and the terminal is as it was', {
  timeout: 60_000,
}, async () => {
  const generator = await startGenerator({ service: 'flood-t', rate: 2_000, seconds: 40 });
  onTestFinished(generator.remove);
  const folder = await mkdtemp(join(tmpdir(), 'paws-logs-'));
  onTestFinished(() => rm(folder, { recursive: true }));
  const terminal = await selectService(generator.service, { cwd: folder });
  onTestFinished(() => terminal.close());
  terminal.press('l');

  // It shows lines, the newest at the bottom, and goes on by itself.
  await terminal.waitFor((screen) => numbersIn(screen).length > 20);
  const first = newestIn(terminal.screen());
  // A frame arrives in several pieces: seen in between, it is half the one before.
  const later = await terminal.waitFor((screen) => {
    const numbers = numbersIn(screen);
    return newestIn(screen) > first + 4_000 && numbers.length > 20 && isContiguous(numbers);
  });
  const [, , at] = [...terminal.screen().matchAll(new RegExp(lineOf, 'g'))].at(-1) ?? [];
  expect(later - Number(at)).toBeLessThan(1_000);

  // Every thousandth line is an error.
  terminal.press('/');
  terminal.press('ERROR');
  await terminal.waitFor(/\/ERROR [1-9]\d* hits?/);
  terminal.press('Enter');
  terminal.press('F');
  await terminal.waitFor((screen) => {
    const numbers = numbersIn(screen);
    return /only matches/.test(screen) && numbers.length > 1 && numbers.every((number) => number % 1_000 === 999);
  });
  terminal.press('Esc');
  await terminal.waitFor((screen) => !screen.includes('ERROR') && numbersIn(screen).length > 20);

  // Held: what is on screen stays while new lines are counted.
  terminal.press('f');
  await terminal.waitFor(/paused · [1-9][\d ,]* new/);
  const held = numbersIn(terminal.screen());
  const before = newCount(terminal.screen());
  await terminal.waitFor((screen) => newCount(screen) > before + 1_000);
  expect(numbersIn(terminal.screen())).toEqual(held);

  terminal.press('^S');
  await terminal.waitFor(/paws-logs-/);
  terminal.press('Enter');
  await terminal.waitFor(/saved [\d ,]+ lines to/);
  const path = /saved .* lines to (\S+)/.exec(terminal.screen())?.[1] ?? '';
  expect(path.startsWith(folder)).toBe(true);
  const saved = numbersIn(await readFile(path, 'utf8'));
  expect(saved.length).toBeGreaterThan(5_000);
  expect(saved[0]).toBe(0);
  expect(isContiguous(saved)).toBe(true);

  const left = now();
  terminal.press('^C');
  const exit = await terminal.exit;
  expect(exit.code).toBe(0);
  expect(exit.at - left).toBeLessThan(1_000);
  expect(terminal.leftovers()).toEqual([]);
  // No answer of the terminal's is left to be typed at a shell's prompt.
  expect(terminal.unread()).toBe('');
});
