import { setTimeout as pause } from 'node:timers/promises';
import { createBuffer, defaultBounds } from '../../source/logs/buffer.ts';
import { createFinder } from '../../source/logs/finder.ts';

/**
 * What a search costs, as a Markdown table: 100,000 kept lines of 100 bytes, patterns typed key by key, while nothing comes and
 * while 10,000 lines a second come, which is measured without a search first. `node test/bench/finder.ts`
 */
const rate = 10_000;
const frameMs = 100;
const keyMs = 120;
const typed = [
  'checkpoint',
  'wrote 7\\d+ b',
  '(error|fatal).*\\[\\d+7\\]',
  'ERROR',
  'no such line',
  '\\bfo+\\b|\\d{4,}%',
];

const buffer = createBuffer(defaultBounds);
const finder = createFinder(buffer);
const levels = ['LOG', 'LOG', 'LOG', 'ERROR', 'FATAL'];
let written = 0;
/** The thread by itself does not. */
const keepAlive = setInterval(() => {}, 60_000);

function write(lines: number): void {
  for (const last = written + lines; written < last; written++) {
    const level = levels[(written % 97) % levels.length];
    const text = `2026-01-01 21:04:58.${written % 1000} UTC [${written}] ${level}:  checkpoint complete: wrote ${written * 7} buffers (0.1%)`;
    const at = { ms: 1_800_000_000_000 + Math.floor(written / 10), ns: (written % 10) * 100_000 };
    buffer.add({ source: written % 13, kind: 'out', at, entry: at, cut: 0, text: Buffer.from(text.padEnd(100, '.')) });
  }
}

/** Ms from the key to the complete answer; null when it was typed over before that. */
function answered(pattern: string): Promise<number | null> {
  const begun = performance.now();
  return new Promise((resolve) => {
    const look = () => {
      const { state } = finder;
      const isOver = state?.pattern !== pattern;
      if (!isOver && state.trouble === null && state.tested < state.total) return;
      stop();
      resolve(isOver ? null : performance.now() - begun);
    };
    const stop = finder.subscribe(look);
    finder.search(pattern);
  });
}

/** Types everything, a key each `keyMs`, or as soon as the last is answered. */
async function type(everyMs: number): Promise<(number | null)[]> {
  const times: Promise<number | null>[] = [];
  for (const pattern of typed) {
    for (let length = 1; length <= pattern.length; length++) {
      const time = answered(pattern.slice(0, length));
      times.push(time);
      await (everyMs > 0 ? pause(everyMs) : time);
    }
  }
  return Promise.all(times);
}

function told(what: string, times: readonly (number | null)[]): string {
  const sorted = times.filter((time) => time !== null).sort((one, other) => one - other);
  const at = (part: number) => (sorted[Math.min(sorted.length - 1, Math.floor(part * sorted.length))] ?? 0).toFixed(1);
  return `| ${what} | ${times.length} | ${times.length - sorted.length} | ${at(0.5)} | ${at(0.99)} | ${at(1)} |`;
}

/** Lines come at the rate, and are settled once a frame, until `stop`. Resolves with % of one core: all threads, and this one. */
function flood(): () => { readonly all: number; readonly own: number } {
  const begun = performance.now();
  const all = process.cpuUsage();
  const own = process.threadCpuUsage();
  let sent = 0;
  const timer = setInterval(() => {
    const due = Math.floor(((performance.now() - begun) * rate) / 1000);
    write(due - sent);
    sent = due;
    finder.test(buffer.settle());
    void finder.state?.hits;
  }, frameMs);
  return () => {
    clearInterval(timer);
    const ms = performance.now() - begun;
    const percent = ({ user, system }: NodeJS.CpuUsage) => (user + system) / ms / 10;
    return { all: percent(process.cpuUsage(all)), own: percent(process.threadCpuUsage(own)) };
  };
}

async function flooded(ms: number): Promise<{ readonly all: number; readonly own: number }> {
  const stop = flood();
  await pause(ms);
  return stop();
}

const cpu = ({ all, own }: { readonly all: number; readonly own: number }) =>
  `${all.toFixed(1)} % of a core (${own.toFixed(1)} % in the main thread)`;
const resident = () => `${(process.memoryUsage().rss / 1e6).toFixed(0)} MB`;
const out = (text: string) => process.stdout.write(`${text}\n`);

write(110_000);
buffer.settle();
out('| search over 100,000 lines | keys | typed over | p50 ms | p99 ms | max ms |');
out('| --- | --- | --- | --- | --- | --- |');
const first = await answered('the very first');
out(told('the first, which starts the thread', [first]));
out(told('nothing comes', await type(0)));
finder.search(null);
const without = await flooded(5_000);
const stopFlood = flood();
out(told(`${rate} lines/s come, a key each ${keyMs} ms`, await type(keyMs)));
out(told(`${rate} lines/s come, a key each 20 ms`, await type(20)));
const typing = stopFlood();
await answered('fatal');
const searching = await flooded(5_000);
out(
  `\n${rate} lines/s without a search: ${cpu(without)}; with one that stays: ${cpu(searching)}; while typing: ${cpu(typing)}`,
);
out(`memory: ${resident()}`);

buffer.add({
  source: 0,
  kind: 'out',
  at: { ms: 1_900_000_000_000, ns: 0 },
  entry: { ms: 1_900_000_000_000, ns: 0 },
  cut: 0,
  text: Buffer.from(`${'a'.repeat(40)}b`),
});
buffer.settle();
let longest = 0;
let last = performance.now();
const ticking = setInterval(() => {
  longest = Math.max(longest, performance.now() - last);
  last = performance.now();
}, 1);
const given = await answered('(a+)+$');
clearInterval(ticking);
out(
  `(a+)+$: ${finder.state?.trouble} after ${given?.toFixed(0)} ms; the main thread was never held up longer than ${longest.toFixed(0)} ms`,
);
out(`next search: ${(await answered('wrote'))?.toFixed(0)} ms`);
finder.close();
clearInterval(keepAlive);
