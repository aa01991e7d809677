import { randomBytes } from 'node:crypto';
import { appendFile, mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { stateDir } from '../engine/state-dir.ts';
import { healedName } from './left-behind.ts';

/** What was undone while nobody watched, for the next start to tell. `at` is epoch ms. */
export type Healed = { readonly at: number; readonly project: string; readonly text: string };

/** Nobody reads more; what comes later is dropped. */
const mostBytes = 64 * 1024;

const logOf = (env: NodeJS.ProcessEnv, project: string) => join(stateDir(env, project), healedName);

export async function noteHealed(env: NodeJS.ProcessEnv, healed: Healed): Promise<void> {
  const path = logOf(env, healed.project);
  const size = await stat(path).then(
    (found) => found.size,
    () => 0,
  );
  if (size >= mostBytes) return;
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  await appendFile(path, `${JSON.stringify(healed)}\n`, { mode: 0o600 });
}

/** What was noted since the last call, which forgets it: of two callers at once only one is told. */
export async function takeHealed(env: NodeJS.ProcessEnv, project: string): Promise<readonly Healed[]> {
  const path = logOf(env, project);
  const mine = `${path}.${randomBytes(4).toString('hex')}`;
  try {
    await rename(path, mine);
    const text = await readFile(mine, 'utf8');
    await rm(mine, { force: true });
    return text.split('\n').flatMap(toHealed);
  } catch {
    return []; // nothing was noted, or another was told
  }
}

function toHealed(line: string): readonly Healed[] {
  try {
    const { at, project, text } = JSON.parse(line) as Partial<Healed>;
    const whole = typeof at === 'number' && typeof project === 'string' && typeof text === 'string';
    return whole ? [{ at, project, text }] : [];
  } catch {
    return []; // the end of the file, or a line whose writer died
  }
}
