import { type DynamoDBDocumentClient, ScanCommand } from '@aws-sdk/lib-dynamodb';
import { type ModelLedger, modelLedger } from '../simulation/model-table.ts';
import { serveModel } from './model-server.ts';
import type { TestDynamoDb } from './test-dynamodb.ts';

/**
 * The model of DynamoDB in the place of an engine: its ledger for who has it handed over, and an endpoint for who makes
 * a client of the SDK.
 */
export async function startModelDynamoDb(): Promise<TestDynamoDb> {
  const model = modelLedger();
  const ledger = { ...model.ledger, client: clientOf(model) };
  const server = await serveModel({ ledger, items: model.items });
  return {
    endpoint: server.endpoint,
    ledger,
    operations: { ...model.operations, client: ledger.client },
    idempotencyTableName: model.idempotencyTableName,
    stop: () => server.stop(),
  };
}

/** A client that tests may wrap, and that can scan, which only tests do. */
function clientOf({ ledger, items }: ModelLedger): DynamoDBDocumentClient {
  const send = async (command: Parameters<DynamoDBDocumentClient['send']>[0]): Promise<unknown> =>
    command instanceof ScanCommand
      ? { Items: items(command.input.TableName ?? '') }
      : ledger.client.send(command);
  return Object.create(ledger.client, {
    send: { value: send, configurable: true, writable: true },
  }) as DynamoDBDocumentClient;
}
