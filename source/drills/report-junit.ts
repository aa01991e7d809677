import { plain } from '../stack/format.ts';
import { escaped } from './markup.ts';
import type { DrillReport, SystemResult } from './types.ts';
import { limit, seconds, span } from './words.ts';

type Case = {
  readonly name: string;
  readonly took: number | null;
  /** As JUnit calls it; null: passed. */
  readonly outcome: 'failure' | 'error' | 'skipped' | null;
  readonly said: string;
  readonly out: readonly string[];
};

/**
 * Reports of drills as JUnit XML, as Jenkins, GitLab and GitHub's actions read it: a suite for each drill, a case for each of
 * its systems, whose time is the one to the first lasting write, and one for the healing. Not run is skipped, inconclusive
 * is an error. Valid by Jenkins' junit-10.xsd.
 */
export function junit(reports: readonly DrillReport[]): string {
  const suites = reports.map((report, index) => {
    const same = reports.filter(({ drill }) => drill === report.drill);
    const run = same.length > 1 ? ` (run ${same.indexOf(report) + 1})` : '';
    return { report, index, run, cases: casesOf(report) };
  });
  const all = suites.flatMap(({ cases }) => cases);
  const tookMs = suites.reduce((sum, { report }) => sum + lengthMs(report), 0);
  return [
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'paws-top drill', ...tally(all), time: time(tookMs) })}>`,
    ...suites.flatMap(({ report, index, run, cases }) => [
      `  <testsuite${attributes({
        name: `${report.drill}${run}`,
        ...tally(cases),
        skipped: String(cases.filter(({ outcome }) => outcome === 'skipped').length),
        time: time(lengthMs(report)),
        timestamp: report.startedAt,
        id: String(index),
        package: 'paws-top',
      })}>`,
      '    <properties>',
      ...Object.entries(properties(report)).map(([name, value]) => `      <property${attributes({ name, value })}/>`),
      '    </properties>',
      ...cases.flatMap((one) => caseLines(one, report.drill, run)),
      ...block(
        'system-out',
        report.timeline.map(({ atMs, source, text }) => `${at(atMs)}  ${source}  ${plain(text)}`),
        4,
      ),
      '  </testsuite>',
    ]),
    '</testsuites>',
    '',
  ].join('\n');
}

function casesOf(report: DrillReport): Case[] {
  const { systems, verdict, why } = report;
  const unread = systems.some(({ writes }) => writes.lost === null);
  const cases = systems.map((result): Case => {
    const unclear = result.writes.lost === null || (verdict === 'inconclusive' && !unread);
    const [outcome, said] =
      result.failures.length > 0
        ? (['failure', result.failures.join('; ')] as const)
        : verdict === 'not-run'
          ? (['skipped', why] as const)
          : unclear
            ? (['error', why] as const)
            : ([null, ''] as const);
    return { name: result.system, took: result.phases.writableMs, outcome, said, out: lines(result) };
  });
  if (report.injectedAt !== null || !report.healed)
    cases.push({
      name: 'healed',
      took: null,
      outcome: report.healed ? null : 'failure',
      said: 'not everything that the drill broke is mended',
      out: [],
    });
  // Whatever the verdict hangs on, it is never green as a whole when the drill was not.
  const outcome = ({ passed: null, failed: 'failure', inconclusive: 'error', 'not-run': 'skipped' } as const)[verdict];
  if (outcome !== null && !cases.some((one) => one.outcome === outcome))
    cases.push({ name: 'verdict', took: null, outcome, said: why, out: [] });
  return cases;
}

function lines({
  targetMs,
  predicted,
  phases,
  outageMs,
  writes,
  lostWrites,
  twoPrimariesMs,
  ...rest
}: SystemResult): string[] {
  const old = writes.viaOldPrimary;
  return [
    `writable after ${seconds(phases.writableMs)}, predicted ${span(predicted)} (${predicted.why}), target ${limit(targetMs)}`,
    `detected ${seconds(phases.detectedMs)}, elected ${seconds(phases.electedMs)}, redundant ${seconds(phases.redundantMs)}`,
    `outage ${seconds(outageMs)}, two primaries for ${seconds(twoPrimariesMs)}`,
    `leader ${rest.leaderBefore ?? 'unknown'}, then ${rest.leaderAfter ?? 'unknown'}`,
    `writes: ${writes.attempted} attempted, ${writes.acked} acknowledged, ${writes.failed} failed, ${writes.indeterminate} indeterminate`,
    `read back: ${writes.lost ?? 'unknown'} lost, ${writes.unexpected ?? 'unknown'} unexpected, ${writes.recovered ?? 'unknown'} recovered; ${writes.durability}`,
    `through the old primary: ${old.attempted} attempted, ${old.acked} acknowledged, ${old.failed} failed, ${old.indeterminate} indeterminate`,
    ...lostWrites.map(({ id, member, ackedMs }) => `lost: ${id}, acknowledged by ${member} at ${at(ackedMs)}`),
  ];
}

function properties({
  stack,
  target,
  fault,
  does,
  verdict,
  why,
  injectedAt,
  systems,
}: DrillReport): Record<string, string> {
  const figures = systems.flatMap(({ system, phases, outageMs, writes }) => {
    const values = { writableMs: phases.writableMs, outageMs, lost: writes.lost };
    return Object.entries(values).map(
      ([name, value]) => [`${system}.${name}`, value === null ? '' : String(value)] as const,
    );
  });
  return { stack, target, fault, does, verdict, why, injectedAt: injectedAt ?? '', ...Object.fromEntries(figures) };
}

function caseLines({ name, took, outcome, said, out }: Case, drill: string, run: string): string[] {
  const open = `    <testcase${attributes({ name: `${name}${run}`, classname: `paws-top.${drill}`, time: time(took ?? 0) })}`;
  if (outcome === null && out.length === 0) return [`${open}/>`];
  return [
    `${open}>`,
    ...(outcome === null
      ? []
      : [`      <${outcome}${attributes({ message: said, type: outcome })}>${escaped(said)}</${outcome}>`]),
    ...block('system-out', out, 6),
    '    </testcase>',
  ];
}

const block = (tag: string, texts: readonly string[], indent: number): string[] =>
  texts.length === 0 ? [] : [`${' '.repeat(indent)}<${tag}>${texts.map(escaped).join('\n')}</${tag}>`];

const tally = (cases: readonly Case[]) => ({
  tests: String(cases.length),
  failures: String(cases.filter(({ outcome }) => outcome === 'failure').length),
  errors: String(cases.filter(({ outcome }) => outcome === 'error').length),
});

const lengthMs = ({ startedAt, endedAt }: DrillReport): number =>
  Math.max(0, Date.parse(endedAt) - Date.parse(startedAt));
const time = (ms: number): string => (ms / 1000).toFixed(3);
const at = (ms: number): string => `${ms < 0 ? '-' : '+'}${time(Math.abs(ms))} s`;

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${escaped(plain(value))}"`)
    .join('');
