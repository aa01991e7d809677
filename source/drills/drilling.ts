import { toProblem } from '../stack/errors.ts';
import { noFacts, readFacts, readNetem } from './facts.ts';
import { keepReport } from './history.ts';
import { openJournal } from './journal.ts';
import { planDrill } from './plan.ts';
import { runDrill } from './run.ts';
import type { Drill, DrillPlan, DrillReport, Facts, Ground, Seen } from './types.ts';

export type DrillingOptions = {
  readonly ground: Ground;
  /** Runs the dead-man in this program. */
  readonly deadManArgv: readonly string[];
  /** Makes the image that network faults need, unless it is there. */
  readonly ensureNettools: (onStep: (text: string) => void) => Promise<void>;
};

/** Drills on one stack: planned against what is known, run one at a time, each report kept. */
export type Drilling = {
  plan(drill: Drill, seen: Seen): DrillPlan;
  /** Looks at the journal and the engine again; with `network` also whether the kernel delays packets. */
  refresh(network: boolean, onStep?: (text: string) => void): Promise<void>;
  facts(): Facts;
  run(
    plan: DrillPlan,
    how: Pick<Parameters<typeof runDrill>[0], 'perSecond' | 'onProgress' | 'signal'>,
  ): Promise<DrillReport>;
};

export function openDrilling({ ground, deadManArgv, ensureNettools }: DrillingOptions): Drilling {
  const { env, project, engine } = ground;
  const journal = openJournal({ env, project });
  let facts: Facts = noFacts;

  return {
    plan: (drill, seen) => planDrill(drill, seen, facts),
    facts: () => facts,
    async refresh(network, onStep = () => {}) {
      facts = await readFacts(ground, journal, facts);
      if (!network || facts.netem !== null) return;
      await ensureNettools(onStep);
      facts = { ...facts, netem: await readNetem(engine, project) };
    },
    async run(plan, how) {
      // What others have left behind is looked at again; who else drills is told by the lock.
      facts = await readFacts(ground, journal, facts).catch(() => facts);
      const replan = (seen: Seen, leaseLeftMs: number | null) =>
        planDrill(plan.drill, seen, { ...facts, leaseLeftMs, running: null });
      const report = await runDrill({ ...how, plan, replan, ground, journal, deadManArgv, ensureNettools });
      try {
        await keepReport(env, project, report);
        return report;
      } catch (error) {
        // What was measured is told all the same.
        const text = `this report could not be kept: ${toProblem(error).message}`;
        const atMs = Date.parse(report.endedAt) - Date.parse(report.injectedAt ?? report.endedAt);
        return { ...report, timeline: [...report.timeline, { atMs, source: 'paws-top', text }] };
      }
    },
  };
}
