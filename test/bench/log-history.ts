import { setTimeout as pause } from 'node:timers/promises';
import Docker from 'dockerode';
import { startGenerator } from '../helpers/log-generator.ts';
import { now, openTerminal } from '../helpers/pty.ts';
import { selectService } from '../helpers/select-service.ts';

/** Times in ms. */
export type HistoryFigures = {
  /** From its start to the last line, and to its end. */
  readonly compose: { readonly lastLineMs: number; readonly endMs: number };
  /** From opening the log to the last line on screen, and until the oldest line that is kept shows on the key for it. */
  readonly pawsTop: { readonly lastLineMs: number; readonly oldestMs: number };
};

/** The most lines that are kept by default. */
const kept = 100_000;

/** So many lines of one service, all written before anybody looks: how long until the last of them is seen. */
export async function history(lines: number): Promise<HistoryFigures> {
  const generator = await startGenerator({ history: lines });
  const number = (index: number) => String(index).padStart(10, '0');
  const last = number(lines - 1);
  try {
    const container = new Docker().getContainer(generator.container);
    const written = async () => {
      const end = await container.logs({ stdout: true, stderr: true, tail: 1, follow: false });
      return end.toString().includes(last);
    };
    for (const deadline = now() + 120_000; !(await written()); await pause(500)) {
      if (now() > deadline) throw new Error('the lines were not written within 120 s');
    }

    const begun = now();
    const printing = openTerminal({
      command: 'docker',
      args: ['compose', '-p', 'paws', 'logs', generator.service],
      emulate: false,
    });
    const lastLineMs = (await printing.waitFor(() => printing.sent().includes(last), 300_000)) - begun;
    const { at } = await printing.exit;

    const terminal = await selectService(generator.service, {});
    try {
      const opened = terminal.press('l');
      const shownMs = (await terminal.waitFor((screen) => screen.includes(last), 300_000)) - opened;
      terminal.press('g');
      const oldest = number(Math.max(0, lines - kept));
      const oldestMs = (await terminal.waitFor((screen) => screen.includes(oldest), 300_000)) - opened;
      terminal.press('^C');
      await terminal.exit;
      return {
        compose: { lastLineMs, endMs: at - begun },
        pawsTop: { lastLineMs: shownMs, oldestMs },
      };
    } finally {
      await terminal.close();
    }
  } finally {
    await generator.remove();
  }
}
