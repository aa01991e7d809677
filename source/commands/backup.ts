import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';

/** `paws-top backup`. */
export async function backup(_means: CommandMeans): Promise<number> {
  throw new StackError('usage', '"backup" is not there yet');
}
