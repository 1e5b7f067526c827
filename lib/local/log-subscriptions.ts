import * as z from 'zod/mini';
import { LocalCloudError } from './errors.ts';
import type { EventSourceBackend } from './event-sources.ts';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import type { FunctionLogs } from './function-logs.ts';
import { readLogPattern } from './log-pattern.ts';
import { LogSubscription } from './log-subscription.ts';
import { templateNumber } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';

/** Log subscriptions that run. */
export interface RunningLogSubscriptions {
  stop(graceMs: number): Promise<void>;
}

const FilterProperties = z.object({
  DestinationArn: z.string(),
  FilterPattern: z.string(),
  LogGroupName: z.string(),
});

const InvokeProperties = z.object({
  FunctionName: z.string(),
  MaximumRetryAttempts: z._default(templateNumber, 2),
});

/** A second for each minute that Lambda waits before it repeats an asynchronous invocation. */
const RETRY_PAUSES_MS = [1_000, 2_000];

/**
 * Starts the stack's log subscriptions: filters of log groups of functions, whose destinations are functions.
 *
 * @throws LocalCloudError naming a filter that is none, or whose pattern the local cloud cannot read
 */
export function startLogSubscriptions(
  stack: Stack,
  functions: readonly FunctionDefinition[],
  backend: EventSourceBackend,
  logs: FunctionLogs,
): RunningLogSubscriptions {
  const subscriptions = stack.resources('AWS::Logs::SubscriptionFilter').map((resource) => {
    const { sources, destination, settings } = readFilter(stack, resource, functions);
    const subscription = new LogSubscription(settings, backend.targetOf(destination));
    for (const { name } of sources) {
      logs.listen(name, (line) => subscription.hear(line));
    }
    return subscription;
  });
  return {
    stop: async (graceMs) => {
      await Promise.all(subscriptions.map((subscription) => subscription.stop(graceMs)));
    },
  };
}

function readFilter(stack: Stack, resource: StackResource, functions: readonly FunctionDefinition[]) {
  const properties = stack.properties(resource, FilterProperties);
  const destination = functionOfArn(functions, properties.DestinationArn);
  const logGroupName = properties.LogGroupName;
  const sources = functions.filter((each) => each.logGroupName === logGroupName);
  if (sources.length === 0) {
    throw unsupported(resource, `its log group ${logGroupName} is of no function of the stack`);
  }
  const wants = readLogPattern(properties.FilterPattern);
  if (wants === undefined) {
    throw unsupported(resource, `its pattern ${properties.FilterPattern} is of a kind that it cannot read`);
  }
  const retryPausesMs = RETRY_PAUSES_MS.slice(0, retriesOf(stack, destination, functions));
  const filterName = stack.nameOf(resource.logicalId);
  return { sources, destination, settings: { filterName, logGroupName, wants, retryPausesMs } };
}

/** How often a function's asynchronous invocations are repeated. */
function retriesOf(
  stack: Stack,
  definition: FunctionDefinition,
  functions: readonly FunctionDefinition[],
): number | undefined {
  return stack
    .resources('AWS::Lambda::EventInvokeConfig')
    .map((resource) => stack.properties(resource, InvokeProperties))
    .find(({ FunctionName }) => functionOfArn(functions, FunctionName) === definition)?.MaximumRetryAttempts;
}

function unsupported({ logicalId, type }: StackResource, because: string): LocalCloudError {
  return new LocalCloudError(
    'unsupported',
    `The local cloud cannot run ${logicalId}, an ${type}: ${because}.`,
  );
}
