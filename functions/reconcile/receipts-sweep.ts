import type { Logger } from '@aws-lambda-powertools/logger';
import type { ExecutionRequest } from '../core/execution.ts';
import { type AccountId, type SignalId, signalIdPrefixAt, signalTimeMsOf } from '../core/ids.ts';
import { TIMING } from '../core/lease.ts';
import { type AcceptedReceipt, requestsOf } from '../core/receipt.ts';
import type { Engine } from '../engine/engine.ts';
import { findUnrecorded, type UnrecordedTarget } from '../ledger/pending.ts';
import { listAcceptedReceipts } from '../ledger/receipts.ts';
import type { ReceiptsCursor } from '../ledger/reconcile-cursor.ts';
import { enqueue, type Queue } from '../shared/accounts-queue.ts';

/** What sweeping receipts needs. */
export interface ReceiptsSweepDependencies {
  readonly engine: Engine;
  readonly queue: Queue;
  readonly logger: Logger;
}

/** What a sweep of receipts came to. */
export interface ReceiptsSweep {
  /** How many receipts were looked at. */
  readonly receipts: number;
  /** How many of their executions have no record. */
  readonly unrecorded: number;
  /** How many messages were put into the queue again. */
  readonly queued: number;
  /** How many executions are given up on, after an alert. */
  readonly stuck: number;
  /** Whether every receipt that is due was looked at. */
  readonly isComplete: boolean;
  readonly hasFailed: boolean;
  /** Where the next sweep is to begin. */
  readonly next: ReceiptsCursor;
}

const MINUTE_MS = 60_000;

/** When receipts are looked at, by the time their signal was first seen. Milliseconds. */
const RECEIPT_TIMES = {
  /** A younger one is on its way: its messages are sent and executed within seconds. */
  settledAfterMs: 20_000,
  /** So long an execution without a record is looked after, in every run; then operators are told. */
  lookedAfterForMs: 15 * MINUTE_MS,
  /**
   * Receipts of this age are looked at once more although all before them have been: one is written late, under the
   * time it was first seen, when a provider sends again what an ingest left unfinished.
   */
  lateReceiptMs: 5 * MINUTE_MS,
  /** However long no run took place, nothing older than this is looked at. */
  oldestMs: 24 * 60 * MINUTE_MS,
} as const;

const PAGE = 400;

/** How many messages are sent at once at most, in batches of ten. */
const WAVE = 200;

/**
 * Puts executions into the queue again that were accepted, have no record and are not under way (I7): ingest died
 * before it sent them, or their message is gone.
 *
 * Adds nothing to what is under way: SQS drops a message that it was sent less than five minutes ago, and a second
 * one of the same execution finds the record of the first. Oldest first, and one account's executions one after the
 * other, so that they keep their order (I2). One whose turn has passed, because its account went on to a younger
 * signal, must not trade any more: it is sent when it has expired, to be recorded as that.
 *
 * @param cursor where to begin, as the last sweep said
 * @param hasTime whether to begin with another page; what is left is for the next sweep
 */
