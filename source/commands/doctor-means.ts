import { checks } from '../doctor/checks.ts';
import { diagnose } from '../doctor/doctor.ts';
import { readFacts } from '../doctor/doctor-facts.ts';
import type { DoctorFacts } from '../doctor/facts-types.ts';
import type { Diagnosis } from '../doctor/types.ts';
import { connectEngine } from '../engine/connect.ts';
import { composeProject } from './action-means.ts';
import type { Flags } from './flags.ts';

/** One examination; it connects anew and leaves nothing open. @throws StackError only where the engine's answers are none */
export async function examine(means: {
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  /** null: the stack with the most members. */
  readonly project: string | null;
  readonly seen: () => Promise<DoctorFacts['seen']>;
}): Promise<Diagnosis> {
  const { flags, env, project, seen } = means;
  const host = flags.host ?? null;
  const composeFile = flags.composeFile ?? null;
  const begun = performance.now();
  const facts = await readFacts({
    host,
    env,
    project,
    connect: () => connectEngine({ host, env }),
    seen,
    compose: (containers, stack) => composeProject({ composeFile, env, project: stack ?? 'paws' }, containers),
  });
  return diagnose(facts, checks, { at: Date.now(), tookMs: performance.now() - begun });
}
