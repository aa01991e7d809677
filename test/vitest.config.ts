import { defineConfig } from 'vitest/config';

/** unit (`*.test.ts`): fast, fakes and fixtures, no engine. real (`*.real.ts`): the real stack, one file after the other. */
export default defineConfig({
  test: {
    root: import.meta.dirname,
    projects: [
      { extends: true, test: { name: 'unit', include: ['**/*.test.ts', '**/*.test.tsx'] } },
      {
        extends: true,
        test: {
          name: 'real',
          include: ['**/*.real.ts'],
          fileParallelism: false,
          testTimeout: 120_000,
          hookTimeout: 600_000,
        },
      },
    ],
  },
});
