import { compare } from '../drills/compare.ts';
import { type Figure, type Repeated, worst } from '../drills/repeat.ts';
import type { DrillReport, DrillVerdict } from '../drills/types.ts';
import { seconds } from '../drills/words.ts';
import * as format from '../stack/format.ts';
import { finish, named, verdictLine } from './drill-text.ts';
import { type Colour, cell, heading, right, type TextOptions, table } from './text-table.ts';

const rows: readonly [Figure, string][] = [
  ['detectedMs', 'detected'],
  ['electedMs', 'elected'],
  ['writableMs', 'writable'],
  ['redundantMs', 'redundant'],
  ['outageMs', 'outage'],
  ['twoPrimariesMs', 'two primaries'],
  ['lost', 'lost writes'],
];

/** Several runs of a drill as `drill --repeat N` prints them: how they ended, and minimum, median and maximum by system. */
export function repeatText({ drill, runs, summary }: Repeated, options: TextOptions): string {
  const opts = { ...options, width: Math.max(40, options.width) };
  const ended = Object.entries(summary.verdicts).flatMap(([verdict, times]) =>
    times === 0 ? [] : [`${times} ${verdict.replace('-', ' ')}`],
  );
  const head = [
    verdictLine(summary.verdict, [drill, format.plural(summary.runs, 'run'), ended.join(', ')], opts),
    ...runs.flatMap(({ verdict, why }, index) => (verdict === 'passed' ? [] : named(`run ${index + 1}`, why, opts))),
  ];
  const systems = summary.systems.map((system) => [
    heading(system.system, null, [format.plural(summary.runs, 'run')], opts),
    ...table(
      ['', right('MIN'), right('MEDIAN'), right('MAX'), right('MEASURED IN'), ''],
      rows.flatMap(([figure, name]) => {
        const spread = system[figure];
        if (spread === null || (figure === 'twoPrimariesMs' && spread.max === 0)) return [];
        const write = figure === 'lost' ? format.count : seconds;
        const values = [spread.min, spread.median, spread.max].map((value) => right(write(value)));
        return [[cell(name), ...values, right(`${spread.of} of ${summary.runs}`), cell('')]];
      }),
      opts,
    ),
  ]);
  return finish([head, ...systems], opts);
}

const colours: Readonly<Record<DrillVerdict, Colour | undefined>> = {
  ...{ passed: undefined, failed: 'red', inconclusive: 'yellow', 'not-run': 'magenta' },
};

/**
 * The last runs of a drill as `drill --history` prints them: whether the newest was faster or slower than the earlier ones,
 * then a line for each run and system, the newest last. Reports oldest first; `notes` are files that could not be read.
 */
export function historyText(
  drill: string,
  { reports, notes }: { readonly reports: readonly DrillReport[]; readonly notes: readonly string[] },
  options: TextOptions,
): string {
  const opts = { ...options, width: Math.max(40, options.width) };
  const said = notes.flatMap((note) => named('note', note, opts));
  const newest = reports.at(-1);
  if (newest === undefined) return finish([[`${drill}  was not run yet, as far as is known here`, ...said]], opts);
  const earlier = format.plural(reports.length - 1, 'earlier run');
  const head = [
    verdictLine(worst([newest]), [drill, newest.stack, format.plural(reports.length, 'run'), 'the newest last'], opts),
    ...compare(reports).flatMap(({ system, figure, nowMs, beforeMs, words }) => {
      const name = figure === 'writableMs' ? 'writable after' : 'outage of';
      const before = beforeMs === null ? '' : `; median of ${earlier}: ${seconds(beforeMs)}`;
      return named(system, `${name} ${seconds(nowMs)}, ${words}${before}`, opts);
    }),
    ...said,
  ];
  const lines = reports.flatMap(({ startedAt, verdict, systems, target, why }) => {
    const when = cell(startedAt.slice(0, 19).replace('T', ' '));
    const ended = cell(verdict.replace('-', ' '), colours[verdict]);
    const note = cell(verdict === 'passed' ? '' : why, 'yellow');
    if (systems.length === 0) return [[when, ended, cell(target), ...figuresOf(null), note]];
    return systems.map((result) => [when, ended, cell(result.system), ...figuresOf(result), note]);
  });
  const titles = ['STARTED (UTC)', 'VERDICT', 'SYSTEM', right('WRITABLE'), right('OUTAGE'), right('LOST'), 'WHY'];
  return finish([head, table(titles, lines, opts)], opts);
}

const figuresOf = (result: DrillReport['systems'][number] | null) => [
  right(seconds(result?.phases.writableMs ?? null)),
  right(seconds(result?.outageMs ?? null)),
  right(format.count(result?.writes.lost ?? null)),
];
