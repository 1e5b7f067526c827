import type { InvocationResult } from './protocol.ts';
import { type DiscardedItems, type StreamItem, succeededCount } from './stream-event.ts';

/** When and how often Lambda tries again what failed. */
export interface RetryRules {
  /** Whether the function says which record failed; otherwise a batch succeeds or fails whole. */
  readonly reportsBatchItemFailures: boolean;
  /** Whether a batch that failed is tried again in halves. */
  readonly bisects: boolean;
  /** How often a batch is tried again at most, after the first time. */
  readonly retriesMax: number;
  /** Older records are given up. Seconds. */
  readonly ageMaxSeconds: number;
}

/** Records that are given to a function together. */
export interface StreamBatch {
  readonly items: readonly StreamItem[];
  /** How often the function failed with it. */
  readonly failures: number;
}

/** What becomes of a batch. */
export interface BatchOutcome {
  readonly discarded?: DiscardedItems;
  /** To try again, in this order. What is neither here nor discarded is done. */
  readonly retries: readonly StreamBatch[];
}

/** Gives up the records of a batch that are too old: those of a shard come in the order of their age. */
export function withoutAged(
  { items, failures }: StreamBatch,
  { ageMaxSeconds }: RetryRules,
  nowSeconds: number,
): BatchOutcome {
  const young = items.findIndex(({ arrivedAtSeconds }) => nowSeconds - arrivedAtSeconds <= ageMaxSeconds);
  const agedCount = young < 0 ? items.length : young;
  const aged = items.slice(0, agedCount);
  return {
    ...(agedCount > 0 && {
      discarded: { items: aged, condition: 'RecordAgeExceeded', invocations: failures },
    }),
    retries: agedCount < items.length ? [{ items: items.slice(agedCount), failures }] : [],
  };
}

/** What becomes of a batch that a function worked on. */
export function afterInvocation(
  batch: StreamBatch,
  result: InvocationResult,
  rules: RetryRules,
): BatchOutcome {
  const { items } = batch;
  const doneCount = countDone(items, result, rules);
  if (doneCount === items.length) {
    return { retries: [] };
  }
  if (doneCount === 0) {
    return afterFailure(batch, rules);
  }
  const rest = items.slice(doneCount);
  return rules.bisects
    ? // The answer was where to split, and that counts as no attempt.
      { retries: [{ items: rest, failures: 0 }] }
    : again({ items: rest, failures: 1 }, rules);
}

function countDone(items: readonly StreamItem[], result: InvocationResult, rules: RetryRules): number {
  if (!result.ok) {
    return 0;
  }
  return rules.reportsBatchItemFailures ? succeededCount(items, result.payload) : items.length;
}

function afterFailure({ items, failures }: StreamBatch, rules: RetryRules): BatchOutcome {
  if (rules.bisects && items.length > 1) {
    const middle = Math.ceil(items.length / 2);
    return {
      retries: [
        { items: items.slice(0, middle), failures },
        { items: items.slice(middle), failures },
      ],
    };
  }
  return again({ items, failures: failures + 1 }, rules);
}

function again(batch: StreamBatch, { retriesMax }: RetryRules): BatchOutcome {
  const { items, failures } = batch;
  return failures > retriesMax
    ? { discarded: { items, condition: 'RetryAttemptsExhausted', invocations: failures }, retries: [] }
    : { retries: [batch] };
}
