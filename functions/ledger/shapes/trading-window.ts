import * as z from 'zod/mini';
import { type TradingWindow, WEEKDAYS } from '../../core/configuration.ts';
import { text } from '../../shared/shapes.ts';

export const tradingWindow = z.object({
  days: z.array(z.enum(WEEKDAYS)),
  from: text,
  to: text,
  timeZone: text,
}) satisfies z.ZodMiniType<TradingWindow>;
