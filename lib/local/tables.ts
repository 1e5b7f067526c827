import {
  CreateTableCommand,
  type CreateTableCommandInput,
  DescribeTableCommand,
  DynamoDBClient,
  ResourceNotFoundException,
  type StreamSpecification,
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

/** What of a table's properties means something locally: backups, encryption and protection do not. */
const TableProperties = z.object({
  AttributeDefinitions: z.array(
    z.object({ AttributeName: z.string(), AttributeType: z.enum(['S', 'N', 'B']) }),
  ),
  KeySchema,
  GlobalSecondaryIndexes: z.optional(z.array(Index)),
  LocalSecondaryIndexes: z.optional(z.array(Index)),
  StreamSpecification: z.optional(
    z.object({ StreamViewType: z.enum(['KEYS_ONLY', 'NEW_AND_OLD_IMAGES', 'NEW_IMAGE', 'OLD_IMAGE']) }),
  ),
  TimeToLiveSpecification: z.optional(
    z.object({ AttributeName: z.optional(z.string()), Enabled: templateBoolean }),
  ),
});

/** The resource types that are tables; the CDK's `TableV2` is a global one. */
export const TABLE_TYPES = ['AWS::DynamoDB::GlobalTable', 'AWS::DynamoDB::Table'] as const;

type TableProperties = z.infer<typeof TableProperties>;

/**
 * Makes the stack's tables in the engine; tables that exist keep their data and get the indexes
 * and the stream that they lack.
 *
 * @returns the tables' names
 * @throws LocalCloudError when a table that exists has another key
 */
export async function createTables(stack: Stack, endpoint: string): Promise<readonly string[]> {
  const client = new DynamoDBClient(clientSettings({ endpoint, region: stack.region }));
  try {
    const tables = stack.resources(...TABLE_TYPES);
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
    StreamSpecification: streamOf(properties),
  };
}

function streamOf({ StreamSpecification }: TableProperties): StreamSpecification | undefined {
  return StreamSpecification && { StreamEnabled: true, ...StreamSpecification };
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
  await updateStream(client, name, existing.StreamSpecification, streamOf(properties));
}

/** A stream cannot become another: it ends, and a new one begins. */
async function updateStream(
  client: DynamoDBClient,
  name: string,
  existing: StreamSpecification | undefined,
  wanted: StreamSpecification | undefined,
): Promise<void> {
  const isOn = existing?.StreamEnabled === true;
  if ((isOn ? existing.StreamViewType : undefined) === wanted?.StreamViewType) {
    return;
  }
  const changes = [...(isOn ? [{ StreamEnabled: false }] : []), ...(wanted ? [wanted] : [])];
  for (const change of changes) {
    await client.send(new UpdateTableCommand({ TableName: name, StreamSpecification: change }));
  }
}

function keyText(
  schema: readonly { AttributeName?: string | undefined; KeyType?: string | undefined }[] | undefined,
): string {
  return (schema ?? []).map(({ AttributeName, KeyType }) => `${AttributeName} ${KeyType}`).join(', ');
}
