import { setTimeout as wait } from 'node:timers/promises';
import { OnefillError } from '../../core/errors.ts';
import type { UnknownOutcome } from '../broker.ts';
import { CONTENDED } from './book.ts';
import type { FaultOn } from './rehearsal.ts';

/** How the paper venue answers, or does not, when it does nothing wrong by itself. */

const BUSY_WAIT_MS = 100;

export const REJECTED = {
  kind: 'rejected',
  code: 'REHEARSED_REJECT',
  message: 'The paper venue rehearses a reject.',
} as const;

export const BUSY = {
  kind: 'busy',
  retryAfterMs: BUSY_WAIT_MS,
  message: 'The paper venue refuses with a 429.',
} as const;

/** What a caller sees of the faults that leave it without an answer. */
const UNANSWERED = {
  'rate-limit': ['unavailable', 'a 429'],
  unavailable: ['unavailable', 'a 503'],
  'unavailable-after-accept': ['unavailable', 'a 503'],
  'timeout-before-accept': ['timeout', 'a timeout'],
  'timeout-after-accept': ['timeout', 'a timeout'],
  reset: ['connection', 'a connection reset'],
} as const satisfies Readonly<
  Partial<Record<FaultOn<'place' | 'cancel' | 'lookup'>, readonly [UnknownOutcome['cause'], string]>>
>;

/** The outcome of a call that a fault leaves without an answer; what it did at the venue is not told. */
export function unanswered(fault: keyof typeof UNANSWERED): UnknownOutcome {
  const [cause, what] = UNANSWERED[fault];
  return { kind: 'unknown', cause, message: `The paper venue rehearses ${what}.` };
}

/** The answer of a call, or another if it came to nothing because others were faster every time. */
export async function whenContended<Answer, Instead>(
  call: Promise<Answer>,
  instead: Instead,
): Promise<Answer | Instead> {
  try {
    return await call;
  } catch (error) {
    if (error instanceof OnefillError && error.code === CONTENDED) {
      return instead;
    }
    throw error;
  }
}

/** Lets the configured time of a call pass. */
export async function latency({ latencyMs }: { readonly latencyMs: number }): Promise<void> {
  if (latencyMs > 0) {
    await wait(latencyMs);
  }
}
