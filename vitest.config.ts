import { defineConfig } from 'vitest/config';

/**
 * Tests that leave nothing behind in their process: no environment variable, no module that remembers. Their files share
 * processes, so that what all of them import is read once; that halves their time.
 */
const SHARING = [
  'activity',
  'admin',
  'alerts',
  'authorizer',
  'brokers',
  'core',
  'crash',
  'docs',
  'engine',
  'explorer',
  'ingest',
  'ledger',
  'property',
  'reconcile',
  'shared',
  'simulation',
  'strategy',
].map((folder) => `test/${folder}/**/*.test.ts`);

/** The same, for what is synthesized. `stages` holds its templates against CloudFormation's schemas, the others do not. */
const SYNTHESIZING = 'test/infra/!(stages).test.ts';

/** What measures how soon something is done by real processes: by itself, after all others, which would starve them. */
const TIMED = ['test/e2e/kill.test.ts', 'test/e2e/activity.test.ts', 'test/storm/webhook.test.ts'];

export default defineConfig({
  test: {
    testTimeout: 60_000,
    hookTimeout: 60_000,
    maxWorkers: 2,
    globalSetup: 'test/support/run-directory.ts',
    projects: [
      {
        extends: true,
        test: {
          name: 'alone',
          include: ['test/**/*.test.ts'],
          exclude: ['test/deployed/**', ...SHARING, SYNTHESIZING, ...TIMED],
        },
      },
      { extends: true, test: { name: 'sharing', include: [...SHARING, SYNTHESIZING], isolate: false } },
      { extends: true, test: { name: 'timed', include: TIMED, maxWorkers: 1, sequence: { groupOrder: 1 } } },
    ],
  },
});
