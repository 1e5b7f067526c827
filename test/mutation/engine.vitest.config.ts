import { defineConfig } from 'vitest/config';

/** The tests that are to notice mutations of functions/engine. */
export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts', 'test/crash/execute.test.ts'],
    env: { STORE_ENGINE: 'model' },
    isolate: false,
    testTimeout: 10_000,
  },
});
