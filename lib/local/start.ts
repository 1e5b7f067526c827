import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import type { VenueEndpoints } from '../../functions/shared/environment.ts';
import { type Assembly, readAssembly } from './assembly.ts';
import { backgroundFunctions } from './background.ts';
import { Cleanup } from './cleanup.ts';
import { assertDatabasesSound, type DataFolder, openDataFolder } from './data-folder.ts';
import { type EnginesOptions, type RunningEngines, startEngines } from './engines.ts';
import { LocalCloudError, messageOf } from './errors.ts';
import { startEventSources } from './event-sources.ts';
import { type FunctionDefinition, readFunctions, type ServiceEndpoints } from './function-definition.ts';
import { FunctionLogs, type LogLine } from './function-logs.ts';
import type { EnvironmentStatus, PoolLimits } from './function-pool.ts';
import { type RunningFunctions, startFunctions } from './functions.ts';
import { Gateway } from './gateway.ts';
import { readHttpApi } from './http-api.ts';
import { InstanceLock } from './instance-lock.ts';
import { startLogSubscriptions } from './log-subscriptions.ts';
import { type Notification, startNotificationService } from './notification-service.ts';
import type { InvocationResult } from './protocol.ts';
import { createQueues } from './queues.ts';
import { type Every, everyByTimer } from './schedule.ts';
import { startSchedules } from './schedules.ts';
import { startSecretsManager } from './secrets-manager.ts';
import { SecretsStore } from './secrets-store.ts';
import { allSettledOrThrow } from './settled.ts';
import { openStack, type Stack } from './stack.ts';
import { StreamPositions } from './stream-positions.ts';
import { synthesize } from './synthesize.ts';
import { createTables } from './tables.ts';

/** How to start a local cloud. */
export interface LocalCloudOptions {
  /** The folder of cdk.json. */
  readonly projectDirectory: string;
  /** Where data is kept; without it, everything is gone when the local cloud stops. */
  readonly dataDirectory?: string | undefined;
  /** The port of the HTTP API on 127.0.0.1; 0 takes any free one. */
  readonly port: number;
  /** A synthesized assembly to run instead of the project's own. */
  readonly assemblyDirectory?: string | undefined;
  /** Engines that run already, and where to look for the others. */
  readonly engines: EnginesOptions;
  /** The developer's variables, for the CDK app, which gets few of them; no function gets any. */
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** @default at most 8 environments of a function, kept for 15 s when idle */
  readonly limits?: PoolLimits;
  /** Fakes of venues, by the broker of the accounts that trade there. @default none: venues are called where they are */
  readonly venues?: VenueEndpoints;
  /** How time passes for schedules. @default as it does */
  readonly every?: Every;
  /** Hears what is being done, and what took how long. */
  onProgress?(step: string): void;
  /** Hears every line that a function writes. */
  onLog?(line: LogLine): void;
  /** Hears everything that is published to a topic. */
  onNotification?(notification: Notification): void;
  /** When aborted, a start in progress ends. */
  readonly signal?: AbortSignal;
}

/** A local cloud that runs. */
export interface LocalCloud {
  /** Where the HTTP API answers, without a slash at the end. */
  readonly url: string;
  readonly dynamodbEndpoint: string;
  readonly sqsEndpoint: string;
  readonly secretsManagerEndpoint: string;
  readonly region: string;
  /** The stack's outputs that have a local meaning. */
  readonly outputs: Readonly<Record<string, string>>;
  /** The names of the functions, without the stack's: `strategy`. */
  readonly functionNames: readonly string[];
  /** What `Ref` gives for a resource of the template. */
  resolve(logicalId: string): string;
  /** The environments that live now. */
  environments(): readonly EnvironmentStatus[];
  /** The last lines that a function wrote. */
  logs(functionName: string): readonly string[];
  /** What was last published to topics, oldest first. */
  notifications(): readonly Notification[];
  /** Has a function work on an event. */
  invoke(functionName: string, event: unknown): Promise<InvocationResult>;
  /** Becomes the reason when the local cloud cannot go on, because an engine ended; else never settles. */
  readonly failed: Promise<LocalCloudError>;
  /** Stops everything that was started; whoever calls it again waits for the same. */
  stop(): Promise<void>;
}

const DEFAULT_LIMITS: PoolLimits = { environmentsMax: 8, idleMs: 15_000 };

