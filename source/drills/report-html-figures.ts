import { count, none } from '../stack/format.ts';
import { escaped } from './markup.ts';
import type { SystemResult } from './types.ts';
import { limit, seconds, span } from './words.ts';

/** The figures of a system beside what was predicted and wanted, its writes by class, and what is missing. */
export function figureTables(result: SystemResult): string {
  const { writes } = result;
  return `<div class="tables">
${times(result)}
${written(result)}
</div>
<dl class="notes">
<dt>Predicted</dt><dd>${escaped(prediction(result))}.</dd>
<dt>Durability</dt><dd>${escaped(writes.durability)}.</dd>
<dt>Leader</dt><dd>${escaped(result.leaderBefore ?? 'unknown')} before, ${escaped(result.leaderAfter ?? 'unknown')} after.</dd>
</dl>
${lost(result)}`;
}

const prediction = ({ predicted }: SystemResult): string =>
  predicted.maxMs === 0 ? predicted.why : `${span(predicted)}: ${predicted.why}`;

function times({ phases, outageMs, twoPrimariesMs, predicted, targetMs, asPredicted }: SystemResult): string {
  const inside =
    asPredicted === null
      ? ''
      : asPredicted
        ? ' <small class="good">✓ inside</small>'
        : ' <small class="bad">✕ outside</small>';
  const goesOn = predicted.maxMs === 0;
  const late = phases.writableMs !== null && phases.writableMs > targetMs;
  const line = (name: string, ms: number | null, expected = '', target = '', odd = '') =>
    `<tr class="${odd}"><th scope="row">${name}</th><td class="n">${seconds(ms)}</td><td>${expected}</td><td class="n">${target}</td></tr>`;
  const range = `${escaped(span(predicted))}${inside}`;
  return `<table class="times"><thead><tr><th></th><th class="n">measured</th><th>predicted</th><th class="n">target</th></tr></thead><tbody>
${line('Detected', phases.detectedMs)}
${line('Elected', phases.electedMs)}
${line('Writable', phases.writableMs, goesOn ? '' : range, limit(targetMs), late ? 'odd' : '')}
${line('Redundant', phases.redundantMs)}
${line('Outage', outageMs, goesOn ? range : '')}
${twoPrimariesMs > 0 ? line('Two primaries', twoPrimariesMs, '', '', 'odd') : ''}
</tbody></table>`;
}

function written({ writes }: SystemResult): string {
  const old = writes.viaOldPrimary;
  const line = (name: string, all: number, through: number) =>
    `<tr><th scope="row">${name}</th><td class="n">${count(all)}</td><td class="n">${old.attempted === 0 ? '' : count(through)}</td></tr>`;
  const read = (name: string, value: number | null, says: string, odd: boolean) =>
    `<tr class="${odd ? 'odd' : ''}"><th scope="row">${name}</th><td class="n">${value === null ? none : count(value)}</td><td class="says">${says}</td></tr>`;
  return `<table class="written"><thead><tr><th></th><th class="n">writes</th><th class="n">${old.attempted === 0 ? '' : 'via old primary'}</th></tr></thead><tbody>
${line('Attempted', writes.attempted, old.attempted)}
${line('<i class="key acked"></i>Acknowledged', writes.acked, old.acked)}
${line('<i class="key failed"></i>Failed', writes.failed, old.failed)}
${line('<i class="key indeterminate"></i>Indeterminate', writes.indeterminate, old.indeterminate)}
</tbody><tbody class="read">
${read('Lost', writes.lost, writes.lost === null ? 'no final read' : 'acknowledged, not read back', writes.lost !== 0)}
${read('Unexpected', writes.unexpected, 'read back, never sent', (writes.unexpected ?? 0) > 0)}
${read('Recovered', writes.recovered, 'indeterminate, read back', false)}
</tbody></table>`;
}

function lost({ lostWrites, writes: { lost: number } }: SystemResult): string {
  if (lostWrites.length === 0) return '';
  const all = number ?? lostWrites.length;
  const title =
    all > lostWrites.length ? `Lost writes, the first ${lostWrites.length} of ${count(all)}` : 'Lost writes';
  const lists = [...Map.groupBy(lostWrites, ({ member }) => member)].map(([member, writes]) => {
    const items = writes.map(
      ({ id, ackedMs }) =>
        `<li><code>${escaped(id)}</code> <span>${ackedMs < 0 ? '−' : '+'}${seconds(Math.abs(ackedMs))}</span></li>`,
    );
    return `<p>Acknowledged by ${escaped(member)}, and when:</p><ul>${items.join('')}</ul>`;
  });
  return `<details class="lost" open><summary>${title}</summary>${lists.join('')}</details>`;
}
