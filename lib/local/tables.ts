import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type TableDescription,
  UpdateTableCommand,
  UpdateTimeToLiveCommand,
} from '@aws-sdk/client-dynamodb';
import * as z from 'zod/mini';
import { clientSettings } from './account.ts';
import { LocalCloudError } from './errors.ts';
import { templateBoolean } from './property-types.ts';
import type { Stack, StackResource } from './stack.ts';

const KeySchema = z.array(z.object({ AttributeName: z.string(), KeyType: z.enum(['HASH', 'RANGE']) }));

const Index = z.object({
  IndexName: z.string(),
  KeySchema,
  Projection: z.object({
    ProjectionType: z.optional(z.enum(['ALL', 'INCLUDE', 'KEYS_ONLY'])),
    NonKeyAttributes: z.optional(z.array(z.string())),
  }),
});

/**
 * What of a table's properties means something locally: backups, encryption and protection do not. Nor does the
 * stream, which nothing here can read (event-sources.ts refuses it): dynoxide 1.2.1 keeps every record of it, and a
 * write takes three times as long after ten thousand others.
 */
const TableProperties = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema,
  GlobalSecondaryIndexes: z.optional(z.array(Index)),
  LocalSecondaryIndexes: z.optional(z.array(Index)),
  TimeToLiveSpecification: z.optional(
    z.object({ AttributeName: z.optional(z.string()), Enabled: templateBoolean }),
  ),
});

type TableProperties = z.infer<typeof TableProperties>;

/**
 * Makes the stack's tables in the engine; tables that exist keep their data and get indexes that they lack.
 *
 * @returns the tables' names
 * @throws LocalCloudError when a table that exists has another key
 */
export async function createTables(stack: Stack, endpoint: string): Promise<readonly string[]> {
  const client = new DynamoDBClient(clientSettings({ endpoint, region: stack.region }));
  try {
    const tables = stack.resources('AWS::DynamoDB::Table', 'AWS::DynamoDB::GlobalTable');
    return await Promise.all(tables.map((table) => createTable(client, stack, table)));
  } finally {
    client.destroy();
  }
}

async function createTable(client: DynamoDBClient, stack: Stack, resource: StackResource): Promise<string> {
  const name = stack.nameOf(resource.logicalId);
  const properties = stack.properties(resource, TableProperties);
  const existing = await describe(client, name);
  if (existing === undefined) {
    await client.send(new CreateTableCommand(creation(name, properties)));
  } else {
    await update(client, name, existing, properties);
  }
  const timeToLive = properties.TimeToLiveSpecification;
  if (timeToLive?.Enabled === true && timeToLive.AttributeName !== undefined) {
    const { AttributeName } = timeToLive;
    await client.send(
      new UpdateTimeToLiveCommand({
        TableName: name,
        TimeToLiveSpecification: { AttributeName, Enabled: true },
      }),
    );
  }
  return name;
}

async function describe(client: DynamoDBClient, name: string): Promise<TableDescription | undefined> {
  try {
    return (await client.send(new DescribeTableCommand({ TableName: name }))).Table;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined;
    }
    throw error;
  }
}

function creation(name: string, properties: TableProperties): CreateTableCommandInput {
  const { AttributeDefinitions, KeySchema, GlobalSecondaryIndexes, LocalSecondaryIndexes } = properties;
  return {
    TableName: name,
    BillingMode: 'PAY_PER_REQUEST',
    AttributeDefinitions,
    KeySchema,
    GlobalSecondaryIndexes,
    LocalSecondaryIndexes,
  };
}

async function update(
  client: DynamoDBClient,
  name: string,
  existing: TableDescription,
  properties: TableProperties,
): Promise<void> {
  if (keyText(existing.KeySchema) !== keyText(properties.KeySchema)) {
    throw new LocalCloudError(
      'data-unusable',
      `The table ${name} in the data folder has the key ${keyText(existing.KeySchema)} and the stack wants ` +
        `${keyText(properties.KeySchema)}. Move the data folder away, or choose another with ONEFILL_DATA_DIR.`,
    );
  }
  const known = new Set(existing.GlobalSecondaryIndexes?.map(({ IndexName }) => IndexName));
  for (const index of properties.GlobalSecondaryIndexes ?? []) {
    if (!known.has(index.IndexName)) {
      await client.send(
        new UpdateTableCommand({
          TableName: name,
          AttributeDefinitions: properties.AttributeDefinitions,
          GlobalSecondaryIndexUpdates: [{ Create: index }],
        }),
      );
    }
  }
}

function keyText(
  schema: readonly { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined,
): string {
  return (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');
}
