import * as z from 'zod/mini';
import { type FunctionDefinition, functionOfArn } from './function-definition.ts';
import type { Stack } from './stack.ts';

const Mapping = z.object({ EventSourceArn: z.string(), FunctionName: z.string() });
const Subscription = z.object({ DestinationArn: z.string() });

/**
 * The functions that follow what others have done: consumers of streams and of logs. On AWS they take nothing from those; here
 * they share a few processors with them, and come second.
 */
export function backgroundFunctions(
  stack: Stack,
  functions: readonly FunctionDefinition[],
): ReadonlySet<FunctionDefinition> {
  const mappings = stack
    .resources('AWS::Lambda::EventSourceMapping')
    .map((resource) => stack.properties(resource, Mapping))
    .filter(({ EventSourceArn }) => EventSourceArn.includes(':dynamodb:'));
  const subscriptions = stack
    .resources('AWS::Logs::SubscriptionFilter')
    .map((resource) => stack.properties(resource, Subscription));
  return new Set([
    ...mappings.map(({ FunctionName }) => functionOfArn(functions, FunctionName)),
    ...subscriptions.map(({ DestinationArn }) => functionOfArn(functions, DestinationArn)),
  ]);
}
