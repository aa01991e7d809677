import { Console } from 'node:console';
import { PassThrough, Writable } from 'node:stream';
import { onTestFinished } from 'vitest';
import type { Connections, Consoles } from '../../source/actions/console-types.ts';
import type { Actions } from '../../source/actions/types.ts';
import type { Doctor } from '../../source/doctor/types.ts';
import type { Drills } from '../../source/drills/types.ts';
import type { Logs } from '../../source/logs/types.ts';
import { createHistory } from '../../source/monitor/history.ts';
import type { View } from '../../source/monitor/types.ts';
import { report } from '../../source/stack/assess.ts';
import type { StackEvent } from '../../source/stack/events.ts';
import type { Snapshot } from '../../source/stack/snapshot.ts';
import type { Clock } from '../../source/ui/hooks/use-view.ts';
import { runScreen } from '../../source/ui/run.tsx';
import { emulator } from '../helpers/emulator.ts';
import { healthySnapshot, now } from '../helpers/snapshots.ts';

// Clocks on frames are local time.
process.env.TZ = 'UTC';
// Ink builds a console of its own; Vitest's has no constructor.
Object.assign(console, { Console });

export type ScreenTestOptions = {
  readonly size?: readonly [columns: number, rows: number];
  readonly view?: View | null;
  readonly env?: Readonly<Record<string, string>>;
  readonly readOnly?: boolean;
  readonly drills?: Drills;
  readonly logs?: Logs;
  readonly actions?: Actions;
  readonly doctor?: Doctor;
  readonly consoles?: Consoles;
  readonly connections?: Connections;
};

/** The screen as a person sees it: real Ink, drawn by a terminal emulator, fed by a store and a clock of the test's own. */
export type TestScreen = {
  /** What shows, without trailing blanks. Throws when nothing does: an empty frame never equals anything by chance. */
  text(): string;
  /** Resolves with what shows as soon as it fulfils the condition. */
  until(condition: RegExp | ((text: string) => boolean)): Promise<string>;
  /** Bytes as a terminal sends them. */
  type(bytes: string): void;
  show(view: View): void;
  resize(columns: number, rows: number): Promise<void>;
  /** Lets time pass; what waited for it runs. */
  pass(ms: number): void;
  /** How many wait for time to pass. */
  timers(): number;
  /** Everything written, escape codes and all. */
  raw(): string;
  /** Answers that the terminal has given to questions of ours. */
  replies(): number;
  /** Exit status, once it has ended. */
  readonly ended: Promise<number>;
  readonly stdin: PassThrough;
  readonly stdout: Writable;
  readonly calls: { refresh: number; firstFrame: number; sampled: (ReadonlySet<string> | null)[] };
  leftovers(): readonly string[];
  errors(): string;
};

/** What the monitor would show of a snapshot. */
export function viewOf(snapshot: Snapshot = healthySnapshot(), events: readonly StackEvent[] = []): View {
  const history = createHistory();
  for (let point = 60; point > 0; point -= 1) history.record(report(snapshot), snapshot.at - point * 5_000);
  history.record(report(snapshot), snapshot.at);
  return { snapshot, report: report(snapshot), events, history };
}

