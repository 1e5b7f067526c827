import {
  CreateSecretCommand,
  DeleteSecretCommand,
  PutSecretValueCommand,
  ResourceExistsException,
  ResourceNotFoundException,
  type SecretsManagerClient,
} from '@aws-sdk/client-secrets-manager';

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
