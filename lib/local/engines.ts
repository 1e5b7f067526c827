import type { Cleanup } from './cleanup.ts';
import type { DataFolder } from './data-folder.ts';
import { findDynoxide, startDynoxide, useEngine } from './dynamodb-engine.ts';
import { LocalCloudError } from './errors.ts';
import type { InstanceLock } from './instance-lock.ts';
import { allSettledOrThrow } from './settled.ts';
import { startFauxqs } from './sqs-engine.ts';

/** Which engines to use. */
export interface EnginesOptions {
  /** A DynamoDB-compatible engine that runs already; none starts one. */
  readonly dynamodbEndpoint?: string | undefined;
  /** An SQS-compatible engine that runs already; none starts one. */
  readonly sqsEndpoint?: string | undefined;
  /** Where to look for a program that is not an installed package, as in the PATH variable. */
  readonly path: string;
}

/** Engines that run. */
export interface RunningEngines {
  /** Without a slash at the end. */
  readonly dynamodbEndpoint: string;
  /** Without a slash at the end. */
  readonly sqsEndpoint: string;
  /** Becomes the reason when an engine ends by itself; else never settles. */
  readonly failed: Promise<LocalCloudError>;
}

/**
 * Starts the engines that do not run already, and notes how to stop each as soon as it runs.
 *
 * @throws LocalCloudError when one of them is missing, does not start, or does not answer
 */
export async function startEngines(
  options: EnginesOptions,
  folder: DataFolder | undefined,
  lock: InstanceLock | undefined,
  cleanup: Cleanup,
): Promise<RunningEngines> {
  const [dynamodb, sqsEndpoint] = await allSettledOrThrow([
    startDynamoDb(options, folder, lock, cleanup),
    startSqs(options, folder, cleanup),
  ]);
  const failed = dynamodb.failed.then(
    (reason) => new LocalCloudError('engine-failed', `The DynamoDB engine ended: ${reason}.`),
  );
  return { dynamodbEndpoint: dynamodb.endpoint, sqsEndpoint, failed };
}

async function startDynamoDb(
  options: EnginesOptions,
  folder: DataFolder | undefined,
  lock: InstanceLock | undefined,
  cleanup: Cleanup,
): Promise<{ readonly endpoint: string; readonly failed: Promise<string> }> {
  // A variable that is set to nothing counts as not set.
  if (options.dynamodbEndpoint) {
    return await useEngine('DYNAMODB_ENDPOINT', options.dynamodbEndpoint);
  }
  const binary = findDynoxide({
    platform: process.platform,
    architecture: process.arch,
    path: options.path,
  });
  const engine = await startDynoxide(binary, folder?.tablesFile);
  lock?.add(engine.pid, 'dynoxide');
  cleanup.add(() => engine.stop());
  return engine;
}

async function startSqs(
  options: EnginesOptions,
  folder: DataFolder | undefined,
  cleanup: Cleanup,
): Promise<string> {
  if (options.sqsEndpoint) {
    return (await useEngine('SQS_ENDPOINT', options.sqsEndpoint)).endpoint;
  }
  const engine = await startFauxqs(folder);
  cleanup.add(() => engine.stop());
  return engine.endpoint;
}
