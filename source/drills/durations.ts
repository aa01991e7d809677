import type { DrillPlan, Measured } from './types.ts';

/** The longest that writes may be out, per system: the targets of the stack this one follows. ms */
export const drillTargetMs: Readonly<Record<Measured, number>> = { patroni: 60_000, redis: 30_000, etcd: 20_000 };

/** What is broken is mended by somebody else so long after the last moment at which it should have been. ms */
const grace = 30_000;
/** The least: the shortest lease that Patroni accepts and 5 s; also a second vote of the Sentinels. ms */
const leastHoldDown = 25_000;

const longest = (plan: DrillPlan): number =>
  Math.max(0, ...Object.values(plan.predictions).map((prediction) => prediction.maxMs));

/** When the last of several faults comes, from the first. ms */
const lastMs = (plan: DrillPlan): number => Math.max(0, ...plan.breaks.map(({ afterMs = 0 }) => afterMs));

/** How long a fault is left in place at most; somebody elected, or writes that are back, end it earlier. ms */
export function holdDownMs(plan: DrillPlan): number {
  const { hold } = plan.drill;
  if (hold === 'none') return 0;
  return hold === 'recovered' ? Math.max(leastHoldDown, longest(plan)) : hold.ms;
}

/** When the dead-man undoes it, from the injection: what is predicted, the time it is held, and 30 s. ms */
export function deadlineMs(plan: DrillPlan): number {
  const { hold } = plan.drill;
  if (hold === 'recovered') return lastMs(plan) + holdDownMs(plan) + grace;
  return lastMs(plan) + longest(plan) + holdDownMs(plan) + grace;
}
