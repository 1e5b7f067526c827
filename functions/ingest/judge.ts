import type { Webhook } from '../core/configuration.ts';
import type { Signal } from '../core/signal.ts';
import type { Route } from '../ledger/webhooks.ts';
import type { HttpRequest, Refusal } from '../shared/http.ts';
import { checkCredentials, checkSourceIp, readCredentials } from './authenticate.ts';
import type { IngestDependencies } from './dependencies.ts';
import {
  asPayload,
  type Read,
  readBody,
  readPayload,
  type SignalKey,
  secretOf,
  signalKeyOf,
  withoutSecret,
} from './read-payload.ts';
import { checkAge, readSignal } from './read-signal.ts';
import { applyTemplate, withOrigins } from './template.ts';

/** A request as it stands by everything that needs no write: a signal to accept, or a refusal. */
export type Verdict =
  | { readonly kind: 'acceptable'; readonly signal: Signal; readonly key: SignalKey }
  | {
      readonly kind: 'refused';
      readonly refusal: Refusal;
      /** What to derive a receipt's id from; absent when the request was not authenticated. */
      readonly receiptKey?: string;
      readonly signal?: Signal;
    };

const DISABLED: Verdict = {
  kind: 'refused',
  refusal: {
    statusCode: 404,
    code: 'WEBHOOK_NOT_FOUND',
    message: 'There is no such webhook, or it is disabled.',
  },
};

/**
 * Judges a request by one route: enabled, address, credentials, form, meaning, age, in this order, so that nobody
 * learns anything about a webhook that they may not use.
 */
export async function judge(
  dependencies: IngestDependencies,
  request: HttpRequest,
  route: Route,
  nowMs: number,
): Promise<Verdict> {
  const { webhook } = route;
  if (!webhook.enabled) {
    return DISABLED;
  }
  const wrongAddress = checkSourceIp(webhook, request.sourceIp);
  if (wrongAddress) {
    return { kind: 'refused', refusal: wrongAddress };
  }
  const sent = webhook.template === undefined ? readPayload(request) : readBody(request);
  const unauthenticated = await authenticate(dependencies, request, route, sent, nowMs);
  if (!sent.ok) {
    return refuseMalformed(request, sent.refusal, unauthenticated);
  }
  return unauthenticated
    ? { kind: 'refused', refusal: unauthenticated }
    : judgeContent(request, webhook, sent.value, nowMs);
}

/** Judges what an authenticated sender sent. */
function judgeContent(request: HttpRequest, webhook: Webhook, sent: unknown, nowMs: number): Verdict {
  const { template } = webhook;
  const explained = (refusal: Refusal) => (template === undefined ? refusal : withOrigins(refusal, template));
  const payload = template === undefined ? asPayload(sent) : applyTemplate(template, withoutSecret(sent));
  if (!payload.ok) {
    return { kind: 'refused', refusal: explained(payload.refusal), receiptKey: bodyText(request) };
  }
  const key = signalKeyOf(request, payload.value, sent);
  if (!key.ok) {
    return { kind: 'refused', refusal: explained(key.refusal), receiptKey: bodyText(request) };
  }
  const signal = readSignal(payload.value, nowMs, template === undefined ? webhook.dialect : 'onefill');
  if (!signal.ok) {
    return { kind: 'refused', refusal: explained(signal.refusal), receiptKey: key.value.key };
  }
  const stale = checkAge(signal.value, webhook.maxSignalAgeSeconds, nowMs);
  return stale
    ? { kind: 'refused', refusal: stale, receiptKey: key.value.key, signal: signal.value }
    : { kind: 'acceptable', signal: signal.value, key: key.value };
}

async function authenticate(
  dependencies: IngestDependencies,
  request: HttpRequest,
  { webhook, version }: Route,
  sent: Read<unknown>,
  nowMs: number,
): Promise<Refusal | undefined> {
  const credentials = readCredentials(request, sent.ok ? secretOf(sent.value) : undefined);
  const hmacSecrets =
    credentials.signature && webhook.hmacSecretCount > 0
      ? await dependencies.hmacSecrets(webhook.webhookId, version)
      : [];
  return checkCredentials(webhook, credentials, { rawBody: request.rawBody, hmacSecrets, nowMs });
}

/**
 * A secret inside a body that cannot be read cannot be checked. A sender that shows no other credential is told
 * what is wrong with the body, which says nothing about the webhook; one that shows a wrong credential is not.
 */
function refuseMalformed(
  request: HttpRequest,
  malformed: Refusal,
  unauthenticated: Refusal | undefined,
): Verdict {
  if (!unauthenticated) {
    return { kind: 'refused', refusal: malformed, receiptKey: bodyText(request) };
  }
  const { secrets, signature } = readCredentials(request, undefined);
  return { kind: 'refused', refusal: secrets.length === 0 && !signature ? malformed : unauthenticated };
}

function bodyText(request: HttpRequest): string {
  return `body:${request.rawBody.toString('base64')}`;
}
