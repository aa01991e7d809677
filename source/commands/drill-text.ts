import type { DrillReport, DrillVerdict, SystemResult } from '../drills/types.ts';
import { limit, seconds, span } from '../drills/words.ts';
import * as format from '../stack/format.ts';
import { bandLegend, bandLines, momentLegend } from './drill-band.ts';
import { asciiOnly, type Colour, cell, heading, paint, right, type TextOptions, table, wrap } from './text-table.ts';

const colours: Readonly<Record<DrillVerdict, Colour>> = {
  ...{ passed: 'green', failed: 'red', inconclusive: 'yellow', 'not-run': 'magenta' },
};
/** Lost ids shown; all of the first hundred are in the JSON and on the page. */
const mostLost = 5;

/**
 * The report of a drill as `paws-top drill` prints it: the verdict and why, what was done to whom, then for each system the
 * writes as a band, the times beside the prediction, the writes by class, and what is missing; at the end what happened.
 * Lines are no wider than `width` (40 at least) and end without blanks, the last without a line end.
 */
export function drillText(report: DrillReport, options: TextOptions): string {
  const opts = { ...options, width: Math.max(40, options.width) };
  const blocks = [
    headLines(report, opts),
    ...report.systems.map((result, index) => systemLines(result, index === 0, opts)),
    ...(report.timeline.length === 0 ? [] : [eventLines(report, opts)]),
  ];
  return finish(blocks, opts);
}

/** Blocks with an empty line between them, as one text. */
export function finish(blocks: readonly (readonly string[])[], { ascii }: TextOptions): string {
  const text = blocks.map((lines) => lines.join('\n')).join('\n\n');
  return ascii ? asciiOnly(text) : text;
}

/** `PASSED  patroni-leader-kill · paws`. */
export function verdictLine(verdict: DrillVerdict, facts: readonly string[], { color, width }: TextOptions): string {
  const word = verdict.toUpperCase().replace('-', ' ');
  return `${paint(word, colours[verdict], color)}  ${format.clip(facts.join(' · '), width - word.length - 2)}`;
}

/** A name in its column, and beside it a text of as many lines as it takes. */
export function named(name: string, text: string, { width }: TextOptions): string[] {
  const left = 14;
  return wrap(text, width - left).map(
    (line, index) => `  ${index === 0 ? name.padEnd(left - 2) : ' '.repeat(left - 2)}${line}`,
  );
}

const indented = (text: string, { width }: TextOptions): string[] => wrap(text, width - 2).map((line) => `  ${line}`);

function headLines(report: DrillReport, opts: TextOptions): string[] {
  const { drill, does, stack, target, fault, injectedAt, startedAt, endedAt, healed, verdict, why } = report;
  const lasted = seconds(Date.parse(endedAt) - Date.parse(startedAt));
  const when = injectedAt === null ? `not injected` : `injected ${injectedAt.replace('T', ' ').replace('Z', ' UTC')}`;
  return [
    verdictLine(verdict, [drill, stack, lasted], opts),
    ...indented(why, opts),
    ...named('does', does, opts),
    ...named('fault', `${fault} of ${target}, ${when}`, opts),
    ...(injectedAt === null && healed
      ? []
      : named('healed', healed ? 'yes' : 'NO: paws-top heal undoes what is left', opts)),
  ];
}

function systemLines(result: SystemResult, first: boolean, opts: TextOptions): string[] {
  const { system, phases, predicted, writes, leaderBefore, leaderAfter, failures, lane } = result;
  const lost = writes.lost === null ? 'lost not known' : `${format.count(writes.lost)} lost`;
  const leaders =
    leaderBefore === leaderAfter ? `leader ${leaderBefore ?? '?'}` : `${leaderBefore ?? '?'} → ${leaderAfter ?? '?'}`;
  const writable =
    phases.writableMs === null ? 'not seen writable again' : `writable after ${seconds(phases.writableMs)}`;
  return [
    heading(system, null, [writable, lost, leaders], opts),
    ...failures.flatMap((text) => named('failed', text, opts).map((line) => paint(line, 'red', opts.color))),
    ...(lane.acked.length === 0 ? [] : bandLines(result, opts)),
    ...(first
      ? [...indented(momentLegend, opts), ...indented(bandLegend, opts)].map((line) => paint(line, 'dim', opts.color))
      : []),
    ...timeLines(result, opts),
    ...writeLines(result, opts),
    ...lostLines(result, opts),
    ...named('durability', writes.durability, opts),
    ...named('prediction', predicted.why, opts),
  ];
}

