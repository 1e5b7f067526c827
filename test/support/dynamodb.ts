import { randomUUID } from 'node:crypto';
import {
  CreateTableCommand,
  DeleteTableCommand,
  DynamoDBClient,
  type DynamoDBClientConfig,
} from '@aws-sdk/client-dynamodb';
import { DynamoDBDocumentClient } from '@aws-sdk/lib-dynamodb';
import { findDynoxide, startDynoxide, useEngine } from '../../lib/local/dynamodb-engine.ts';
import type { TestDynamoDb } from './test-dynamodb.ts';

export type { TestDynamoDb };

/** What the SDK needs to sign requests; the engine does not check it. */
export const TEST_CREDENTIALS = { accessKeyId: 'test', secretAccessKey: 'test' } as const;
export const TEST_REGION = 'us-east-1';

/** Signatures are a quarter of what a call costs this process; dynoxide wants to see one, but does not check it. */
const UNCHECKED: NonNullable<DynamoDBClientConfig['signer']> = {
  sign: async (request) => {
    request.headers['x-amz-date'] = '20261121T220000Z';
    request.headers.authorization =
      `AWS4-HMAC-SHA256 Credential=${TEST_CREDENTIALS.accessKeyId}/20261121/${TEST_REGION}/dynamodb/aws4_request, ` +
      'SignedHeaders=host;x-amz-date, Signature=none';
    return request;
  },
};

/**
 * Starts a DynamoDB on a free port and makes the ledger and idempotency tables, as empty as on the first day.
 * With `DYNAMODB_ENDPOINT` set the tables are made there instead, under names of their own. With `STORE_ENGINE=model`
 * they are in this process, which takes no time at all: for whoever runs the same tests very often.
 */
export async function startTestDynamoDb(): Promise<TestDynamoDb> {
  if (process.env.STORE_ENGINE === 'model') {
    const { startModelDynamoDb } = await import('./model-dynamodb.ts');
    return startModelDynamoDb();
  }
  const shared = process.env.DYNAMODB_ENDPOINT;
  const engine = shared
    ? await useEngine('DYNAMODB_ENDPOINT', shared)
    : await startDynoxide(findDynoxide(thisMachine()), undefined);
  const client = new DynamoDBClient({
    endpoint: engine.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
    maxAttempts: 1,
    ...(shared ? {} : { signer: UNCHECKED }),
  });
  const suffix = randomUUID();
  const ledgerTableName = `ledger-${suffix}`;
  const idempotencyTableName = `idempotency-${suffix}`;
  const operationsTableName = `operations-${suffix}`;
  await Promise.all([
    createTable(client, ledgerTableName, 'pk', 'sk'),
    createTable(client, idempotencyTableName, 'id'),
    createTable(client, operationsTableName, 'pk', 'sk'),
  ]);
  const documents = DynamoDBDocumentClient.from(client, { marshallOptions: { removeUndefinedValues: true } });
  return {
    endpoint: engine.endpoint,
    ledger: { client: documents, tableName: ledgerTableName },
    operations: { client: documents, tableName: operationsTableName },
    idempotencyTableName,
    async stop() {
      if (shared) {
        for (const TableName of [ledgerTableName, idempotencyTableName, operationsTableName]) {
          await client.send(new DeleteTableCommand({ TableName }));
        }
      }
      client.destroy();
      await engine.stop();
    },
  };
}

function thisMachine() {
  return { platform: process.platform, architecture: process.arch, path: process.env.PATH ?? '' };
}

async function createTable(
  client: DynamoDBClient,
  name: string,
  partitionKey: string,
  sortKey?: string,
): Promise<void> {
  const attributes = sortKey === undefined ? [partitionKey] : [partitionKey, sortKey];
  await client.send(
    new CreateTableCommand({
      TableName: name,
      BillingMode: 'PAY_PER_REQUEST',
      AttributeDefinitions: attributes.map((attribute) => ({
        AttributeName: attribute,
        AttributeType: 'S',
      })),
      KeySchema: attributes.map((attribute, index) => ({
        AttributeName: attribute,
        KeyType: index === 0 ? 'HASH' : 'RANGE',
      })),
    }),
  );
}
