import {
  BatchGetCommand,
  DeleteCommand,
  type DynamoDBDocumentClient,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { bytesOf, type Item, readUnits, writeUnits } from './units.ts';

/** One operation on one item, or one query, and what it costs. */
export interface Metered {
  readonly operation: string;
  /** For example `ACCOUNT#paper/STATE`. */
  readonly subject: string;
  readonly readUnits: number;
  readonly writeUnits: number;
  readonly isTransaction: boolean;
}

type Key = Readonly<Record<string, unknown>>;

/** Enters every call of a client that it is put around, with the units that DynamoDB would charge. */
export class Meter {
  readonly entries: Metered[] = [];
  /** How many calls these came from. */
  calls = 0;

  /** The client, metered. Items are looked at by the client itself, beside what is counted. */
  around(client: DynamoDBDocumentClient): DynamoDBDocumentClient {
    const send = (command: object) => this.#send(client, command);
    return Object.create(client, {
      send: { value: send, writable: true, configurable: true },
    }) as DynamoDBDocumentClient;
  }

  async #send(client: DynamoDBDocumentClient, command: object): Promise<unknown> {
    this.calls += 1;
    if (
      command instanceof GetCommand ||
      command instanceof QueryCommand ||
      command instanceof BatchGetCommand
    ) {
      const answer = await client.send(command as GetCommand);
      this.#enterRead(command, answer as object);
      return answer;
    }
    const writes = writesOf(command);
    const before = await Promise.all(writes.map((write) => itemOf(client, write)));
    try {
      return await client.send(command as never);
    } finally {
      // A write whose condition fails costs what the item costs.
      const after = await Promise.all(writes.map((write) => itemOf(client, write)));
      const isTransaction = command instanceof TransactWriteCommand;
      for (const [index, { operation, key }] of writes.entries()) {
        const units = writeUnits(before[index], after[index], isTransaction);
        this.#enter({ operation, subject: subjectOf(key), readUnits: 0, writeUnits: units, isTransaction });
      }
    }
  }

  #enterRead(command: GetCommand | QueryCommand | BatchGetCommand, answer: object): void {
    if (command instanceof GetCommand) {
      const { Item } = answer as { readonly Item?: Item };
      const { Key = {}, ConsistentRead = false } = command.input;
      this.#enterReadOf('Get', Key, readUnits(bytesOf(Item), ConsistentRead));
    } else if (command instanceof QueryCommand) {
      const { Items = [] } = answer as { readonly Items?: readonly Item[] };
      const bytes = Items.reduce((total, item) => total + bytesOf(item), 0);
      const [partition] = Object.values(command.input.ExpressionAttributeValues ?? {});
      this.#enterReadOf('Query', { pk: partition }, readUnits(bytes, command.input.ConsistentRead === true));
    } else {
      const { Responses = {} } = answer as { readonly Responses?: Record<string, readonly Item[]> };
      for (const [table, { Keys = [], ConsistentRead = false }] of Object.entries(
        command.input.RequestItems ?? {},
      )) {
        for (const key of Keys) {
          const item = Responses[table]?.find(({ pk, sk }) => pk === key.pk && sk === key.sk);
          this.#enterReadOf('BatchGet', key, readUnits(bytesOf(item), ConsistentRead));
        }
      }
    }
  }

  #enterReadOf(operation: string, key: Key, units: number): void {
    this.#enter({
      operation,
      subject: subjectOf(key),
      readUnits: units,
      writeUnits: 0,
      isTransaction: false,
    });
  }

  #enter(metered: Metered): void {
    this.entries.push(metered);
  }
}

interface Write {
  readonly operation: string;
  readonly table: string | undefined;
  readonly key: Key;
}

function writesOf(command: object): Write[] {
  if (command instanceof UpdateCommand || command instanceof DeleteCommand) {
    const operation = command instanceof UpdateCommand ? 'Update' : 'Delete';
    return [{ operation, table: command.input.TableName, key: command.input.Key ?? {} }];
  }
  if (command instanceof PutCommand) {
    return [{ operation: 'Put', table: command.input.TableName, key: keyOf(command.input.Item ?? {}) }];
  }
  if (command instanceof TransactWriteCommand) {
    return (command.input.TransactItems ?? []).map(({ Put, Update, Delete, ConditionCheck }) => {
      const one = Put ?? Update ?? Delete ?? ConditionCheck;
      return { operation: 'TransactWrite', table: one?.TableName, key: keyOf(Put?.Item ?? one ?? {}) };
    });
  }
  throw new Error(`The meter knows no ${command.constructor.name}.`);
}

function keyOf(item: object): Key {
  const { pk, sk, id, Key } = item as { pk?: unknown; sk?: unknown; id?: unknown; Key?: Key };
  return Key ?? (pk === undefined ? { id } : { pk, sk });
}

function subjectOf({ pk, sk, id }: Key): string {
  return [pk, sk, id].filter((part) => part !== undefined).join('/');
}

async function itemOf(client: DynamoDBDocumentClient, { table, key }: Write): Promise<Item | undefined> {
  const { Item } = await client.send(new GetCommand({ TableName: table, Key: key, ConsistentRead: true }));
  return Item;
}