function timeLines(
  { phases, outageMs, twoPrimariesMs, predicted, targetMs, asPredicted }: SystemResult,
  opts: TextOptions,
) {
  const inside = asPredicted === null ? '' : asPredicted ? 'as predicted' : 'outside the prediction';
  const goesOn = predicted.maxMs === 0;
  const late = phases.writableMs !== null && phases.writableMs > targetMs;
  const row = (name: string, ms: number | null, expected = '', target = '', note = '', colour?: Colour) => [
    cell(name),
    right(seconds(ms), colour),
    right(expected),
    right(target),
    cell(note, 'yellow'),
  ];
  const note = asPredicted === false ? inside : '';
  return table(
    ['TIME', right('MEASURED'), right('PREDICTED'), right('TARGET'), ''],
    [
      row('detected', phases.detectedMs),
      row('elected', phases.electedMs),
      row(
        'writable',
        phases.writableMs,
        goesOn ? '' : span(predicted),
        limit(targetMs),
        goesOn ? '' : note,
        late ? 'red' : undefined,
      ),
      row('redundant', phases.redundantMs),
      row('outage', outageMs, goesOn ? span(predicted) : '', '', goesOn ? note : ''),
      ...(twoPrimariesMs > 0 ? [row('two primaries', twoPrimariesMs, '', '', '', 'red')] : []),
    ],
    opts,
  );
}

function writeLines({ writes }: SystemResult, opts: TextOptions): string[] {
  const row = (name: string, { attempted, acked, failed, indeterminate }: SystemResult['writes']['viaOldPrimary']) => [
    cell(name),
    ...[attempted, acked, failed, indeterminate].map((value) => right(format.count(value))),
    cell(''),
  ];
  const old = writes.viaOldPrimary;
  return table(
    ['WRITES', right('ATTEMPTED'), right('ACKED'), right('FAILED'), right('INDETERMINATE'), ''],
    [row('all', writes), ...(old.attempted > 0 ? [row('old primary', old)] : [])],
    opts,
  );
}

function lostLines({ writes, lostWrites }: SystemResult, opts: TextOptions): string[] {
  if (writes.lost === null) return named('read back', 'nobody could: what was lost is not known', opts);
  const facts = [
    `${format.count(writes.lost)} lost`,
    `${format.count(writes.unexpected)} unexpected`,
    `${format.count(writes.recovered)} recovered (indeterminate, and there)`,
  ];
  const shown = lostWrites.slice(0, mostLost);
  const more = writes.lost - shown.length;
  return [
    ...named('read back', facts.join(' · '), opts),
    ...shown.flatMap(({ id, member, ackedMs }, index) =>
      named(index === 0 ? 'lost' : '', `${id}, acked by ${member} at ${at(ackedMs)} s`, opts),
    ),
    ...(shown.length > 0 && more > 0 ? named('', `and ${format.count(more)} more`, opts) : []),
  ];
}

/** Seconds from the injection, with their sign. */
const at = (ms: number): string => `${ms < 0 ? '−' : '+'}${(Math.abs(ms) / 1000).toFixed(3)}`;

function eventLines({ timeline }: DrillReport, opts: TextOptions): string[] {
  const widest = Math.min(12, Math.max(...timeline.map(({ source }) => format.width(format.plain(source)))));
  const left = 2 + 9 + 2 + widest + 2;
  return [
    heading('what happened', null, ['seconds from the injection'], opts),
    ...timeline.flatMap(({ atMs, source, text }) =>
      wrap(text, opts.width - left).map((line, index) =>
        index > 0 ? `${' '.repeat(left)}${line}` : `  ${at(atMs).padStart(9)}  ${format.pad(source, widest)}  ${line}`,
      ),
    ),
  ].map((line) => line.trimEnd());
}
