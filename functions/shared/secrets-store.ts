import {
  CreateSecretCommand,
  DeleteSecretCommand,
  GetSecretValueCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';
import type { Secrets } from './secrets.ts';

/** Long enough for Secrets Manager's slow days, short enough that a caller with 5 s hears of a failure. */
const CALL = { maxAttempts: 3, requestHandler: { connectionTimeout: 500, requestTimeout: 1_500 } } as const;

/** The client of Secrets Manager, made once per environment. */
export function createSecretsClient(): SecretsManagerClient {
  return new SecretsManagerClient(CALL);
}

/** The text of a secret, or `undefined` when there is none of that name. */
export async function readSecret(client: SecretsManagerClient, name: string): Promise<string | undefined> {
  try {
    const { SecretString } = await client.send(new GetSecretValueCommand({ SecretId: name }));
    return SecretString;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return undefined;
    }
    throw error;
  }
}

/** The secrets through a client. */
export function secretsOf(client: SecretsManagerClient): Secrets {
  return {
    read: (name) => readSecret(client, name),
    write: (name, text) => writeSecret(client, name, text),
    delete: (name) => deleteSecret(client, name),
  };
}

/** Stores a secret's text, whether or not there is one of that name already. */
export async function writeSecret(client: SecretsManagerClient, name: string, text: string): Promise<void> {
  if (await replaceSecret(client, name, text)) {
    return;
  }
  try {
    await client.send(new CreateSecretCommand({ Name: name, SecretString: text }));
  } catch (error) {
    if (!(error instanceof ResourceExistsException)) {
      throw error;
    }
    // Somebody else, or our own attempt whose answer was lost, made it meanwhile.
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
  }
}

/** Deletes a secret at once, so that its name can be used again. One that does not exist is deleted already. */
export async function deleteSecret(client: SecretsManagerClient, name: string): Promise<void> {
  try {
    await client.send(new DeleteSecretCommand({ SecretId: name, ForceDeleteWithoutRecovery: true }));
  } catch (error) {
    if (!(error instanceof ResourceNotFoundException)) {
      throw error;
    }
  }
}

async function replaceSecret(client: SecretsManagerClient, name: string, text: string): Promise<boolean> {
  try {
    await client.send(new PutSecretValueCommand({ SecretId: name, SecretString: text }));
    return true;
  } catch (error) {
    if (error instanceof ResourceNotFoundException) {
      return false;
    }
    throw error;
  }
}
