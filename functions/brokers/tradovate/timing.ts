import { TIMING } from '../../core/lease.ts';

const MINUTE_MS = 60_000;

/** How long things take with Tradovate. Milliseconds. */
export interface TradovateTiming {
  /** All requests of one call of the port together. Less than what the engine waits for it. */
  readonly callMs: number;
  /** No order is sent later than this after the call began, so that its answer can still come in time. */
  readonly sendWithinMs: number;
  /** A call waits for somebody's login so long, and looks whether it is done so often. */
  readonly tokenWaitMs: number;
  readonly tokenPollMs: number;
  /** A login takes longer than a call may: it goes on when the call that began it is over. */
  readonly loginMs: number;
  /** For how long the right to log in is taken. More than a login takes, however the clocks differ. */
  readonly loginRightMs: number;
  /** A token is renewed when it has less than this left; they last 80 minutes. */
  readonly renewBeforeMs: number;
  /** A token with less than this left is not used. */
  readonly tokenFloorMs: number;
  /** A token that is younger is not given up for a 401: another login would not help. */
  readonly youngTokenMs: number;
  /** The wait after a failed login; it doubles with each further failure. */
  readonly loginBackoffMs: number;
  readonly loginBackoffMaxMs: number;
  /** The wait after the credentials were refused: five failures an hour are allowed. */
  readonly refusedMs: number;
  /** Nothing is sent for so long after a 429, a 423 or a captcha. */
  readonly blockMs: number;
}

export const TRADOVATE_TIMING: TradovateTiming = {
  callMs: TIMING.brokerTimeoutMs - 50,
  sendWithinMs: TIMING.brokerTimeoutMs / 2,
  tokenWaitMs: 400,
  tokenPollMs: 50,
  loginMs: 5_000,
  loginRightMs: 5_000 + 4 * TIMING.clockSkewMs,
  renewBeforeMs: 15 * MINUTE_MS,
  tokenFloorMs: 10_000,
  youngTokenMs: MINUTE_MS,
  loginBackoffMs: 5_000,
  loginBackoffMaxMs: 5 * MINUTE_MS,
  refusedMs: 15 * MINUTE_MS,
  blockMs: 60 * MINUTE_MS,
};
