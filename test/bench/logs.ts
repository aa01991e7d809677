import { parseArgs } from 'node:util';
import { removeGenerators } from '../helpers/log-generator.ts';
import type { PtyTerminal } from '../helpers/pty.ts';
import { exact } from './log-exact.ts';
import { type FloodFigures, flood, type Quantiles } from './log-flood.ts';
import { history } from './log-history.ts';
import { keptLines } from './log-kept.ts';
import { composeLogs, pawsTop } from './log-subjects.ts';

/**
 * What following a flood of lines costs, beside `docker compose logs -f` in the same run, as Markdown tables. The stack must
 * be up. `npm run bench:logs -- --rate 10000 --minutes 5`; `--only flood|exact|link|history` runs a part of it.
 */
const { values } = parseArgs({
  options: {
    rate: { type: 'string', default: '10000' },
    minutes: { type: 'string', default: '5' },
    history: { type: 'string', default: '500000' },
    only: { type: 'string' },
  },
});
const rate = Number(values.rate);
const seconds = Number(values.minutes) * 60;
const lines = Number(values.history);
const parts = ['flood', 'exact', 'link', 'history'] as const;
if (
  !(rate > 0 && seconds > 0 && lines > 0) ||
  (values.only !== undefined && !parts.some((part) => part === values.only))
) {
  process.stderr.write(
    `bench: --rate, --minutes and --history take numbers above 0, --only one of ${parts.join(', ')}\n`,
  );
  process.exit(64);
}
const wanted = (part: (typeof parts)[number]): boolean => values.only === undefined || values.only === part;
const say = (text: string) => process.stderr.write(`${text}\n`);
const print = (lines: readonly string[]) => process.stdout.write(`${lines.join('\n')}\n\n`);

for (const signal of ['SIGINT', 'SIGTERM'])
  process.once(signal, () => void removeGenerators().finally(() => process.exit(130)));

const linkBytes = 20_000;
const linkRate = 1_000;

if (wanted('flood')) {
  const rows: string[] = [];
  const notes: string[] = [];
  for (const subject of [pawsTop, composeLogs]) {
    say(`${subject.name}, ${rate} lines/s, ${seconds} s`);
    const check = async (terminal: PtyTerminal, lines: number): Promise<void> => {
      if (subject !== pawsTop) return;
      const { counted, saved, gaps, hasLast } = await keptLines(terminal, lines);
      notes.push(
        `${lines} lines written, ${counted} counted (kept and fallen out); of ${saved} saved, ${gaps} not next to each other, the last one ${hasLast ? 'there' : 'MISSING'}`,
      );
    };
    rows.push(row(subject.name, await flood(subject, { rate, seconds, link: undefined }, check)));
  }
  print([...head(`${rate} lines/s, ${seconds} s`), ...rows]);
  print(notes);
}
if (wanted('exact')) {
  const exactSeconds = Math.min(seconds, 60);
  say(`paws-top logs --json, ${rate} lines/s, ${exactSeconds} s`);
  const { lines: written, missing, doubled, misplaced, ownCpu, mostBytes } = await exact(rate, exactSeconds);
  print([
    `paws-top logs --json: of ${written} lines, ${missing} missing, ${doubled} doubled, ${misplaced} misplaced; ${ownCpu.toFixed(1)} % of a core, ${(mostBytes / 1e6).toFixed(0)} MB`,
  ]);
}
if (wanted('link')) {
  say(`paws-top, ${linkRate} lines/s over ${linkBytes / 1_000} kB/s`);
  const figures = await flood(pawsTop, { rate: linkRate, seconds: Math.min(seconds, 60), link: linkBytes });
  print([...head(`${linkRate} lines/s over ${linkBytes / 1_000} kB/s`), row('paws-top', figures)]);
}
if (wanted('history')) {
  say(`${lines} lines of history`);
  const { compose, pawsTop: ours } = await history(lines);
  const seconds = (ms: number) => `${(ms / 1_000).toFixed(2)} s`;
  print([
    `| ${lines} lines of history | the last line | all |`,
    '| --- | --- | --- |',
    `| paws-top | ${seconds(ours.lastLineMs)} | ${seconds(ours.oldestMs)} (what is kept) |`,
    `| docker compose logs | ${seconds(compose.lastLineMs)} | ${seconds(compose.endMs)} |`,
  ]);
}

function head(title: string): string[] {
  const columns = [
    title,
    'own CPU',
    "engine's CPU",
    'to the terminal',
    'age of the newest line, p50 / p99 / max',
    'memory (RSS) at start, end, most',
    'a key, p50 / p99 / max',
    'most on the way',
  ];
  return [`| ${columns.join(' | ')} |`, `|${' --- |'.repeat(columns.length)}`];
}

function row(name: string, { ownCpu, engineCpu, bytesPerSecond, age, keys, resident, underWay }: FloodFigures): string {
  const megabytes = (bytes: number) => (bytes / 1e6).toFixed(0);
  const ms = ({ p50, p99, max }: Quantiles) => `${[p50, p99, max].map((value) => value.toFixed(0)).join(' / ')} ms`;
  const cells = [
    name,
    `${ownCpu.toFixed(1)} %`,
    `${engineCpu.toFixed(1)} %`,
    `${(bytesPerSecond / 1e3).toFixed(1)} kB/s`,
    `${ms(age)}, ${age.above200} of ${age.count} above 200 ms`,
    `${[resident.start, resident.end, resident.most].map(megabytes).join(', ')} MB`,
    keys === null ? '–' : ms(keys),
    `${(underWay / 1e3).toFixed(1)} kB`,
  ];
  return `| ${cells.join(' | ')} |`;
}