export async function sweepReceipts(
  dependencies: ReceiptsSweepDependencies,
  cursor: ReceiptsCursor | undefined,
  hasTime: () => boolean,
): Promise<ReceiptsSweep> {
  const { engine, logger } = dependencies;
  const nowMs = engine.clock.now();
  const endMs = nowMs - RECEIPT_TIMES.settledAfterMs;
  const startMs = Math.max(
    cursor?.fromMs ?? nowMs - RECEIPT_TIMES.lookedAfterForMs,
    nowMs - RECEIPT_TIMES.oldestMs,
  );
  const tally: Tally = {
    nowMs,
    receipts: 0,
    unrecorded: 0,
    queued: 0,
    stuck: 0,
    openFromMs: cursor?.openFromMs ?? endMs,
  };
  let reachedMs = startMs;
  let hasFailed = false;
  try {
    let from: string | undefined = startMs < endMs ? signalIdPrefixAt(startMs) : undefined;
    while (from !== undefined && hasTime()) {
      const to = signalIdPrefixAt(endMs);
      const page = await listAcceptedReceipts(engine.ledger, { from, to, limit: PAGE });
      if (page.unreadable.length > 0) {
        hasFailed = true;
        logger.error('Receipts cannot be read.', { signalIds: page.unreadable });
      }
      if (!(await lookAfter(dependencies, page.receipts, tally, hasTime))) {
        break;
      }
      from = page.next;
      reachedMs = from === undefined ? endMs : signalTimeMsOf(from as SignalId);
    }
  } catch (error) {
    hasFailed = true;
    logger.error('The sweep of receipts failed.', error as Error);
  }
  const { receipts, unrecorded, queued, stuck, openFromMs } = tally;
  const isComplete = reachedMs >= endMs;
  const againFromMs = Math.min(openFromMs, endMs - RECEIPT_TIMES.lateReceiptMs);
  // What is left goes first, or a sweep that has no time for all would never get beyond what is looked at again.
  const next = isComplete ? { fromMs: againFromMs } : { fromMs: reachedMs, openFromMs: againFromMs };
  return { receipts, unrecorded, queued, stuck, isComplete, hasFailed, next };
}

/** What a sweep counts as it goes. */
interface Tally {
  readonly nowMs: number;
  receipts: number;
  unrecorded: number;
  queued: number;
  stuck: number;
  /** When the oldest signal was first seen that has to be looked at again. */
  openFromMs: number;
}

/** @returns false when time ran out before everything was in the queue that has to be */
async function lookAfter(
  { engine, queue, logger }: ReceiptsSweepDependencies,
  receipts: readonly AcceptedReceipt[],
  tally: Tally,
  hasTime: () => boolean,
): Promise<boolean> {
  const unrecorded = await findUnrecorded(engine.ledger, receipts.flatMap(requestsOf), engine);
  tally.receipts += receipts.length;
  tally.unrecorded += unrecorded.length;
  for (const wave of wavesOf(unrecorded.flatMap((found) => whatToSend(found, tally.nowMs)))) {
    if (!hasTime()) {
      return false;
    }
    await enqueue(queue, wave);
    tally.queued += wave.length;
    const executionIds = wave.map(({ executionId }) => executionId);
    logger.warn('Executions were put into the queue again.', { executionIds });
  }
  for (const { target } of unrecorded) {
    const firstSeenMs = signalTimeMsOf(target.signalId);
    if (firstSeenMs >= tally.nowMs - RECEIPT_TIMES.lookedAfterForMs) {
      tally.openFromMs = Math.min(tally.openFromMs, firstSeenMs);
      continue;
    }
    tally.stuck += 1;
    engine.alert({
      type: 'EXECUTION_STUCK',
      severity: 'HIGH',
      subject: target.executionId,
      message: `The execution ${target.executionId} was accepted and has no outcome after 15 minutes.`,
    });
  }
  return true;
}

/** The message for an execution without a record, if it needs one now. */
function whatToSend(found: UnrecordedTarget<ExecutionRequest>, nowMs: number): ExecutionRequest[] {
  const { target, isJournaled, isOvertaken } = found;
  if (isJournaled) {
    return [];
  }
  if (!isOvertaken) {
    return [target];
  }
  const isExpired = nowMs > target.receivedAtMs + TIMING.executionAgeSeconds * 1_000;
  return isExpired ? [{ ...target, maxSignalAgeSeconds: 0 }] : [];
}

/** The requests in waves to be sent one after the other: each holds at most one of an account, the older ones first. */
function wavesOf(requests: readonly ExecutionRequest[]): ExecutionRequest[][] {
  const turns: ExecutionRequest[][] = [];
  const turnsOf = new Map<AccountId, number>();
  for (const request of requests) {
    const turn = turnsOf.get(request.accountId) ?? 0;
    turnsOf.set(request.accountId, turn + 1);
    if (turn === turns.length) {
      turns.push([]);
    }
    turns[turn]?.push(request);
  }
  return turns.flatMap((turn) =>
    Array.from({ length: Math.ceil(turn.length / WAVE) }, (_, wave) =>
      turn.slice(wave * WAVE, (wave + 1) * WAVE),
    ),
  );
}
