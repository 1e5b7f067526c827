import { defineConfig } from 'vitest/config';

/** The tests that are to notice mutations of functions/core. */
export default defineConfig({
  test: {
    // And those of the functions that have the activity log and alerts: much of core is theirs.
    include: ['test/core/**/*.test.ts', 'test/activity/**/*.test.ts', 'test/alerts/**/*.test.ts'],
    env: { STORE_ENGINE: 'model' },
    isolate: false,
    testTimeout: 10_000,
  },
});
