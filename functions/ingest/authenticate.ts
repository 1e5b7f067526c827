import { createHmac, createSecretKey, type KeyObject } from 'node:crypto';
import { BlockList, isIP } from 'node:net';
import type { Webhook } from '../core/configuration.ts';
import type { HttpRequest, Refusal } from '../shared/http.ts';
import { areSameDigest, matchesSecretHash } from '../shared/webhook-secrets.ts';

/** What a request shows to prove where it comes from. */
export interface Credentials {
  /** From the header, the query or the body; all that were given. */
  readonly secrets: readonly string[];
  readonly signature?: { readonly id: string; readonly timestamp: string; readonly signatures: string };
}

/** TradingView's source addresses, as its webhook documentation lists them. */
const TRADINGVIEW_IPS = ['52.89.214.238', '34.212.75.30', '54.218.53.128', '52.32.178.7'];

/** Standard Webhooks 1.0.0: how far a signed timestamp may be from now. */
const SIGNATURE_TOLERANCE_SECONDS = 300;
const SECRET_PREFIX = 'whsec_';
const SIGNATURE_VERSION = 'v1,';
const IPV4_MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i;

const UNAUTHENTICATED: Refusal = {
  statusCode: 401,
  code: 'UNAUTHENTICATED',
  message:
    'The request is not authenticated: send the webhook secret in the header x-webhook-secret, ' +
    'in the query as ?token= or in the body field "secret", or sign it by the Standard Webhooks scheme.',
};

/** Reads what a request shows. The body's secret is passed in, because it can only be read after parsing. */
export function readCredentials(request: HttpRequest, bodySecret: string | undefined): Credentials {
  const secrets = [request.header('x-webhook-secret'), request.query.get('token'), bodySecret].filter(
    (secret): secret is string => typeof secret === 'string' && secret.length > 0,
  );
  const id = request.header('webhook-id');
  const timestamp = request.header('webhook-timestamp');
  const signatures = request.header('webhook-signature');
  return id !== undefined && timestamp !== undefined && signatures !== undefined
    ? { secrets, signature: { id, timestamp, signatures } }
    : { secrets };
}

/**
 * Refuses a request from an address that the webhook does not allow. An empty list allows every address.
 * Addresses are what the gateway saw; headers do not count.
 */
export function checkSourceIp(webhook: Webhook, sourceIp: string): Refusal | undefined {
  if (webhook.allowedIps.length === 0 || isAllowed(webhook.allowedIps, sourceIp)) {
    return undefined;
  }
  return {
    statusCode: 403,
    code: 'IP_NOT_ALLOWED',
    message: `The address ${sourceIp} may not use this webhook.`,
  };
}

/**
 * Refuses a request that shows no valid credential. Any one of the webhook's secret and its HMAC secrets is enough;
 * a webhook that has neither is guarded by its address list alone.
 *
 * @param hmacSecrets the webhook's HMAC secrets, several while they are rotated
 */
export function checkCredentials(
  webhook: Webhook,
  credentials: Credentials,
  signed: { readonly rawBody: Buffer; readonly hmacSecrets: readonly string[]; readonly nowMs: number },
): Refusal | undefined {
  const needed = webhook.secretHash !== undefined || webhook.hmacSecretCount > 0;
  if (!needed && webhook.allowedIps.length > 0) {
    return undefined;
  }
  const { secretHash } = webhook;
  const bySecret =
    secretHash !== undefined &&
    credentials.secrets.some((presented) => matchesSecretHash(presented, secretHash));
  return bySecret || isSigned(credentials, signed) ? undefined : UNAUTHENTICATED;
}

/** What is made of a remembered webhook's configuration, kept for as long as that is: both cost more than their use. */
const addressLists = new WeakMap<readonly string[], BlockList>();
const signingKeys = new WeakMap<readonly string[], readonly KeyObject[]>();

function isAllowed(allowedIps: readonly string[], sourceIp: string): boolean {
  const list = addressLists.get(allowedIps) ?? listOf(allowedIps);
  addressLists.set(allowedIps, list);
  const address = IPV4_MAPPED.exec(sourceIp)?.[1] ?? sourceIp;
  return isIP(address) !== 0 && list.check(address, isIP(address) === 6 ? 'ipv6' : 'ipv4');
}

function listOf(allowedIps: readonly string[]): BlockList {
  const list = new BlockList();
  for (const entry of allowedIps.flatMap((ip) => (ip === 'tradingview' ? TRADINGVIEW_IPS : [ip]))) {
    const [address = '', prefix] = entry.split('/');
    const family = isIP(address) === 6 ? 'ipv6' : 'ipv4';
    if (prefix === undefined) {
      list.addAddress(address, family);
    } else {
      list.addSubnet(address, Number(prefix), family);
    }
  }
  return list;
}

function keysOf(hmacSecrets: readonly string[]): readonly KeyObject[] {
  const keys =
    signingKeys.get(hmacSecrets) ??
    hmacSecrets.map((secret) => createSecretKey(secret.slice(SECRET_PREFIX.length), 'base64'));
  signingKeys.set(hmacSecrets, keys);
  return keys;
}

/** Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`, any of the given signatures by any secret. */
function isSigned(
  { signature }: Credentials,
  { rawBody, hmacSecrets, nowMs }: { rawBody: Buffer; hmacSecrets: readonly string[]; nowMs: number },
): boolean {
  if (!signature || signature.id.includes('.') || !/^\d{1,12}$/.test(signature.timestamp)) {
    return false;
  }
  if (Math.abs(nowMs / 1_000 - Number(signature.timestamp)) > SIGNATURE_TOLERANCE_SECONDS) {
    return false;
  }
  const presented = signature.signatures
    .split(' ')
    .filter((part) => part.startsWith(SIGNATURE_VERSION))
    .map((part) => part.slice(SIGNATURE_VERSION.length));
  return keysOf(hmacSecrets).some((key) => {
    const expected = createHmac('sha256', key)
      .update(`${signature.id}.${signature.timestamp}.`)
      .update(rawBody)
      .digest('base64');
    return presented.some((candidate) => areSameDigest(candidate, expected));
  });
}
