import { isSettling, readProfileFacts } from '../actions/profile-facts.ts';
import { planProfile } from '../actions/profile-plan.ts';
import type { ProfilePlan } from '../actions/profile-types.ts';
import type { ActionMeans } from '../actions/types.ts';

/** The plan, as soon as nothing stands in its way; else as it is when patience ends. */
export async function readyPlan(
  means: ActionMeans,
  wanted: string,
  {
    patienceMs,
    signal,
    say,
  }: {
    readonly patienceMs: number;
    readonly signal: AbortSignal;
    /** Why it waits, once. */
    readonly say: (text: string) => void;
  },
): Promise<ProfilePlan> {
  let told = false;
  const deadline = performance.now() + patienceMs;
  for (;;) {
    const facts = await readProfileFacts(means, wanted);
    const plan = planProfile(facts, wanted);
    const settled = plan.missing.length === 0 && facts.seen?.report.verdict.level !== 'unknown' && !isSettling(facts);
    if (settled || performance.now() > deadline || signal.aborted) return plan;
    if (!told && plan.missing[0] !== undefined) say(`not yet: ${plan.missing[0]} (${patienceMs / 1_000} s at most)`);
    told ||= plan.missing.length > 0;
    const before = means.seen();
    await means.until((seen) => seen !== before, { deadlineMs: 2_000, what: 'another look', signal }).catch(() => {});
  }
}
