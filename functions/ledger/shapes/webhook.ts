import * as z from 'zod/mini';
import { WEBHOOK_DEFAULTS, type Webhook } from '../../core/configuration.ts';
import { DIALECTS, SIGNAL_FIELDS } from '../../core/signal.ts';
import { flag, number, optionalText, text, webhookId } from '../../shared/shapes.ts';

export const webhookShape = z.object({
  webhookId,
  name: optionalText,
  enabled: flag,
  secretHash: optionalText,
  hmacSecretCount: number,
  allowedIps: z.array(text),
  rateLimit: z.object({ limit: number, windowSeconds: number }),
  dedupeWindowSeconds: number,
  maxSignalAgeSeconds: number,
  dialect: z.exactOptional(z.enum(DIALECTS)),
  inherits: z.exactOptional(z.array(z.enum(WEBHOOK_DEFAULTS))),
  template: z.exactOptional(z.partialRecord(z.enum(SIGNAL_FIELDS), text)),
}) satisfies z.ZodMiniType<Webhook>;
