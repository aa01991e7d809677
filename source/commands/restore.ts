import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';

/** `paws-top restore`. */
export async function restore(_means: CommandMeans): Promise<number> {
  throw new StackError('usage', '"restore" is not there yet');
}
