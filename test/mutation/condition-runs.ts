import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  BaseSequencer,
  createVitest,
  type TestRunResult,
  type TestSpecification,
  type Vitest,
} from 'vitest/node';
import type { Removal } from './condition-removal.ts';

/** What the tests' processes are to do with the conditions of functions/. */
export type ConditionOrder =
  | { readonly kind: 'none' }
  | { readonly kind: 'record'; readonly path: string }
  | { readonly kind: 'remove'; readonly removal: Removal };

declare module 'vitest' {
  interface ProvidedContext {
    conditions: ConditionOrder;
  }
}

/** A condition that a verb of functions/ sent, and the test files during which it did. */
export interface SentCondition {
  readonly site: string;
  readonly expression: string;
  readonly files: ReadonlySet<string>;
}

/** What the fast suites told: the conditions, and how long each file took. */
export interface Recording {
  readonly sent: readonly SentCondition[];
  readonly durationMsOf: ReadonlyMap<string, number>;
  /** Tests that fail with every condition in place, by their files: nothing can be learned from these. */
  readonly failed: ReadonlyMap<string, readonly string[]>;
}

/** The suites that work on the store and run on its model. */
const SUITES = [
  'admin',
  'brokers',
  'crash',
  'engine',
  'explorer',
  'ingest',
  'ledger',
  'reconcile',
  'strategy',
];

/** A run that takes longer than this says nothing about conditions. */
const TEST_TIMEOUT_MS = 20_000;

/** In the order in which they were asked for. */
class AsAsked extends BaseSequencer {
  override sort(specifications: TestSpecification[]): Promise<TestSpecification[]> {
    return Promise.resolve(specifications);
  }
}

/** Runs the suites once, with all conditions in place, and writes down which are sent where. */
export async function record(workers: number): Promise<Recording> {
  const folder = mkdtempSync(join(tmpdir(), 'onefill-conditions-'));
  const path = join(folder, 'sent.jsonl');
  const vitest = await startVitest({ maxWorkers: workers, bail: 0 });
  try {
    vitest.provide('conditions', { kind: 'record', path });
    const files = await vitest.globTestSpecifications(SUITES.map((suite) => `test/${suite}/`));
    const { testModules } = await vitest.runTestSpecifications(files);
    const durationMsOf = new Map(testModules.map((file) => [file.moduleId, file.diagnostic().duration]));
    const failed = new Map(
      testModules.filter((file) => !file.ok()).map((file) => [file.moduleId, failuresOf([file])]),
    );
    return { sent: sentIn(readFileSync(path, 'utf8')), durationMsOf, failed };
  } finally {
    await vitest.close();
    rmSync(folder, { recursive: true });
  }
}

function sentIn(lines: string): SentCondition[] {
  const sent = new Map<string, SentCondition & { readonly files: Set<string> }>();
  for (const line of lines.trim().split('\n')) {
    const { file, site, expression } = JSON.parse(line) as { file: string; site: string; expression: string };
    const key = `${site} ${expression}`;
    const known = sent.get(key) ?? { site, expression, files: new Set() };
    known.files.add(file);
    sent.set(key, known);
  }
  return [...sent.values()];
}

/** Somebody who runs test files with something removed, one removal at a time. */
export interface Runner {
  /**
   * @returns the first test that fails without it and does not with it, or `undefined` when none notices. Asked twice,
   *   since a test that sometimes fails proves nothing
   */
  run(removal: Removal, files: readonly string[]): Promise<string | undefined>;
  close(): Promise<void>;
}

export async function startRunner(): Promise<Runner> {
  const vitest = await startVitest({ maxWorkers: 1, bail: 1 });
  const specifications = new Map(
    (await vitest.globTestSpecifications()).map((specification) => [specification.moduleId, specification]),
  );
  const firstFailure = async (order: ConditionOrder, files: readonly string[]) => {
    vitest.provide('conditions', order);
    const wanted = files.flatMap((file) => specifications.get(file) ?? []);
    const { testModules } = await vitest.runTestSpecifications(wanted);
    const failed = testModules.find((file) => !file.ok());
    return failed && { file: failed.moduleId, test: failuresOf([failed])[0] ?? failed.relativeModuleId };
  };
  return {
    async run(removal, files) {
      let left = files;
      while (left.length > 0) {
        const failure = await firstFailure({ kind: 'remove', removal }, left);
        if (failure === undefined) {
          return undefined;
        }
        if ((await firstFailure({ kind: 'none' }, [failure.file])) === undefined) {
          return failure.test;
        }
        left = left.slice(left.indexOf(failure.file) + 1);
      }
      return undefined;
    },
    close: () => vitest.close(),
  };
}

function failuresOf(modules: TestRunResult['testModules']): string[] {
  return modules.flatMap((file) => {
    const tests = [...file.children.allTests('failed')].map(
      (test) => `${file.relativeModuleId} > ${test.fullName}`,
    );
    const errors = [...file.errors(), ...[...file.children.allSuites()].flatMap((suite) => suite.errors())];
    return [...tests, ...errors.map(({ message }) => `${file.relativeModuleId}: ${message}`)];
  });
}

function startVitest(options: { maxWorkers: number; bail: number }): Promise<Vitest> {
  return createVitest('test', {
    ...options,
    watch: false,
    reporters: [{}],
    testTimeout: TEST_TIMEOUT_MS,
    env: { STORE_ENGINE: 'model' },
    setupFiles: ['test/mutation/condition-setup.ts'],
    sequence: { sequencer: AsAsked },
    onConsoleLog: () => false,
  });
}