/** How long work in progress may take when everything stops; what is killed then is recovered by the next start. */
const STOP_GRACE_MS = 2_000;

/**
 * Starts the local cloud: what the stack's CloudFormation template defines, on engines of this machine. When it
 * fails, whatever had been started is stopped again.
 *
 * @throws LocalCloudError for every failure that can be expected, with a sentence for the person at the terminal
 */
export async function startLocalCloud(options: LocalCloudOptions): Promise<LocalCloud> {
  const cleanup = new Cleanup();
  try {
    return await start(options, cleanup);
  } catch (error) {
    await cleanup.run().catch(() => undefined);
    throw options.signal?.aborted === true
      ? new LocalCloudError('stopped', 'Stopped before it was ready.', { cause: error })
      : error;
  }
}

async function start(options: LocalCloudOptions, cleanup: Cleanup): Promise<LocalCloud> {
  const folder = options.dataDirectory === undefined ? undefined : openDataFolder(options.dataDirectory);
  const lock = folder && (await InstanceLock.acquire(folder));
  cleanup.add(() => lock?.release());
  if (folder !== undefined) {
    assertDatabasesSound(folder);
  }
  const gateway = await Gateway.listen(options.port);
  cleanup.add(() => gateway.stop(STOP_GRACE_MS));
  const [assembly, engines] = await allSettledOrThrow([
    timed(options, 'CDK app synthesized', () => synthesizedAssembly(options)),
    timed(options, 'Engines started', () => startEngines(options.engines, folder, lock, cleanup)),
  ]);
  options.signal?.throwIfAborted();
  const stack = openStack(assembly, { queues: engines.sqsEndpoint, gateway: gateway.url });
  return await run(options, { stack, engines, gateway, folder, lock, cleanup });
}

interface Parts {
  readonly stack: Stack;
  readonly engines: RunningEngines;
  readonly gateway: Gateway;
  readonly folder: DataFolder | undefined;
  readonly lock: InstanceLock | undefined;
  readonly cleanup: Cleanup;
}

async function run(options: LocalCloudOptions, parts: Parts): Promise<LocalCloud> {
  const { stack, engines, gateway, folder, cleanup } = parts;
  const sns = await startNotificationService({
    stack,
    logsDirectory: folder?.logsDirectory,
    onNotification: options.onNotification,
  });
  cleanup.add(() => sns.stop());
  const endpoints = await serviceEndpoints(options, parts, sns.endpoint);
  const definitions = readFunctions(stack, endpoints);
  const logs = new FunctionLogs(folder?.logsDirectory, options.onLog);
  cleanup.add(() => logs.flush());
  const functions = await prepare(options, parts, { endpoints, definitions, logs });
  options.signal?.throwIfAborted();
  await takeIn(options, parts, { endpoints, definitions, logs }, functions);
  return {
    url: gateway.url,
    dynamodbEndpoint: endpoints.dynamodb,
    sqsEndpoint: endpoints.sqs,
    secretsManagerEndpoint: endpoints.secretsManager,
    region: stack.region,
    outputs: stack.outputs(),
    functionNames: definitions.map(({ name }) => name),
    resolve: (logicalId) => stack.reference(logicalId),
    environments: () => functions.environments(),
    logs: (functionName) => logs.lines(functionName),
    notifications: () => sns.notifications(),
    invoke: (functionName, event) =>
      functions.invoke(named(definitions, functionName), JSON.stringify(event)),
    failed: engines.failed,
    stop: () => cleanup.run(),
  };
}

async function serviceEndpoints(
  { venues }: LocalCloudOptions,
  { stack, engines, folder, cleanup }: Parts,
  sns: string,
): Promise<ServiceEndpoints> {
  const secrets = await startSecretsManager(new SecretsStore(folder, stack.region));
  cleanup.add(() => secrets.stop());
  return {
    dynamodb: engines.dynamodbEndpoint,
    sqs: engines.sqsEndpoint,
    secretsManager: secrets.endpoint,
    sns,
    ...(venues && { venues }),
  };
}

interface Workload {
  readonly endpoints: ServiceEndpoints;
  readonly definitions: readonly FunctionDefinition[];
  readonly logs: FunctionLogs;
}

