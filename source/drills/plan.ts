import { systems } from '../stack/topology.ts';
import { fitted } from './fit.ts';
import { canLoseOf, missingFor } from './precondition.ts';
import { predict } from './prediction.ts';
import { targetsOf } from './targets.ts';
import type { Drill, DrillPlan, Facts, Seen } from './types.ts';

/**
 * A drill against the stack as it is seen: who is meant, what is predicted from the live configuration, what may still be
 * lost, and what stands in the way. The drill in the plan is fitted to the stack: it expects what this one promises. Pure.
 */
export function planDrill(drill: Drill, seen: Seen, facts: Facts): DrillPlan {
  const fit = fitted(drill, seen, facts);
  const breaks = fit.breaks.map(({ target, ...how }) => ({ ...how, targets: targetsOf(target, seen) }));
  const present = systems.filter((system) => seen.report[system] !== null);
  return {
    drill: fit,
    breaks,
    predictions: predict(fit, breaks, seen, facts),
    tolerance: Object.fromEntries(present.map((system) => [system, canLoseOf(system, seen.report)])),
    missing: missingFor(fit, breaks, seen, facts),
    confirm: facts.remote ?? nameOf(fit, breaks),
  };
}

/** The only target's name; the drill's id when there are several, or none yet. */
function nameOf(drill: Drill, breaks: DrillPlan['breaks']): string {
  const names = [...new Set(breaks.flatMap(({ targets }) => targets.map((target) => target.name)))];
  return names.length === 1 && names[0] !== undefined ? names[0] : drill.id;
}
