import * as z from 'zod/mini';
import type { Defaults } from '../../core/defaults.ts';
import { strategyShape } from './strategy.ts';
import { webhookShape } from './webhook.ts';

export const defaultsShape = z.object({
  ...z.pick(webhookShape, { rateLimit: true, dedupeWindowSeconds: true, maxSignalAgeSeconds: true }).shape,
  ...z.pick(strategyShape, { circuitBreaker: true }).shape,
}) satisfies z.ZodMiniType<Defaults>;
