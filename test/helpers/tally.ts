import type { Reporter, TestModule } from 'vitest/node';

/** Ends the run with one plain line that a script can read: `Tests: 120 passed, 0 failed, 0 skipped`. */
export const tally: Reporter = {
  onTestRunEnd(modules: readonly TestModule[], errors: readonly unknown[]): void {
    const tests = modules.flatMap((module) => [...module.children.allTests()]);
    const count = (state: string) => tests.filter((test) => test.result().state === state).length;
    // A file that could not be loaded, or an error outside of any test, is a failure that no test shows.
    const unloaded = modules.filter((module) => module.errors().length > 0).length + errors.length;
    process.stdout.write(
      `\nTests: ${count('passed')} passed, ${count('failed') + unloaded} failed, ${count('skipped')} skipped\n`,
    );
  },
};
