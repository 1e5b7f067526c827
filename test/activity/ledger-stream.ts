import {
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { marshall } from '@aws-sdk/util-dynamodb';
import { activityOf } from '../../functions/activity/changes-of.ts';
import { readStreamRecord } from '../../functions/activity/stream-record.ts';
import type { ActivityRecord } from '../../functions/core/activity.ts';
import type { Key, Ledger } from '../../functions/ledger/table.ts';

type Item = Record<string, unknown> | undefined;

/** A record as Lambda delivers it. */
export interface StreamRecord {
  readonly eventName: 'INSERT' | 'MODIFY' | 'REMOVE';
  readonly dynamodb: {
    readonly ApproximateCreationDateTime: number;
    readonly SequenceNumber: string;
    readonly Keys: object;
    readonly OldImage?: object;
    readonly NewImage?: object;
  };
}

/** A ledger that writes down what its table's stream would say of the writes that go through it. */
export interface StreamedLedger {
  readonly ledger: Ledger;
  readonly records: StreamRecord[];
  /** What the records since the last call came to. */
  told(): ActivityRecord[];
}

/** Sequence numbers are this far apart, and begin with this one. */
const FIRST_SEQUENCE_NUMBER = 4_000_000_000_000_000_000_001n;
const FIRST_SECOND = Date.parse('2026-11-21T22:00:00Z') / 1_000;

export function streamed(ledger: Ledger): StreamedLedger {
  const records: StreamRecord[] = [];
  let told = 0;
  let writes: Promise<unknown> = Promise.resolve();
  const read = async (Key: Key): Promise<Item> =>
    (await ledger.client.send(new GetCommand({ TableName: ledger.tableName, Key, ConsistentRead: true })))
      .Item;

  const note = (key: Key, before: Item, after: Item): void => {
    if (JSON.stringify(before) === JSON.stringify(after)) {
      return;
    }
    const number = FIRST_SEQUENCE_NUMBER + 37n * BigInt(records.length);
    records.push({
      eventName: before === undefined ? 'INSERT' : after === undefined ? 'REMOVE' : 'MODIFY',
      dynamodb: {
        ApproximateCreationDateTime: FIRST_SECOND + Math.floor(records.length / 5),
        SequenceNumber: String(number),
        Keys: marshall(key),
        ...(before ? { OldImage: marshall(before) } : {}),
        ...(after ? { NewImage: marshall(after) } : {}),
      },
    });
  };

  /** One write at a time, so that nothing comes between the images. */
  const send = (command: Parameters<DynamoDBDocumentClient['send']>[0]): Promise<unknown> => {
    const written = keysOf(command);
    if (written.length === 0) {
      return ledger.client.send(command);
    }
    const write = writes.then(async () => {
      const before = await Promise.all(written.map(read));
      const answer = await ledger.client.send(command);
      const after = await Promise.all(written.map(read));
      for (const [index, key] of written.entries()) {
        note(key, before[index], after[index]);
      }
      return answer;
    });
    writes = write.catch(() => undefined);
    return write;
  };

  const client = new Proxy(ledger.client, {
    get: (target, property) => (property === 'send' ? send : Reflect.get(target, property)),
  });
  return {
    ledger: { ...ledger, client },
    records,
    told() {
      const since = records.slice(told);
      told = records.length;
      return since.flatMap((record) => activityOf(readStreamRecord(record)));
    },
  };
}

function keysOf(command: unknown): Key[] {
  if (command instanceof PutCommand) {
    return [keyOf(command.input.Item)];
  }
  if (command instanceof UpdateCommand || command instanceof DeleteCommand) {
    return [keyOf(command.input.Key)];
  }
  if (command instanceof TransactWriteCommand) {
    return (command.input.TransactItems ?? []).map(({ Put, Update, Delete }) =>
      keyOf(Put?.Item ?? Update?.Key ?? Delete?.Key),
    );
  }
  return [];
}

function keyOf(item: Item): Key {
  return { pk: String(item?.pk), sk: String(item?.sk) };
}

/** Entries as lines: whose log, what, and the facts that tell them apart. */
export function linesOf(records: readonly ActivityRecord[]): string[] {
  return records.flatMap(({ scope, entries }) =>
    entries.map((entry) => {
      const facts = FACTS.flatMap((name) => factOf(Reflect.get(entry, name)));
      return [scope.split('#')[0], entry.type, ...facts].join(' ');
    }),
  );
}

const FACTS = [
  'leg',
  'from',
  'status',
  'state',
  'filledQuantity',
  'averageFillPrice',
  'openQuantity',
  'price',
  'change',
  'fields',
  'slot',
  'duplicates',
  'executions',
  'subject',
  'haltedBy',
  'action',
  'contentions',
  'reason',
];

function factOf(value: unknown): string[] {
  if (value === undefined) {
    return [];
  }
  const code: unknown = typeof value === 'object' && value !== null ? Reflect.get(value, 'code') : undefined;
  return [String(code ?? value)];
}
