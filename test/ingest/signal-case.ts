import { expect } from 'vitest';
import type { Dialect, Signal } from '../../functions/core/signal.ts';
import type { Payload } from '../../functions/ingest/dialects/fields.ts';
import { readSignal } from '../../functions/ingest/read-signal.ts';
import type { ErrorDetail } from '../../functions/shared/http.ts';
import { parseJson } from '../../functions/shared/json.ts';

/** When the tests' signals are received. */
export const NOW_MS = Date.parse('2026-09-15T14:35:02.000Z');

/** A payload as ingest parses it. */
export function payloadOf(payload: unknown): Payload {
  const text = typeof payload === 'string' ? payload : JSON.stringify(payload);
  const parsed = parseJson(text, { exactNumbers: true });
  if (!parsed.ok) {
    throw new Error(`${parsed.message} ${text}`);
  }
  return parsed.value as Payload;
}

/** The signal that a payload, an object or JSON text, means. @throws Error with the problems when it is refused */
export function signalOf(payload: unknown, nowMs = NOW_MS, dialect?: Dialect): Signal {
  const result = readSignal(payloadOf(payload), nowMs, dialect);
  if (!result.ok) {
    throw new Error(JSON.stringify(result.refusal.details));
  }
  return result.value;
}

/** The fields by whose name a payload is refused. @throws Error when it is accepted */
export function refusedFields(payload: unknown, nowMs = NOW_MS, dialect?: Dialect): string[] {
  const result = readSignal(payloadOf(payload), nowMs, dialect);
  expect(result).toMatchObject({ ok: false, refusal: { statusCode: 422, code: 'SIGNAL_INVALID' } });
  const details = problemsOf(payload, nowMs, dialect);
  for (const { message } of details) {
    expect(message).toMatch(/^(must|is|goes|does not go|The (stop-loss|take-profit) at) .{5,}/);
  }
  return [...new Set(details.map(({ field }) => field))];
}

/** What is said about a payload, as `field: message`; nothing when it is accepted. */
export function saidOf(payload: unknown, dialect?: Dialect): string[] {
  return problemsOf(payload, NOW_MS, dialect).map(({ field, message }) => `${field}: ${message}`);
}

function problemsOf(payload: unknown, nowMs: number, dialect?: Dialect): readonly ErrorDetail[] {
  const result = readSignal(payloadOf(payload), nowMs, dialect);
  return result.ok ? [] : (result.refusal.details ?? []);
}
