import { readSecret } from '../../../functions/shared/read-secret.ts';
import { createSecretsClient } from '../../../functions/shared/secrets-client.ts';
import { handler as onTableAndQueue } from './sdk-table-and-queue.ts';

const secrets = createSecretsClient();

/** The least that a function on DynamoDB, SQS and Secrets Manager can be. */
export const handler = async (key: { readonly pk: string; readonly sk: string }) => {
  await onTableAndQueue(key);
  await readSecret(secrets, key.pk);
};
