import type { Signal } from '../core/signal.ts';
import type { Refusal } from '../shared/http.ts';
import { FieldReader, type Payload } from './dialects/fields.ts';
import { readOnefillSignal } from './dialects/onefill.ts';
import { readTradingViewSignal } from './dialects/tradingview.ts';
import type { Read } from './read-payload.ts';

/** A sender's clock may be ahead by this much; a time further in the future is a mistake in the payload. */
const FUTURE_MS_MAX = 300_000;

/**
 * Reads the payload as the dialect it is in: TradingView's when it has a `ticker`, else Onefill's own.
 * Everything that is wrong is named in one refusal, by field.
 */
export function readSignal(payload: Payload, nowMs: number): Read<Signal> {
  const reader = new FieldReader(payload);
  const signal = Object.hasOwn(payload, 'ticker')
    ? readTradingViewSignal(reader, nowMs)
    : readOnefillSignal(reader);
  if (signal?.sentAtMs !== undefined && signal.sentAtMs > nowMs + FUTURE_MS_MAX) {
    reader.problem('time', 'is more than 5 minutes in the future');
  }
  if (signal === undefined || reader.problems.length > 0) {
    return {
      ok: false,
      refusal: {
        statusCode: 422,
        code: 'SIGNAL_INVALID',
        message: 'The signal is not valid; nothing was traded.',
        details: reader.problems,
      },
    };
  }
  return { ok: true, value: signal };
}

/** A5: a signal that took too long to reach us is worth less than no trade. Without a time it counts as fresh. */
export function checkAge(signal: Signal, maxSignalAgeSeconds: number, nowMs: number): Refusal | undefined {
  const ageSeconds = signal.sentAtMs === undefined ? 0 : (nowMs - signal.sentAtMs) / 1_000;
  return ageSeconds <= maxSignalAgeSeconds
    ? undefined
    : {
        statusCode: 422,
        code: 'SIGNAL_STALE',
        message: `The signal is ${Math.round(ageSeconds)} s old; this webhook allows ${maxSignalAgeSeconds} s.`,
      };
}
