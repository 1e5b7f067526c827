import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ConditionalCheckFailedException, TransactionCanceledException } from '@aws-sdk/client-dynamodb';
import {
  BatchGetCommand,
  BatchWriteCommand,
  DeleteCommand,
  GetCommand,
  PutCommand,
  QueryCommand,
  TransactWriteCommand,
  UpdateCommand,
} from '@aws-sdk/lib-dynamodb';
import { type convertToAttr, marshall, unmarshall } from '@aws-sdk/util-dynamodb';
import type { ModelLedger } from '../simulation/model-table.ts';

type AttributeMap = Record<string, ReturnType<typeof convertToAttr>>;

/** What the model does of DynamoDB's operations, as the operation's name has it in `X-Amz-Target`. */
const COMMANDS = {
  BatchGetItem: BatchGetCommand,
  BatchWriteItem: BatchWriteCommand,
  DeleteItem: DeleteCommand,
  GetItem: GetCommand,
  PutItem: PutCommand,
  Query: QueryCommand,
  TransactWriteItems: TransactWriteCommand,
  UpdateItem: UpdateCommand,
} as const;

/** Parameters and results that hold attributes, whatever they are nested in. */
const ATTRIBUTES = [
  'Key',
  'Item',
  'Attributes',
  'ExpressionAttributeValues',
  'ExclusiveStartKey',
  'LastEvaluatedKey',
];
/** Those that hold lists of them. */
const ATTRIBUTE_LISTS = ['Items', 'Keys'];

/** DynamoDB's wire protocol in front of the model, on a free port of the loopback interface. */
export async function serveModel(
  model: Pick<ModelLedger, 'ledger' | 'items'>,
): Promise<{ readonly endpoint: string; stop(): Promise<void> }> {
  const server = createServer(async (request, response) => {
    const { status, body } = await answerTo(model, request);
    response.writeHead(status, { 'Content-Type': 'application/x-amz-json-1.0' }).end(JSON.stringify(body));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  return {
    endpoint: `http://127.0.0.1:${port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Answer {
  readonly status: number;
  readonly body: unknown;
}

async function answerTo(
  model: Pick<ModelLedger, 'ledger' | 'items'>,
  request: IncomingMessage,
): Promise<Answer> {
  const operation = String(request.headers['x-amz-target']).split('.').at(-1) ?? '';
  const input = unmarshalled(JSON.parse(await textOf(request))) as { TableName?: string };
  try {
    return { status: 200, body: marshalled(await perform(model, operation, input)) };
  } catch (error) {
    return { status: 400, body: describe(error) };
  }
}

async function perform(
  { ledger, items }: Pick<ModelLedger, 'ledger' | 'items'>,
  operation: string,
  input: { TableName?: string },
): Promise<unknown> {
  if (operation === 'Scan') {
    return { Items: items(input.TableName ?? '') };
  }
  if (!Object.hasOwn(COMMANDS, operation)) {
    throw Object.assign(new Error(`The model does not know ${operation}.`), {
      name: 'UnknownOperationException',
    });
  }
  const Command = COMMANDS[operation as keyof typeof COMMANDS] as new (input: object) => PutCommand;
  const { $metadata: _, ...answer } = await ledger.client.send(new Command(input));
  return answer;
}

function describe(error: unknown): object {
  const { name, message } = error as Error;
  return {
    __type: `com.amazonaws.dynamodb.v20120810#${name}`,
    message,
    ...(error instanceof ConditionalCheckFailedException && error.Item ? { Item: error.Item } : {}),
    ...(error instanceof TransactionCanceledException
      ? { CancellationReasons: error.CancellationReasons }
      : {}),
  };
}

async function textOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) {
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString();
}

function unmarshalled(value: unknown): unknown {
  return converted(value, (attributes) => unmarshall(attributes as AttributeMap));
}

function marshalled(value: unknown): unknown {
  return converted(value, (attributes) => marshall(attributes, { removeUndefinedValues: true }));
}

/** A command's input or output with its attributes converted, wherever they are. */
function converted(value: unknown, convert: (attributes: object) => unknown): unknown {
  if (Array.isArray(value)) {
    return value.map((each) => converted(each, convert));
  }
  if (typeof value !== 'object' || value === null) {
    return value;
  }
  const entries = Object.entries(value).map(([name, part]) => {
    if (ATTRIBUTES.includes(name) && part !== undefined) {
      return [name, convert(part)];
    }
    if (ATTRIBUTE_LISTS.includes(name) && Array.isArray(part)) {
      return [name, part.map(convert)];
    }
    return [name, name === 'Responses' ? responses(part, convert) : converted(part, convert)];
  });
  return Object.fromEntries(entries);
}

/** What a BatchGetItem read, by table. */
function responses(part: object, convert: (attributes: object) => unknown): unknown {
  return Object.fromEntries(
    Object.entries(part).map(([table, items]) => [table, (items as object[]).map((item) => convert(item))]),
  );
}
