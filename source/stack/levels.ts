import type { Level, Reason } from './report.ts';
import { systems } from './topology.ts';

/** From best to worst. Not knowing is worse than ok and better than a known defect. */
const ranks: Readonly<Record<Level, number>> = { ok: 0, unknown: 1, degraded: 2, down: 3 };
const order: readonly Reason['system'][] = ['engine', ...systems, 'containers'];

/** The worst level among the reasons; `ok` without any. */
export const worst = (reasons: readonly { readonly level: Level }[]): Level =>
  reasons.reduce<Level>((level, reason) => (ranks[reason.level] > ranks[level] ? reason.level : level), 'ok');

/** Worst first, then in the order of the systems; what was said already is left out. */
export function sortReasons(reasons: readonly Reason[]): readonly Reason[] {
  const said = new Set<string>();
  return reasons
    .filter((reason) => !said.has(reason.text) && said.add(reason.text))
    .toSorted((a, b) => ranks[b.level] - ranks[a.level] || order.indexOf(a.system) - order.indexOf(b.system));
}
