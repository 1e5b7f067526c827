import { statSync, writeFileSync } from 'node:fs';
import {
  CreateSecretCommand,
  DeleteSecretCommand,
  DescribeSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import { describe, expect, it, onTestFinished } from 'vitest';
import { clientSettings } from '../../lib/local/account.ts';
import { type DataFolder, openDataFolder } from '../../lib/local/data-folder.ts';
import { startSecretsManager } from '../../lib/local/secrets-manager.ts';
import { SecretsStore } from '../../lib/local/secrets-store.ts';
import { temporaryDirectory } from './support.ts';

const NAME = 'onefill/local/webhooks/demo';

async function start(folder?: DataFolder): Promise<SecretsManagerClient> {
  const service = await startSecretsManager(new SecretsStore(folder, 'us-east-1'));
  const client = new SecretsManagerClient(
    clientSettings({ endpoint: service.endpoint, region: 'us-east-1' }),
  );
  onTestFinished(async () => {
    client.destroy();
    await service.stop();
  });
  return client;
}

const create = (SecretString = 'first') => new CreateSecretCommand({ Name: NAME, SecretString });
const read = (SecretId = NAME) => new GetSecretValueCommand({ SecretId });

describe('the local Secrets Manager', () => {
  it('gives back the current value of a secret, by its name and by its ARN', async () => {
    const client = await start();

    const { ARN } = await client.send(create());
    const { VersionId } = await client.send(
      new PutSecretValueCommand({ SecretId: NAME, SecretString: 'second' }),
    );

    expect(ARN).toMatch(
      /^arn:aws:secretsmanager:us-east-1:000000000000:secret:onefill\/local\/webhooks\/demo-\w{6}$/,
    );
    for (const id of [NAME, ARN]) {
      expect(await client.send(read(id))).toMatchObject({
        ARN,
        Name: NAME,
        SecretString: 'second',
        VersionId,
        VersionStages: ['AWSCURRENT'],
        CreatedDate: expect.any(Date),
      });
    }
  });

  it('keeps the previous value', async () => {
    const client = await start();
    await client.send(create());
    await client.send(new PutSecretValueCommand({ SecretId: NAME, SecretString: 'second' }));

    const previous = await client.send(
      new GetSecretValueCommand({ SecretId: NAME, VersionStage: 'AWSPREVIOUS' }),
    );

    expect(previous.SecretString).toBe('first');
    const { VersionIdsToStages } = await client.send(new DescribeSecretCommand({ SecretId: NAME }));
    expect(Object.values(VersionIdsToStages ?? {})).toEqual([['AWSCURRENT'], ['AWSPREVIOUS']]);
  });

  it('takes a request that is sent again as done, but not another value under its token', async () => {
    const client = await start();
    const first = new CreateSecretCommand({
      Name: NAME,
      SecretString: 'first',
      ClientRequestToken: 't'.repeat(32),
    });
    const answer = await client.send(first);

    expect((await client.send(first)).VersionId).toBe(answer.VersionId);
    await expect(
      client.send(
        new PutSecretValueCommand({
          SecretId: NAME,
          SecretString: 'other',
          ClientRequestToken: 't'.repeat(32),
        }),
      ),
    ).rejects.toMatchObject({ name: 'ResourceExistsException' });
  });

  it('refuses what AWS refuses', async () => {
    const client = await start();
    await client.send(create());

    await expect(client.send(create('again'))).rejects.toMatchObject({ name: 'ResourceExistsException' });
    await expect(client.send(read('unknown'))).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await expect(
      client.send(new PutSecretValueCommand({ SecretId: 'unknown', SecretString: 'x' })),
    ).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
  });

  it('hides a secret that is scheduled for deletion, and forgets one that is deleted at once', async () => {
    const client = await start();
    await client.send(create());
    await client.send(new DeleteSecretCommand({ SecretId: NAME, RecoveryWindowInDays: 7 }));

    await expect(client.send(read())).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await expect(client.send(create())).rejects.toMatchObject({ name: 'InvalidRequestException' });
    await client.send(new DeleteSecretCommand({ SecretId: NAME, ForceDeleteWithoutRecovery: true }));
    await expect(client.send(read())).rejects.toMatchObject({ name: 'ResourceNotFoundException' });
    await client.send(create('afresh'));
    expect((await client.send(read())).SecretString).toBe('afresh');
  });

  it('keeps secrets over a restart, in a file that only its owner can read', async () => {
    const folder = openDataFolder(temporaryDirectory());
    await (await start(folder)).send(create());

    expect((await (await start(folder)).send(read())).SecretString).toBe('first');
    expect(statSync(folder.secretsFile).mode & 0o777).toBe(0o600);
  });

  it('does not start on a damaged file, and quotes nothing of it', () => {
    const folder = openDataFolder(temporaryDirectory());
    writeFileSync(folder.secretsFile, '{"secrets": "hunter2');

    expect(() => new SecretsStore(folder, 'us-east-1')).toThrow(
      `The data folder ${folder.directory} is damaged (${folder.secretsFile}: it is not a secrets file). ` +
        'Move it away to start afresh, or choose another with ONEFILL_DATA_DIR.',
    );
  });
});
