import { liveProgress } from './progress-live.ts';
import { type Progress, type ProgressOptions, plainProgress } from './progress-plain.ts';

export { type Output, type Progress, type Row, seconds } from './progress-plain.ts';

/** In place on a terminal; plain lines in CI, in a pipe and on terminals that cannot move the cursor. */
export function createProgress(options: ProgressOptions): Progress {
  const { output, env } = options;
  const inPlace = output.isTTY === true && !env.CI && env.TERM !== 'dumb';
  return inPlace ? liveProgress(options) : plainProgress(options);
}
