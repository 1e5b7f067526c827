import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import { GetCommand, PutCommand, TransactWriteCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { AlertType } from '../core/alert.ts';
import type { AlertId } from '../core/ids.ts';
import type { Acknowledgement, KeptAlert } from '../core/kept-alert.ts';
import { type KeyRange, readKeyRange } from './key-range.ts';
import { type Operations, operationsKeys } from './operations-table.ts';
import { alertId, keptAlertShape } from './shapes/alert.ts';
import { conditionally } from './table.ts';

/** How long an alert is kept after it happened last. */
const KEPT_FOR_SECONDS = 90 * 24 * 60 * 60;

/** What the last alert of one type and subject is; `alertId` absent: there was none. */
export interface LastAlert {
  readonly alertId?: AlertId;
  /** Absent as well when it is so old that it is not kept any more. */
  readonly alert?: KeptAlert;
}

const windowShape = z.object({ alertId });

/** Reads the last alert of one type about one subject. */
export async function readLastAlert(
  operations: Operations,
  type: AlertType,
  subject: string,
): Promise<LastAlert> {
  const window = await read(operations, operationsKeys.alertWindow(type, subject));
  if (window === undefined) {
    return {};
  }
  const last = z.parse(windowShape, window).alertId;
  const alert = await readAlert(operations, last);
  return { alertId: last, ...(alert ? { alert } : {}) };
}

/** One alert, or `undefined`. */
export async function readAlert(operations: Operations, id: AlertId): Promise<KeptAlert | undefined> {
  const item = await read(operations, operationsKeys.alert(id));
  return item && z.parse(keptAlertShape, item);
}

/**
 * Begins an alert, in the place of the last one of its type and subject.
 *
 * @returns false when somebody else has begun one since that was read
 */
export async function beginAlert(
  { client, tableName: TableName }: Operations,
  alert: KeptAlert,
  last: AlertId | undefined,
): Promise<boolean> {
  const { type, subject } = alert;
  const window = { ...operationsKeys.alertWindow(type, subject), alertId: alert.alertId };
  const isAsRead =
    last === undefined
      ? { ConditionExpression: 'attribute_not_exists(pk)' }
      : { ConditionExpression: 'alertId = :last', ExpressionAttributeValues: { ':last': last } };
  try {
    await client.send(
      new TransactWriteCommand({
        TransactItems: [
          { Put: { TableName, Item: { ...window, ...expiry(alert) }, ...isAsRead } },
          {
            Put: { TableName, Item: itemOf(alert), ConditionExpression: 'attribute_not_exists(pk)' },
          },
        ],
      }),
    );
    return true;
  } catch (error) {
    if (error instanceof TransactionCanceledException) {
      return false;
    }
    throw error;
  }
}

/**
 * Replaces an alert by what it has become.
 *
 * @param alert with a version that is one above that which was read
 * @returns false when somebody else has changed it since
 */
export async function changeAlert(operations: Operations, alert: KeptAlert): Promise<boolean> {
  const { written } = await conditionally(() =>
    operations.client.send(
      new PutCommand({
        TableName: operations.tableName,
        Item: itemOf(alert),
        ConditionExpression: '#version = :read',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':read': alert.version - 1 },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return written;
}

/**
 * Notes who has seen an alert. The first one stands.
 *
 * @returns the alert with its acknowledgement, ours or the first one's; `undefined` when there is no such alert
 */
export async function acknowledgeAlert(
  operations: Operations,
  id: AlertId,
  acknowledged: Acknowledgement,
): Promise<KeptAlert | undefined> {
  const result = await conditionally(() =>
    operations.client.send(
      new UpdateCommand({
        TableName: operations.tableName,
        Key: operationsKeys.alert(id),
        UpdateExpression: 'SET acknowledged = :acknowledged ADD #version :one',
        ConditionExpression: 'attribute_exists(pk) AND attribute_not_exists(acknowledged)',
        ExpressionAttributeNames: { '#version': 'version' },
        ExpressionAttributeValues: { ':acknowledged': acknowledged, ':one': 1 },
        ReturnValues: 'ALL_NEW',
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  const item = result.written ? result.value.Attributes : result.current;
  return item && z.parse(keptAlertShape, item);
}

/** Some alerts, newest first, and whether there are older ones. */
export interface AlertPage {
  readonly alerts: readonly KeptAlert[];
  readonly hasMore: boolean;
}

/**
 * The newest alerts between two ids, by when they first happened, newest first.
 *
 * @param page both ends exclusive, and beginnings of ids will do
 */
export async function listAlerts(
  operations: Operations,
  { after, before, limit }: { readonly after: string; readonly before: string; readonly limit: number },
): Promise<AlertPage> {
  // One more at each end, as a range includes them.
  const range: KeyRange = { from: after, to: before, order: 'newest-first', limit: limit + 2 };
  const { items, end } = await readKeyRange(operations, operationsKeys.alert('').pk, range, 'strong');
  const alerts = items
    .map((item) => z.parse(keptAlertShape, item))
    .filter(({ alertId: id }) => id > after && id < before);
  return { alerts: alerts.slice(0, limit), hasMore: end !== undefined || alerts.length > limit };
}

async function read(
  { client, tableName }: Operations,
  Key: Record<string, string>,
): Promise<Record<string, unknown> | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: tableName, Key, ConsistentRead: true }));
  return Item;
}

function itemOf(alert: KeptAlert) {
  return { ...operationsKeys.alert(alert.alertId), ...alert, ...expiry(alert) };
}

function expiry({ lastAtMs }: KeptAlert) {
  return { expiresAtSeconds: Math.floor(lastAtMs / 1_000) + KEPT_FOR_SECONDS };
}
