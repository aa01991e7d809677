import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { stateDir, writePrivately } from '../engine/state-dir.ts';
import { fieldsOf, numberOrNull } from '../probes/fields.ts';
import type { Report } from '../stack/report.ts';

/** What each service used when it was last seen here, bytes. */
export type KnownMemory = Readonly<Record<string, number>>;

const pathOf = (env: NodeJS.ProcessEnv, project: string): string => join(stateDir(env, project), 'memory.json');

/** Empty where nothing was ever measured. */
export async function readKnownMemory(env: NodeJS.ProcessEnv, project: string): Promise<KnownMemory> {
  const text = await readFile(pathOf(env, project), 'utf8').catch(() => '{}');
  const services = Object.entries(fieldsOf(parsed(text)));
  return Object.fromEntries(
    services.flatMap(([name, value]) => {
      const bytes = numberOrNull(value);
      return bytes === null ? [] : [[name, bytes]];
    }),
  );
}

/** Remembers what runs now beside what ran before; it only serves estimates, so a disk that refuses is no failure. */
export async function rememberMemory(
  env: NodeJS.ProcessEnv,
  project: string,
  containers: Report['containers'],
): Promise<void> {
  const now = containers.flatMap(({ service, state, memoryBytes }) =>
    service === null || state !== 'running' || memoryBytes === null ? [] : [[service, memoryBytes] as const],
  );
  const known = { ...(await readKnownMemory(env, project)), ...Object.fromEntries(now) };
  await writePrivately(pathOf(env, project), `${JSON.stringify(known, null, 2)}\n`).catch(() => {});
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return null; // half written by something else: then nothing is known
  }
}
