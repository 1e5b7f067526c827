import { DynamoDBClient, GetItemCommand, PutItemCommand } from '@aws-sdk/client-dynamodb';
import { GetQueueAttributesCommand, SendMessageCommand, SQSClient } from '@aws-sdk/client-sqs';
import { onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import type { LocalCloud } from '../../lib/local/start.ts';

/** The fixture’s queue, as a producer and an operator use it. */
export function queueOf(cloud: LocalCloud) {
  const client = new SQSClient(clientSettings({ endpoint: cloud.sqsEndpoint, region: cloud.region }));
  onTestFinished(() => client.destroy());
  const QueueUrl = cloud.resolve('Queue');
  return {
    send: (group: string, body: string) =>
      client.send(
        new SendMessageCommand({
          QueueUrl,
          MessageBody: body,
          MessageGroupId: group,
          MessageDeduplicationId: `${group}-${body}`,
        }),
      ),
    attributes: async (logicalId: string) => {
      const { Attributes } = await client.send(
        new GetQueueAttributesCommand({ QueueUrl: cloud.resolve(logicalId), AttributeNames: ['All'] }),
      );
      return { ...Attributes };
    },
  };
}

/** The fixture’s table. */
export function tableOf(cloud: LocalCloud) {
  const client = new DynamoDBClient(
    clientSettings({ endpoint: cloud.dynamodbEndpoint, region: cloud.region }),
  );
  onTestFinished(() => client.destroy());
  const TableName = cloud.resolve('Table');
  return {
    put: (pk: string) => client.send(new PutItemCommand({ TableName, Item: { pk: { S: pk } } })),
    has: async (pk: string) =>
      (await client.send(new GetItemCommand({ TableName, Key: { pk: { S: pk } } }))).Item !== undefined,
  };
}
