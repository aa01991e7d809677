import { expect, test } from 'vitest';
import { drillNews } from '../../source/commands/drill-news.ts';
import type { DrillProgress } from '../../source/drills/types.ts';

/** What is written of these timelines, one after the other. */
function written(...timelines: readonly DrillProgress['timeline'][]): string {
  let text = '';
  const news = drillNews({
    write(more) {
      text += more;
    },
  });
  for (const timeline of timelines) {
    news({ stage: 'breaking', waitsFor: '', injectedAt: 1, timeline } as unknown as DrillProgress);
  }
  return text;
}
const kill = { atMs: 0, source: 'docker', text: 'kill: redis1' };
const down = { atMs: 2_100, source: 'sentinel1', text: 'redis1 does not answer' };

test('a moment that is known late is told then, and none is told twice', () => {
  expect(written([down], [kill, down], [kill, down, { ...down, atMs: 9_000 }])).toBe(
    '  +2.1 s sentinel1: redis1 does not answer\n  +0 ms docker: kill: redis1\n  +9.0 s sentinel1: redis1 does not answer\n',
  );
});
