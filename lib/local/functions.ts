import { constants, setPriority } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';
import type { EnvironmentHost } from './environment.ts';
import { LocalCloudError } from './errors.ts';
import type { EventSourceBackend } from './event-sources.ts';
import type { FunctionDefinition } from './function-definition.ts';
import type { FunctionLogs } from './function-logs.ts';
import { type EnvironmentStatus, FunctionPool, type PoolLimits } from './function-pool.ts';
import type { InstanceLock } from './instance-lock.ts';
import type { FunctionError, InvocationResult } from './protocol.ts';
import { runtimeFile } from './runtime-file.ts';

/** What the functions run on. */
export interface FunctionsHost {
  /** For what can be made again at any time. */
  readonly cacheDirectory: string;
  readonly limits: PoolLimits;
  /** Those that come second where processors are short. */
  readonly background: ReadonlySet<FunctionDefinition>;
  readonly logs: FunctionLogs;
  readonly lock: InstanceLock | undefined;
  readonly cleanup: Cleanup;
}

/** Functions that run. */
export interface RunningFunctions extends EventSourceBackend {
  /** Works on an event; never rejects. */
  invoke(definition: FunctionDefinition, payload: string, signal?: AbortSignal): Promise<InvocationResult>;
  environments(): readonly EnvironmentStatus[];
}

/** Lambda allows 10 s; a busy laptop is slower than Lambda. */
const LOAD_TIMEOUT_MS = 30_000;

/**
 * Starts an environment of each function.
 *
 * @throws LocalCloudError naming a function whose bundle cannot be loaded
 */
export async function startFunctions(
  definitions: readonly FunctionDefinition[],
  { cacheDirectory, limits, background, logs, lock, cleanup }: FunctionsHost,
): Promise<RunningFunctions> {
  const host: EnvironmentHost = {
    runtimePath: await runtimeFile(cacheDirectory),
    compileCacheDirectory: join(cacheDirectory, 'compiled'),
    loadTimeoutMs: LOAD_TIMEOUT_MS,
    onLine: (functionName, line) => logs.write(functionName, line),
    onProcess: (pid, event) => (event === 'started' ? lock?.add(pid, 'onefill-fn:') : lock?.remove(pid)),
  };
  const pools = new Map(
    definitions.map((definition) => [
      definition,
      new FunctionPool(definition, background.has(definition) ? inBackground(host) : host, limits),
    ]),
  );
  cleanup.add(async () => {
    await Promise.all([...pools.values()].map((pool) => pool.stop()));
  });
  await Promise.all([...pools.values()].map(warm));
  const poolOf = (definition: FunctionDefinition): FunctionPool => {
    const pool = pools.get(definition);
    if (pool === undefined) {
      throw new Error(`There is no function ${definition.name}.`);
    }
    return pool;
  };
  return {
    invoke: (definition, payload, signal) => poolOf(definition).invoke(payload, signal),
    environments: () => [...pools.values()].flatMap((pool) => pool.environments()),
    concurrencyMax: (definition) => poolOf(definition).concurrencyMax,
    targetOf: (definition) => ({
      invoke: (payload) => poolOf(definition).invoke(payload),
      onProblem: (problem) => logs.write(definition.name, `onefill: ${problem}`),
    }),
  };
}

function inBackground(host: EnvironmentHost): EnvironmentHost {
  return {
    ...host,
    onProcess(pid, event) {
      host.onProcess(pid, event);
      if (event === 'started') {
        comeSecond(pid);
      }
    },
  };
}

/** A process that has ended by now needs no priority, and where it may not be set all are alike. */
function comeSecond(pid: number): void {
  try {
    setPriority(pid, constants.priority.PRIORITY_BELOW_NORMAL);
  } catch {
    // As said above.
  }
}

async function warm(pool: FunctionPool): Promise<void> {
  const error: FunctionError | undefined = await pool.warm();
  if (error !== undefined) {
    throw new LocalCloudError(
      'function-failed',
      `The function ${pool.definition.name} cannot be loaded: ${error.errorMessage}`,
    );
  }
}
