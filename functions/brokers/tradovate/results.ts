import * as z from 'zod/mini';
import { assertNever } from '../../core/errors.ts';
import type { CancelOutcome, PlaceOutcome, UnknownOutcome } from '../broker.ts';
import type { NotDone } from '../credentials.ts';
import type { Answer } from './client.ts';
import { unavailable } from './read.ts';
import { resultShape } from './shapes.ts';
import { UNREADABLE } from './wire.ts';

type Refusal = Extract<PlaceOutcome, { kind: 'rejected' | 'busy' }>;

/** What Tradovate made of one or two new orders. */
export type Placed =
  | { readonly kind: 'placed'; readonly orderId: string; readonly ocoId?: string }
  | Refusal
  | UnknownOutcome;

const REJECTED = 'ORDER_REJECTED';

/**
 * The reasons with which Tradovate refuses, and what they are called here. It answers 200 with them. What is missing is
 * ambiguous: RiskCheckTimeout, ExecutionProviderUnavailable, UnknownReason and whatever comes to be.
 */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['AccountClosed', REJECTED],
  ['AdvancedTrailingStopUnsupported', REJECTED],
  ['AnotherCommandPending', REJECTED],
  ['BackMonthProhibited', REJECTED],
  ['ExecutionProviderNotConfigured', REJECTED],
  ['InvalidContract', 'UNKNOWN_SYMBOL'],
  ['InvalidPrice', REJECTED],
  ['KeyInformationDocumentRequired', REJECTED],
  ['LiquidationOnly', REJECTED],
  ['LiquidationOnlyBeforeExpiration', REJECTED],
  ['MaxOrderQtyIsNotSpecified', REJECTED],
  ['MaxOrderQtyLimitReached', REJECTED],
  ['MaxPosLimitMisconfigured', REJECTED],
  ['MaxPosLimitReached', REJECTED],
  ['MaxTotalPosLimitReached', REJECTED],
  ['MultipleAccountPlanRequired', REJECTED],
  ['NoQuote', REJECTED],
  ['NotEnoughLiquidity', 'INSUFFICIENT_FUNDS'],
  ['OtherExecutionRelated', REJECTED],
  ['ParentRejected', REJECTED],
  ['SSFRiskDisclosureAcknowledgmentRequired', REJECTED],
  ['SessionClosed', 'MARKET_CLOSED'],
  ['TooLate', REJECTED],
  ['TradingLocked', REJECTED],
  ['TrailingStopNonOrderQtyModify', REJECTED],
  ['Unauthorized', 'UNAUTHORIZED'],
  ['Unsupported', REJECTED],
]);

/** Statuses that say that a request was read and not carried out, and what they are called here. */
const STATUSES: ReadonlyMap<number, string> = new Map([
  [400, REJECTED],
  [403, 'UNAUTHORIZED'],
  [404, REJECTED],
  [422, REJECTED],
]);

const SHOWN_CHARACTERS_MAX = 200;
const COMMAND_PENDING_MS = 250;

/** Reads what placing came to. Only an order's number says that there is an order. */
export function readPlaced(answer: Answer): Placed {
  const result = readResult(answer);
  if (result.kind !== 'answered') {
    return result;
  }
  const { reason, orderId, ocoId } = result;
  if (reason === undefined) {
    return orderId === undefined
      ? UNREADABLE
      : { kind: 'placed', orderId, ...(ocoId === undefined ? {} : { ocoId }) };
  }
  const code = orderId === undefined ? REASONS.get(reason) : undefined;
  return code === undefined ? ambiguous(reason) : { kind: 'rejected', code, message: result.message };
}

/** Reads what asking for a cancel came to. A login that may not cancel says nothing of the order. */
export function readCanceled(answer: Answer): CancelOutcome {
  if (answer.kind === 'unauthorized') {
    return unavailable(answer);
  }
  const result = readResult(answer);
  if (result.kind !== 'answered') {
    return result;
  }
  const { reason, message } = result;
  switch (reason) {
    case undefined:
      return { kind: 'accepted' };
    case 'TooLate':
      return { kind: 'rejected', code: 'ORDER_ENDED', message };
    case 'AnotherCommandPending':
      return { kind: 'busy', retryAfterMs: COMMAND_PENDING_MS, message };
    default: {
      const code = REASONS.get(reason);
      return code === undefined ? ambiguous(reason) : { kind: 'rejected', code, message };
    }
  }
}

/** What it means for an order that nothing was sent or looked at. */
export function refusedBy(reason: NotDone): Refusal {
  return reason.kind === 'busy'
    ? reason
    : { kind: 'rejected', code: 'UNAUTHORIZED', message: reason.message };
}

/** An answer in Tradovate's words; `reason` is absent when it says that all is well. */
interface Answered {
  readonly kind: 'answered';
  readonly reason: string | undefined;
  readonly message: string;
  readonly orderId: string | undefined;
  readonly ocoId: string | undefined;
}

function readResult(answer: Answer): Answered | Refusal | UnknownOutcome {
  switch (answer.kind) {
    case 'answer': {
      const read = z.safeParse(resultShape, answer.body);
      if (!read.success) {
        return UNREADABLE;
      }
      const { failureReason, failureText = '', orderId, ocoId } = read.data;
      const reason = failureReason === 'Success' ? undefined : failureReason;
      const message = `${reason}: ${failureText}`.slice(0, SHOWN_CHARACTERS_MAX);
      return { kind: 'answered', reason, message, orderId, ocoId };
    }
    case 'refused': {
      const { status } = answer;
      const code = STATUSES.get(status);
      const message = `Tradovate answered ${status}.`;
      return code === undefined
        ? { kind: 'unknown', cause: 'unavailable', message }
        : { kind: 'rejected', code, message };
    }
    case 'busy':
    case 'unauthorized':
      return refusedBy(answer);
    case 'unknown':
      return answer;
    default:
      return assertNever(answer);
  }
}

function ambiguous(reason: string): UnknownOutcome {
  const shown = reason.slice(0, SHOWN_CHARACTERS_MAX);
  return {
    kind: 'unknown',
    cause: 'unavailable',
    message: `Tradovate answered ${shown}, which leaves open whether it was done.`,
  };
}
