import type { DrillProgress, DrillReport, DrillVerdict, SystemResult } from '../../drills/types.ts';
import { limit, span as range, seconds } from '../../drills/words.ts';
import { count } from '../../stack/format.ts';
import { type Span, type Spans, span } from '../parts/spans.ts';
import { clean, fill, wrap } from '../parts/text.ts';
import { faultWords, systemNames } from './drill-words.ts';

const marks: Readonly<Record<DrillVerdict, Span>> = {
  passed: span('●', 'good'),
  failed: span('✖', 'bad'),
  inconclusive: span('?', 'warning'),
  'not-run': span('·', 'faint'),
};

export const verdictMark = (verdict: DrillVerdict): Span => marks[verdict];

/** The verdict and why, and whether everything is as it was. */
export function verdictLines({ report, plan }: DrillProgress, columns: number): readonly Spans[] {
  if (report === null) return [[span('over; there is no report', 'strong')]];
  const { verdict, why, healed } = report;
  const word = verdict === 'not-run' ? 'NOT RUN' : verdict.toUpperCase();
  return [
    [marks[verdict], span(` ${word}`, 'strong'), span(` · ${faultWords(plan)}`)],
    ...wrap(clean(why), columns - 2).map((line) => [span(`  ${line}`)]),
    ...(healed || verdict === 'not-run'
      ? []
      : [[span('✖', 'bad'), span(' not everything is healed: H heals', 'strong')]]),
  ];
}

/** What was measured of each system, in sentences. */
export const resultLines = ({ systems, why }: DrillReport, columns: number): readonly Spans[] =>
  systems.flatMap((result) =>
    facts(result, why).flatMap(({ mark, text, strong }, index) =>
      wrap(clean(text), columns - nameColumns - 2).map(
        (line, part): Spans => [
          span(fill(index + part === 0 ? systemNames[result.system] : '', nameColumns), 'strong'),
          part === 0 ? mark : span(' '),
          span(` ${line}`, strong === true ? 'strong' : 'plain'),
        ],
      ),
    ),
  );
const nameColumns = 9;

type Fact = { readonly mark: Span; readonly text: string; readonly strong?: true };

/** The verdict's own sentence has said most failures already. */
function facts(result: SystemResult, why: string): readonly Fact[] {
  const { leaderBefore, leaderAfter, twoPrimariesMs, failures } = result;
  const old = result.writes.viaOldPrimary;
  return [
    ...failures.filter((text) => !why.includes(text)).map((text): Fact => ({ mark: marks.failed, text, strong: true })),
    outage(result),
    loss(result),
    ...(twoPrimariesMs > 0
      ? [
          {
            mark: marks.failed,
            text: `two members took writes side by side for ${seconds(twoPrimariesMs)}`,
            strong: true,
          } as const,
        ]
      : []),
    ...(old.attempted > 0
      ? [
          {
            mark: neutral,
            text: `through the old primary: ${count(old.attempted)} tried, ${count(old.acked)} acked, ${count(old.failed)} failed, ${count(old.indeterminate)} unknown`,
          },
        ]
      : []),
    {
      mark: neutral,
      text:
        leaderBefore === leaderAfter
          ? `${leaderBefore ?? 'nobody'} led before and after`
          : `${leaderBefore ?? 'nobody'} led before, ${leaderAfter ?? 'nobody'} after`,
    },
  ];
}
const neutral = span('·', 'faint');

function outage({ outageMs, predicted, asPredicted, targetMs }: SystemResult): Fact {
  const said = `predicted: ${range(predicted)}; target: ${limit(targetMs)}`;
  if (outageMs === null) return { mark: marks.inconclusive, text: `the outage is not known (${said})`, strong: true };
  const fits =
    asPredicted === null ? 'not compared with the prediction' : asPredicted ? 'as predicted' : 'not as predicted';
  const mark = outageMs > targetMs ? marks.failed : asPredicted === false ? span('▲', 'warning') : marks.passed;
  return { mark, text: `no write got through for ${seconds(outageMs)}, ${fits} (${said})` };
}

function loss({ writes: { acked, lost, unexpected, durability } }: SystemResult): Fact {
  if (lost === null)
    return {
      mark: marks.inconclusive,
      text: `lost writes: not known, there was no final read of ${count(acked)} acknowledged`,
      strong: true,
    };
  const odd = unexpected !== null && unexpected > 0 ? `; ${count(unexpected)} read that nobody wrote` : '';
  const text = `${count(lost)} of ${count(acked)} acknowledged writes lost (${durability})${odd}`;
  return lost > 0 ? { mark: marks.failed, text, strong: true } : { mark: marks.passed, text };
}
