import { isIP } from 'node:net';
import * as z from 'zod/mini';
import { WEBHOOK_DEFAULTS } from '../core/configuration.ts';
import { DIALECTS, SIGNAL_FIELDS, type SignalField } from '../core/signal.ts';
import { parseExpression } from '../shared/jmespath/parse.ts';
import { fields, flag, integer, onceEach, text } from './fields.ts';

/** What stands for a stored secret in answers; sent back, it means the stored one. */
export const HIDDEN = '***';

const EXPRESSION_CHARACTERS_MAX = 256;
const HMAC_SECRETS_MAX = 5;
const ALLOWED_IPS_MAX = 100;
const SECRET_CHARACTERS = { min: 1, max: 256 } as const;
const HMAC_SECRET_BYTES = { min: 24, max: 64 } as const;
const HMAC_SECRET = /^whsec_((?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?)$/;
const PREFIX_LENGTH = /^(?:0|[1-9]\d{0,2})$/;
const IPV4_MAPPED = /^::ffff:/i;

const secret = z.custom<string>(
  (value) =>
    value === HIDDEN ||
    (typeof value === 'string' &&
      value.length >= SECRET_CHARACTERS.min &&
      value.length <= SECRET_CHARACTERS.max),
  `must be text of ${SECRET_CHARACTERS.min} to ${SECRET_CHARACTERS.max} characters, or "${HIDDEN}" to keep the stored one`,
);

const hmacSecret = z.custom<string>(
  (value) => value === HIDDEN || isHmacSecret(value),
  `must be whsec_ and the base64 of ${HMAC_SECRET_BYTES.min} to ${HMAC_SECRET_BYTES.max} bytes, or "${HIDDEN}" to keep the stored ones`,
);

const hmacSecretsMessage = `must be a list of at most ${HMAC_SECRETS_MAX} secrets`;
const allowedIpsMessage = `must be a list of at most ${ALLOWED_IPS_MAX} entries`;

/** Parsed only when it is short enough: a parser goes as deep as its text. */
const expression = z.pipe(
  text(1, EXPRESSION_CHARACTERS_MAX),
  z.string().check(
    z.check<string>(({ value, issues }) => {
      const parsed = parseExpression(value);
      if (!parsed.ok) {
        issues.push({ code: 'custom', input: value, message: parsed.message });
      }
    }),
  ),
);

const optionalExpressions = Object.fromEntries(
  SIGNAL_FIELDS.map((field) => [field, z.exactOptional(expression)]),
) as Record<SignalField, z.ZodMiniExactOptional<typeof expression>>;

export const rateLimit = fields({
  limit: z._default(integer(1, 1_000_000), 1),
  windowSeconds: z._default(integer(1, 3_600), 1),
});
export const dedupeWindowSeconds = integer(1, 86_400);
export const maxSignalAgeSeconds = integer(1, 86_400);

const inheritsMessage = `must be a list of some of ${WEBHOOK_DEFAULTS.join(', ')}`;

/** The body of PUT /webhooks/{id}. */
export const webhookInput = fields({
  name: z.exactOptional(text(1, 100)),
  enabled: z._default(flag, true),
  secret: z.exactOptional(secret),
  hmacSecrets: z._default(
    z.array(hmacSecret, hmacSecretsMessage).check(z.maxLength(HMAC_SECRETS_MAX, hmacSecretsMessage)),
    [],
  ),
  allowedIps: z._default(
    z
      .array(
        z.custom<string>(
          isAllowedIp,
          'must be "tradingview", an IPv4 or IPv6 address such as 192.0.2.1, or a CIDR block such as 192.0.2.0/24',
        ),
        allowedIpsMessage,
      )
      .check(z.maxLength(ALLOWED_IPS_MAX, allowedIpsMessage)),
    [],
  ),
  rateLimit: z.exactOptional(rateLimit),
  dedupeWindowSeconds: z.exactOptional(dedupeWindowSeconds),
  maxSignalAgeSeconds: z.exactOptional(maxSignalAgeSeconds),
  inherits: z.exactOptional(
    z.array(z.enum(WEBHOOK_DEFAULTS, inheritsMessage), inheritsMessage).check(onceEach()),
  ),
  dialect: z.exactOptional(z.enum(DIALECTS, `must be one of ${DIALECTS.join(', ')}`)),
  template: z.exactOptional(fields({ ...optionalExpressions, symbol: expression, action: expression })),
});

/** A webhook as it is sent: secrets in clear, or {@link HIDDEN}. */
export type WebhookInput = z.output<typeof webhookInput>;

/** Whether the list keeps anybody out: a block of every address there is does not. */
export function restrictsAddresses(allowedIps: readonly string[]): boolean {
  return allowedIps.length > 0 && !allowedIps.some((entry) => entry.endsWith('/0'));
}

function isHmacSecret(value: unknown): boolean {
  const base64 = typeof value === 'string' ? HMAC_SECRET.exec(value)?.[1] : undefined;
  const bytes = base64 === undefined ? 0 : Buffer.from(base64, 'base64').length;
  return bytes >= HMAC_SECRET_BYTES.min && bytes <= HMAC_SECRET_BYTES.max;
}

function isAllowedIp(value: unknown): boolean {
  if (value === 'tradingview') {
    return true;
  }
  if (typeof value !== 'string') {
    return false;
  }
  const [address = '', prefix, ...rest] = value.split('/');
  const family = isIP(address);
  // Zones mean nothing off the host, and peers with mapped addresses are seen by their IPv4 one.
  if (family === 0 || rest.length > 0 || address.includes('%') || IPV4_MAPPED.test(address)) {
    return false;
  }
  return prefix === undefined || (PREFIX_LENGTH.test(prefix) && Number(prefix) <= (family === 6 ? 128 : 32));
}