/** Makes ready all that the stack has: its tables, its queues, and an environment of each function. */
async function prepare(
  options: LocalCloudOptions,
  { stack, lock, cleanup }: Parts,
  { endpoints, definitions, logs }: Workload,
): Promise<RunningFunctions> {
  const host = {
    cacheDirectory: cacheDirectoryOf(options.projectDirectory),
    limits: options.limits ?? DEFAULT_LIMITS,
    background: backgroundFunctions(stack, definitions),
    logs,
    lock,
    cleanup,
  };
  const [functions] = await allSettledOrThrow([
    timed(options, 'Functions loaded', () => startFunctions(definitions, host)),
    timed(options, 'Tables ready', () =>
      asked('DynamoDB', endpoints.dynamodb, createTables(stack, endpoints.dynamodb)),
    ),
    timed(options, 'Queues ready', () => asked('SQS', endpoints.sqs, createQueues(stack, endpoints.sqs))),
  ]);
  return functions;
}

/** Opens the doors: messages, requests and schedules reach the functions from here on. */
async function takeIn(
  options: LocalCloudOptions,
  { stack, engines, gateway, folder, cleanup }: Parts,
  { endpoints, definitions, logs }: Workload,
  functions: RunningFunctions,
): Promise<void> {
  const api = readHttpApi(stack, definitions);
  const subscriptions = startLogSubscriptions(stack, definitions, functions, logs);
  cleanup.add(() => subscriptions.stop(STOP_GRACE_MS));
  const sources = await startEventSources(stack, definitions, {
    ...functions,
    dynamodbEndpoint: endpoints.dynamodb,
    sqsEndpoint: endpoints.sqs,
    positions: new StreamPositions(folder),
    retention: engines.retention,
  });
  cleanup.add(() => sources.stop(STOP_GRACE_MS));
  const schedules = startSchedules(stack, definitions, functions, options.every ?? everyByTimer);
  cleanup.add(() => schedules.stop(STOP_GRACE_MS));
  if (api !== undefined) {
    gateway.open({ api, region: stack.region, invoke: functions.invoke });
  }
  // Noted again and last, so that it is done first: nothing new is taken in while the rest finishes what it has.
  cleanup.add(() => gateway.stop(STOP_GRACE_MS));
}

/** What an engine refuses is not a defect here: it may be another engine than we know. */
async function asked<Answer>(engine: string, endpoint: string, work: Promise<Answer>): Promise<Answer> {
  try {
    return await work;
  } catch (error) {
    if (error instanceof LocalCloudError) {
      throw error;
    }
    throw new LocalCloudError(
      'engine-failed',
      `The ${engine} engine at ${endpoint} refuses what the stack needs: ${messageOf(error)}.`,
      { cause: error },
    );
  }
}

function named(definitions: readonly FunctionDefinition[], name: string): FunctionDefinition {
  const definition = definitions.find((each) => each.name === name);
  if (definition === undefined) {
    throw new Error(`There is no function ${name}.`);
  }
  return definition;
}

/** Which pages' scripts may call the admin API: origins with commas between. */
const CORS_VARIABLE = 'ONEFILL_CORS_ALLOW_ORIGINS';

async function synthesizedAssembly(options: LocalCloudOptions): Promise<Assembly> {
  if (options.assemblyDirectory !== undefined) {
    return readAssembly(options.assemblyDirectory);
  }
  const { [CORS_VARIABLE]: origins } = options.environment;
  const { directory } = await synthesize({
    projectDirectory: options.projectDirectory,
    cacheDirectory: cacheDirectoryOf(options.projectDirectory),
    context: { stage: 'local', ...(origins ? { corsAllowOrigins: origins } : {}) },
    environment: options.environment,
    signal: options.signal,
  });
  return readAssembly(directory);
}

/** For what can be made again at any time: beside the dependencies, where such caches are kept. */
function cacheDirectoryOf(projectDirectory: string): string {
  const directory = join(projectDirectory, 'node_modules', '.cache', 'onefill');
  try {
    mkdirSync(directory, { recursive: true });
    return directory;
  } catch (error) {
    throw new LocalCloudError(
      'synthesis-failed',
      `The folder ${directory} for what is synthesized cannot be made (${messageOf(error)}).`,
      { cause: error },
    );
  }
}

async function timed<Result>(
  options: LocalCloudOptions,
  step: string,
  work: () => Promise<Result>,
): Promise<Result> {
  const startedAt = performance.now();
  const result = await work();
  options.onProgress?.(`${step} (${((performance.now() - startedAt) / 1_000).toFixed(1)} s)`);
  return result;
}
