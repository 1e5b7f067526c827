import { describe, expect, it } from 'vitest';
import { checkAge } from '../../functions/ingest/read-signal.ts';
import { NOW_MS, signalOf } from './signal-case.ts';

const aged = (ageMs: number) =>
  signalOf({ symbol: 'A', action: 'buy', time: new Date(NOW_MS - ageMs).toISOString() });

describe('the age of a signal (A5)', () => {
  it.each([
    [0, 60, true],
    [60_000, 60, true],
    [60_001, 60, false],
    [-5_000, 60, true],
    [-300_000, 1, true],
    [1_000, 1, true],
    [1_001, 1, false],
    [86_400_000, 86_400, true],
    [3_600_000, 60, false],
  ])('of %i ms is allowed where %i s are: %s', (ageMs, maxSignalAgeSeconds, isAllowed) => {
    const refusal = checkAge(aged(ageMs), maxSignalAgeSeconds, NOW_MS);
    expect(refusal === undefined).toBe(isAllowed);
    expect([undefined, 'SIGNAL_STALE']).toContain(refusal?.code);
  });

  it('that is not told counts as none', () => {
    expect(checkAge(signalOf({ symbol: 'A', action: 'buy' }), 1, NOW_MS)).toBeUndefined();
  });

  it('is told to the sender', () => {
    expect(checkAge(aged(90_400), 60, NOW_MS)).toEqual({
      statusCode: 422,
      code: 'SIGNAL_STALE',
      message: 'The signal is 90 s old; this webhook allows 60 s.',
    });
  });

  it('counts from 1970 or before as well', () => {
    const ancient = signalOf({ symbol: 'A', action: 'buy', time: '0001-01-01T00:00:00Z' });
    expect(checkAge(ancient, 86_400, NOW_MS)?.code).toBe('SIGNAL_STALE');
  });
});
