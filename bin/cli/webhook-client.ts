import { createHmac, randomUUID } from 'node:crypto';
import * as z from 'zod/mini';
import { exchange, failureOf, parseOrNothing, readAs } from './admin-client.ts';
import type { Options, Values } from './command.ts';
import { headerText, isLocal } from './connection.ts';
import { UsageError } from './errors.ts';
import type { Session } from './session.ts';

const SECRET_PREFIX = 'whsec_';
/** Of the local cloud's demo, which everybody knows. */
const DEMO = { webhookId: 'demo', secret: 'demo-secret' };

const acceptedShape = z.object({
  signalId: z.string(),
  status: z.string(),
  executions: z.array(z.object({ executionId: z.string(), strategyId: z.string(), accountId: z.string() })),
});

/** How a signal proves where it comes from. */
export type Credentials =
  | { readonly kind: 'none' }
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'hmac'; readonly secret: string };

/** What is sent. */
export interface OutgoingSignal {
  readonly webhookId: string;
  /** The body, exactly. */
  readonly body: string;
  /** What makes it the same signal when it is sent again. */
  readonly id?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** What the webhook answered to a signal that it took. */
export interface AcceptedSignal extends z.output<typeof acceptedShape> {
  /** Whether it had come before, so that nothing new is traded. */
  readonly isDuplicate: boolean;
}

/** Options of every command that sends signals. */
export const CREDENTIAL_OPTIONS = {
  secret: {
    type: 'string',
    value: '<secret>',
    summary: "the webhook's secret; better in ONEFILL_WEBHOOK_SECRET, where other processes do not see it",
  },
  'hmac-secret': {
    type: 'string',
    value: '<whsec_…>',
    summary: 'sign by the Standard Webhooks scheme; better in ONEFILL_HMAC_SECRET',
  },
} as const satisfies Options;

/** The credentials that were given. @throws UsageError when they are of no use; it does not repeat them */
export function credentialsFor(
  values: Values<typeof CREDENTIAL_OPTIONS>,
  { environment }: Session,
  webhook: { readonly url: string; readonly webhookId: string },
): Credentials {
  const isGiven = values.secret !== undefined || values['hmac-secret'] !== undefined;
  const hmac = values['hmac-secret'] ?? (isGiven ? undefined : environment.ONEFILL_HMAC_SECRET);
  const secret = values.secret ?? (isGiven ? undefined : environment.ONEFILL_WEBHOOK_SECRET);
  if (hmac) {
    if (secret) {
      throw new UsageError('Give a secret or an HMAC secret, not both.');
    }
    if (!/^whsec_[A-Za-z0-9+/]{32,88}={0,2}$/.test(hmac)) {
      throw new UsageError('The HMAC secret must be whsec_ and base64 of 24 to 64 bytes.');
    }
    return { kind: 'hmac', secret: hmac };
  }
  if (secret) {
    return { kind: 'secret', secret: headerText(secret, 'The secret') };
  }
  return isLocal(webhook.url) && webhook.webhookId === DEMO.webhookId
    ? { kind: 'secret', secret: DEMO.secret }
    : { kind: 'none' };
}

/**
 * Sends a signal to its webhook.
 *
 * @throws RefusedError when it was not taken, UnreachableError when it may or may not have been
 */
export async function sendSignal(
  url: string,
  signal: OutgoingSignal,
  credentials: Credentials,
): Promise<AcceptedSignal> {
  const { webhookId, body, headers = {} } = signal;
  const {
    status,
    headers: answered,
    text,
  } = await exchange(`${url}/webhooks/${encodeURIComponent(webhookId)}`, {
    method: 'POST',
    headers: {
      'content-type': parseOrNothing(body) === undefined ? 'text/plain' : 'application/json',
      ...headers,
      ...provenBy(credentials, signal, Math.floor(Date.now() / 1_000)),
    },
    body,
  });
  if (status !== 202) {
    throw failureOf(status, text, `POST /webhooks/${webhookId}`);
  }
  const accepted = readAs(acceptedShape, parseOrNothing(text), `POST /webhooks/${webhookId}`);
  return { ...accepted, isDuplicate: answered.get('idempotent-replayed') === 'true' };
}

/** The headers that say what a signal is and where it comes from. @param nowSeconds since the epoch */
export function provenBy(
  credentials: Credentials,
  { id, body }: OutgoingSignal,
  nowSeconds: number,
): Record<string, string> {
  if (credentials.kind === 'hmac') {
    return signed(credentials.secret, id ?? `msg_${randomUUID()}`, body, nowSeconds);
  }
  return {
    ...(id === undefined ? {} : { 'idempotency-key': id }),
    ...(credentials.kind === 'secret' ? { 'x-webhook-secret': credentials.secret } : {}),
  };
}

/** Standard Webhooks 1.0.0: HMAC-SHA256 over `id.timestamp.body`. */
function signed(secret: string, id: string, body: string, nowSeconds: number): Record<string, string> {
  if (id.includes('.')) {
    throw new UsageError('The id of a signed signal must be without ".", which separates what is signed.');
  }
  const key = Buffer.from(secret.slice(SECRET_PREFIX.length), 'base64');
  const signature = createHmac('sha256', key).update(`${id}.${nowSeconds}.${body}`).digest('base64');
  return {
    'webhook-id': id,
    'webhook-timestamp': String(nowSeconds),
    'webhook-signature': `v1,${signature}`,
  };
}
