import * as z from 'zod/mini';
import {
  type Account,
  CLIENT_ORDER_ID_GUARANTEES,
  DEFAULT_ACCOUNT_LIMITS,
  REHEARSAL_FAULT_KINDS,
  REHEARSED_CALLS,
} from '../../core/configuration.ts';
import { accountId, decimalText, flag, number, optionalText, text } from '../../shared/shapes.ts';
import { riskLimits } from './risk-limits.ts';

export const accountConfigurationShape = z.object({
  accountId,
  name: optionalText,
  broker: z.enum(['paper']),
  enabled: flag,
  cash: decimalText,
  simulation: z.object({
    latencyMs: number,
    guarantee: z._default(z.enum(CLIENT_ORDER_ID_GUARANTEES), 'PERMANENT'),
    faults: z.array(
      z.object({
        kind: z.enum(REHEARSAL_FAULT_KINDS),
        when: z.discriminatedUnion('type', [
          z.object({ type: z.literal('nth'), nth: number }),
          z.object({ type: z.literal('every'), every: number }),
          z.object({ type: z.literal('always') }),
        ]),
        on: z.enum(REHEARSED_CALLS),
        symbol: optionalText,
      }),
    ),
  }),
  limits: z._default(z.object({ ...riskLimits, timeZone: text, haltOnDrift: flag }), DEFAULT_ACCOUNT_LIMITS),
}) satisfies z.ZodMiniType<Account>;
