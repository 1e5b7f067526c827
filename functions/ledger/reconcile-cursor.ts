import { GetCommand, PutCommand } from '@aws-sdk/lib-dynamodb';
import * as z from 'zod/mini';
import type { AccountId } from '../core/ids.ts';
import { accountId, number } from '../shared/shapes.ts';
import type { Key, Ledger } from './table.ts';

/** How far receipts were looked at, by when their signals were first seen. Milliseconds since the epoch. */
export interface ReceiptsCursor {
  /** Where to begin: what was first seen earlier has been looked at. */
  readonly fromMs: number;
  /** Where to begin once everything was looked at: the oldest that has no outcome yet, when it lies before `fromMs`. */
  readonly openFromMs?: number;
}

/** What the last run came to, for who wants to know now. */
export interface LastRun {
  /** When it had looked at accounts, in milliseconds since the epoch. */
  readonly atMs: number;
  /** How many accounts there are, of which `left` were not looked at. */
  readonly accounts: number;
  readonly left: number;
  /** How many accounts hold other positions than the broker. */
  readonly drifted: number;
  /** How many accounts could not be looked at. */
  readonly failed: number;
}

/** How far the reconciler came, for its next run to go on from. */
export interface ReconcileCursor {
  readonly receipts?: ReceiptsCursor;
  /** The account that was looked at last, when there was no time for all. */
  readonly accountsAfter?: AccountId;
  readonly lastRun?: LastRun;
}

const KEY: Key = { pk: 'CONTROL', sk: 'RECONCILE' };

const cursorShape = z.object({
  receipts: z.exactOptional(z.object({ fromMs: z.number(), openFromMs: z.exactOptional(z.number()) })),
  accountsAfter: z.exactOptional(accountId),
  lastRun: z.exactOptional(
    z.object({ atMs: number, accounts: number, left: number, drifted: number, failed: number }),
  ),
}) satisfies z.ZodMiniType<ReconcileCursor>;

/** How far the last run came; nothing is known before the first one, or of what another version noted. */
export async function readReconcileCursor(ledger: Ledger): Promise<ReconcileCursor> {
  const { Item } = await ledger.client.send(
    new GetCommand({ TableName: ledger.tableName, Key: KEY, ConsistentRead: true }),
  );
  const cursor = z.safeParse(cursorShape, Item);
  return cursor.success ? cursor.data : {};
}

/**
 * Notes how far a run came. Without a condition: what each of two runs at once notes is true, whichever comes last,
 * and the earlier time only has something looked at again.
 */
export async function saveReconcileCursor(ledger: Ledger, cursor: ReconcileCursor): Promise<void> {
  await ledger.client.send(new PutCommand({ TableName: ledger.tableName, Item: { ...KEY, ...cursor } }));
}
