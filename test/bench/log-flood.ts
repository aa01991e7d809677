import { setTimeout as pause } from 'node:timers/promises';
import { startGenerator } from '../helpers/log-generator.ts';
import { now, type PtyTerminal } from '../helpers/pty.ts';
import type { LogSubject } from './log-subjects.ts';
import { cpuMeter, engineProcesses, family, memory } from './processes.ts';
import { quantile } from './quantile.ts';

export type FloodOptions = {
  /** Lines a second. */
  readonly rate: number;
  readonly seconds: number;
  /** Bytes a second that the link carries; undefined: any number. */
  readonly link: number | undefined;
};

/** Times in ms, sizes in bytes, CPU in percent of one core; null: it has none. */
export type FloodFigures = {
  readonly ownCpu: number;
  readonly engineCpu: number;
  readonly bytesPerSecond: number;
  /** Of the newest line on screen, sampled all the time. */
  readonly age: Quantiles;
  readonly keys: Quantiles | null;
  readonly resident: { readonly start: number; readonly end: number; readonly most: number };
  /** Bytes on the way to the terminal, the most seen. */
  readonly underWay: number;
};
export type Quantiles = {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
  readonly count: number;
  readonly above200: number;
};

const settleMs = 5_000;
const sampleMs = 50;
const presses = 120;

/**
 * Follows a service that writes at a rate: a window without a key, then keys at moments that have nothing to do with the
 * program's own rhythm. `finish` sees the screen when the last line has been written and nothing was closed yet.
 */
export async function flood(
  subject: LogSubject,
  { rate, seconds, link }: FloodOptions,
  finish: (terminal: PtyTerminal, lines: number) => Promise<void> = async () => {},
): Promise<FloodFigures> {
  const keySeconds = subject.keys === null ? 0 : presses * 0.25;
  const generator = await startGenerator({ rate, seconds: seconds + keySeconds + 15 });
  let terminal: PtyTerminal | null = null;
  try {
    terminal = await subject.open(generator.service, link === undefined ? {} : { link });
    await pause(settleMs);
    const pids = family(terminal.pid);
    const residents: number[] = [];
    const ages: number[] = [];
    let underWay = 0;
    const begun = performance.now();
    const bytesBefore = terminal.bytes();
    const own = cpuMeter(pids);
    const engine = cpuMeter(engineProcesses());
    while (performance.now() - begun < seconds * 1_000) {
      // Off the beat of whatever is drawn at a beat.
      await pause(sampleMs + Math.random() * sampleMs);
      const newest = subject.newest(terminal);
      if (newest !== null) ages.push(now() - newest.at);
      underWay = Math.max(underWay, terminal.underWay());
      if (residents.length < (performance.now() - begun) / 1_000) residents.push(residentOf(pids));
    }
    const elapsed = performance.now() - begun;
    const ownCpu = (own() / elapsed) * 100;
    const engineCpu = (engine() / elapsed) * 100;
    const bytesPerSecond = ((terminal.bytes() - bytesBefore) / elapsed) * 1_000;
    const latencies = await pressKeys(terminal, subject.keys ?? []);
    await finish(terminal, generator.lines);
    for (const chord of subject.quit) terminal.press(chord);
    await terminal.exit;
    return {
      ownCpu,
      engineCpu,
      bytesPerSecond,
      age: quantilesOf(ages) ?? fail('no line was ever on screen'),
      keys: quantilesOf(latencies),
      resident: { start: residents[0] ?? 0, end: residents.at(-1) ?? 0, most: Math.max(...residents) },
      underWay,
    };
  } finally {
    await terminal?.close();
    await generator.remove();
  }
}

const residentOf = (pids: readonly number[]): number =>
  pids.reduce((sum, pid) => sum + (memory(pid).residentBytes || 0), 0);

/** From a key to the bytes that show it. */
async function pressKeys(terminal: PtyTerminal, keys: NonNullable<LogSubject['keys']>): Promise<number[]> {
  const latencies: number[] = [];
  for (let press = 0; press < (keys.length === 0 ? 0 : presses); press++) {
    await pause(57 + Math.random() * 140);
    const key = keys[press % keys.length];
    if (key === undefined) break;
    const at = terminal.press(key.chord);
    latencies.push((await terminal.waitFor(key.shows, 10_000)) - at);
  }
  return latencies;
}

function quantilesOf(values: readonly number[]): Quantiles | null {
  const [p50, p99, max] = [quantile(values, 0.5), quantile(values, 0.99), quantile(values, 1)];
  return p50 === null || p99 === null || max === null
    ? null
    : { p50, p99, max, count: values.length, above200: values.filter((value) => value > 200).length };
}

function fail(why: string): never {
  throw new Error(why);
}
