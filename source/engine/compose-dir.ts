import { existsSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { StackError } from '../stack/errors.ts';

/** The shipped `compose/`: beside `dist/` in the package, beside `source/` in a clone. */
export function composeDir(from: string = import.meta.dirname): string {
  for (let folder = from, levels = 0; levels < 4; levels++, folder = dirname(folder)) {
    const candidate = join(folder, 'compose');
    if (existsSync(join(candidate, 'compose.yaml'))) return candidate;
  }
  throw new StackError('internal', 'the compose/ folder is missing from this installation: install paws-top again');
}
