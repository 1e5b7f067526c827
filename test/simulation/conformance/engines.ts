import { TransactionCanceledException } from '@aws-sdk/client-dynamodb';
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
import { unmarshall } from '@aws-sdk/util-dynamodb';
import { modelLedger } from '../model-table.ts';

/** A command without its table: the same one goes to several engines. */
export interface PortableCommand {
  readonly name: keyof typeof COMMANDS;
  /** Names tables `ledger` and `idempotency`, wherever it does. */
  readonly input: object;
}

const COMMANDS = {
  GetCommand,
  PutCommand,
  UpdateCommand,
  DeleteCommand,
  QueryCommand,
  TransactWriteCommand,
  BatchGetCommand,
} as const;

/** What came of a command, without what engines may do differently: wording, order of attributes, measurements. */
export type Outcome =
  | { readonly kind: 'answered'; readonly answer: unknown }
  | { readonly kind: 'refused'; readonly name: string; readonly details?: unknown };

/** A store that takes commands. `message`: the last refusal in its own words. */
export interface TestedEngine {
  readonly outcomeOf: (command: PortableCommand) => Promise<Outcome & { readonly message?: string }>;
}

/** The model, empty. */
export function modelEngine(): TestedEngine {
  return engineOf(modelLedger().ledger.client, (name) => name);
}

/** @param tableName the engine's name of a table that commands call `ledger` or `idempotency` */
export function engineOf(
  client: Pick<DynamoDBDocumentClient, 'send'>,
  tableName: (name: string) => string,
): TestedEngine {
  return {
    outcomeOf({ name, input }) {
      const Command = COMMANDS[name] as unknown as new (input: object) => GetCommand;
      const send = async () => client.send(new Command(renamed(input, tableName) as object));
      return outcomeOfCall(send(), tableName);
    },
  };
}

/** What came of a call, as it is compared. */
export async function outcomeOfCall(
  call: Promise<unknown>,
  tableName: (name: string) => string,
): Promise<Outcome & { readonly message?: string }> {
  try {
    return { kind: 'answered', answer: shownAnswer((await call) as object, tableName) };
  } catch (error) {
    return { ...refusal(error as Error), message: (error as Error).message };
  }
}

/** A command as it is at this moment, whatever its sender does with its input later. */
export function portable(command: object): PortableCommand {
  const name = command.constructor.name as PortableCommand['name'];
  return { name, input: renamed((command as { readonly input: object }).input, (table) => table) as object };
}

/** The input with other names of tables, and nothing that it shares with the original. */
function renamed(value: unknown, tableName: (name: string) => string): unknown {
  if (Array.isArray(value)) {
    return value.map((element) => renamed(element, tableName));
  }
  if (typeof value !== 'object' || value === null || Object.getPrototypeOf(value) !== Object.prototype) {
    return value;
  }
  const entries = Object.entries(value).map(([key, inner]) => {
    if (key === 'TableName') {
      return [key, tableName(String(inner))];
    }
    return key === 'RequestItems'
      ? [key, Object.fromEntries(Object.entries(inner).map(([table, keys]) => [tableName(table), keys]))]
      : [key, renamed(inner, tableName)];
  });
  return Object.fromEntries(entries);
}

function shownAnswer(answer: object, tableName: (name: string) => string): unknown {
  const { $metadata, ConsumedCapacity, Responses, ...rest } = answer as Record<string, unknown>;
  const shownResponses = Object.fromEntries(
    Object.entries((Responses ?? {}) as Record<string, object[]>).map(([table, items]) => [
      table === tableName('ledger') ? 'ledger' : 'idempotency',
      items.map((item) => shown(item)).sort(byText),
    ]),
  );
  return { ...(shown(rest) as object), ...(Responses ? { Responses: shownResponses } : {}) };
}

function byText(left: unknown, right: unknown): number {
  return JSON.stringify(left) < JSON.stringify(right) ? -1 : 1;
}

/** A value in one form: attributes by name, sets by element, what is absent absent. */
function shown(value: unknown): unknown {
  if (value instanceof Set) {
    return { set: [...value].sort() };
  }
  if (Array.isArray(value)) {
    return value.map(shown);
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  return Object.fromEntries(
    Object.entries(value)
      .filter(([, inner]) => inner !== undefined)
      .sort(([left], [right]) => (left < right ? -1 : 1))
      .map(([key, inner]) => [key, shown(inner)]),
  );
}

/**
 * A transaction that does not fit its items is cancelled by DynamoDB, by its documentation, and refused by DynamoDB
 * Local before it begins: the same here.
 */
function refusal(error: Error): Outcome {
  if (error instanceof TransactionCanceledException) {
    const reasons = error.CancellationReasons ?? [];
    return reasons.some(({ Code }) => Code === 'ValidationError')
      ? { kind: 'refused', name: 'ValidationException' }
      : {
          kind: 'refused',
          name: error.name,
          details: reasons.map(({ Code, Item }) => ({
            Code,
            ...(Item ? { Item: shown(unmarshall(Item)) } : {}),
          })),
        };
  }
  const { Item } = error as { readonly Item?: Parameters<typeof unmarshall>[0] };
  return { kind: 'refused', name: error.name, ...(Item ? { details: shown(unmarshall(Item)) } : {}) };
}

/**
 * Whether a page that ends at the very end of the range says that there may be more is left to the engine: DynamoDB
 * Local knows that nothing can follow the bound itself, dynoxide does not.
 */
export function comparable({ name, input }: PortableCommand, outcome: Outcome): Outcome {
  const { KeyConditionExpression = '' } = input as { readonly KeyConditionExpression?: string };
  if (
    name !== 'QueryCommand' ||
    outcome.kind === 'refused' ||
    !/[<>]=|BETWEEN/.test(KeyConditionExpression)
  ) {
    return outcome;
  }
  return { ...outcome, answer: { ...(outcome.answer as object), LastEvaluatedKey: undefined } };
}
