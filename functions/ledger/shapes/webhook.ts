import * as z from 'zod/mini';
import type { Webhook } from '../../core/configuration.ts';
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
  template: z.exactOptional(z.partialRecord(z.enum(SIGNAL_FIELDS), text)),
}) satisfies z.ZodMiniType<Webhook>;
