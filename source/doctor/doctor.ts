import { toProblem } from '../stack/errors.ts';
import type { DoctorFacts } from './facts-types.ts';
import type { Check, Diagnosis, Doctor, Finding } from './types.ts';

/** What is wrong by these facts, worst first. Pure. */
export function diagnose(
  facts: DoctorFacts,
  checks: readonly Check[],
  { at, tookMs }: { readonly at: number; readonly tookMs: number },
): Diagnosis {
  // Without a stack the others have nothing to look at.
  const made = facts.containers.length > 0 ? checks : checks.filter(({ area }) => area === 'machine');
  const findings = made.flatMap((check) => findingsOf(check, facts));
  const stack = facts.seen?.snapshot.stack ?? '';
  return {
    schema: 1,
    at: new Date(at).toISOString(),
    stack: facts.containers.length === 0 || stack === '' ? null : stack,
    tookMs: Math.round(tookMs),
    checks: made.length,
    findings: findings.toSorted((a, b) => ranks[a.level] - ranks[b.level]),
    unread: facts.unread,
  };
}

const ranks: Readonly<Record<Finding['level'], number>> = { bad: 0, warning: 1 };

function findingsOf(check: Check, facts: DoctorFacts): readonly Finding[] {
  const { id, area, what, why, source } = check;
  return check.find(facts).map(({ level, subject, text, how, mend = check.mend }) => {
    return { check: id, area, what, level, subject, text, how, why, mend, source };
  });
}

/** A doctor by what one examination does; one at a time, however often it is asked for. */
export function createDoctor(examination: () => Promise<Diagnosis>): Doctor {
  const listeners = new Set<() => void>();
  let latest: Diagnosis | null = null;
  let looking: Promise<Diagnosis> | null = null;
  let trouble: string | null = null;
  const tell = (): void => {
    for (const listener of listeners) listener();
  };

  const look = async (): Promise<Diagnosis> => {
    try {
      latest = await examination();
      trouble = null;
      return latest;
    } catch (error) {
      trouble = toProblem(error).message;
      throw error;
    } finally {
      looking = null;
      tell();
    }
  };

  return {
    examine() {
      if (looking !== null) return looking;
      const begun = look();
      looking = begun;
      tell();
      return begun;
    },
    latest: {
      get: () => latest,
      subscribe(listener) {
        listeners.add(listener);
        return () => listeners.delete(listener);
      },
    },
    doing: () => ({ looking: looking !== null, trouble }),
  };
}
