import {
  BaseSequencer,
  createVitest,
  type TestModule,
  type TestSpecification,
  type Vitest,
} from 'vitest/node';
import type { Removal, SentCondition } from './condition-removal.ts';

/** The suites that work on the store. */
const SUITES = [
  'activity',
  'admin',
  'alerts',
  'brokers',
  'engine',
  'ingest',
  'ledger',
  'reconcile',
  'strategy',
];

/** Those of them that do the same very often, or in processes of their own where nothing can be removed. */
const SLOW = ['admin/dying', 'brokers/paper-lost-answers', 'reconcile/local-cloud'];

/** A test that takes longer than this says nothing about conditions. */
const TEST_TIMEOUT_MS = 20_000;
const HOOK_TIMEOUT_MS = 60_000;

/** What the suites told when nothing was removed. */
export interface Recording {
  /** Every condition that was sent, and the files whose tests did, those first that take least time. */
  readonly sent: readonly (SentCondition & { readonly paths: readonly string[] })[];
  /** Tests that fail, and requests that the store refused: nothing can be learned from those files. */
  readonly failed: readonly string[];
}

/**
 * Runs the suites with each condition replaced by one that says the same. Everything passes, or what fails without a
 * condition would prove nothing.
 */
export async function record(workers: number): Promise<Recording> {
  const vitest = await startVitest({ maxWorkers: workers, bail: 0 });
  try {
    const files = await vitest.globTestSpecifications(SUITES.map((suite) => `test/${suite}/`));
    const modules = await run(vitest, undefined, files);
    const good = modules
      .filter((file) => file.ok() && refusedIn(file).length === 0)
      .toSorted((left, right) => durationOf(left) - durationOf(right));
    const notes = good.flatMap((file) =>
      (file.meta().sent ?? []).map((condition) => ({ ...condition, path: file.moduleId })),
    );
    const bySent = Map.groupBy(notes, ({ site, condition }) => `${site} ${condition}`);
    return {
      sent: [...bySent.values()].flatMap(([first, ...others]) =>
        first ? [{ ...first, paths: [first, ...others].map(({ path }) => path) }] : [],
      ),
      failed: modules.filter((file) => !good.includes(file)).flatMap(complaintsOf),
    };
  } finally {
    await vitest.close();
  }
}

/** A test that fails without something, and what it says then. */
export interface Kill {
  readonly test: string;
  readonly message: string;
}

/** Somebody who runs tests with something removed, one removal at a time. */
export interface Runner {
  /**
   * @returns the first test that fails without it, each time; `undefined` when none notices
   * @throws Error when the store refuses what is left of the request: then the failure is none of the test's
   */
  run(removal: Removal, paths: readonly string[]): Promise<Kill | undefined>;
  close(): Promise<void>;
}

export async function startRunner(): Promise<Runner> {
  const vitest = await startVitest({ maxWorkers: 1, bail: 1 });
  const project = vitest.getRootProject();
  const failureIn = async (path: string, removal: Removal): Promise<Kill | undefined> => {
    const modules = await run(vitest, removal, [project.createSpecification(path)]);
    // Those of earlier runs are among them.
    const file = modules.find(({ moduleId }) => moduleId === path);
    const [refusal] = file ? refusedIn(file) : [];
    if (refusal !== undefined) {
      throw new Error(`${removal.site} without ${removal.clause ?? removal.condition}: ${refusal}`);
    }
    return file && killIn(file);
  };
  return {
    async run(removal, paths) {
      for (const path of paths) {
        const failure = await failureIn(path, removal);
        const again = failure && (await failureIn(path, removal));
        if (failure && again?.test === failure.test) {
          return failure;
        }
      }
      return undefined;
    },
    close: () => vitest.close(),
  };
}

/** Only a test that ran and failed: a file that cannot be loaded or set up has noticed nothing. */
function killIn(file: TestModule): Kill | undefined {
  const [test] = file.children.allTests('failed');
  const [error] = test?.result().errors ?? [];
  return test && error
    ? {
        test: `${file.relativeModuleId} > ${test.fullName}`,
        message: `${error.name}: ${error.message.split('\n')[0]}`,
      }
    : undefined;
}

function refusedIn(file: TestModule): string[] {
  return file.meta().refused ?? [];
}

function complaintsOf(file: TestModule): string[] {
  const failed = [...file.children.allTests('failed')].map(({ fullName }) => fullName);
  const errors = [...file.errors(), ...[...file.children.allSuites()].flatMap((suite) => suite.errors())];
  return [...failed, ...errors.map(({ message }) => message), ...refusedIn(file)].map(
    (complaint) => `${file.relativeModuleId} > ${complaint}`,
  );
}

function durationOf(file: TestModule): number {
  const { prepareDuration, collectDuration, setupDuration, duration } = file.diagnostic();
  return prepareDuration + collectDuration + setupDuration + duration;
}

async function run(
  vitest: Vitest,
  removal: Removal | undefined,
  files: TestSpecification[],
): Promise<readonly TestModule[]> {
  vitest.provide('removal', removal);
  return (await vitest.runTestSpecifications(files)).testModules;
}

/** In the order in which they were asked for. */
class AsAsked extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(specifications);
  }
}

function startVitest(options: { maxWorkers: number; bail: number }): Promise<Vitest> {
  return createVitest('test', {
    ...options,
    // Not the projects of `npm test`, some of whose files share processes.
    config: false,
    watch: false,
    // A process that has run tests before has commands of theirs, which the model of the next ones would not know.
    isolate: true,
    exclude: SLOW.map((file) => `test/${file}.test.ts`),
    reporters: [{}],
    testTimeout: TEST_TIMEOUT_MS,
    hookTimeout: HOOK_TIMEOUT_MS,
    env: { STORE_ENGINE: 'model' },
    setupFiles: ['test/mutation/condition-setup.ts'],
    sequence: { sequencer: AsAsked },
    onConsoleLog: () => false,
  });
}
