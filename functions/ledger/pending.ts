import { BatchGetCommand, QueryCommand } from '@aws-sdk/lib-dynamodb';
import { OnefillError } from '../core/errors.ts';
import type { AccountId, SignalId } from '../core/ids.ts';
import type { Target } from '../core/receipt.ts';
import { mapInParallel } from '../shared/parallel.ts';
import type { ActiveExecution } from './shapes/account.ts';
import { executionSortKey, type Key, keys, type Ledger } from './table.ts';

/** A target, and whose signal's it is. */
interface SignalTarget extends Target {
  readonly signalId: SignalId;
}

/** A target whose execution has no record. */
export interface UnrecordedTarget<Of extends Target> {
  readonly target: Of;
  /** Whether the account's journal holds the execution's orders: whoever takes the account next finishes it. */
  readonly isJournaled: boolean;
  /** Whether the account has begun or ended an execution of a younger signal: its turn has passed. */
  readonly isOvertaken: boolean;
}

/** What backing off needs. */
export interface Patience {
  readonly wait: (durationMs: number) => Promise<void>;
  /** From 0 up to 1, for jitter. */
  readonly random: () => number;
}

/** DynamoDB reads at most this many items in one call. */
const BATCH_SIZE = 100;
const BATCH_WIDTH = 4;
const QUERY_WIDTH = 8;

/** Waits before what a store short of capacity left out is asked for again, each with up to half of it as jitter. */
const BACKOFF_MS = [50, 100, 200, 400, 800];

const HIGHEST = '\u{10FFFF}';

/**
 * Which of the targets have no execution record, in their order.
 *
 * Eventually consistent, at half the price: an execution that ended in the last second may be taken for unrecorded.
 *
 * @throws OnefillError STORE_BUSY when the store is short of capacity for longer than we wait
 */
export async function findUnrecorded<Of extends SignalTarget>(
  ledger: Ledger,
  targets: readonly Of[],
  patience: Patience,
): Promise<UnrecordedTarget<Of>[]> {
  // By id, for one call may not ask for the same item twice.
  const wanted = new Map(targets.map((target) => [target.executionId, executionKey(target)]));
  const recorded = await readItems(ledger, [...wanted.values()], 'pk, sk', patience);
  const known = new Set(recorded.map(({ sk }) => sk));
  const unrecorded = targets.filter((target) => !known.has(executionKey(target).sk));
  const accounts = await readProgress(ledger, unrecorded, patience);
  return unrecorded.map((target) => {
    const { journaledId, hasIntent, newestIds } = accounts.get(target.accountId) ?? NO_PROGRESS;
    return {
      target,
      isJournaled: journaledId === target.executionId && hasIntent,
      isOvertaken: newestIds.some((id) => id > lastOfSignal(target)),
    };
  });
}

/** How far an account has come. */
interface Progress {
  /** The execution that its journal names. */
  readonly journaledId: string | undefined;
  /** Whether that one has decided on its orders. */
  readonly hasIntent: boolean;
  /** The execution that is under way and the youngest one on record, as far as there are such. */
  readonly newestIds: readonly string[];
}

const NO_PROGRESS: Progress = { journaledId: undefined, hasIntent: false, newestIds: [] };

async function readProgress(
  ledger: Ledger,
  targets: readonly Target[],
  patience: Patience,
): Promise<ReadonlyMap<AccountId, Progress>> {
  const accountIds = [...new Set(targets.map(({ accountId }) => accountId))];
  const [items, youngest] = await Promise.all([
    readItems(
      ledger,
      accountIds.map((accountId) => keys.account(accountId)),
      'pk, activeExecution.executionId, activeExecution.intent.fencingToken',
      patience,
    ),
    mapInParallel(accountIds, QUERY_WIDTH, (accountId) => youngestRecorded(ledger, accountId)),
  ]);
  const journals = new Map(items.map(({ pk, activeExecution }) => [pk, activeExecution]));
  return new Map(
    accountIds.map((accountId, index) => {
      const journal = (journals.get(keys.account(accountId).pk) ?? {}) as Partial<ActiveExecution>;
      return [
        accountId,
        {
          journaledId: journal.executionId,
          hasIntent: journal.intent !== undefined,
          newestIds: [journal.executionId, youngest[index]].filter((id) => id !== undefined),
        },
      ];
    }),
  );
}

/** The id of the account's recorded execution whose signal is the youngest. */
async function youngestRecorded(ledger: Ledger, accountId: AccountId): Promise<string | undefined> {
  const { Items = [] } = await ledger.client.send(
    new QueryCommand({
      TableName: ledger.tableName,
      KeyConditionExpression: 'pk = :account AND begins_with(sk, :executions)',
      ExpressionAttributeValues: {
        ':account': keys.account(accountId).pk,
        ':executions': executionSortKey(''),
      },
      ProjectionExpression: 'sk',
      ScanIndexForward: false,
      Limit: 1,
    }),
  );
  const [youngest] = Items;
  return youngest === undefined ? undefined : String(youngest.sk).slice(executionSortKey('').length);
}

/** Sorts after every execution of the target's signal and before those of younger signals: ids begin with the signal's. */
function lastOfSignal({ signalId }: { readonly signalId: SignalId }): string {
  return `${signalId}${HIGHEST}`;
}

function executionKey({ accountId, executionId }: Target): Key {
  return keys.execution(accountId, executionId);
}

/** Reads any number of items, in no order; those that do not exist are left out. */
async function readItems(
  ledger: Ledger,
  wanted: readonly Key[],
  projection: string,
  patience: Patience,
): Promise<Record<string, unknown>[]> {
  const batches: Key[][] = [];
  for (let start = 0; start < wanted.length; start += BATCH_SIZE) {
    batches.push(wanted.slice(start, start + BATCH_SIZE));
  }
  const read = await mapInParallel(batches, BATCH_WIDTH, (batch) =>
    readBatch(ledger, batch, projection, patience),
  );
  return read.flat();
}

async function readBatch(
  ledger: Ledger,
  batch: readonly Key[],
  ProjectionExpression: string,
  { wait, random }: Patience,
): Promise<Record<string, unknown>[]> {
  const items: Record<string, unknown>[] = [];
  let left: Record<string, unknown>[] = [...batch];
  for (const backoffMs of [...BACKOFF_MS, undefined]) {
    const { Responses = {}, UnprocessedKeys = {} } = await ledger.client.send(
      new BatchGetCommand({ RequestItems: { [ledger.tableName]: { Keys: left, ProjectionExpression } } }),
    );
    items.push(...(Responses[ledger.tableName] ?? []));
    left = UnprocessedKeys[ledger.tableName]?.Keys ?? [];
    if (left.length === 0) {
      return items;
    }
    if (backoffMs !== undefined) {
      await wait(backoffMs * (1 + random() / 2));
    }
  }
  throw new OnefillError('STORE_BUSY', 'retry', `The store did not answer for ${left.length} items.`);
}
