import { describe, expect, it } from 'vitest';
import { isoTime } from '../../functions/core/clock.ts';
import { allowsBrokerCall, TIMING } from '../../functions/core/lease.ts';

const NOW_MS = 1_000_000;
const NEEDED_MS = TIMING.brokerTimeoutMs + TIMING.brokerMarginMs;

describe('a lease', () => {
  it.each([
    ['that was just taken', TIMING.leaseDurationMs, true],
    ['that outlives the call by a millisecond', NEEDED_MS + 1, true],
    ['that ends with the call', NEEDED_MS, false],
    ['that ends a millisecond too early', NEEDED_MS - 1, false],
    ['that ends now', 0, false],
    ['that ended', -1, false],
  ])('%s allows a call to the venue: %#', (_, leftMs, expected) => {
    expect(allowsBrokerCall({ ownerId: 'me', expiresAtMs: NOW_MS + leftMs }, NOW_MS)).toBe(expected);
  });
});

describe('the timing', () => {
  const recoveryMs = TIMING.leaseDurationMs + TIMING.clockSkewMs;
  const visibilityMs = TIMING.visibilityTimeoutSeconds * 1_000;

  it('frees account and message of a killed holder within the 5 s of I4', () => {
    expect(recoveryMs).toBeLessThan(5_000);
    expect(visibilityMs).toBeLessThan(5_000);
  });

  it('brings the message back when the account is free, not before', () => {
    expect(visibilityMs).toBeGreaterThanOrEqual(recoveryMs);
  });

  it('survives one lost renewal', () => {
    expect(2 * TIMING.leaseRenewalMs).toBeLessThan(TIMING.leaseDurationMs);
  });

  it('leaves a new lease long enough for a call to the venue', () => {
    expect(TIMING.leaseDurationMs).toBeGreaterThan(NEEDED_MS);
  });

  it('leaves an attempt after one that the venue did not answer', () => {
    expect(TIMING.brokerBudgetMs).toBeGreaterThan(TIMING.brokerTimeoutMs);
  });

  it('does not begin work that the venue could outlast', () => {
    expect(TIMING.remainingTimeFloorMs).toBeGreaterThan(NEEDED_MS);
  });

  it('backs off by 0.1, 0.2 and 0.4 s on contention (B2)', () => {
    expect(TIMING.contentionBackoffMs).toEqual([100, 200, 400]);
  });
});

describe('a time in an answer', () => {
  it('is ISO 8601 in UTC with milliseconds', () => {
    expect(isoTime(Date.parse('2026-11-21T22:00:00Z'))).toBe('2026-11-21T22:00:00.000Z');
  });
});
