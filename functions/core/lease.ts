/**
 * The account lease: who may act for an account, until when, and with which fencing token.
 *
 * A holder renews while it lives. A killed holder lets go by itself when the lease expires. The fencing token only
 * grows and is part of the condition of every write of its holder, so a holder that was paused past its expiry
 * can change nothing (I5). The lease lives in the account item, which is never deleted: a new item would start
 * the token over.
 */
export interface Lease {
  /** Unique per acquisition. */
  readonly ownerId: string;
  /** Milliseconds since the epoch. */
  readonly expiresAtMs: number;
}

/** Timing of lease and queue, one place. Milliseconds unless said. Each line says which other it must respect. */
export const TIMING = {
  /** A killed holder blocks its account no longer than this. */
  leaseDurationMs: 2_700,
  /** Renewed three times per lease, so that one lost renewal does no harm. */
  leaseRenewalMs: 900,
  /** Clocks of two environments may differ by this much; a lapsed lease is taken over only after it. */
  clockSkewMs: 250,
  /**
   * After a kill the message comes back as soon as the lease is free, not before: duration + skew, rounded up. The
   * queue's own timeout, and so the strategy function's, is the same.
   */
  visibilityTimeoutSeconds: 3,
  /** The venue must answer within this; longer is an unknown outcome. Shorter than the lease. */
  brokerTimeoutMs: 1_000,
  /** Lease and invocation must outlive a broker call by this much when the call starts: its answer is recorded then. */
  brokerMarginMs: 400,
  /** Waits between attempts to take an account that somebody holds, each with up to half of it as jitter. */
  contentionBackoffMs: [100, 200, 400],
  /** Waits between attempts to place or cancel an order, or to learn what became of it. */
  brokerBackoffMs: [100, 250, 500],
  /**
   * No further attempt to place or cancel an order, or to see it filled, begins after this. An order whose request was
   * lost is sent again, if that is safe: one timeout leaves a second attempt.
   */
  brokerBudgetMs: 1_100,
  /** Waits between questions whether an accepted order is filled; after the last one it is left working. */
  fillPollMs: [25, 75, 150, 250],
  /** A rollback that is not done after this ends HALTED. */
  rollbackBudgetMs: 5_000,
  /** How long an order that the venue denies having, though it may have been sent, is asked about afterwards. */
  lateOrderWatchMs: 120_000,
  /** An execution that was begun and never got as far as its intent is dropped by the reconciler after this. */
  abandonedAfterMs: 30_000,
  /** An execution older than this is not begun, unless its webhook allows older signals still. */
  executionAgeSeconds: 300,
  /**
   * An execution is not begun with less than this left of the Lambda invocation; it is handed back instead. Enough to wait
   * twice for a venue that does not answer, and to say so.
   */
  remainingTimeFloorMs: 2_400,
} as const;

/** Whether the lease leaves enough time to call the venue and record its answer. */
export function allowsBrokerCall(lease: Lease, nowMs: number): boolean {
  return isTimeForBrokerCall(lease.expiresAtMs - nowMs);
}

/** Whether so much time is enough to call the venue and record its answer. */
export function isTimeForBrokerCall(leftMs: number): boolean {
  return leftMs > TIMING.brokerTimeoutMs + TIMING.brokerMarginMs;
}
