import type { Connections, Consoles } from '../actions/console-types.ts';
import type { Actions } from '../actions/types.ts';
import type { Doctor } from '../doctor/types.ts';
import type { Drills } from '../drills/types.ts';
import type { Logs } from '../logs/types.ts';
import type { Monitor } from '../monitor/types.ts';
import { actionRuns, leftText } from './action-effects.ts';
import { runs } from './drill-effects.ts';
import { type Clock, systemClock } from './hooks/use-view.ts';
import { createPace } from './pace.ts';
import { guardTerminal, hungUp } from './terminal.ts';
import { themeFor } from './theme.ts';

export type ScreenOptions = {
  readonly monitor: Pick<Monitor, 'store' | 'start' | 'refresh' | 'sampleOnly'>;
  readonly readOnly: boolean;
  /** What breaks and heals; null, the default: there are no keys for it. */
  readonly drills?: Drills | null;
  /** null, the default: there are no keys for them. Whoever made them closes them. */
  readonly logs?: Logs | null;
  /** null, the default, for these: there are no keys for them. */
  readonly actions?: Actions | null;
  readonly consoles?: Consoles | null;
  readonly connections?: Connections | null;
  readonly doctor?: Doctor | null;
  /** false drops colours whatever the environment says. */
  readonly color: boolean;
  /** Called once the first frame is out: the time to load clients. Default: starts the monitor. */
  readonly onFirstFrame?: () => void;
  /** Default: the process's own. */
  readonly stdin?: NodeJS.ReadStream;
  readonly stdout?: NodeJS.WriteStream;
  readonly stderr?: NodeJS.WritableStream;
  readonly env?: Readonly<Record<string, string | undefined>>;
  readonly clock?: Clock;
  readonly exit?: (code: number) => void;
};

/**
 * Runs the screen until it is left and resolves with the exit status, the terminal restored: 0 for `q` and Ctrl+C, 128+n
 * for a signal, 129 (as for a hangup) when the terminal is gone, 1 for an error, which is then on stderr. A drill that runs
 * is healed first, an action ended at its next safe point, within 15 s, except for an error: then the dead-man heals. Should the caller
 * not have ended the process 800 ms later, it is ended here.
 */
export async function runScreen(options: ScreenOptions): Promise<number> {
  const {
    monitor,
    readOnly,
    drills = null,
    logs = null,
    actions = null,
    consoles = null,
    connections = null,
    doctor = null,
    color,
    onFirstFrame = monitor.start,
    clock = systemClock,
    env = process.env,
  } = options;
  const { stdin = process.stdin, stdout = process.stdout, stderr = process.stderr, exit = process.exit } = options;
  if (env.TERM === 'dumb') {
    stderr.write('paws-top: this terminal (TERM=dumb) cannot show the screen; try `paws-top status`\n');
    return 1;
  }
  const { render } = await importInk();
  const { App } = await import('./App.tsx');

  const write = (text: string): void => {
    stdout.write(text);
  };
  const pace = createPace({ clock, write, bytes: () => (stdout as { bytesWritten?: number }).bytesWritten ?? null });
  let stopped = false;
  const terminal = guardTerminal({
    stdin,
    stdout,
    stderr,
    exit,
    mend: () => {
      if (runs(drills)) return drills?.stop() ?? null;
      stopped = actionRuns(actions) !== null;
      return (stopped ? actions?.stop() : null) ?? null;
    },
    after: clock.after,
    pace,
  });
  try {
    const app = render(
      <App
        monitor={monitor}
        readOnly={readOnly}
        drills={drills}
        logs={logs}
        actions={actions}
        consoles={consoles}
        connections={connections}
        doctor={doctor}
        pace={pace}
        write={write}
        env={env}
        leaving={terminal.leaving}
        lend={terminal.lend}
        theme={themeFor(color ? env : { ...env, NO_COLOR: '1' })}
        clock={clock}
        onQuit={() => terminal.leave({ code: 0 })}
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
        onRender: pace.written,
      },
    );
    terminal.attach(app);
  } catch (error) {
    terminal.end({ code: 1, error });
  }
  const code = await terminal.ended;
  const outcome = stopped ? leftText(actions) : null;
  if (outcome !== null && code !== hungUp.code) stderr.write(`paws-top: ${outcome}\n`);
  return code;
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
