import { execFileSync } from 'node:child_process';
import { closeSync, constants, openSync, readSync } from 'node:fs';
import { constants as system } from 'node:os';
import { join } from 'node:path';
import { spawn } from '@lydell/node-pty';
import { emulator } from './emulator.ts';
import { slowLink } from './slow-link.ts';

/** What a person sees and does, without the person: a program in a real pseudo-terminal, drawn by a terminal emulator. */
export type PtyTerminal = {
  readonly pid: number;
  /** The visible lines, without trailing blanks. */
  screen(): string;
  /** The line that is shown inverse at its start, as a selection is; -1: none. */
  inverseRow(): number;
  /**
   * Resolves as soon as the screen fulfils the condition, with the time at which the bytes that did it arrived (epoch ms
   * with fractions); rejects with the screen as it is when the program ends without, or after `timeoutMs`.
   */
  waitFor(condition: RegExp | ((screen: string) => boolean), timeoutMs?: number): Promise<number>;
  /** A key by its name (`Enter`, `Esc`, `Tab`, `⇧Tab`, `↑`, `PgDn`, `^C` …), else the text as typed. Tells when, epoch ms. */
  press(chord: string): number;
  resize(columns: number, rows: number): void;
  signal(name: NodeJS.Signals): void;
  /** Closes the terminal under the program, as a lost connection does. */
  hangUp(): void;
  /** Kills what still runs. */
  close(): Promise<void>;
  readonly exit: Promise<Exit>;
  /** Bytes written to the terminal so far. */
  bytes(): number;
  /** What was written to the terminal lately, escape sequences and all. */
  sent(): string;
  /** Bytes that were written and are still on their way to the terminal; 0 without a `link`. */
  underWay(): number;
  /** Called with each chunk's size and time of arrival, after it was drawn. */
  onDrawn(listener: (arrivedAt: number, bytes: number) => void): void;
  /** What the terminal sent and the program didn't read: a shell would take it for typed. To be asked after its end. */
  unread(): string;
  /** What the program left of its own in the terminal; nothing, if it behaved. To be asked after its end. */
  leftovers(): readonly string[];
};

/** `at`: when the process was gone, epoch ms, to 10 ms. A signal's name, or null. */
export type Exit = { readonly code: number; readonly signal: string | null; readonly at: number };

export type TerminalOptions = {
  readonly args?: readonly string[];
  readonly columns?: number;
  readonly rows?: number;
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** Default: this Node. */
  readonly command?: string;
  readonly cwd?: string;
  /** Bytes a second that the way to the terminal carries; what is written faster waits on that way. Default: any number. */
  readonly link?: number;
  /** false: nothing is drawn, what is written is only counted and kept as it is (`sent`). Default true. */
  readonly emulate?: boolean;
};

/** The command as it is shipped. */
export const cli = join(import.meta.dirname, '..', '..', 'dist', 'cli.js');

const keptCharacters = 200_000;

const keys: Record<string, string> = {
  Enter: '\r',
  Esc: '\x1b',
  Tab: '\t',
  '⇧Tab': '\x1b[Z',
  Space: ' ',
  Backspace: '\x7f',
  '↑': '\x1b[A',
  '↓': '\x1b[B',
  '→': '\x1b[C',
  '←': '\x1b[D',
  PgUp: '\x1b[5~',
  PgDn: '\x1b[6~',
  Home: '\x1b[H',
  End: '\x1b[F',
};

const bytesOf = (chord: string): string =>
  keys[chord] ?? (/^\^[A-Z]$/.test(chord) ? String.fromCharCode(chord.charCodeAt(1) - 64) : chord);

/** Milliseconds since the epoch with fractions, as the engine's events have them. */
export const now = (): number => performance.timeOrigin + performance.now();

