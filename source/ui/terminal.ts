import { constants } from 'node:os';
import type { Instance } from 'ink';
import { createLending, type Lending, wrapOff, wrapOn } from './lend-terminal.ts';
import type { Pace } from './pace.ts';

/** Why the screen is left. An error is printed once the terminal is restored; one that is gone needs no restoring. */
export type Ending = { readonly code: number; readonly error?: unknown; readonly gone?: true };
/** The terminal is gone. */
export const hungUp: Ending = { code: 128 + constants.signals.SIGHUP, gone: true };

type Streams = {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WritableStream;
  readonly exit: (code: number) => void;
  /** Heals what was broken on purpose; null: nothing is broken. */
  readonly mend: () => Promise<unknown> | null;
  readonly after: (ms: number, callback: () => void) => () => void;
  /** Is told what the terminal sends; what it has asked the terminal is waited for on leaving. Default: nothing is asked. */
  readonly pace?: Pick<Pace, 'heard' | 'quiet' | 'resume'>;
  /** Default: by stty. */
  readonly lending?: Lending;
};

/** Whether somebody has left and healing is waited for. */
export type Leaving = { get(): boolean; subscribe(listener: () => void): () => void };

/** The longest that leaving waits for healing; afterwards it is the dead-man's. */
const mostMs = 15_000;

export type GuardedTerminal = {
  /** Hands over the running app, whose end is then watched and which is unmounted at any other end. */
  attach(app: Pick<Instance, 'unmount' | 'waitUntilExit'>): void;
  end(ending: Ending): void;
  /** Ends once nothing is broken any more: at once, or when a drill is healed. Asked again, it ends at once. */
  leave(ending: Ending): void;
  readonly leaving: Leaving;
  readonly lend: Lending['lend'];
  /** The exit status, once the terminal is as it was. */
  readonly ended: Promise<number>;
};

const signals = ['SIGINT', 'SIGTERM', 'SIGHUP', 'SIGQUIT'] as const;
const lost = new Set(['EIO', 'EPIPE', 'ENXIO', 'EBADF', 'ERR_STREAM_DESTROYED']);

/**
 * Watches every way out of a full screen: signals, errors that nobody caught, a terminal that is gone. Whichever comes
 * first restores the terminal; the others are then ignored.
 */
