import { readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import type { Surroundings } from './address.ts';

/** What this process has around it, for the search for an engine. */
export function surroundings(env: Surroundings['env']): Surroundings {
  return { env, home: env.HOME || homedir(), uid: process.getuid?.() ?? null, read: readText };
}

/** A file's text; null where there is none, or it is not for us: either way it tells nothing. */
export function readText(path: string): string | null {
  try {
    return readFileSync(path, 'utf8');
  } catch {
    return null;
  }
}
