import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';

/** `paws-top profile`. */
export async function profile(_means: CommandMeans): Promise<number> {
  throw new StackError('usage', '"profile" is not there yet');
}