export async function openScreen(options: ScreenTestOptions = {}): Promise<TestScreen> {
  const [columns, rows] = options.size ?? [120, 40];
  const terminal = emulator(columns, rows);
  const watchers = new Set<() => void>();
  let written = '';
  const stdout = new Writable({
    write(chunk: Buffer, _encoding, done) {
      written += chunk.toString();
      // As a terminal's line discipline does (ONLCR).
      terminal.write(chunk.toString().replaceAll('\n', '\r\n'), () => {
        done();
        for (const look of watchers) look();
      });
    },
  });
  Object.assign(stdout, { columns, rows, isTTY: true });
  const stdin = Object.assign(new PassThrough(), {
    isTTY: true,
    setRawMode: () => stdin,
    ref: () => {},
    unref: () => {},
  });
  let replies = 0;
  terminal.onReply((data) => {
    stdin.write(data);
    replies += 1;
  });
  let said = '';
  const stderr = new Writable({
    write(chunk: Buffer, _encoding, done) {
      said += chunk.toString();
      done();
    },
  });

  let view = options.view === undefined ? viewOf() : options.view;
  const listeners = new Set<() => void>();
  const calls: TestScreen['calls'] = { refresh: 0, firstFrame: 0, sampled: [] };
  const time = testClock(view?.snapshot.at ?? now);
  const started = Promise.withResolvers<void>();

  const ended = runScreen({
    monitor: {
      store: {
        get: () => view,
        subscribe(listener) {
          listeners.add(listener);
          return () => listeners.delete(listener);
        },
      },
      start: () => {},
      refresh: async () => {
        calls.refresh += 1;
      },
      sampleOnly: (names) => calls.sampled.push(names),
    },
    readOnly: options.readOnly ?? false,
    drills: options.drills ?? null,
    logs: options.logs ?? null,
    actions: options.actions ?? null,
    doctor: options.doctor ?? null,
    consoles: options.consoles ?? null,
    connections: options.connections ?? null,
    color: true,
    stdin: stdin as unknown as NodeJS.ReadStream,
    stdout: stdout as unknown as NodeJS.WriteStream,
    stderr,
    env: { TERM: 'xterm-256color', LANG: 'C.UTF-8', ...options.env },
    clock: time.clock,
    exit: () => {},
    onFirstFrame() {
      calls.firstFrame += 1;
      started.resolve();
    },
  });

  const text = (): string => {
    const shown = terminal.text();
    if (shown.trim() === '') throw new Error('the screen is empty');
    return shown;
  };
  const until: TestScreen['until'] = (condition) =>
    new Promise((resolve, reject) => {
      const look = () => {
        const shown = terminal.text();
        if (!(typeof condition === 'function' ? condition(shown) : condition.test(shown))) return;
        clearTimeout(timer);
        watchers.delete(look);
        resolve(shown);
      };
      const timer = setTimeout(() => {
        watchers.delete(look);
        reject(new Error(`not on screen: ${condition}\n${terminal.text()}`));
      }, 3_000);
      watchers.add(look);
      look();
    });

  onTestFinished(async () => {
    // The second one is for a drill that runs.
    stdin.write('\x03');
    stdin.write('\x03');
    await ended;
  });
  await Promise.race([started.promise, ended]);
  if (calls.firstFrame === 0) throw new Error(`the screen did not open: ${said}`);
  await until((shown) => shown.trim() !== '');
  return {
    text,
    until,
    type: (bytes) => stdin.write(bytes),
    show(next) {
      view = next;
      time.set(next.snapshot.at);
      for (const listener of listeners) listener();
    },
    async resize(nextColumns, nextRows) {
      terminal.resize(nextColumns, nextRows);
      Object.assign(stdout, { columns: nextColumns, rows: nextRows });
      stdout.emit('resize');
      await until((shown) => shown.split('\n').length <= nextRows);
    },
    pass: time.pass,
    timers: time.timers,
    raw: () => written,
    replies: () => replies,
    ended,
    stdin,
    stdout,
    calls,
    leftovers: terminal.leftovers,
    errors: () => said,
  };
}

/** A clock that stands until it is told to go on. */
function testClock(start: number): { clock: Clock; set(at: number): void; pass(ms: number): void; timers(): number } {
  let at = start;
  const waiting = new Map<() => void, number>();
  return {
    clock: {
      now: () => at,
      after(ms, callback) {
        const due = () => callback();
        waiting.set(due, at + ms);
        return () => waiting.delete(due);
      },
    },
    timers: () => waiting.size,
    set(next) {
      at = next;
    },
    pass(ms) {
      at += ms;
      for (const [callback, due] of waiting) {
        if (due > at) continue;
        waiting.delete(callback);
        callback();
      }
    },
  };
}
