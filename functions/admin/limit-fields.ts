import * as z from 'zod/mini';
import { DEFAULT_CIRCUIT_SETTINGS } from '../core/circuit.ts';
import { DEFAULT_ACCOUNT_LIMITS, WEEKDAYS } from '../core/configuration.ts';
import { isTimeZone } from '../core/trading-window.ts';
import { JsonNumber } from '../shared/json.ts';
import { amount, fields, flag, integer, onceEach, pattern } from './fields.ts';

/** What bounds trading: limits of accounts and strategies, windows, and when a circuit opens. */

const ORDERS_PER_DAY_MAX = 1_000_000;
const TIME_OF_DAY = /^(?:[01]\d|2[0-3]):[0-5]\d$/;
const weekdayMessage = `must be one of ${WEEKDAYS.join(', ')}`;
const daysMessage = `must be a list of at least one of ${WEEKDAYS.join(', ')}`;

/** None may be 0: elsewhere 0 often stands for no limit, and to stop trading there are halts. */
const riskLimits = {
  maxPosition: z.exactOptional(amount('above-zero')),
  maxOrdersPerDay: z.exactOptional(integer(1, ORDERS_PER_DAY_MAX)),
  maxDailyLoss: z.exactOptional(amount('above-zero')),
};

const timeZone = z
  .string('must be a time zone such as America/New_York')
  .check(z.refine(isTimeZone, 'must be an IANA time zone such as America/New_York or UTC'));

const timeOfDay = pattern(TIME_OF_DAY, 'must be a time of day such as 09:30, from 00:00 to 23:59');

/** A share of a whole, as a JSON number. */
const share = z.pipe(
  z.custom<JsonNumber>(
    (value) => value instanceof JsonNumber && Number(value.source) > 0 && Number(value.source) <= 1,
    'must be a number above 0 and up to 1, such as 0.5',
  ),
  z.transform((number) => Number(number.source)),
);

/** The limits of a strategy. */
export const strategyLimits = z._default(fields(riskLimits), {});

/** The limits of an account, and what else guards it. */
export const accountLimits = z._default(
  fields({
    ...riskLimits,
    timeZone: z._default(timeZone, DEFAULT_ACCOUNT_LIMITS.timeZone),
    haltOnDrift: z._default(flag, DEFAULT_ACCOUNT_LIMITS.haltOnDrift),
  }),
  { ...DEFAULT_ACCOUNT_LIMITS },
);

/** When a strategy may enter, or when a paper market trades. */
export const tradingWindow = fields({
  days: z.array(z.enum(WEEKDAYS, weekdayMessage), daysMessage).check(z.minLength(1, daysMessage), onceEach()),
  from: timeOfDay,
  to: timeOfDay,
  timeZone,
});

/** When a strategy's circuit opens, and how it closes again. */
export const circuitBreaker = fields({
  consecutiveFailures: z._default(integer(1, 1_000), DEFAULT_CIRCUIT_SETTINGS.consecutiveFailures),
  failureRate: z._default(share, DEFAULT_CIRCUIT_SETTINGS.failureRate),
  windowSeconds: z._default(integer(1, 3_600), DEFAULT_CIRCUIT_SETTINGS.windowSeconds),
  minimumCalls: z._default(integer(1, 10_000), DEFAULT_CIRCUIT_SETTINGS.minimumCalls),
  coolDownSeconds: z._default(integer(1, 86_400), DEFAULT_CIRCUIT_SETTINGS.coolDownSeconds),
  halfOpenProbes: z._default(integer(1, 10), DEFAULT_CIRCUIT_SETTINGS.halfOpenProbes),
});
