import { mkdtempSync, rmSync, statfsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Cleanup } from './cleanup.ts';
import type { DataFolder } from './data-folder.ts';
import { findDynoxide, startDynoxide, useEngine } from './dynamodb-engine.ts';
import { LocalCloudError } from './errors.ts';
import type { InstanceLock } from './instance-lock.ts';
import { allSettledOrThrow } from './settled.ts';
import { startFauxqs } from './sqs-engine.ts';
import { StreamRetention } from './stream-retention.ts';

/** Files that are in memory, on Linux; containers often have little of it. */
const MEMORY_DIRECTORY = '/dev/shm';
const SCRATCH_BYTES_MIN = 1024 ** 3;

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
  /** Keeps the streams of an engine that was started here small. */
  readonly retention: StreamRetention | undefined;
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
  return { dynamodbEndpoint: dynamodb.endpoint, sqsEndpoint, retention: dynamodb.retention, failed };
}

async function startDynamoDb(
  options: EnginesOptions,
  folder: DataFolder | undefined,
  lock: InstanceLock | undefined,
  cleanup: Cleanup,
): Promise<{
  readonly endpoint: string;
  readonly failed: Promise<string>;
  readonly retention: StreamRetention | undefined;
}> {
  // A variable that is set to nothing counts as not set.
  if (options.dynamodbEndpoint) {
    const engine = await useEngine('DYNAMODB_ENDPOINT', options.dynamodbEndpoint);
    return { ...engine, retention: undefined };
  }
  const binary = findDynoxide({
    platform: process.platform,
    architecture: process.arch,
    path: options.path,
  });
  const scratch = folder === undefined ? makeScratchDirectory(cleanup) : undefined;
  const file = folder?.tablesFile ?? join(scratch ?? '', 'dynamodb.db');
  const engine = await startDynoxide(binary, file, scratch);
  lock?.add(engine.pid, 'dynoxide');
  cleanup.add(() => engine.stop());
  const retention = new StreamRetention(file);
  cleanup.add(() => retention.close());
  return { ...engine, retention };
}

/**
 * A directory for what is gone when the local cloud stops. The table engine has its data in a file even then: in
 * memory nobody else could give it the index that its streams need.
 */
function makeScratchDirectory(cleanup: Cleanup): string {
  const directory = mkdtempSync(join(hasRoom(MEMORY_DIRECTORY) ? MEMORY_DIRECTORY : tmpdir(), 'onefill-'));
  cleanup.add(() => rmSync(directory, { recursive: true, force: true }));
  return directory;
}

function hasRoom(directory: string): boolean {
  try {
    const { bavail, bsize } = statfsSync(directory);
    return bavail * bsize >= SCRATCH_BYTES_MIN;
  } catch {
    return false;
  }
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
