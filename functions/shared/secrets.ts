/** What is kept in Secrets Manager, by name. */
export interface Secrets {
  /** The text of a secret, or `undefined` when there is none of that name. */
  readonly read: (name: string) => Promise<string | undefined>;
  /** Stores a secret's text, whether or not there is one of that name already. */
  readonly write: (name: string, text: string) => Promise<void>;
  /** Deletes a secret at once, so that its name can be used again. One that does not exist is deleted already. */
  readonly delete: (name: string) => Promise<void>;
}

/** The secrets, with a client that is loaded when first needed: most invocations need none, and do not pay for it. */
export function createSecrets(): Secrets {
  let loading: Promise<Secrets> | undefined;
  const load = async (): Promise<Secrets> => {
    const { createSecretsClient, secretsOf } = await import('./secrets-store.ts');
    return secretsOf(createSecretsClient());
  };
  const secrets = () => {
    loading ??= load();
    return loading;
  };
  return {
    read: async (name) => (await secrets()).read(name),
    write: async (name, text) => (await secrets()).write(name, text),
    delete: async (name) => (await secrets()).delete(name),
  };
}
