import { StackError } from '../stack/errors.ts';
import type { CommandMeans } from './command-means.ts';

/** `paws-top doctor`. */
export async function doctor(_means: CommandMeans): Promise<number> {
  throw new StackError('usage', '"doctor" is not there yet');
}
