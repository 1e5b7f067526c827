import { SendMessageBatchCommand } from '@aws-sdk/client-sqs';
import { GetCommand, PutCommand, QueryCommand, UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { createDocumentClient, createQueueClient } from '../../../functions/shared/clients.ts';

const client = createDocumentClient();
const queue = createQueueClient();

/** The least that a function on DynamoDB and SQS can be: both clients, and the commands that every such function has. */
export const handler = async (key: { readonly pk: string; readonly sk: string }) => {
  const table = { TableName: 'ledger' };
  await client.send(new GetCommand({ ...table, Key: key }));
  await client.send(new PutCommand({ ...table, Item: key }));
  await client.send(new UpdateCommand({ ...table, Key: key }));
  await client.send(new QueryCommand(table));
  await queue.send(new SendMessageBatchCommand({ QueueUrl: 'accounts', Entries: [] }));
};
