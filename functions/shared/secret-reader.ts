/** The text of a secret, or `undefined` when there is none of that name. */
export type SecretReader = (name: string) => Promise<string | undefined>;

/** Reads secrets with a client that is loaded when first needed: most invocations need none, and do not pay for it. */
export function createSecretReader(): SecretReader {
  let loading: Promise<SecretReader> | undefined;
  return async (name) => {
    loading ??= load();
    return (await loading)(name);
  };
}

async function load(): Promise<SecretReader> {
  const [{ createSecretsClient }, { readSecret }] = await Promise.all([
    import('./secrets-client.ts'),
    import('./read-secret.ts'),
  ]);
  const client = createSecretsClient();
  return (name) => readSecret(client, name);
}
