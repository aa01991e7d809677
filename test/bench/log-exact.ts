import { spawn } from 'node:child_process';
import { createInterface } from 'node:readline';
import { lineOf, startGenerator } from '../helpers/log-generator.ts';
import { cli, plainEnvironment } from '../helpers/pty.ts';
import { cpuMeter, memory } from './processes.ts';

export type ExactFigures = {
  readonly lines: number;
  readonly missing: number;
  readonly doubled: number;
  /** Lines that stood before one that was written earlier. */
  readonly misplaced: number;
  readonly ownCpu: number;
  readonly mostBytes: number;
};

/** Every line of a flood as `paws-top logs --json` gives it, by its number. */
export async function exact(rate: number, seconds: number): Promise<ExactFigures> {
  const generator = await startGenerator({ rate, seconds });
  const child = spawn(process.execPath, [cli, 'logs', generator.service, '--json', '--project', 'paws'], {
    env: plainEnvironment(),
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const late = setTimeout(() => child.kill(), (seconds + 30) * 1_000);
  try {
    const { pid } = child;
    if (pid === undefined) throw new Error('it did not start');
    const seen = new Uint8Array(generator.lines);
    const cpu = cpuMeter([pid]);
    const begun = performance.now();
    let [doubled, misplaced, newest, mostBytes] = [0, 0, -1, 0];
    for await (const line of createInterface(child.stdout)) {
      const number = Number(lineOf.exec(line)?.[1] ?? Number.NaN);
      if (Number.isNaN(number)) continue;
      if (seen[number] === 1) doubled += 1;
      seen[number] = 1;
      if (number < newest) misplaced += 1;
      newest = Math.max(newest, number);
      if (number % rate === 0) mostBytes = Math.max(mostBytes, memory(pid).residentBytes);
      if (number === generator.lines - 1) break;
    }
    const ownCpu = (cpu() / (performance.now() - begun)) * 100;
    const missing = seen.reduce((sum, times) => sum + (times === 0 ? 1 : 0), 0);
    return { lines: generator.lines, missing, doubled, misplaced, ownCpu, mostBytes };
  } finally {
    clearTimeout(late);
    child.kill();
    await generator.remove();
  }
}
