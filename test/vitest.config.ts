import { join } from 'node:path';
import { defineConfig } from 'vitest/config';
import { MixedSequencer } from './helpers/mixed-sequencer.ts';
import { tally } from './helpers/tally.ts';

/** Time for a stack to come up. */
const patient = { testTimeout: 120_000, hookTimeout: 600_000 };

/** Of two projects at the same time, one file each; a third worker stands ready, so that nobody waits for it to start. */
const together = (of: 'stack' | 'beside') => ({
  ...patient,
  maxWorkers: 3,
  sequence: { groupOrder: 1 },
  setupFiles: [join(import.meta.dirname, 'helpers/setup-turn.ts')],
  provide: { turn: of, run: String(process.pid) },
});

/** One file after the other, and nothing beside. */
const alone = { ...patient, fileParallelism: false };

/**
 * unit (`*.test.ts`): fast, fakes and fixtures, no engine, nothing built.
 *
 * The others need an engine and what was built. real (`*.real.ts`): on the one real stack, a file at a time. beside
 * (`*.beside.ts`): on containers of the file's own, so that it runs while a file of real waits for leases, at a lower
 * priority; it leaves the stack alone, brings nothing up but images (`ensureImages`), and takes a pause of a second calmly.
 * terminal (`terminal/*.real.ts`): the screen on the real stack, with nothing beside, since milliseconds are measured.
 * last (`*.last.ts`): likewise, but with the engine itself restarted, so after everything else.
 */
export default defineConfig({
  cacheDir: '../node_modules/.vite',
  test: {
    root: import.meta.dirname,
    reporters: ['default', tally],
    sequence: { sequencer: MixedSequencer },
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
      {
        extends: true,
        test: { name: 'real', include: ['**/*.real.ts'], exclude: ['terminal/**'], ...together('stack') },
      },
      { extends: true, test: { name: 'beside', include: ['**/*.beside.ts'], ...together('beside') } },
      {
        extends: true,
        test: { name: 'terminal', include: ['terminal/*.real.ts'], ...alone, sequence: { groupOrder: 2 } },
      },
      { extends: true, test: { name: 'last', include: ['**/*.last.ts'], ...alone, sequence: { groupOrder: 3 } } },
    ],
  },
});
