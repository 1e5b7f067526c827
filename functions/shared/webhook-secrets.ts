import { hash, randomBytes, timingSafeEqual } from 'node:crypto';

const SALT_BYTES = 16;
const SEPARATOR = ':';

/**
 * Whether two digests are equal, as text, in a time that tells nothing about where they differ. It does tell whether they
 * are of one length, which is no secret of a digest.
 */
export function areSameDigest(left: string, right: string): boolean {
  const [leftBytes, rightBytes] = [Buffer.from(left), Buffer.from(right)];
  return leftBytes.length === rightBytes.length && timingSafeEqual(leftBytes, rightBytes);
}

/** A shared secret in the form it is stored: salted and hashed. */
export function hashSecret(secret: string): string {
  const salt = randomBytes(SALT_BYTES).toString('base64url');
  return `${salt}${SEPARATOR}${saltedDigest(salt, secret)}`;
}

/** Whether a presented secret is the stored one. */
export function matchesSecretHash(presented: string, stored: string): boolean {
  const [salt = '', digest = ''] = stored.split(SEPARATOR);
  return areSameDigest(saltedDigest(salt, presented), digest);
}

/** The name in Secrets Manager under which a webhook's HMAC secrets are kept. */
export function hmacSecretName(prefix: string, webhookId: string): string {
  return `${prefix}webhooks/${webhookId}`;
}

function saltedDigest(salt: string, text: string): string {
  return hash('sha256', `${salt}${text}`, 'base64url');
}
