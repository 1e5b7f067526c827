import { SecretsManagerClient } from '@aws-sdk/client-secrets-manager';

/** Long enough for Secrets Manager's slow days, short enough that a caller with 5 s hears of a failure. */
const CALL = { maxAttempts: 3, requestHandler: { connectionTimeout: 500, requestTimeout: 1_500 } } as const;

/** The client of Secrets Manager, made once per environment. */
export function createSecretsClient(): SecretsManagerClient {
  return new SecretsManagerClient(CALL);
}
