import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import type { WebhookId } from '../../functions/core/ids.ts';
import { createHmacSecretSource } from '../../functions/ingest/hmac-secrets.ts';
import { hmacSecretName } from '../../functions/shared/webhook-secrets.ts';
import { deleteSecret, writeSecret } from '../../functions/shared/write-secret.ts';
import { startSecretsManager } from '../../lib/local/secrets-manager.ts';
import { SecretsStore } from '../../lib/local/secrets-store.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';

const PREFIX = 'onefill/test/';
let manager: Awaited<ReturnType<typeof startSecretsManager>>;
let client: SecretsManagerClient;

beforeAll(async () => {
  manager = await startSecretsManager(new SecretsStore(undefined, TEST_REGION));
  // The source makes its own client, as it does in Lambda: from the variables of the environment.
  vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.endpoint);
  vi.stubEnv('AWS_REGION', TEST_REGION);
  vi.stubEnv('AWS_ACCESS_KEY_ID', TEST_CREDENTIALS.accessKeyId);
  vi.stubEnv('AWS_SECRET_ACCESS_KEY', TEST_CREDENTIALS.secretAccessKey);
  client = new SecretsManagerClient({});
});
afterAll(async () => {
  vi.unstubAllEnvs();
  client.destroy();
  await manager.stop();
});

const store = (webhookId: string, secrets: readonly string[]) =>
  writeSecret(client, hmacSecretName(PREFIX, webhookId), JSON.stringify(secrets));

describe('the HMAC secrets of a webhook', () => {
  it('are read once per version of its configuration', async () => {
    const secretsOf = createHmacSecretSource(PREFIX);
    const id = 'one' as WebhookId;
    await store(id, ['whsec_old']);
    expect(await secretsOf(id, 1)).toEqual(['whsec_old']);
    await store(id, ['whsec_new', 'whsec_old']);
    expect(await secretsOf(id, 1)).toEqual(['whsec_old']);
    expect(await secretsOf(id, 2)).toEqual(['whsec_new', 'whsec_old']);
    await deleteSecret(client, hmacSecretName(PREFIX, id));
    expect(await secretsOf(id, 2)).toEqual(['whsec_new', 'whsec_old']);
    expect(await secretsOf(id, 3)).toEqual([]);
  });

  it('are none when there are none, and never another webhook’s', async () => {
    const secretsOf = createHmacSecretSource(PREFIX);
    await store('mine', ['whsec_mine']);
    expect(await secretsOf('mine' as WebhookId, 1)).toEqual(['whsec_mine']);
    expect(await secretsOf('other' as WebhookId, 1)).toEqual([]);
  });

  it('that are damaged are an error, not an open door', async () => {
    await writeSecret(client, hmacSecretName(PREFIX, 'damaged'), '{"not":"a list"}');
    await expect(createHmacSecretSource(PREFIX)('damaged' as WebhookId, 1)).rejects.toThrow();
  });
});
