import { defineConfig } from 'vitest/config';
import { tally } from './helpers/tally.ts';

/** One file after the other, and time for a stack to come up. */
const alone = { fileParallelism: false, testTimeout: 120_000, hookTimeout: 600_000 };

/**
 * unit (`*.test.ts`): fast, fakes and fixtures, no engine, nothing built. real (`*.real.ts`): what was built, on the real
 * stack. last (`*.last.ts`): likewise, but with the engine itself restarted, so after everything else.
 */
export default defineConfig({
  cacheDir: '../node_modules/.vite',
  test: {
    root: import.meta.dirname,
    reporters: ['default', tally],
    projects: [
      {
        extends: true,
        // They wait more than they compute: on 2 cores, where vitest takes one worker, four need 43 s instead of 112.
        test: {
          name: 'unit',
          include: ['**/*.test.ts', '**/*.test.tsx'],
          maxWorkers: 4,
          sequence: { groupOrder: 0 },
        },
      },
      { extends: true, test: { name: 'real', include: ['**/*.real.ts'], ...alone, sequence: { groupOrder: 1 } } },
      { extends: true, test: { name: 'last', include: ['**/*.last.ts'], ...alone, sequence: { groupOrder: 2 } } },
    ],
  },
});
