import { setTimeout as pause } from 'node:timers/promises';
import { now, openTerminal, type PtyTerminal } from '../helpers/pty.ts';
import { cpuMeter, cpuMs, engineProcesses, memory } from './processes.ts';
import { quantile } from './quantile.ts';

/** A program to be measured in a terminal of 120×40. */
export type Subject = {
  readonly name: string;
  readonly command?: string;
  readonly args?: readonly string[];
  /** Whether all of its data is on screen. */
  readonly live: (screen: string) => boolean;
  /** Two keys that move the selection there and back; null: it takes no keys. */
  readonly keys: { readonly there: string; readonly back: string } | null;
  readonly quit: string;
};

/** Times in ms, rates per second, sizes in bytes; CPU in percent of one core. null: it has none. */
export type Figures = {
  readonly firstFrameMs: number;
  readonly liveMs: number;
  readonly ownCpu: number;
  readonly engineCpu: number;
  readonly bytesPerSecond: number;
  readonly residentBytes: number;
  readonly peakBytes: number;
  readonly shareBytes: number;
  readonly keyP50Ms: number | null;
  readonly keyP99Ms: number | null;
};

const settleMs = 3_000;
const presses = 100;

/** What the engine uses when nobody asks it anything but the stack's own health checks. */
export async function idleEngineCpu(seconds: number): Promise<number> {
  const { percent } = await window(seconds, []);
  return percent.engine;
}

/** Starts the subject, watches it settle, measures a window of `seconds` without touching it, then presses its keys. */
export async function measure(subject: Subject, seconds: number): Promise<Figures> {
  const begun = now();
  const terminal = openTerminal({
    ...(subject.command === undefined ? {} : { command: subject.command }),
    args: subject.args ?? [],
  });
  try {
    const firstFrameMs = (await terminal.waitFor(/\S/, 30_000)) - begun;
    const liveMs = (await terminal.waitFor(subject.live, 60_000)) - begun;
    await pause(settleMs); // what starting costs is not what running costs
    const bytesBefore = terminal.bytes();
    const { percent, seconds: measured } = await window(seconds, [terminal.pid]);
    const bytesPerSecond = (terminal.bytes() - bytesBefore) / measured;
    const latencies = subject.keys === null ? [] : await pressKeys(terminal, subject.keys);
    const used = memory(terminal.pid);
    terminal.press(subject.quit);
    await terminal.exit;
    return {
      firstFrameMs,
      liveMs,
      ownCpu: percent.own,
      engineCpu: percent.engine,
      bytesPerSecond,
      ...used,
      keyP50Ms: quantile(latencies, 0.5),
      keyP99Ms: quantile(latencies, 0.99),
    };
  } finally {
    await terminal.close();
  }
}

/** Processor time over a window, of processes and of the engine, in percent of one core. */
async function window(seconds: number, pids: readonly number[]) {
  const begun = performance.now();
  const own = cpuMeter(pids);
  const engine = cpuMeter(engineProcesses());
  await pause(seconds * 1_000);
  const elapsed = performance.now() - begun;
  if (pids.some((pid) => cpuMs(pid) === null)) throw new Error('it ended while it was measured');
  return { seconds: elapsed / 1_000, percent: { own: (own() / elapsed) * 100, engine: (engine() / elapsed) * 100 } };
}

/** From a key to the bytes that show it, at moments that have nothing to do with the program's own rhythm. */
async function pressKeys(terminal: PtyTerminal, keys: NonNullable<Subject['keys']>): Promise<number[]> {
  const latencies: number[] = [];
  for (let press = 0; press < presses; press++) {
    await pause(37 + ((press * 61) % 97));
    const was = terminal.inverseRow();
    const pressed = terminal.press(press % 2 === 0 ? keys.there : keys.back);
    latencies.push((await terminal.waitFor(() => terminal.inverseRow() !== was, 5_000)) - pressed);
  }
  return latencies;
}
