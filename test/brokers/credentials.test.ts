import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import * as z from 'zod/mini';
import { createCredentialsStore } from '../../functions/brokers/credentials.ts';
import { createSecretReader } from '../../functions/shared/secret-reader.ts';
import { TEST_CREDENTIALS, TEST_REGION } from '../support/dynamodb.ts';
import { startTestSecretsManager, type TestSecretsManager } from '../support/secrets-manager.ts';

const KEY = z.object({ key: z.string() });
const NAME = 'onefill/test/brokers/main';
const SECRET = 'sk-do-not-show';
const secretOf = (key: string) => JSON.stringify({ key });

/** A store on a Secrets Manager in memory, and what was asked of it. */
function start(secrets: Record<string, string | undefined> = { [NAME]: secretOf('first') }) {
  const asked: string[] = [];
  const failures: Error[] = [];
  let nowMs = 0;
  const readSecret = async (name: string) => {
    asked.push(name);
    const failure = failures.shift();
    if (failure) {
      throw failure;
    }
    return secrets[name];
  };
  const store = createCredentialsStore('onefill/test/', readSecret, { now: () => nowMs });
  return {
    store,
    secrets,
    asked,
    failures,
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
  };
}

describe('credentials', () => {
  it('are read by the name under the prefix, and remembered for less than a minute', async () => {
    const { store, secrets, asked, pass } = start();
    expect(await store.read('main', KEY)).toEqual({ key: 'first' });
    secrets[NAME] = secretOf('second');
    pass(59_999);
    expect(await store.read('main', KEY)).toEqual({ key: 'first' });
    pass(1);
    expect(await store.read('main', KEY)).toEqual({ key: 'second' });
    expect(asked).toEqual([NAME, NAME]);
  });

  it('are read once for all who ask at the same time', async () => {
    const { store, asked } = start();
    const read = await Promise.all([1, 2, 3].map(() => store.read('main', KEY)));
    expect(read).toEqual([{ key: 'first' }, { key: 'first' }, { key: 'first' }]);
    expect(asked).toEqual([NAME]);
  });

  it('that were rotated are known after they were forgotten, without waiting', async () => {
    const { store, secrets } = start();
    await store.read('main', KEY);
    secrets[NAME] = secretOf('rotated');
    store.forget('main');
    expect(await store.read('main', KEY)).toEqual({ key: 'rotated' });
  });

  it('of one name are not those of another', async () => {
    const { store } = start({ [NAME]: secretOf('first'), 'onefill/test/brokers/other': secretOf('other') });
    expect(await store.read('main', KEY)).toEqual({ key: 'first' });
    expect(await store.read('other', KEY)).toEqual({ key: 'other' });
  });

  it('whose read failed are asked for again by the next reader, not by those who waited for it', async () => {
    const { store, asked, failures } = start();
    failures.push(new Error('Secrets Manager is away'));
    const failed = [store.read('main', KEY), store.read('main', KEY)];
    for (const read of failed) {
      await expect(read).rejects.toMatchObject({
        code: 'CREDENTIALS_UNAVAILABLE',
        disposition: 'retry',
        message: 'The secret onefill/test/brokers/main could not be read.',
      });
    }
    expect(await store.read('main', KEY)).toEqual({ key: 'first' });
    expect(asked).toEqual([NAME, NAME]);
  });

  it('whose slow read fails after they were forgotten leave the newer ones alone', async () => {
    const pending: { resolve: (text: string) => void; reject: (error: Error) => void }[] = [];
    const readSecret = () =>
      new Promise<string>((resolve, reject) => {
        pending.push({ resolve, reject });
      });
    const store = createCredentialsStore('onefill/test/', readSecret, { now: () => 0 });
    const slow = store.read('main', KEY);
    store.forget('main');
    const newer = store.read('main', KEY);
    pending[1]?.resolve(secretOf('newer'));
    expect(await newer).toEqual({ key: 'newer' });
    pending[0]?.reject(new Error('too late'));
    await expect(slow).rejects.toMatchObject({ code: 'CREDENTIALS_UNAVAILABLE' });
    expect(await store.read('main', KEY)).toEqual({ key: 'newer' });
    expect(pending).toHaveLength(2);
  });

  it.each([
    ['do not exist', undefined, 'does not exist'],
    ['are no JSON', `${SECRET}`, 'is not JSON'],
    [
      'are not of the shape',
      JSON.stringify({ key: [SECRET] }),
      'does not have what its venue needs: see key',
    ],
    ['are text in JSON', JSON.stringify(SECRET), 'does not have what its venue needs: see the whole'],
  ])('that %s are named, and nothing of them is shown', async (_, text, says) => {
    const { store } = start({ [NAME]: text });
    const error: unknown = await store.read('main', KEY).catch((caught: unknown) => caught);
    expect(error).toMatchObject({
      code: 'CREDENTIALS_INVALID',
      disposition: 'terminal',
      message: `The secret ${NAME} ${says}.`,
    });
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain(SECRET);
    expect(error).not.toHaveProperty('cause');
  });

  it('that were repaired are taken within a minute', async () => {
    const { store, secrets, pass } = start({ [NAME]: '{}' });
    await expect(store.read('main', KEY)).rejects.toMatchObject({ code: 'CREDENTIALS_INVALID' });
    secrets[NAME] = secretOf('repaired');
    pass(60_000);
    expect(await store.read('main', KEY)).toEqual({ key: 'repaired' });
  });
});

describe('credentials in Secrets Manager', () => {
  let manager: TestSecretsManager;
  beforeAll(async () => {
    manager = await startTestSecretsManager();
    vi.stubEnv('AWS_ENDPOINT_URL_SECRETS_MANAGER', manager.endpoint);
    vi.stubEnv('AWS_REGION', TEST_REGION);
    vi.stubEnv('AWS_ACCESS_KEY_ID', TEST_CREDENTIALS.accessKeyId);
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', TEST_CREDENTIALS.secretAccessKey);
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await manager.stop();
  });

  it('are asked for when the first account needs them, not before', async () => {
    manager.secrets.set(NAME, secretOf('stored'));
    const store = createCredentialsStore('onefill/test/', createSecretReader(), Date);
    expect(manager.calls).toEqual([]);
    expect(await store.read('main', KEY)).toEqual({ key: 'stored' });
    expect(await store.read('main', KEY)).toEqual({ key: 'stored' });
    expect(manager.calls).toEqual(['GetSecretValue']);
  });
});
