import { faultName } from '../drills/fault-kinds.ts';
import { type DrillPlan, measuredSystems } from '../drills/types.ts';
import { limit, span } from '../drills/words.ts';

/** What would be done to whom, what is predicted, and what stands in the way. */
export function planText({ drill, breaks, predictions, tolerance, missing }: DrillPlan): string {
  const what = breaks.map(({ fault, targets }) => {
    const names = targets.map(({ name, container }) => `${name} (container ${container})`).join(' and ');
    return `${faultName(fault)}: ${names === '' ? 'nobody' : names}`;
  });
  const predicted = measuredSystems.flatMap((system) => {
    const prediction = predictions[system];
    if (prediction === undefined) return [];
    const target = limit(drill.expects[system]?.targetMs ?? 0);
    return [`  ${system.padEnd(8)} ${span(prediction)}, target ${target}: ${prediction.why}`];
  });
  const spare = Object.entries(tolerance).map(([system, members]) => `${system} ${members}`);
  return [
    `${drill.id}: ${drill.does}`,
    ...what.map((text) => `  ${text}`),
    'predicted until writes go on',
    ...predicted,
    `may be lost at once: ${spare.join(', ')}`,
    ...(missing.length === 0 ? [] : ['cannot be run now:', ...missing.map((text) => `  ${text}`)]),
    '',
  ].join('\n');
}
