import { createHmac } from 'node:crypto';
import { type HttpEvent, httpEvent } from '../../support/http-event.ts';

/** A webhook request with a Standard Webhooks signature. */
export interface SignedRequest {
  readonly id: string;
  /** Seconds since the epoch. */
  readonly timestamp: string;
  readonly body: string;
  /** Base64. */
  readonly signature: string;
  readonly key: Buffer;
  /** The request as API Gateway passes it on. */
  readonly event: HttpEvent;
}

const KEY = Buffer.alloc(32, 7);

/** The secret that requests are signed with, as it is configured. */
export const SIGNING_SECRET = `whsec_${KEY.toString('base64')}`;

/** A signal to buy at the market. */
export function signedRequest(webhookId: string, id: string, nowMs: number): SignedRequest {
  const body = JSON.stringify({ id, symbol: 'MNQM5', action: 'buy', quantity: 1, price: 21_345.25 });
  const timestamp = String(Math.floor(nowMs / 1_000));
  const signature = createHmac('sha256', KEY).update(`${id}.${timestamp}.${body}`).digest('base64');
  const event = httpEvent({
    method: 'POST',
    path: `/webhooks/${webhookId}`,
    routeKey: 'POST /webhooks/{webhookId}',
    routeParameters: { webhookId },
    headers: {
      'content-type': 'application/json',
      'webhook-id': id,
      'webhook-timestamp': timestamp,
      'webhook-signature': `v1,${signature}`,
    },
    body,
  });
  return { id, timestamp, body, signature, key: KEY, event };
}
