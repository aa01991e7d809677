import { count, plural } from '../stack/format.ts';
import { escaped } from './markup.ts';
import { worst } from './repeat.ts';
import { chart, scaleOf } from './report-html-chart.ts';
import { figureTables } from './report-html-figures.ts';
import { runsTable, spreads } from './report-html-runs.ts';
import { style } from './report-html-style.ts';
import type { DrillReport, DrillVerdict, Measured } from './types.ts';
import { seconds } from './words.ts';

const systemNames: Readonly<Record<Measured, string>> = {
  patroni: 'Patroni and PostgreSQL',
  redis: 'Redis',
  etcd: 'etcd',
};
const verdicts: Readonly<Record<DrillVerdict, string>> = {
  passed: '✓ Passed',
  failed: '✕ Failed',
  inconclusive: '? Inconclusive',
  'not-run': '– Not run',
};

/**
 * Reports of drills as one HTML page that asks nobody for anything: no script, no font, no picture from elsewhere. Several
 * runs of one drill come with their minimum, median and maximum; different drills with a list.
 */
export function html(reports: readonly DrillReport[]): string {
  const [first] = reports;
  const single = reports.length === 1 && first !== undefined;
  const drills = [...new Set(reports.map(({ drill }) => drill))];
  const title = single
    ? first.drill
    : drills.length === 1
      ? `${drills[0]}, ${reports.length} runs`
      : `${reports.length} drills`;
  const stacks = [...new Set(reports.map(({ stack }) => stack))].join(', ');
  const body = single
    ? `${head(first, 'h1')}${run(first, 'h2')}`
    : `<header><p class="eyebrow">Drills on ${escaped(stacks)}</p><div class="title"><h1>${escaped(title)}</h1>${badge(worst(reports))}</div></header>
${drills.length === 1 ? spreads(reports, systemNames) : ''}${runsTable(reports, verdicts)}
${reports.map((report, index) => `<article id="run-${index + 1}">${head(report, 'h2', `Run ${index + 1}`)}${run(report, 'h3')}</article>`).join('\n')}`;
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
<title>${escaped(title)}: ${verdicts[worst(reports)].slice(2).toLowerCase()}</title>
<style>${style}</style>
</head>
<body>
<main>
${body}
</main>
<footer>Times count from the injection. Outage: the longest gap between acknowledged writes that survived. Lost: acknowledged, and not in the final read. Indeterminate: nobody answered, so it may have been written or not. Made by paws-top.</footer>
</body>
</html>
`;
}

const badge = (verdict: DrillVerdict): string => `<strong class="verdict ${verdict}">${verdicts[verdict]}</strong>`;

function head(report: DrillReport, heading: 'h1' | 'h2', eyebrow = `Drill on ${report.stack}`): string {
  const { drill, does, target, fault, injectedAt, startedAt, endedAt, healed, verdict, why } = report;
  const facts: [string, string][] = [
    ['Target', target],
    ['Fault', fault],
    [injectedAt === null ? 'Started' : 'Injected', instant(injectedAt ?? startedAt)],
    ['Lasted', seconds(Date.parse(endedAt) - Date.parse(startedAt))],
    ['Healed', injectedAt === null && healed ? 'nothing to mend' : healed ? 'yes' : 'no'],
  ];
  return `<header><p class="eyebrow">${escaped(eyebrow)}</p>
<div class="title"><${heading}>${escaped(drill)}</${heading}>${badge(verdict)}</div>
<p class="does">${escaped(does)}</p>
<p class="why ${verdict}">${escaped(why)}</p>
<dl class="facts">${facts.map(([name, value]) => `<div><dt>${name}</dt><dd>${escaped(value)}</dd></div>`).join('')}</dl></header>`;
}

/** `2026-02-11 09:14:05.402 UTC`. */
const instant = (iso: string): string => iso.replace('T', ' ').replace('Z', ' UTC');

function run({ systems, timeline, healedMs = null }: DrillReport, heading: 'h2' | 'h3'): string {
  const scale = scaleOf(systems, healedMs);
  const sections = systems.map((result) => {
    const { writes, failures, system } = result;
    const lost = writes.lost === null ? 'lost: not known' : `${count(writes.lost)} lost`;
    return `<section class="system">
<${heading}>${systemNames[system]} <small>writable ${result.phases.writableMs === null ? 'again: not seen' : `after ${seconds(result.phases.writableMs)}`} · ${lost}</small></${heading}>
${failures.length === 0 ? '' : `<ul class="failures">${failures.map((text) => `<li>${escaped(text)}</li>`).join('')}</ul>`}
${chart(result, scale, healedMs)}
${figureTables(result)}
</section>`;
  });
  const events = timeline.map(
    ({ atMs, source, text }) =>
      `<tr><td class="n">${atMs < 0 ? '−' : '+'}${(Math.abs(atMs) / 1000).toFixed(3)}</td><td class="source">${escaped(source)}</td><td>${escaped(text)}</td></tr>`,
  );
  const happened =
    events.length === 0
      ? ''
      : `<section class="events"><${heading}>What happened <small>${plural(events.length, 'event')}, seconds from the injection</small></${heading}><table><tbody>${events.join('')}</tbody></table></section>`;
  return `${sections.join('\n')}${happened}`;
}
