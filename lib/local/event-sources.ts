import { SQSClient } from '@aws-sdk/client-sqs';
import * as z from 'zod/mini';
import { clientSettings } from './account.ts';
import { LocalCloudError } from './errors.ts';
import { EventSource, type EventSourceTarget } from './event-source.ts';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import { templateBoolean, templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';

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

const MappingProperties = z.object({
  EventSourceArn: z.string(),
  FunctionName: z.string(),
  BatchSize: z._default(templateNumber, 10),
  Enabled: z._default(templateBoolean, true),
  FunctionResponseTypes: z._default(z.array(z.literal('ReportBatchItemFailures')), []),
  ScalingConfig: z.optional(z.object({ MaximumConcurrency: z.optional(templateNumber) })),
  // Messages that a filter rejects are deleted unseen in AWS; here the function would see them.
  FilterCriteria: z.optional(z.never()),
});

/**
 * Starts the stack's event source mappings.
 *
 * @param endpoint of the queue engine
 * @throws LocalCloudError naming a mapping whose source is not one of the stack's queues
 */
export function startEventSources(
  stack: Stack,
  endpoint: string,
  functions: readonly FunctionDefinition[],
  backend: EventSourceBackend,
): RunningEventSources {
  const settings = stack
    .resources('AWS::Lambda::EventSourceMapping')
    .map((resource) => readMapping(stack, resource, functions, backend))
    .filter(({ isEnabled }) => isEnabled);
  const client = new SQSClient(clientSettings({ endpoint, region: stack.region }));
  const sources = settings.map(
    ({ definition, settings }) => new EventSource(client, settings, backend.targetOf(definition)),
  );
  return {
    stop: async (graceMs) => {
      await Promise.all(sources.map((source) => source.stop(graceMs)));
      client.destroy();
    },
  };
}

function readMapping(
  stack: Stack,
  resource: StackResource,
  functions: readonly FunctionDefinition[],
  backend: EventSourceBackend,
) {
  const properties = stack.properties(resource, MappingProperties);
  const definition = functionOfArn(functions, properties.FunctionName);
  const queue = stack
    .resources('AWS::SQS::Queue')
    .find(({ logicalId }) => stack.attribute(logicalId, 'Arn') === properties.EventSourceArn);
  if (queue === undefined) {
    throw new LocalCloudError(
      'unsupported',
      `The local cloud cannot run ${resource.logicalId}, an ${resource.type}: its source ` +
        `${properties.EventSourceArn} is not a queue of the stack.`,
    );
  }
  const { MaximumConcurrency = Number.POSITIVE_INFINITY } = properties.ScalingConfig ?? {};
  return {
    definition,
    isEnabled: properties.Enabled,
    settings: {
      queueUrl: stack.reference(queue.logicalId),
      queue: { arn: properties.EventSourceArn, region: stack.region },
      batchSize: properties.BatchSize,
      concurrencyMax: Math.min(MaximumConcurrency, backend.concurrencyMax(definition)),
      reportsBatchItemFailures: properties.FunctionResponseTypes.length > 0,
    },
  };
}
