import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { readSecret } from '../../functions/shared/read-secret.ts';
import { deleteSecret, writeSecret } from '../../functions/shared/write-secret.ts';
import { startSecretsManager } from '../../lib/local/secrets-manager.ts';
import { SecretsStore } from '../../lib/local/secrets-store.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';

let manager: Awaited<ReturnType<typeof startSecretsManager>>;
let client: SecretsManagerClient;

beforeAll(async () => {
  manager = await startSecretsManager(new SecretsStore(undefined, TEST_REGION));
  client = new SecretsManagerClient({
    endpoint: manager.endpoint,
    region: TEST_REGION,
    credentials: TEST_CREDENTIALS,
  });
});
afterAll(async () => {
  client.destroy();
  await manager.stop();
});

describe('a secret', () => {
  it('is absent until it is written, then read, replaced and deleted', async () => {
    const name = 'onefill/test/webhooks/one';
    expect(await readSecret(client, name)).toBeUndefined();
    await writeSecret(client, name, '["whsec_1"]');
    expect(await readSecret(client, name)).toBe('["whsec_1"]');
    await writeSecret(client, name, '["whsec_2"]');
    expect(await readSecret(client, name)).toBe('["whsec_2"]');
    await deleteSecret(client, name);
    expect(await readSecret(client, name)).toBeUndefined();
  });

  it('can be written again as soon as it is deleted, and deleted twice', async () => {
    const name = 'onefill/test/webhooks/two';
    await writeSecret(client, name, 'first');
    await deleteSecret(client, name);
    await deleteSecret(client, name);
    await writeSecret(client, name, 'second');
    expect(await readSecret(client, name)).toBe('second');
  });

  it('is there after ten wrote it at once', async () => {
    const name = 'onefill/test/webhooks/crowd';
    await Promise.all(Array.from({ length: 10 }, (_, writer) => writeSecret(client, name, `text ${writer}`)));
    expect(await readSecret(client, name)).toMatch(/^text \d$/);
  });

  it('that cannot be reached is an error, not an absence', async () => {
    const nowhere = new SecretsManagerClient({
      endpoint: 'http://127.0.0.1:1',
      region: TEST_REGION,
      credentials: TEST_CREDENTIALS,
      maxAttempts: 1,
    });
    await expect(readSecret(nowhere, 'x')).rejects.toThrow();
    await expect(writeSecret(nowhere, 'x', 'y')).rejects.toThrow();
    await expect(deleteSecret(nowhere, 'x')).rejects.toThrow();
    nowhere.destroy();
  });
});