/** This process's variables without those by which a test run or CI shows, as a person's shell would have them. */
export function plainEnvironment(changes: Readonly<Record<string, string | undefined>> = {}): Record<string, string> {
  const inherited = Object.entries(process.env).filter(
    ([name]) =>
      !/^(CI|GITHUB_.*|VITEST.*|TEST|NODE_ENV|NODE_OPTIONS|FORCE_COLOR|NO_COLOR|COLORTERM|TMUX|npm_.*)$/.test(name),
  );
  const merged = { ...Object.fromEntries(inherited), TERM: 'xterm-256color', LANG: 'C.UTF-8', ...changes };
  return Object.fromEntries(
    Object.entries(merged).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}

/** Starts paws-top (or `command`) in a terminal of its own. */
export function openTerminal(options: TerminalOptions = {}): PtyTerminal {
  const { columns: cols = 120, rows = 40 } = options;
  const args = options.command === undefined ? [cli, ...(options.args ?? [])] : [...(options.args ?? [])];
  const screenOf = emulator(cols, rows);
  const child = spawn(options.command ?? process.execPath, args, {
    cols,
    rows,
    cwd: options.cwd ?? process.cwd(),
    env: plainEnvironment(options.env),
    encoding: null,
  });
  // Held open so that the terminal's settings can still be read when the program has ended.
  const { ptsName } = child as unknown as { ptsName: string };
  const slave = openSync(ptsName, constants.O_RDWR | constants.O_NOCTTY);
  let slaveOpen = true;
  const letGo = () => {
    if (slaveOpen) closeSync(slave);
    slaveOpen = false;
  };

  let bytes = 0;
  let sent = '';
  const listeners = new Set<(arrivedAt: number, size: number) => void>();
  const arrive = (data: Buffer) => {
    const arrivedAt = now();
    bytes += data.length;
    sent = (sent + data.toString()).slice(-keptCharacters);
    screenOf.write(options.emulate === false ? '' : data, () => {
      for (const listener of listeners) listener(arrivedAt, data.length);
    });
  };
  const link = options.link === undefined ? null : slowLink(options.link, arrive);
  // With `encoding: null` node-pty gives Buffers, whatever its types say.
  child.onData((data) => (link?.send ?? arrive)(data as unknown as Buffer));

  let gone: { at: number; settings: string } | null = null;
  let unread = '';
  const watch = setInterval(() => {
    if (isAlive(child.pid)) return;
    gone = { at: now(), settings: slaveOpen ? settingsOf(ptsName) : '' };
    if (slaveOpen) unread = inputOf(ptsName, slave);
    clearInterval(watch);
  }, 10);
  const exit = new Promise<Exit>((resolve) => {
    child.onExit(({ exitCode, signal }) => {
      gone ??= { at: now(), settings: '' };
      clearInterval(watch);
      letGo();
      link?.flush();
      const { at } = gone;
      screenOf.write('', () => resolve({ code: exitCode, signal: signalName(signal), at }));
    });
  });

  screenOf.onReply((data) => {
    if (gone === null) child.write(data);
    else unread += data;
  });

  const waitFor: PtyTerminal['waitFor'] = (condition, timeoutMs = 10_000) =>
    new Promise((resolve, reject) => {
      const fulfilled = () => {
        const screen = screenOf.text();
        return typeof condition === 'function' ? condition(screen) : condition.test(screen);
      };
      if (fulfilled()) {
        resolve(now());
        return;
      }
      const end = () => {
        clearTimeout(timer);
        listeners.delete(look);
      };
      const look = (arrivedAt: number) => {
        if (!fulfilled()) return;
        end();
        resolve(arrivedAt);
      };
      const timer = setTimeout(() => {
        end();
        reject(new Error(`not on screen within ${timeoutMs} ms: ${condition}\n${screenOf.text()}`));
      }, timeoutMs);
      listeners.add(look);
      void exit.then(({ code, signal }) => {
        if (!listeners.has(look)) return;
        end();
        reject(new Error(`ended with ${signal ?? code} before it showed ${condition}\n${screenOf.text()}`));
      });
    });

  return {
    pid: child.pid,
    screen: screenOf.text,
    inverseRow: screenOf.inverseRow,
    waitFor,
    press(chord) {
      const at = now();
      child.write(bytesOf(chord));
      return at;
    },
    resize(columns, lines) {
      child.resize(columns, lines);
      screenOf.resize(columns, lines);
    },
    signal: (name) => {
      process.kill(child.pid, name);
    },
    hangUp() {
      letGo();
      (child as unknown as { _socket: { destroy(): void } })._socket.destroy();
    },
    async close() {
      if (gone === null && isAlive(child.pid)) process.kill(child.pid, 'SIGKILL');
      await exit;
    },
    exit,
    bytes: () => bytes,
    sent: () => sent,
    underWay: () => link?.underWay() ?? 0,
    onDrawn: (listener) => {
      listeners.add(listener);
    },
    unread: () => unread,
    leftovers: () => [...screenOf.leftovers(), ...(gone === null ? ['still running'] : rawModeOf(gone.settings))],
  };
}

/** Whether a shell would find its terminal as usual: lines, echo, Ctrl+C as a signal, newlines translated. */
function rawModeOf(settings: string): string[] {
  if (settings === '') return [];
  return ['-icanon', '-echo', '-isig', '-opost', '-icrnl'].filter((flag) => settings.split(/\s+/).includes(flag));
}

const settingsOf = (terminal: string): string => execFileSync('stty', ['-a', '-F', terminal], { encoding: 'utf8' });

/** What waits to be read, also without an end of line. */
function inputOf(terminal: string, file: number): string {
  execFileSync('stty', ['-F', terminal, '-icanon', 'min', '0', 'time', '0']);
  const buffer = Buffer.alloc(4_096);
  return buffer.toString('utf8', 0, readSync(file, buffer));
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

function signalName(number: number | undefined): string | null {
  if (!number) return null;
  return Object.entries(system.signals).find(([, value]) => value === number)?.[0] ?? String(number);
}
