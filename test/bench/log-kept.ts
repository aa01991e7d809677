import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { lineOf } from '../helpers/log-generator.ts';
import type { PtyTerminal } from '../helpers/pty.ts';

/** What is in the buffer when the last line has been written. */
export type Kept = {
  /** Lines that were kept, and those that fell out, together: as many as were written, if none is missing or doubled. */
  readonly counted: number;
  readonly saved: number;
  /** Of the saved lines, the pairs that are not a number and the next one. */
  readonly gaps: number;
  readonly hasLast: boolean;
};

/** Waits for the last line, then saves all that is kept and reads it back. */
export async function keptLines(terminal: PtyTerminal, lines: number): Promise<Kept> {
  const last = String(lines - 1).padStart(10, '0');
  await terminal.waitFor((screen) => screen.includes(last), 60_000);
  const [, kept = '0', lost = '0'] = / of ([\d ,]+?)(?: · ([\d ,]+) (?:fell )?out)? ╮/.exec(terminal.screen()) ?? [];
  const folder = await mkdtemp(join(tmpdir(), 'paws-bench-'));
  try {
    terminal.press('^S');
    await terminal.waitFor(/paws-logs-/);
    for (let press = 0; press < 200; press += 1) terminal.press('Backspace');
    await terminal.waitFor((screen) => !screen.includes('paws-logs-'));
    const path = join(folder, 'saved.log');
    terminal.press(path);
    await terminal.waitFor(/saved\.log/);
    terminal.press('Enter');
    await terminal.waitFor(/saved [\d ,]+ lines to/, 30_000);
    const numbers = [...(await readFile(path, 'utf8')).matchAll(new RegExp(lineOf, 'g'))].map(([, number]) =>
      Number(number),
    );
    return {
      counted: digits(kept) + digits(lost),
      saved: numbers.length,
      gaps: numbers.filter((number, index) => index > 0 && number !== (numbers[index - 1] ?? -1) + 1).length,
      hasLast: numbers.at(-1) === lines - 1,
    };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const digits = (text: string): number => Number(text.replace(/\D/g, ''));
