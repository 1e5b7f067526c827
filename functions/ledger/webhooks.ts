import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  GetCommand,
  QueryCommand,
  TransactWriteCommand,
  type TransactWriteCommandInput,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { Strategy, Subscription, Webhook } from '../core/configuration.ts';
import { OnefillError } from '../core/errors.ts';
import type { StrategyId, WebhookId } from '../core/ids.ts';
import { strategyShape } from './shapes/strategy.ts';
import { webhookShape } from './shapes/webhook.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/** One strategy that a webhook's signals go to, with the accounts it trades. */
interface Subscriber {
  readonly strategyId: StrategyId;
  readonly accounts: readonly Subscription[];
}

/** A webhook and everything its signals fan out to, as of one version of its configuration. */
export interface Route {
  readonly webhook: Webhook;
  readonly subscribers: readonly Subscriber[];
  readonly version: number;
}

const versionShape = z.object({ version: z.number() });
const subscriberShape = z.pick(strategyShape, { strategyId: true, accounts: true });

/** Reads a webhook with its strategies and their accounts: one query, one partition. */
export async function readRoute(ledger: Ledger, webhookId: WebhookId): Promise<Route | undefined> {
  const { pk, sk } = keys.webhook(webhookId);
  const items: Record<string, unknown>[] = [];
  let start: Record<string, unknown> | undefined;
  do {
    const page = await ledger.client.send(
      new QueryCommand({
        TableName: ledger.tableName,
        KeyConditionExpression: 'pk = :webhook',
        ExpressionAttributeValues: { ':webhook': pk },
        ConsistentRead: true,
        ExclusiveStartKey: start,
      }),
    );
    items.push(...(page.Items ?? []));
    start = page.LastEvaluatedKey;
  } while (start);
  const head = items.find((item) => item.sk === sk);
  if (head?.configuration === undefined) {
    return undefined;
  }
  return {
    webhook: z.parse(webhookShape, head.configuration),
    version: z.parse(versionShape, head).version,
    subscribers: items.filter((item) => item.sk !== sk).map((item) => z.parse(subscriberShape, item)),
  };
}

/**
 * The version of a webhook's route: it changes with the webhook and with every strategy that listens to it.
 * `undefined` when the webhook does not exist.
 */
export async function readRouteVersion(ledger: Ledger, webhookId: WebhookId): Promise<number | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({
      TableName: ledger.tableName,
      Key: keys.webhook(webhookId),
      ConsistentRead: true,
      ProjectionExpression: '#version, configuration.webhookId',
      ExpressionAttributeNames: { '#version': 'version' },
    }),
  );
  return Item?.configuration === undefined ? undefined : z.parse(versionShape, Item).version;
}

/** The webhook as configured, or `undefined`. Without its strategies, which may be many. */
export async function readWebhook(ledger: Ledger, webhookId: WebhookId): Promise<Webhook | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.webhook(webhookId), ConsistentRead: true }),
  );
  return Item?.configuration === undefined ? undefined : z.parse(webhookShape, Item.configuration);
}

/**
 * Stores a webhook's configuration; its strategies stay subscribed.
 *
 * @param settingsRevision the settings that what it inherits is from
 * @returns whether it is new
 */
export async function saveWebhook(
  ledger: Ledger,
  webhook: Webhook,
  settingsRevision = 0,
): Promise<{ created: boolean }> {
  const { Attributes } = await ledger.client.send(
    new UpdateCommand({
      TableName: ledger.tableName,
      Key: keys.webhook(webhook.webhookId),
      UpdateExpression: 'SET configuration = :configuration, settingsRevision = :settings ADD #version :one',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':configuration': webhook, ':settings': settingsRevision, ':one': 1 },
      ReturnValues: 'ALL_OLD',
    }),
  );
  return { created: Attributes?.configuration === undefined };
}

/** Removes a webhook's configuration; the version stays and goes on growing. @returns false when there is none */
export async function deleteWebhook(ledger: Ledger, webhookId: WebhookId): Promise<boolean> {
  const { written } = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.webhook(webhookId),
        UpdateExpression: 'REMOVE configuration ADD #version :one',
        ConditionExpression: 'attribute_exists(configuration)',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':one': 1 },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return written;
}

/** The strategy as configured, or `undefined`. */
export async function readStrategy(ledger: Ledger, strategyId: StrategyId): Promise<Strategy | undefined> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.strategy(strategyId), ConsistentRead: true }),
  );
  return Item === undefined ? undefined : z.parse(strategyShape, Item);
}

/**
 * Stores a strategy and subscribes it to its webhook, and to no other, in one transaction.
 *
 * @param settingsRevision the settings that what it inherits is from
 */
export async function saveStrategy(
  ledger: Ledger,
  strategy: Strategy,
  settingsRevision = 0,
): Promise<{ created: boolean }> {
  const TableName = ledger.tableName;
  const previous = await readStrategy(ledger, strategy.strategyId);
  const { strategyId, webhookId, accounts } = strategy;
  await transactConfiguration(ledger, [
    {
      Put: {
        TableName,
        Item: { ...keys.strategy(strategyId), ...strategy, settingsRevision },
        ...(previous ? listensTo(previous.webhookId) : { ConditionExpression: 'attribute_not_exists(pk)' }),
      },
    },
    { Put: { TableName, Item: { ...keys.subscriber(webhookId, strategyId), strategyId, accounts } } },
    raiseVersion(ledger, webhookId),
    ...(previous && previous.webhookId !== webhookId
      ? [
          { Delete: { TableName, Key: keys.subscriber(previous.webhookId, strategyId) } },
          raiseVersion(ledger, previous.webhookId),
        ]
      : []),
  ]);
  return { created: previous === undefined };
}

/** Removes a strategy and its subscription. @returns false when there is none */
export async function deleteStrategy(ledger: Ledger, strategyId: StrategyId): Promise<boolean> {
  const TableName = ledger.tableName;
  const strategy = await readStrategy(ledger, strategyId);
  if (!strategy) {
    return false;
  }
  await transactConfiguration(ledger, [
    { Delete: { TableName, Key: keys.strategy(strategyId), ...listensTo(strategy.webhookId) } },
    { Delete: { TableName, Key: keys.subscriber(strategy.webhookId, strategyId) } },
    raiseVersion(ledger, strategy.webhookId),
  ]);
  return true;
}

/** Holds the strategy to the webhook it was read with, so that no subscription of it is left behind. */
function listensTo(webhookId: WebhookId) {
  return {
    ConditionExpression: 'webhookId = :webhook',
    ExpressionAttributeValues: { ':webhook': webhookId },
  };
}

async function transactConfiguration(
  ledger: Ledger,
  items: TransactWriteCommandInput['TransactItems'],
): Promise<void> {
  try {
    await ledger.client.send(new TransactWriteCommand({ TransactItems: items }));
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      throw new OnefillError(
        'CONFLICT',
        'retry',
        'The strategy was changed by somebody else at the same moment; nothing was changed by this request.',
        { cause: error },
      );
    }
    throw error;
  }
}

function raiseVersion(ledger: Ledger, webhookId: WebhookId) {
  return {
    Update: {
      TableName: ledger.tableName,
      Key: keys.webhook(webhookId),
      UpdateExpression: 'ADD #version :one',
      ExpressionAttributeNames: { '#version': 'version' },
      ExpressionAttributeValues: { ':one': 1 },
    },
  };
}
