import type { Dialect, Signal } from '../core/signal.ts';
import type { Refusal } from '../shared/http.ts';
import { FieldReader, type Payload } from './dialects/fields.ts';
import { readOnefillSignal } from './dialects/onefill.ts';
import { readOpenAlgoSignal } from './dialects/openalgo.ts';
import { readThreeCommasSignal } from './dialects/threecommas.ts';
import { readTradersPostSignal } from './dialects/traderspost.ts';
import { readTradingViewSignal } from './dialects/tradingview.ts';
import { invalidSignal, type Read } from './read-payload.ts';

/** A sender's clock may be ahead by this much; a time further in the future is a mistake in the payload. */
const FUTURE_MS_MAX = 300_000;

interface DialectReader {
  readonly read: (reader: FieldReader, nowMs: number) => Signal | undefined;
  /** Where it says when the signal was sent. */
  readonly timeField: string;
}

const READERS: Readonly<Record<Dialect, DialectReader>> = {
  onefill: { read: readOnefillSignal, timeField: 'time' },
  tradingview: { read: readTradingViewSignal, timeField: 'time' },
  traderspost: { read: readTradersPostSignal, timeField: 'time' },
  openalgo: { read: readOpenAlgoSignal, timeField: 'time' },
  '3commas': { read: readThreeCommasSignal, timeField: 'timestamp' },
};

/**
 * Dialects by a field that none of the others has; a payload without any is Onefill's own. TradersPost's cannot be told from
 * a TradingView alert, and means something else by `buy`: a webhook has to name it.
 */
const TOLD_BY: readonly (readonly [string, Dialect])[] = [
  ['tv_instrument', '3commas'],
  ['bot_uuid', '3commas'],
  ['apikey', 'openalgo'],
  ['pricetype', 'openalgo'],
  ['ticker', 'tradingview'],
];

const dialectOf = (payload: Payload): Dialect =>
  TOLD_BY.find(([field]) => Object.hasOwn(payload, field))?.[1] ?? 'onefill';

/**
 * Reads the payload as the dialect that its webhook names, else as the one that its fields tell. Everything that is wrong is
 * named in one refusal, by field.
 */
export function readSignal(payload: Payload, nowMs: number, dialect = dialectOf(payload)): Read<Signal> {
  const reader = new FieldReader(payload);
  const { read, timeField } = READERS[dialect];
  const signal = read(reader, nowMs);
  if (signal?.sentAtMs !== undefined && signal.sentAtMs > nowMs + FUTURE_MS_MAX) {
    reader.problem(timeField, 'is more than 5 minutes in the future');
  }
  if (signal === undefined || reader.problems.length > 0) {
    return { ok: false, refusal: invalidSignal(reader.problems) };
  }
  return { ok: true, value: signal };
}

/** A5: a signal that took too long to reach us is worth less than no trade. Without a time it counts as fresh. */
export function checkAge(signal: Signal, maxSignalAgeSeconds: number, nowMs: number): Refusal | undefined {
  const { sentAtMs, maxLagSeconds = Number.POSITIVE_INFINITY } = signal;
  const ageSeconds = sentAtMs === undefined ? 0 : (nowMs - sentAtMs) / 1_000;
  const allowed =
    maxLagSeconds < maxSignalAgeSeconds
      ? `the signal itself allows ${maxLagSeconds} s`
      : `this webhook allows ${maxSignalAgeSeconds} s`;
  return ageSeconds <= Math.min(maxSignalAgeSeconds, maxLagSeconds)
    ? undefined
    : {
        statusCode: 422,
        code: 'SIGNAL_STALE',
        message: `The signal is ${Math.round(ageSeconds)} s old; ${allowed}.`,
      };
}
