import { randomUUID } from 'node:crypto';
import { DescribeTableCommand, DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { SendMessageCommand, type SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { clientSettings } from './account.ts';
import { LocalCloudError, messageOf } from './errors.ts';
import { type EventFilter, eventFilter } from './event-filter.ts';
import type { EventSourceTarget } from './event-source.ts';
import type { FunctionDefinition } from './function-definition.ts';
import { templateBoolean, templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';
import { StreamClient } from './stream-client.ts';
import { onFailureMessage } from './stream-event.ts';
import {
  StreamEventSource,
  type StreamSourceOwner,
  type StreamSourceSettings,
  takePosition,
} from './stream-event-source.ts';
import type { StreamPositions } from './stream-positions.ts';

/** A mapping whose source is a table's stream. */
export interface StreamMapping {
  readonly resource: StackResource;
  /** The table. */
  readonly table: StackResource;
  readonly definition: FunctionDefinition;
  readonly target: EventSourceTarget;
}

/** What stream event sources need of what runs. */
export interface StreamSourcesHost {
  readonly dynamodbEndpoint: string;
  readonly sqs: SQSClient;
  readonly positions: StreamPositions;
}

/** An event source that runs, and the table whose changes it reads. */
export interface RunningStream {
  readonly table: StackResource;
  readonly source: StreamEventSource;
}

const MappingProperties = z.object({
  EventSourceArn: z.string(),
  StartingPosition: z.enum(['LATEST', 'TRIM_HORIZON']),
  BatchSize: z._default(templateNumber, 100),
  MaximumBatchingWindowInSeconds: z._default(templateNumber, 0),
  ParallelizationFactor: z._default(templateNumber, 1),
  FunctionResponseTypes: z._default(z.array(z.literal('ReportBatchItemFailures')), []),
  BisectBatchOnFunctionError: z._default(templateBoolean, false),
  // Both are -1 when there is no limit.
  MaximumRetryAttempts: z._default(templateNumber, -1),
  MaximumRecordAgeInSeconds: z._default(templateNumber, -1),
  DestinationConfig: z.optional(
    z.object({ OnFailure: z.optional(z.object({ Destination: z.optional(z.string()) })) }),
  ),
  FilterCriteria: z.optional(
    z.object({ Filters: z.optional(z.array(z.object({ Pattern: z.optional(z.string()) }))) }),
  ),
  TumblingWindowInSeconds: z.optional(z.never()),
});

type MappingProperties = z.infer<typeof MappingProperties>;

/**
 * Starts event sources on streams: when it settles, every change that follows comes to their functions.
 *
 * @throws LocalCloudError naming a mapping that the local cloud cannot run
 */
export async function startStreamEventSources(
  stack: Stack,
  mappings: readonly StreamMapping[],
  host: StreamSourcesHost,
): Promise<readonly RunningStream[]> {
  const { dynamodbEndpoint: endpoint } = host;
  const tables = new DynamoDBClient(clientSettings({ endpoint, region: stack.region }));
  const client = new StreamClient({ endpoint, region: stack.region });
  try {
    const starts = await Promise.all(
      mappings.map(async (mapping) => {
        const properties = stack.properties(mapping.resource, MappingProperties);
        const engineArn = await streamOf(tables, stack.nameOf(mapping.table.logicalId));
        const settings = settingsOf(stack, mapping, properties, engineArn);
        const owner = ownerOf(stack, mapping, properties, host.sqs);
        const progress = host.positions.of(mapping.resource.logicalId, engineArn);
        await takePosition(client, settings, progress);
        return () => ({
          table: mapping.table,
          source: new StreamEventSource(client, settings, progress, owner),
        });
      }),
    );
    // None before all can: what had been started would have to be stopped.
    return starts.map((start) => start());
  } finally {
    tables.destroy();
  }
}

async function streamOf(client: DynamoDBClient, tableName: string): Promise<string> {
  const { Table } = await client.send(new DescribeTableCommand({ TableName: tableName }));
  if (Table?.LatestStreamArn === undefined) {
    throw new LocalCloudError('engine-failed', `The DynamoDB engine gives the table ${tableName} no stream.`);
  }
  return Table.LatestStreamArn;
}

function settingsOf(
  stack: Stack,
  { resource }: StreamMapping,
  properties: MappingProperties,
  engineArn: string,
): StreamSourceSettings {
  const { MaximumRetryAttempts, MaximumRecordAgeInSeconds } = properties;
  return {
    engineArn,
    stream: { arn: properties.EventSourceArn, region: stack.region },
    startingPosition: properties.StartingPosition,
    batchSize: properties.BatchSize,
    windowMs: properties.MaximumBatchingWindowInSeconds * 1_000,
    lanesCount: properties.ParallelizationFactor,
    filter: filterOf(resource, properties),
    reportsBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    bisects: properties.BisectBatchOnFunctionError,
    retriesMax: MaximumRetryAttempts < 0 ? Number.POSITIVE_INFINITY : MaximumRetryAttempts,
    ageMaxSeconds: MaximumRecordAgeInSeconds < 0 ? Number.POSITIVE_INFINITY : MaximumRecordAgeInSeconds,
  };
}

/** One pattern that matches is enough; without patterns every record is wanted. */
function filterOf({ logicalId, type }: StackResource, { FilterCriteria }: MappingProperties): EventFilter {
  const patterns = (FilterCriteria?.Filters ?? []).map(({ Pattern = '{}' }) => Pattern);
  try {
    const filters = patterns.map((pattern) => eventFilter(JSON.parse(pattern)));
    return (event) => filters.length === 0 || filters.some((matches) => matches(event));
  } catch (error) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${logicalId}, an ${type}, because of its FilterCriteria: ${messageOf(error)}.`,
    );
  }
}

function ownerOf(
  stack: Stack,
  { resource, definition, target }: StreamMapping,
  properties: MappingProperties,
  sqs: SQSClient,
): StreamSourceOwner {
  const destination = properties.DestinationConfig?.OnFailure?.Destination;
  const queueUrl = destination === undefined ? undefined : destinationUrl(stack, resource, destination);
  const stream = { arn: properties.EventSourceArn, region: stack.region };
  return {
    ...target,
    onDiscarded: async (discarded, shardId) => {
      const message = onFailureMessage(discarded, {
        functionArn: definition.arn,
        stream,
        shardId,
        requestId: randomUUID(),
        now: new Date(),
      });
      if (queueUrl !== undefined) {
        await sqs.send(new SendMessageCommand({ QueueUrl: queueUrl, MessageBody: JSON.stringify(message) }));
      }
      const { condition, approximateInvokeCount } = message.requestContext;
      const { batchSize, startSequenceNumber, endSequenceNumber } = message.DDBStreamBatchInfo;
      target.onProblem(
        `${batchSize} records (${startSequenceNumber} to ${endSequenceNumber}) were given up after ` +
          `${approximateInvokeCount} attempts: ${condition}`,
      );
    },
  };
}

/** Lambda takes no FIFO queue as a destination. */
function destinationUrl(stack: Stack, { logicalId, type }: StackResource, arn: string): string {
  const queue = stack
    .resources('AWS::SQS::Queue')
    .find((each) => stack.attribute(each.logicalId, 'Arn') === arn);
  if (queue === undefined || arn.endsWith('.fifo')) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${logicalId}, an ${type}, because of its DestinationConfig: ` +
        `${arn} is not a standard queue of the stack.`,
    );
  }
  return stack.reference(queue.logicalId);
}
