import * as z from 'zod/mini';
import { ALERT_SEVERITIES, ALERT_TYPES } from '../../core/alert.ts';
import type { AlertId } from '../../core/ids.ts';
import type { KeptAlert } from '../../core/kept-alert.ts';
import { number, optionalNumber, optionalText, text } from '../../shared/shapes.ts';

export const alertId = text as z.ZodMiniType as z.ZodMiniType<AlertId, string>;

export const keptAlertShape = z.object({
  alertId,
  type: z.enum(ALERT_TYPES),
  severity: z.enum(ALERT_SEVERITIES),
  subject: text,
  message: text,
  occurrences: number,
  firstAtMs: number,
  lastAtMs: number,
  notifications: number,
  notifiedAtMs: optionalNumber,
  due: z.exactOptional(z.object({ ownerId: text, untilMs: number })),
  acknowledged: z.exactOptional(z.object({ by: text, atMs: number, reason: optionalText })),
  deliveries: z.array(text),
  version: number,
}) satisfies z.ZodMiniType<KeptAlert>;
