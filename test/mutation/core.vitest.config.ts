import { defineConfig } from 'vitest/config';

/** The tests that are to notice mutations of functions/core. */
export default defineConfig({
  test: {
    include: ['test/core/**/*.test.ts'],
    env: { STORE_ENGINE: 'model' },
    isolate: false,
    testTimeout: 10_000,
  },
});
