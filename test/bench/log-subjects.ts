import { lineOf } from '../helpers/log-generator.ts';
import { openTerminal, type PtyTerminal, type TerminalOptions } from '../helpers/pty.ts';
import { selectService } from '../helpers/select-service.ts';

/** What shows the lines of one service as they come. */
export type LogSubject = {
  readonly name: string;
  /** Opened, with lines of that service on screen. */
  open(service: string, options: TerminalOptions): Promise<PtyTerminal>;
  /** The newest line it has shown: its number and when it was written, epoch ms; null: none. */
  newest(terminal: PtyTerminal): { readonly number: number; readonly at: number } | null;
  /** A key and what shows it, by turns; null: it takes none. */
  readonly keys: readonly { readonly chord: string; readonly shows: (screen: string) => boolean }[] | null;
  readonly quit: readonly string[];
};

const everyLine = new RegExp(lineOf, 'g');

function newestIn(text: string): { number: number; at: number } | null {
  let newest: { number: number; at: number } | null = null;
  for (const [, number, at] of text.matchAll(everyLine)) {
    if (newest === null || Number(number) > newest.number) newest = { number: Number(number), at: Number(at) };
  }
  return newest;
}

export const pawsTop: LogSubject = {
  name: 'paws-top',
  async open(service, options) {
    const terminal = await selectService(service, options);
    terminal.press('l');
    await terminal.waitFor(lineOf, 30_000);
    return terminal;
  },
  newest: (terminal) => newestIn(terminal.screen()),
  keys: [
    { chord: 'f', shows: (screen) => /^╭Logs .* · paused/m.test(screen) },
    { chord: 'f', shows: (screen) => /^╭Logs .* · following/m.test(screen) },
  ],
  quit: ['^C'],
};

export const composeLogs: LogSubject = {
  name: 'docker compose logs -f',
  async open(service, options) {
    const terminal = openTerminal({
      command: 'docker',
      args: ['compose', '-p', 'paws', 'logs', '-f', '--tail', '100', service],
      ...options,
      // It writes so much that drawing it here would be what is measured.
      emulate: false,
    });
    await terminal.waitFor(() => lineOf.test(terminal.sent()), 30_000);
    return terminal;
  },
  newest: (terminal) => newestIn(terminal.sent().slice(-4_000)),
  keys: null,
  quit: ['^C'],
};
