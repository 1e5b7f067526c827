import { PublishCommand, SNSClient } from '@aws-sdk/client-sns';
import { GetCommand, PutCommand, TransactWriteCommand } from '@aws-sdk/lib-dynamodb';
import { CALL, createDocumentClient } from '../../../functions/shared/clients.ts';

const client = createDocumentClient();
const topic = new SNSClient(CALL);

/** The least that a function on DynamoDB and SNS can be: both clients, and the commands that such a function has. */
export const handler = async (key: { readonly pk: string; readonly sk: string }) => {
  const table = { TableName: 'operations' };
  await client.send(new GetCommand({ ...table, Key: key }));
  await client.send(new PutCommand({ ...table, Item: key }));
  await client.send(new TransactWriteCommand({ TransactItems: [] }));
  await topic.send(new PublishCommand({ TopicArn: 'alerts', Message: '' }));
};
