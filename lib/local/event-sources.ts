import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { clientSettings } from './account.ts';
import { LocalCloudError } from './errors.ts';
import { EventSource, type EventSourceSettings, type EventSourceTarget } from './event-source.ts';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import { templateBoolean, templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';
import { type RunningStream, startStreamEventSources } from './stream-event-sources.ts';
import type { StreamPositions } from './stream-positions.ts';
import type { StreamRetention } from './stream-retention.ts';
import { TABLE_TYPES } from './tables.ts';

/** What event sources call, and how much of it they may use at once. */
export interface EventSourceBackend {
  /** How many events a function can work on at once. */
  concurrencyMax(definition: FunctionDefinition): number;
  targetOf(definition: FunctionDefinition): EventSourceTarget;
}

/** Event sources that run. */
export interface RunningEventSources {
  stop(graceMs: number): Promise<void>;
}

const TRIM_INTERVAL_MS = 1_000;

/** Where event sources find their services, and what they remember. */
export interface EventSourceHost extends EventSourceBackend {
  readonly sqsEndpoint: string;
  readonly dynamodbEndpoint: string;
  readonly positions: StreamPositions;
  readonly retention: StreamRetention | undefined;
}

const AnyMapping = z.looseObject({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  Enabled: z._default(templateBoolean, true),
});

const QueueMapping = z.object({
  EventSourceArn: z.string(),
  BatchSize: z._default(templateNumber, 10),
  FunctionResponseTypes: z._default(z.array(z.literal('ReportBatchItemFailures')), []),
  ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.optional(templateNumber) })),
  // Messages that a filter rejects are deleted unseen in AWS; here the function would see them.
  FilterCriteria: z.optional(z.never()),
});

/**
 * Starts the stack's event source mappings.
 *
 * @throws LocalCloudError naming a mapping whose source is neither a queue nor the stream of a table of the stack
 */
export async function startEventSources(
  stack: Stack,
  functions: readonly FunctionDefinition[],
  host: EventSourceHost,
): Promise<RunningEventSources> {
  const mappings = stack
    .resources('AWS::Lambda::EventSourceMapping')
    .map((resource) => readMapping(stack, resource, functions, host))
    .filter(({ isEnabled }) => isEnabled);
  const sqs = new SQSClient(clientSettings({ endpoint: host.sqsEndpoint, region: stack.region }));
  const streams = await startStreamEventSources(stack, mappings.filter(hasTable), { ...host, sqs });
  const queues = mappings
    .filter(hasQueue)
    .map((mapping) => new EventSource(sqs, queueSettings(stack, mapping, host), mapping.target));
  const sources = [...queues, ...streams.map(({ source }) => source)];
  const timer = setInterval(() => trimStreams(stack, streams, host.retention), TRIM_INTERVAL_MS);
  return {
    stop: async (graceMs) => {
      clearInterval(timer);
      await Promise.all(sources.map((source) => source.stop(graceMs)));
      sqs.destroy();
    },
  };
}

/** Removes records that every mapping of their stream has had; where there is no mapping, nobody waits for them. */
function trimStreams(
  stack: Stack,
  streams: readonly RunningStream[],
  retention: StreamRetention | undefined,
): void {
  for (const { logicalId } of stack.resources(...TABLE_TYPES)) {
    const readers = streams.filter(({ table }) => table.logicalId === logicalId);
    retention?.trim(
      stack.nameOf(logicalId),
      Math.min(...readers.map(({ source }) => source.deliveredUpTo())),
    );
  }
}

interface Mapping {
  readonly resource: StackResource;
  readonly definition: FunctionDefinition;
  readonly target: EventSourceTarget;
  readonly isEnabled: boolean;
  /** One of them is the source. */
  readonly queue: StackResource | undefined;
  readonly table: StackResource | undefined;
}

const hasQueue = (mapping: Mapping): mapping is Mapping & { readonly queue: StackResource } =>
  mapping.queue !== undefined;

const hasTable = (mapping: Mapping): mapping is Mapping & { readonly table: StackResource } =>
  mapping.table !== undefined;

function readMapping(
  stack: Stack,
  resource: StackResource,
  functions: readonly FunctionDefinition[],
  backend: EventSourceBackend,
): Mapping {
  const { EventSourceArn, FunctionName, Enabled } = stack.properties(resource, AnyMapping);
  const definition = functionOfArn(functions, FunctionName);
  const queue = stack
    .resources('AWS::SQS::Queue')
    .find(({ logicalId }) => stack.attribute(logicalId, 'Arn') === EventSourceArn);
  const table = stack
    .resources(...TABLE_TYPES)
    .find(({ logicalId }) => stack.attribute(logicalId, 'StreamArn') === EventSourceArn);
  if (queue === undefined && table === undefined) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${resource.logicalId}, an ${resource.type}: its source ` +
        `${EventSourceArn} is neither a queue nor the stream of a table of the stack.`,
    );
  }
  return { resource, definition, target: backend.targetOf(definition), isEnabled: Enabled, queue, table };
}

function queueSettings(
  stack: Stack,
  { resource, definition, queue }: Mapping & { readonly queue: StackResource },
  backend: EventSourceBackend,
): EventSourceSettings {
  const properties = stack.properties(resource, QueueMapping);
  const { MaximumConcurrency = Number.POSITIVE_INFINITY } = properties.ScalingConfig ?? {};
  return {
    queueUrl: stack.reference(queue.logicalId),
    queue: { arn: properties.EventSourceArn, region: stack.region },
    batchSize: properties.BatchSize,
    concurrencyMax: Math.min(MaximumConcurrency, backend.concurrencyMax(definition)),
    reportsBatchItemFailures: properties.FunctionResponseTypes.length > 0,
  };
}
