import { parseArgs } from 'node:util';
import type { DrillReport } from '../../source/drills/types.ts';
import { leftovers, startDrill } from '../helpers/drill.ts';
import { status } from '../helpers/stack.ts';
import { memory } from './processes.ts';

/**
 * Drills in a row by one process, with its memory after each as the system has it. The stack must be up, and nobody else at
 * it. `npm run soak -- --seed 7 --steps 20`. Exits 0 when all were healed, the stack is ok and nothing is left behind.
 */
const { values } = parseArgs({
  options: { seed: { type: 'string', default: '7' }, steps: { type: 'string', default: '20' } },
});
const { seed, steps } = values;
const sampleMs = 250;
/** A drill takes half a minute, and the longest two. */
const patienceMs = Number(steps) * 150_000;

const running = startDrill(['random', '--seed', seed, '--steps', steps, '--yes', '--json'], patienceMs);
process.once('SIGINT', () => void running.end().then(() => process.exit(130)));

/** By drill: the last that was seen before the next one began, and the most; bytes. */
const residents: { last: number; most: number }[] = [];
const timer = setInterval(() => {
  const { residentBytes } = memory(running.pid);
  const drill = running.said().match(/^preparing:/gm)?.length ?? 0;
  if (drill === 0 || Number.isNaN(residentBytes)) return;
  const { most = 0 } = residents[drill - 1] ?? {};
  residents[drill - 1] = { last: residentBytes, most: Math.max(most, residentBytes) };
}, sampleMs);
const { code, stdout, stderr, ms } = await running.finished;
clearInterval(timer);

const runs = runsIn(stdout);
const megabytes = (bytes: number | undefined) => (bytes === undefined ? '–' : (bytes / 1e6).toFixed(0));
const rows = runs.map(({ drill, verdict, healed, systems }, index) => {
  const outages = systems.map(
    ({ system, outageMs, writes }) => `${system} ${outageMs ?? '–'} ms, ${writes.lost ?? '–'} lost`,
  );
  const { last, most } = residents[index] ?? {};
  return `| ${[index + 1, drill, verdict, healed ? 'yes' : 'NO', outages.join('; '), megabytes(last), megabytes(most)].join(' | ')} |`;
});
process.stdout.write(
  `${['| # | drill | verdict | healed | outage, lost | MB (RSS) after | most |', '|---|---|---|---|---|---|---|', ...rows].join('\n')}\n`,
);

const { report } = await status();
const left = await leftovers();
const wrong = [
  ...(runs.length === Number(steps)
    ? []
    : [`${runs.length} of ${steps} drills came to an end (exit ${code}):\n${stderr}`]),
  ...runs.flatMap(({ drill, healed, why }) => (healed ? [] : [`${drill} was not healed: ${why}`])),
  ...(report.verdict.level === 'ok' ? [] : [`the stack is ${report.verdict.level}`]),
  ...left.map((what) => `left behind: ${what}`),
];
const passed = runs.filter(({ verdict }) => verdict === 'passed').length;
process.stdout.write(`${passed} of ${runs.length} passed in ${Math.round(ms / 1000)} s, exit ${code}\n`);
for (const text of wrong) process.stdout.write(`${text}\n`);
process.exit(wrong.length === 0 ? 0 : 1);

function runsIn(text: string): readonly DrillReport[] {
  const value = JSON.parse(text) as DrillReport | { readonly runs: readonly DrillReport[] };
  return 'runs' in value ? value.runs : [value];
}
