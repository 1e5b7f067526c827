import { GetCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import { DEFAULTS, type Defaults } from '../core/defaults.ts';
import { defaultsShape } from './shapes/settings.ts';
import { conditionally, keys, type Ledger } from './table.ts';

/** The defaults of one moment, and who made them so. */
export interface Settings {
  readonly defaults: Defaults;
  /** Grows with every change; 0 before the first. */
  readonly revision: number;
  /** The revision that every webhook and strategy is known to have. */
  readonly appliedRevision: number;
  readonly changedAtMs?: number;
  readonly changedBy?: string;
  readonly reason?: string;
}

/** A change of the settings. */
export type SettingsChange = Pick<Settings, 'defaults' | 'reason'> &
  Required<Pick<Settings, 'changedAtMs' | 'changedBy'>>;

const NEVER_CHANGED: Settings = { defaults: DEFAULTS, revision: 0, appliedRevision: 0 };

const settingsShape = z.object({
  defaults: defaultsShape,
  revision: z.number(),
  appliedRevision: z._default(z.number(), 0),
  changedAtMs: z.exactOptional(z.number()),
  changedBy: z.exactOptional(z.string()),
  reason: z.exactOptional(z.string()),
}) satisfies z.ZodMiniType<Settings>;

/** The settings as they are now. */
export async function readSettings(ledger: Ledger): Promise<Settings> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: keys.settings(), ConsistentRead: true }),
  );
  return Item === undefined ? NEVER_CHANGED : z.parse(settingsShape, Item);
}

/** Replaces the settings. They count where they are applied: {@link applySettings}. */
export async function saveSettings(ledger: Ledger, change: SettingsChange): Promise<Settings> {
  const { defaults, changedAtMs, changedBy, reason } = change;
  const { Attributes } = await ledger.client.send(
    new UpdateCommand({
      TableName: ledger.tableName,
      Key: keys.settings(),
      UpdateExpression: `SET defaults = :defaults, changedAtMs = :at, changedBy = :by${
        reason === undefined ? ' REMOVE' : ','
      } reason${reason === undefined ? '' : ' = :reason'} ADD revision :one`,
      ExpressionAttributeValues: {
        ':defaults': defaults,
        ':at': changedAtMs,
        ':by': changedBy,
        ':one': 1,
        ...(reason === undefined ? {} : { ':reason': reason }),
      },
      ReturnValues: 'ALL_NEW',
    }),
  );
  return z.parse(settingsShape, Attributes);
}

/** Notes that every webhook and strategy has these settings. @returns false when they were changed meanwhile */
export async function markApplied(ledger: Ledger, { revision }: Settings): Promise<boolean> {
  const { written } = await conditionally(() =>
    ledger.client.send(
      new UpdateCommand({
        TableName: ledger.tableName,
        Key: keys.settings(),
        UpdateExpression: 'SET appliedRevision = :revision',
        ConditionExpression: 'revision = :revision',
        ExpressionAttributeValues: { ':revision': revision },
        ReturnValuesOnConditionCheckFailure: 'ALL_OLD',
      }),
    ),
  );
  return written;
}
