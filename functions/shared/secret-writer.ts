/** Who may make and delete secrets in Secrets Manager. */
export interface SecretWriter {
  /** Stores a secret's text, whether or not there is one of that name already. */
  readonly write: (name: string, text: string) => Promise<void>;
  /** Deletes a secret at once, so that its name can be used again. One that does not exist is deleted already. */
  readonly delete: (name: string) => Promise<void>;
}

/** Writes secrets with a client that is loaded when first needed. */
export function createSecretWriter(): SecretWriter {
  let loading: Promise<SecretWriter> | undefined;
  const writer = () => {
    loading ??= load();
    return loading;
  };
  return {
    write: async (name, text) => (await writer()).write(name, text),
    delete: async (name) => (await writer()).delete(name),
  };
}

async function load(): Promise<SecretWriter> {
  const [{ createSecretsClient }, { deleteSecret, writeSecret }] = await Promise.all([
    import('./secrets-client.ts'),
    import('./write-secret.ts'),
  ]);
  const client = createSecretsClient();
  return {
    write: (name, text) => writeSecret(client, name, text),
    delete: (name) => deleteSecret(client, name),
  };
}
