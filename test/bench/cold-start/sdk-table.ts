import { GetCommand } from '@aws-sdk/lib-dynamodb';
import { createDocumentClient } from '../../../functions/shared/clients.ts';

const client = createDocumentClient();

/** The least that a function on DynamoDB can be: the SDK, and nothing of Onefill but how it makes its client. */
export const handler = (event: { readonly pk: string; readonly sk: string }) =>
  client.send(new GetCommand({ TableName: 'ledger', Key: event }));
