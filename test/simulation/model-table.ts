import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  type BatchWriteCommandInput,
  DeleteCommand,
  DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import type { Operations } from '../../functions/ledger/operations-table.ts';
import type { Ledger } from '../../functions/ledger/table.ts';
import { BeyondTheModel, invalid } from './table/errors.ts';
import { query } from './table/query-command.ts';
import { batchGet, get } from './table/read-commands.ts';
import { refuseOtherParameters, Table, type Tables, tableNamed } from './table/store.ts';
import { transactWrite, type UsedTokens } from './table/transact-command.ts';
import { type Item, toNative } from './table/values.ts';
import { put, remove, update, type Write } from './table/write-commands.ts';

/** The tables of the stack, in this process, without waiting: what DynamoDB is to the code that uses it. */
export interface ModelLedger {
  readonly ledger: Ledger;
  readonly operations: Operations;
  readonly idempotencyTableName: string;
  /** Every item of a table, in the order of the keys: copies. */
  items(tableName: string): Record<string, unknown>[];
  /**
   * Puts items into a table past its commands, as they are: for more of them than commands could write in good time.
   * They may share parts, and are never to be changed.
   */
  load(tableName: string, items: Iterable<Item>): void;
  /**
   * What was refused because nobody could have meant it, oldest first: invalid expressions, and what is beyond the
   * model. The caller met the error, too, but may have swallowed it.
   */
  readonly refused: readonly Error[];
  /** Tables with the same items that go their own way from here. Costs little. */
  fork(): ModelLedger;
}

const LEDGER = 'ledger';
const IDEMPOTENCY = 'idempotency';
const OPERATIONS = 'operations';

const BATCH_WRITES_MAX = 25;

/** Never sends anything: it lends its type, and what Powertools asks of a client, to the models' clients. */
const sdkClient = DynamoDBDocumentClient.from(
  new DynamoDBClient({ region: 'none', credentials: { accessKeyId: 'none', secretAccessKey: 'none' } }),
);

/** Empty tables. */
export function modelLedger(): ModelLedger {
  const tables = new Map([
    [LEDGER, new Table({ partitionKey: 'pk', sortKey: 'sk' })],
    [IDEMPOTENCY, new Table({ partitionKey: 'id' })],
    [OPERATIONS, new Table({ partitionKey: 'pk', sortKey: 'sk' })],
  ]);
  return modelOf(tables, new Map());
}

function modelOf(tables: Tables, tokens: UsedTokens): ModelLedger {
  const refused: Error[] = [];
  /** The SDK repeats a transaction with the token of the first attempt: a command object that was done is done. */
  const done = new WeakSet<object>();
  const send = async (command: object): Promise<unknown> => {
    try {
      if (done.has(command)) {
        return answer();
      }
      const answered = perform(tables, tokens, command);
      if (command instanceof TransactWriteCommand) {
        done.add(command);
      }
      return answered;
    } catch (error) {
      if (error instanceof BeyondTheModel || (error as Error).name === 'ValidationException') {
        refused.push(error as Error);
      }
      throw error;
    }
  };
  const client = Object.create(sdkClient, {
    // Replaceable, as the SDK's own is: tests put proxies around it.
    send: { value: send, writable: true, configurable: true },
  }) as DynamoDBDocumentClient;
  return {
    ledger: { client, tableName: LEDGER },
    operations: { client, tableName: OPERATIONS },
    idempotencyTableName: IDEMPOTENCY,
    items: (tableName) => (tables.get(tableName)?.scan() ?? []).map((item) => toNative(item)),
    load: (tableName, items) => {
      const table = tableNamed(tables, tableName);
      for (const item of items) {
        table.put(table.keyOfItem(item), item);
      }
    },
    refused,
    fork: () => modelOf(new Map([...tables].map(([name, table]) => [name, table.copy()])), new Map(tokens)),
  };
}

function answer(): Record<string, unknown> {
  return { $metadata: { httpStatusCode: 200 } };
}

/** Takes effect before it returns: everything that the caller does next sees it, whatever becomes of the answer. */
function perform(tables: Tables, tokens: UsedTokens, command: object): unknown {
  if (command instanceof GetCommand) {
    return get(tables, command.input);
  }
  if (command instanceof UpdateCommand) {
    return written(update(tables, command.input));
  }
  if (command instanceof PutCommand) {
    return written(put(tables, command.input));
  }
  if (command instanceof QueryCommand) {
    return query(tables, command.input);
  }
  if (command instanceof BatchGetCommand) {
    return batchGet(tables, command.input);
  }
  if (command instanceof TransactWriteCommand) {
    transactWrite(tables, tokens, command.input);
    return answer();
  }
  if (command instanceof BatchWriteCommand) {
    return batchWrite(tables, command.input);
  }
  if (command instanceof DeleteCommand) {
    return written(remove(tables, command.input));
  }
  throw new BeyondTheModel(`the command ${command.constructor.name}`);
}

/** DynamoDB takes 25 items, each of them at once and by itself, and none twice. The model takes all that are puts. */
function batchWrite(tables: Tables, { RequestItems = {}, ...others }: BatchWriteCommandInput): unknown {
  refuseOtherParameters(others, []);
  const puts = Object.entries(RequestItems).flatMap(([TableName, requests]) =>
    requests.map(({ PutRequest }) => put(tables, { TableName, Item: PutRequest?.Item })),
  );
  const keys = new Set(puts.map(({ key }) => JSON.stringify(key)));
  if (puts.length > BATCH_WRITES_MAX || keys.size < puts.length) {
    throw invalid('Too many items requested for the BatchWriteItem call, or one of them twice');
  }
  for (const each of puts) {
    written(each);
  }
  return { ...answer(), UnprocessedItems: {} };
}

function written({ table, key, check, result, attributes }: Write): unknown {
  const before = table.get(key);
  check(before);
  const after = result(before);
  const shown = attributes(before, after);
  table.put(key, after);
  return shown === undefined ? answer() : { ...answer(), Attributes: toNative(shown) };
}
