import { createDoctor } from '../doctor/doctor.ts';
import { readFacts } from '../doctor/doctor-facts.ts';
import type { DoctorFacts } from '../doctor/facts-types.ts';
import type { Doctor } from '../doctor/types.ts';
import { connectEngine } from '../engine/connect.ts';
import { composeProject } from './action-means.ts';
import type { Flags } from './flags.ts';

/** A doctor that connects anew at each examination, and keeps nothing open between two. */
export function openDoctor(options: {
  readonly flags: Flags;
  readonly env: NodeJS.ProcessEnv;
  /** null: the stack with the most members. */
  readonly project: () => string | null;
  readonly seen: () => Promise<DoctorFacts['seen']>;
}): Doctor {
  const { flags, env, project, seen } = options;
  const host = flags.host ?? null;
  return createDoctor({
    read: () =>
      readFacts({
        host,
        env,
        project: project(),
        connect: () => connectEngine({ host, env }),
        seen,
        compose: (containers, stack) =>
          composeProject({ composeFile: flags.composeFile ?? null, env, project: stack ?? 'paws' }, containers),
      }),
  });
}
