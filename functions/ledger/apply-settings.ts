import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { OnefillError } from '../core/errors.ts';
import type { StrategyId, WebhookId } from '../core/ids.ts';
import { mapInParallel } from '../shared/parallel.ts';
import { listAllIds } from './catalog.ts';
import { markApplied, readSettings, type Settings } from './settings.ts';
import { webhookShape } from './shapes/webhook.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/**
 * How settings reach those who inherit them: each webhook and strategy has the values in its own item, where the path
 * reads them anyway ([ADR 0023](../../docs/adr/0023-settings-are-written-through.md)). Each item says which revision its
 * values are of, so that an older one never overwrites a newer one, whoever comes last.
 */

const WIDTH = 25;

/** Losing this often to other changes of one webhook means that something is wrong. */
const ATTEMPTS_MAX = 16;

/**
 * Brings every webhook and strategy to the settings, and notes so. Whoever dies in the middle, or fails, leaves settings
 * that are not marked as applied; repeating this finishes them.
 */
export async function applySettings(ledger: Ledger): Promise<Settings> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
    const settings = await readSettings(ledger);
    if (settings.appliedRevision === settings.revision) {
      return settings;
    }
    const [webhookIds, strategyIds] = await Promise.all([
      listAllIds(ledger, 'WEBHOOK'),
      listAllIds(ledger, 'STRATEGY'),
    ]);
    await mapInParallel(webhookIds, WIDTH, (id) => applyToWebhook(ledger, id as WebhookId, settings));
    await mapInParallel(strategyIds, WIDTH, (id) => applyToStrategy(ledger, id as StrategyId, settings));
    if (await markApplied(ledger, settings)) {
      return { ...settings, appliedRevision: settings.revision };
    }
  }
  throw new OnefillError('CONFLICT', 'retry', 'The settings are being changed all the time; ask again.');
}

const webhookItemShape = z.object({
  version: z.number(),
  settingsRevision: z._default(z.number(), 0),
  configuration: z.optional(webhookShape),
});

/** Brings one webhook to the settings, if it inherits any and has none newer. Its version rises, so that it counts at once. */
export async function applyToWebhook(
  ledger: Ledger,
  webhookId: WebhookId,
  { defaults, revision }: Settings,
): Promise<void> {
  for (let attempts = 0; attempts < ATTEMPTS_MAX; attempts += 1) {
    const { Item } = await ledger.client.send(
      new GetCommand({ TableName: ledger.tableName, Key: keys.webhook(webhookId), ConsistentRead: true }),
    );
    const item = Item && z.parse(webhookItemShape, Item);
    const inherits = item?.configuration?.inherits ?? [];
    if (item === undefined || inherits.length === 0 || item.settingsRevision >= revision) {
      return;
    }
    const inherited = Object.fromEntries(inherits.map((name) => [name, defaults[name]]));
    const { written } = await conditionally(() =>
      ledger.client.send(
        new UpdateCommand({
          TableName: ledger.tableName,
          Key: keys.webhook(webhookId),
          UpdateExpression:
            'SET configuration = :configuration, settingsRevision = :revision ADD #version :one',
          ConditionExpression: '#version = :seen',
          ExpressionAttributeNames: { '#version': 'version' },
          ExpressionAttributeValues: {
            ':configuration': { ...item.configuration, ...inherited },
            ':revision': revision,
            ':seen': item.version,
            ':one': 1,
          },
          ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
        }),
      ),
    );
    if (written) {
      return;
    }
  }
  throw new OnefillError('CONFLICT', 'retry', 'A webhook is being changed all the time; ask again.');
}

/** Brings one strategy to the settings, if it inherits them and has none newer. */
export async function applyToStrategy(
  ledger: Ledger,
  strategyId: StrategyId,
  { defaults, revision }: Settings,
): Promise<void> {
  await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.strategy(strategyId),
        UpdateExpression: 'SET circuitBreaker = :circuitBreaker, settingsRevision = :revision',
        // Whatever inherits was stored with the revision it inherited from.
        ConditionExpression: 'contains(inherits, :inherited) AND settingsRevision < :revision',
        ExpressionAttributeValues: {
          ':circuitBreaker': defaults.circuitBreaker,
          ':inherited': 'circuitBreaker',
          ':revision': revision,
        },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
}