export function guardTerminal(streams: Streams): GuardedTerminal {
  const { stdin, stdout, stderr, exit, mend, after, pace } = streams;
  const lending = streams.lending ?? createLending({ stdin, stdout, ...(pace === undefined ? {} : { pace }) });
  const { promise: ended, resolve } = Promise.withResolvers<number>();
  let app: Pick<Instance, 'unmount' | 'waitUntilExit'> | null = null;
  let over = false;
  let waiting = false;
  let hushing = false;
  let reclaiming = false;
  const listeners = new Set<() => void>();
  /** Ends that answers are taken out of what is read. */
  let giveBack = () => {};
  const leave = (ending: Ending, insists = true): void => {
    if (waiting || hushing) {
      if (insists) end(ending);
      return;
    }
    const mended = over ? null : mend();
    if (mended === null) {
      hush(ending);
      return;
    }
    waiting = true;
    for (const listener of listeners) listener();
    const finish = (): void => {
      cancel();
      hush(ending);
    };
    const cancel = after(mostMs, finish);
    mended.then(finish, finish);
  };
  /** An answer of the terminal's that arrives after our end would be typed at the shell's prompt. */
  const hush = (ending: Ending): void => {
    const quiet = over || ending.gone ? null : (pace?.quiet() ?? null);
    hushing = quiet !== null;
    if (quiet === null) end(ending);
    else void quiet.then(() => end(ending));
  };
  /** A terminal that is gone says so in several ways, none of which is somebody insisting. */
  const hangUp = (): void => leave(hungUp, false);

  /** A console that has the terminal is ended first, and the terminal put right after it. */
  const end = (ending: Ending): void => {
    const back = over || reclaiming ? null : lending.reclaim();
    if (back === null) {
      finish(ending);
      return;
    }
    reclaiming = true;
    void back.then(() => finish(ending));
  };

  const finish = (ending: Ending): void => {
    if (over) return;
    over = true;
    lending.seize();
    // Whatever still runs, the process is gone within a second.
    setTimeout(() => exit(ending.code), 800).unref();
    // Not at once: Ink's own signal handler runs after ours, and with ours gone it would end the process there and then.
    setImmediate(stopWatching);
    giveBack();
    try {
      app?.unmount();
      if (!ending.gone) stdout.write(wrapOn);
    } catch {
      // It has gone meanwhile.
    }
    if (ending.error !== undefined) stderr.write(`${describe(ending.error)}\n`);
    resolve(ending.code);
  };

  const handlers: [NodeJS.EventEmitter, string, (...values: never[]) => void][] = [
    ...signals.map((signal): [NodeJS.EventEmitter, string, () => void] => [
      process,
      signal,
      () => {
        // Ctrl+C and Ctrl+\ in a console are for what runs there.
        if (lending.lent() && (signal === 'SIGINT' || signal === 'SIGQUIT')) lending.interrupted();
        else leave({ code: 128 + constants.signals[signal] }, signal !== 'SIGHUP');
      },
    ]),
    [process, 'uncaughtException', (error: unknown) => end({ code: 1, error })],
    [process, 'unhandledRejection', (error: unknown) => end({ code: 1, error })],
    [
      stdout,
      'error',
      (error: NodeJS.ErrnoException) => (lost.has(error.code ?? '') ? hangUp() : end({ code: 1, error })),
    ],
    [stdin, 'error', hangUp],
    [stdin, 'end', hangUp],
    [stdin, 'close', hangUp],
    // Somebody ends the process without asking: writing to a terminal is synchronous, so this still arrives.
    [process, 'exit', (code: number) => finish({ code })],
    [process, 'SIGCONT', () => repaint()],
  ];
  for (const [emitter, event, handler] of handlers) emitter.on(event, handler as () => void);
  const stopWatching = () => {
    for (const [emitter, event, handler] of handlers) {
      // A stream that fails once more while we leave must not become an exception.
      if (event !== 'error') emitter.off(event, handler as () => void);
    }
  };

  /** After a stop the shell has had the terminal: ours again, and drawn anew. Ink draws all lines on a resize. */
  const repaint = () => {
    if (over || lending.lent()) return;
    if (stdin.isTTY) {
      stdin.setRawMode(false);
      stdin.setRawMode(true);
    }
    stdout.write(`\x1b[?1049h\x1b[?25l\x1b[?2004h${wrapOff}\x1b[2J\x1b[H`);
    const { columns } = stdout;
    // Narrower by one column for a moment makes Ink forget what it believes to be on screen.
    stdout.columns = columns - 1;
    stdout.emit('resize');
    stdout.columns = columns;
    stdout.emit('resize');
  };

  stdout.write(wrapOff);
  return {
    ended,
    end,
    leave,
    lend: lending.lend,
    leaving: {
      get: () => waiting,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    attach(instance) {
      app = instance;
      if (over) instance.unmount();
      else if (pace !== undefined) giveBack = listenIn(stdin, pace);
      instance.waitUntilExit().then(
        () => end({ code: 0 }),
        (error: unknown) => end({ code: 1, error }),
      );
    },
  };
}

/**
 * Takes answers out of what is read from the terminal, where it is read: Ink would make one sequence of an Esc and the
 * answer right behind it, and drop both. Returns how to end that.
 */
function listenIn(stdin: NodeJS.ReadStream, pace: Pick<Pace, 'heard'>): () => void {
  const read = stdin.read;
  stdin.read = (size?: number): unknown => {
    const data: unknown = read.call(stdin, size);
    return typeof data === 'string' ? pace.heard(data) : data;
  };
  return () => {
    Reflect.deleteProperty(stdin, 'read');
  };
}

/** With its stack, since an error that ends the program is ours to fix. */
const describe = (error: unknown): string => (error instanceof Error ? (error.stack ?? error.message) : String(error));
