import * as z from 'zod/mini';
import type { WebhookId } from '../core/ids.ts';
import { createSecretReader } from '../shared/secret-reader.ts';
import { hmacSecretName } from '../shared/webhook-secrets.ts';

const WEBHOOKS_MAX = 1_000;
const secretsShape = z.array(z.string());

/**
 * Reads the HMAC secrets of webhooks from Secrets Manager, and remembers them for as long as the version of the
 * webhook's configuration stays the same: every change of secrets changes it.
 */
export function createHmacSecretSource(
  prefix: string,
): (webhookId: WebhookId, version: number) => Promise<readonly string[]> {
  const remembered = new Map<WebhookId, { readonly version: number; readonly secrets: readonly string[] }>();
  const readSecret = createSecretReader();

  return async (webhookId, version) => {
    const known = remembered.get(webhookId);
    if (known?.version === version) {
      return known.secrets;
    }
    const text = await readSecret(hmacSecretName(prefix, webhookId));
    const secrets = text === undefined ? [] : z.parse(secretsShape, JSON.parse(text));
    if (remembered.size >= WEBHOOKS_MAX) {
      remembered.clear();
    }
    remembered.set(webhookId, { version, secrets });
    return secrets;
  };
}
