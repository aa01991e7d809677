import type { Monitor } from '../monitor/types.ts';
import { type Clock, systemClock } from './hooks/use-view.ts';
import { guardTerminal } from './terminal.ts';
import { themeFor } from './theme.ts';

export type ScreenOptions = {
  readonly monitor: Pick<Monitor, 'store' | 'refresh'>;
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WritableStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Called once the first frame is out: the time to load clients and start the monitor. */
  readonly onFirstFrame: () => void;
  /** Tests have their own. */
  readonly clock?: Clock;
};

/**
 * Runs the screen until it is left and resolves with the exit status, the terminal restored: 0 for `q` and Ctrl+C, 128+n
 * for a signal, 129 (as for a hangup) when the terminal is gone, 1 for an error, which is then on stderr. Should the caller
 * not have ended the process 800 ms later, it is ended here.
 */
export async function runScreen(options: ScreenOptions): Promise<number> {
  const { monitor, stdin, stdout, stderr, env, onFirstFrame, clock = systemClock } = options;
  if (env.TERM === 'dumb') {
    stderr.write('paws-top: this terminal (TERM=dumb) cannot show the screen; try `paws-top status`\n');
    return 1;
  }
  const { render } = await importInk();
  const { App } = await import('./App.tsx');

  const terminal = guardTerminal({ stdin, stdout, stderr });
  try {
    const app = render(
      <App
        store={monitor.store}
        theme={themeFor(env)}
        clock={clock}
        refresh={monitor.refresh}
        onQuit={() => terminal.end({ code: 0 })}
        onFirstFrame={onFirstFrame}
      />,
      {
        stdin,
        stdout,
        alternateScreen: true,
        interactive: true,
        incrementalRendering: true,
        maxFps: 60,
        exitOnCtrlC: false,
        patchConsole: true,
      },
    );
    terminal.attach(app);
    return await terminal.ended;
  } catch (error) {
    terminal.end({ code: 1, error });
    return await terminal.ended;
  }
}

/**
 * Imports ink without `fetch` in sight. Its layout engine looks for fetch while it loads, and looking makes Node load
 * all of undici: 30 ms and 10 MB for nothing.
 */
async function importInk(): Promise<typeof import('ink')> {
  const fetch = Object.getOwnPropertyDescriptor(globalThis, 'fetch');
  if (fetch === undefined) return import('ink');
  Object.defineProperty(globalThis, 'fetch', { value: undefined, configurable: true, writable: true });
  try {
    return await import('ink');
  } finally {
    Object.defineProperty(globalThis, 'fetch', fetch);
  }
}
