import type { Mend } from '../drills/heal.ts';
import { mender } from '../drills/mender.ts';
import { connectEngine } from '../engine/connect.ts';
import { survey } from '../engine/survey.ts';
import type { Engine } from '../engine/types.ts';

/** What undoing takes, connected when it is needed. */
export function healingMeans(env: NodeJS.ProcessEnv): {
  readonly connect: (host: string | null) => Promise<Engine>;
  readonly mend: Mend;
} {
  return {
    connect: (host) => connectEngine({ host, env }),
    mend: (undo, entry, engine) =>
      mender(async (project) => (await survey(engine, await engine.list(), { project })).access)(undo, entry, engine),
  };
}
