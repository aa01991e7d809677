import { count, none } from '../stack/format.ts';
import { escaped } from './markup.ts';
import { type Figure, figures, type Spread, summary } from './repeat.ts';
import type { DrillReport, DrillVerdict, Measured } from './types.ts';
import { seconds, span } from './words.ts';

const rows: readonly [Figure, string][] = [
  ['detectedMs', 'Detected'],
  ['electedMs', 'Elected'],
  ['writableMs', 'Writable'],
  ['redundantMs', 'Redundant'],
  ['outageMs', 'Outage'],
  ['twoPrimariesMs', 'Two primaries'],
  ['lost', 'Lost writes'],
];

/** Minimum, median and maximum of each figure of each system, with a dot for every run. */
export function spreads(reports: readonly DrillReport[], names: Readonly<Record<Measured, string>>): string {
  return summary(reports)
    .systems.map((system) => {
      const results = reports.flatMap((report) => report.systems.filter((one) => one.system === system.system));
      const predictions = results.map((result) => result.predicted);
      const predicted = {
        minMs: Math.min(...predictions.map(({ minMs }) => minMs)),
        maxMs: Math.max(...predictions.map(({ maxMs }) => maxMs)),
      };
      const times = rows.filter(([figure]) => figure !== 'lost').map(([figure]) => system[figure]?.max ?? 0);
      const most = Math.max(1, predicted.maxMs, ...times) * 1.04;
      const lines = rows.flatMap(([figure, name]) => {
        const one = system[figure];
        if (one === null || (figure === 'twoPrimariesMs' && one.max === 0)) return [];
        const write = figure === 'lost' ? count : seconds;
        const band = figure === 'writableMs' && predicted.maxMs > 0 ? predicted : null;
        const dots = results.map(figures[figure]).filter((value) => value !== null);
        return `<tr><th scope="row">${name}</th><td class="n">${write(one.min)}</td><td class="n median">${write(one.median)}</td><td class="n">${write(one.max)}</td><td class="strip">${figure === 'lost' ? '' : strip(dots, one, most, band)}</td></tr>`;
      });
      return `<section class="system"><h2>${names[system.system]} <small>${reports.length} runs · predicted ${escaped(span(predicted))}</small></h2>
<table class="spread"><thead><tr><th></th><th class="n">min</th><th class="n">median</th><th class="n">max</th><th class="strip">each run, from 0 to ${seconds(most)}</th></tr></thead><tbody>${lines.join('')}</tbody></table></section>`;
    })
    .join('\n');
}

function strip(
  values: readonly number[],
  { min, median, max }: Spread,
  most: number,
  band: { readonly minMs: number; readonly maxMs: number } | null,
): string {
  const at = (ms: number) => `${Math.round((ms / most) * 10_000) / 100}%`;
  const predicted =
    band === null ? '' : `<i class="band" style="left:${at(band.minMs)};width:${at(band.maxMs - band.minMs)}"></i>`;
  const dots = values.map((ms) => `<i class="dot" style="left:${at(ms)}"></i>`).join('');
  return `<div class="plot">${predicted}<i class="range" style="left:${at(min)};width:${at(max - min)}"></i>${dots}<i class="middle" style="left:${at(median)}"></i></div>`;
}

/** One line for each run, which leads to it. */
export function runsTable(reports: readonly DrillReport[], verdicts: Readonly<Record<DrillVerdict, string>>): string {
  const lines = reports.map((report, index) => {
    const figures = report.systems.map(
      ({ system, phases, writes }) =>
        `<span>${system} ${seconds(phases.writableMs)}, ${writes.lost === null ? 'lost not known' : `${count(writes.lost)} lost`}</span>`,
    );
    return `<tr><td class="n"><a href="#run-${index + 1}">${index + 1}</a></td><td>${escaped(report.drill)}</td><td class="target">${escaped(report.target)}</td><td class="${report.verdict}"><span>${verdicts[report.verdict]}</span></td><td>${figures.length === 0 ? none : figures.join('<br>')}</td><td class="n started">${escaped(report.startedAt.slice(11, 19))}</td></tr>`;
  });
  return `<section class="runs"><h2>Runs</h2><table><thead><tr><th class="n"></th><th>drill</th><th class="target">target</th><th>verdict</th><th>writable after, lost</th><th class="n started">started (UTC)</th></tr></thead><tbody>${lines.join('')}</tbody></table></section>`;
}
