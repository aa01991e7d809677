import { readFileSync } from 'node:fs';

/**
 * A recorded answer, `test/fixtures/<system>/<situation>.json`. Captured from running systems, except those called
 * `after-…`, which follow the documentation or the source.
 */
export function fixture<T>(system: string, situation: string): T {
  const path = new URL(`../fixtures/${system}/${situation}.json`, import.meta.url);
  return JSON.parse(readFileSync(path, 'utf8')) as T;
}
