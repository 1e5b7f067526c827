import { defineConfig } from 'vitest/config';
import { BaseSequencer, type TestSpecification } from 'vitest/node';

/** The tests that try many deaths each come last: most mutations are noticed before. */
const SLOW = ['operator.test.ts', 'reconcile.test.ts'];

class QuickestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => SLOW.findIndex((name) => moduleId.endsWith(name));
    return files.toSorted((left, right) => rank(left) - rank(right));
  }
}

/** The tests that are to notice mutations of functions/engine. */
export default defineConfig({
  test: {
    include: ['test/engine/**/*.test.ts'],
    env: { STORE_ENGINE: 'model' },
    isolate: false,
    testTimeout: 10_000,
    sequence: { sequencer: QuickestFirst },
  },
});
