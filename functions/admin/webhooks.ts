import { isDeepStrictEqual } from 'node:util';
import { WEBHOOK_DEFAULTS, type Webhook, type WebhookDefault } from '../core/configuration.ts';
import { DEFAULTS } from '../core/defaults.ts';
import type { WebhookId } from '../core/ids.ts';
import { applyToWebhook } from '../ledger/apply-settings.ts';
import { readSettings } from '../ledger/settings.ts';
import { deleteWebhook, readWebhook, saveWebhook } from '../ledger/webhooks.ts';
import type { ErrorDetail } from '../shared/http.ts';
import { hashSecret, hmacSecretName, matchesSecretHash } from '../shared/webhook-secrets.ts';
import type { ConfigurationKind, Saved } from './configuration-kind.ts';
import { configurationRoutes } from './configuration-routes.ts';
import { inherit } from './inherited.ts';
import type { AdminContext } from './route.ts';
import { HIDDEN, restrictsAddresses, type WebhookInput, webhookInput } from './webhook-input.ts';

/** Where signals come in, and how senders prove who they are. */
export const WEBHOOKS: ConfigurationKind<WebhookId, WebhookInput, Webhook> = {
  catalog: 'WEBHOOK',
  collection: 'webhooks',
  idName: 'webhookId',
  schema: webhookInput,
  read: ({ ledger }, webhookId) => readWebhook(ledger, webhookId),
  misfits,
  isSame,
  save,
  remove,
  show,
};

/** `/api/v1/webhooks` */
export const WEBHOOK_ROUTES = configurationRoutes(WEBHOOKS);

/**
 * Secrets Manager first, the configuration second, also when secrets go: a death in between leaves a webhook that
 * refuses signed requests until the PUT is repeated, and neither one that nobody can use its new secrets with nor
 * a secret that is forgotten in Secrets Manager.
 */
async function save(
  context: AdminContext,
  webhookId: WebhookId,
  input: WebhookInput,
): Promise<Saved<Webhook>> {
  const { ledger } = context;
  const [previous, settings] = await Promise.all([readWebhook(ledger, webhookId), readSettings(ledger)]);
  const full = inherit(input, WEBHOOK_DEFAULTS, settings.defaults);
  const details = [...misfits(input, previous), ...(full.ok ? [] : full.details)];
  if (details.length > 0 || !full.ok) {
    return { kind: 'invalid', details };
  }
  const webhook = merge(webhookId, full.value, previous);
  const secretName = hmacSecretName(context.secretNamePrefix, webhookId);
  if (input.hmacSecrets.length > 0 && !keepsHmacSecrets(input)) {
    await context.secrets.write(secretName, JSON.stringify(input.hmacSecrets));
  } else if (input.hmacSecrets.length === 0 && previous !== undefined && previous.hmacSecretCount > 0) {
    await context.secrets.delete(secretName);
  }
  const { created } = await saveWebhook(ledger, webhook, settings.revision);
  // Whoever changed the settings meanwhile may have passed this webhook before it was stored.
  const latest = await readSettings(ledger);
  if (latest.revision === settings.revision) {
    return { kind: 'saved', created, stored: webhook };
  }
  await applyToWebhook(ledger, webhookId, latest);
  return { kind: 'saved', created, stored: (await readWebhook(ledger, webhookId)) ?? webhook };
}

/** The secret goes first: as long as the configuration is there, a repeated DELETE knows that there may be one. */
async function remove(context: AdminContext, webhookId: WebhookId): Promise<boolean> {
  const webhook = await readWebhook(context.ledger, webhookId);
  if (webhook !== undefined && webhook.hmacSecretCount > 0) {
    await context.secrets.delete(hmacSecretName(context.secretNamePrefix, webhookId));
  }
  return deleteWebhook(context.ledger, webhookId);
}

/** What is fine by itself and does not fit what is stored, or leaves the webhook open to anybody. */
function misfits(input: WebhookInput, previous: Webhook | undefined): ErrorDetail[] {
  const details: ErrorDetail[] = [];
  if (input.secret === HIDDEN && previous?.secretHash === undefined) {
    details.push({ field: 'secret', message: `is "${HIDDEN}", and there is no stored secret to keep` });
  }
  const hidden = input.hmacSecrets.filter((secret) => secret === HIDDEN).length;
  const stored = previous?.hmacSecretCount ?? 0;
  if (hidden > 0 && (hidden !== input.hmacSecrets.length || hidden !== stored)) {
    details.push({
      field: 'hmacSecrets',
      message: `must be all new secrets, or "${HIDDEN}" for each of the ${stored} stored ones to keep them`,
    });
  }
  if (input.template !== undefined && input.dialect !== undefined) {
    details.push({ field: 'template', message: 'goes without a dialect: it says itself what payloads mean' });
  }
  const addressesOnly = !input.secret && input.hmacSecrets.length === 0 && input.allowedIps.length > 0;
  if (addressesOnly && !restrictsAddresses(input.allowedIps)) {
    details.push({
      field: 'secret',
      message:
        'is required when there are no hmacSecrets and allowedIps leave nobody out: ' +
        'anyone who knows the URL could trade through the webhook',
    });
  }
  return details;
}

/** HMAC secrets in clear are never the same: this function may write them and not read them. */
function isSame(stored: Webhook, { secret, hmacSecrets, ...input }: WebhookInput): boolean {
  const { webhookId: _, secretHash, hmacSecretCount, ...rest } = stored;
  const isSameSecret =
    secret === undefined || secretHash === undefined
      ? secret === secretHash
      : secret === HIDDEN || matchesSecretHash(secret, secretHash);
  const areSameHmacSecrets =
    hmacSecrets.length === hmacSecretCount && hmacSecrets.every((one) => one === HIDDEN);
  const full = inherit(input, WEBHOOK_DEFAULTS, { ...DEFAULTS, ...rest });
  return isSameSecret && areSameHmacSecrets && full.ok && isDeepStrictEqual(full.value, rest);
}

function merge(
  webhookId: WebhookId,
  input: Omit<WebhookInput, WebhookDefault | 'inherits'> & Pick<Webhook, WebhookDefault | 'inherits'>,
  previous: Webhook | undefined,
): Webhook {
  const { secret, hmacSecrets, ...rest } = input;
  const secretHash = secret === HIDDEN ? previous?.secretHash : secret && hashSecret(secret);
  return {
    webhookId,
    ...rest,
    hmacSecretCount: hmacSecrets.length,
    ...(secretHash === undefined ? {} : { secretHash }),
  };
}

function keepsHmacSecrets(input: WebhookInput): boolean {
  return input.hmacSecrets.includes(HIDDEN);
}

const NOBODY_CAN_USE_IT =
  'Every request is refused with 401: the webhook has no secret, no hmacSecrets and no allowedIps.';

/** A webhook that names no way to prove where a signal comes from is closed, not open. */
function isUsable({ secretHash, hmacSecretCount, allowedIps }: Webhook): boolean {
  return secretHash !== undefined || hmacSecretCount > 0 || allowedIps.length > 0;
}

/** As GET and PUT answer it: that there are secrets, never which. */
function show(webhook: Webhook) {
  const { secretHash, hmacSecretCount, ...rest } = webhook;
  return {
    ...rest,
    ...(secretHash === undefined ? {} : { secret: HIDDEN }),
    ...(hmacSecretCount === 0 ? {} : { hmacSecrets: Array<string>(hmacSecretCount).fill(HIDDEN) }),
    ...(isUsable(webhook) ? {} : { warnings: [NOBODY_CAN_USE_IT] }),
  };
}
