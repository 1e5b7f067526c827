import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { onTestFinished } from 'vitest';
import { type LocalCloud, type LocalCloudOptions, startLocalCloud } from '../../lib/local/start.ts';
import { type FixtureOptions, writeFixtureAssembly } from './assembly.ts';

/** The repository. */
export const PROJECT_DIRECTORY = fileURLToPath(new URL('../..', import.meta.url));

/** A directory of the test's own, which is gone afterwards. */
export function temporaryDirectory(): string {
  const directory = mkdtempSync(join(tmpdir(), 'onefill-test-'));
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

/**
 * Asks until the answer is there.
 *
 * @param ask gives nothing while there is no answer
 * @throws Error when there is none in time
 */
export async function eventually<Answer>(
  what: string,
  ask: () => Answer | undefined | Promise<Answer | undefined>,
  timeoutMs = 10_000,
): Promise<Answer> {
  const deadline = performance.now() + timeoutMs;
  for (;;) {
    const answer = await ask();
    if (answer !== undefined) {
      return answer;
    }
    if (performance.now() > deadline) {
      throw new Error(`Not in ${timeoutMs} ms: ${what}.`);
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

/** Whether a process lives; one that nobody waited for yet counts as dead. */
export function lives(pid: number): boolean {
  if (existsSync('/proc/self/stat')) {
    try {
      return !/^\d+ \(.*\) Z/s.test(readFileSync(`/proc/${pid}/stat`, 'utf8'));
    } catch {
      return false;
    }
  }
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}

/** Options of a local cloud that runs the fixture's stack on free ports. */
export function fixtureOptions(options: FixtureOptions & Partial<LocalCloudOptions> = {}): LocalCloudOptions {
  return {
    projectDirectory: PROJECT_DIRECTORY,
    assemblyDirectory: options.assemblyDirectory ?? writeFixtureAssembly(temporaryDirectory(), options),
    port: 0,
    engines: { path: '' },
    environment: {},
    ...options,
  };
}

/** A local cloud with the fixture's stack, stopped when the test ends. */
export async function startFixture(
  options: FixtureOptions & Partial<LocalCloudOptions> = {},
): Promise<LocalCloud> {
  const cloud = await startLocalCloud(fixtureOptions(options));
  onTestFinished(() => cloud.stop());
  return cloud;
}
