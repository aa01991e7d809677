import { existsSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { stateDir } from '../engine/state-dir.ts';

/** Its name in a project's folder under the state directory. */
export const healedName = 'healed.log';

/**
 * Whether any project has something in its fault journal, or was healed while nobody watched: the look at every start, so
 * it only lists folders.
 */
export function anythingLeft(env: NodeJS.ProcessEnv): boolean {
  const base = dirname(stateDir(env, 'any'));
  return namesIn(base).some(
    (project) =>
      namesIn(join(base, project, 'faults')).some((name) => name.endsWith('.json')) ||
      existsSync(join(base, project, healedName)),
  );
}

function namesIn(folder: string): readonly string[] {
  try {
    return readdirSync(folder);
  } catch {
    return []; // nothing was ever kept there
  }
}
