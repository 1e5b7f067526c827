import { defineConfig } from 'vitest/config';

/** The tests that deploy the app, to the emulator that `AWS_ENDPOINT_URL` names (docs/deployment.md). */
export default defineConfig({
  test: {
    include: ['test/deployed/**/*.test.ts'],
    globalSetup: 'test/deployed/bootstrap.ts',
    // Each test is a step of one story, and each story has the emulator to itself.
    fileParallelism: false,
    bail: 1,
    testTimeout: 180_000,
    hookTimeout: 180_000,
  },
});
