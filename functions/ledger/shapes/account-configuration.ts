import * as z from 'zod/mini';
import {
  type Account,
  CCXT_EXCHANGES,
  CLIENT_ORDER_ID_GUARANTEES,
  DEFAULT_ACCOUNT_LIMITS,
  OCO_KINDS,
  REHEARSAL_FAULT_KINDS,
  REHEARSED_CALLS,
  VENUE_ENVIRONMENTS,
} from '../../core/configuration.ts';
import {
  accountId,
  decimalText,
  flag,
  number,
  optionalDecimal,
  optionalNumber,
  optionalText,
  text,
} from '../../shared/shapes.ts';
import { riskLimits } from './risk-limits.ts';
import { tradingWindow } from './trading-window.ts';

const instrumentTerms = z.object({
  tickSize: optionalDecimal,
  lotSize: optionalDecimal,
  multiplier: optionalDecimal,
  contract: optionalText,
  rollDaysBeforeExpiry: optionalNumber,
});

const terms = {
  accountId,
  name: optionalText,
  enabled: flag,
  limits: z._default(z.object({ ...riskLimits, timeZone: text, haltOnDrift: flag }), DEFAULT_ACCOUNT_LIMITS),
  instruments: z.exactOptional(z.record(text, instrumentTerms)),
};

const atVenue = { ...terms, credentials: text, environment: z.enum(VENUE_ENVIRONMENTS) };

const paperAccountShape = z.object({
  ...terms,
  broker: z.literal('paper'),
  cash: decimalText,
  simulation: z.object({
    latencyMs: number,
    guarantee: z._default(z.enum(CLIENT_ORDER_ID_GUARANTEES), 'PERMANENT'),
    oco: z._default(z.enum(OCO_KINDS), 'native'),
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
    leverage: optionalDecimal,
    session: z.exactOptional(tradingWindow),
  }),
});

export const accountConfigurationShape = z.discriminatedUnion('broker', [
  paperAccountShape,
  z.object({ ...atVenue, broker: z.literal('alpaca') }),
  z.object({ ...atVenue, broker: z.literal('tradovate') }),
  z.object({
    ...atVenue,
    broker: z.literal('ccxt'),
    exchange: z.enum(CCXT_EXCHANGES),
    symbols: z.record(text, text),
  }),
]) satisfies z.ZodMiniType<Account>;
