import type { DrillProgress } from '../drills/types.ts';
import { seconds } from '../drills/words.ts';

/** Progress as lines that stay: each stage once, each moment once. */
export function drillNews(stderr: { write(text: string): unknown }): (progress: DrillProgress) => void {
  let stage = '';
  // By their words, since they stand in the order in which they came about, and some are known only later.
  const told = new Map<string, number>();
  return (progress) => {
    if (progress.stage !== stage && progress.waitsFor !== '') {
      stage = progress.stage;
      stderr.write(`${stage}: waiting for ${progress.waitsFor}\n`);
    }
    const seen = new Map<string, number>();
    for (const { atMs, source, text } of progress.timeline) {
      const words = `${source}: ${text}`;
      const times = (seen.get(words) ?? 0) + 1;
      seen.set(words, times);
      if (times <= (told.get(words) ?? 0)) continue;
      told.set(words, times);
      const at = progress.injectedAt === null ? '' : `${atMs >= 0 ? '+' : ''}${seconds(atMs)} `;
      stderr.write(`  ${at}${words}\n`);
    }
  };
}
