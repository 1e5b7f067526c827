import { CreateSecretCommand, SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { clientSettings } from '../../lib/local/account.ts';
import type { TestCloud } from './local-cloud.ts';

/** Stores what a venue asks of its users, as an operator does: in Secrets Manager, under a name that accounts use. */
export async function storeCredentials(
  { cloud: { secretsManagerEndpoint: endpoint, region } }: TestCloud,
  name: string,
  credentials: object,
): Promise<void> {
  const client = new SecretsManagerClient(clientSettings({ endpoint, region }));
  await client.send(
    new CreateSecretCommand({
      Name: `onefill/local/brokers/${name}`,
      SecretString: JSON.stringify(credentials),
    }),
  );
  client.destroy();
}
