import type { DrillProgress } from '../drills/types.ts';
import { seconds } from '../drills/words.ts';

/** Progress as lines that stay: each stage once, each moment once. */
export function drillNews(stderr: { write(text: string): unknown }): (progress: DrillProgress) => void {
  let stage = '';
  let told = 0;
  return (progress) => {
    if (progress.stage !== stage && progress.waitsFor !== '') {
      stage = progress.stage;
      stderr.write(`${stage}: waiting for ${progress.waitsFor}\n`);
    }
    for (const { atMs, source, text } of progress.timeline.slice(told)) {
      const at = progress.injectedAt === null ? '' : `${atMs >= 0 ? '+' : ''}${seconds(atMs)} `;
      stderr.write(`  ${at}${source}: ${text}\n`);
    }
    told = progress.timeline.length;
  };
}
