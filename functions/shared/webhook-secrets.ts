import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 16;
const SEPARATOR = ':';

/** Whether two texts are equal, in a time that tells nothing about where they differ. */
export function equalInConstantTime(left: string, right: string): boolean {
  return timingSafeEqual(digest('', left), digest('', right));
}

/** A shared secret in the form it is stored: salted and hashed. */
export function hashSecret(secret: string): string {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  return `${salt}${SEPARATOR}${digest(salt, secret).toString('base64url')}`;
}

/** Whether a presented secret is the stored one. */
export function matchesSecretHash(presented: string, stored: string): boolean {
  const [salt = '', hash = ''] = stored.split(SEPARATOR);
  return equalInConstantTime(digest(salt, presented).toString('base64url'), hash);
}

/** The name in Secrets Manager under which a webhook's HMAC secrets are kept. */
export function hmacSecretName(prefix: string, webhookId: string): string {
  return `${prefix}webhooks/${webhookId}`;
}

function digest(salt: string, text: string): Buffer {
  return createHash('sha256').update(salt).update(text).digest();
}
