import type { Decimal } from './decimal.ts';
import type { ExecutionRequest } from './execution.ts';
import type { AccountId, ExecutionId, SignalId, StrategyId, WebhookId } from './ids.ts';
import type { Signal } from './signal.ts';

/** One account's share of an accepted signal. */
export interface Target {
  readonly executionId: ExecutionId;
  readonly strategyId: StrategyId;
  readonly accountId: AccountId;
}

/** A target as the receipt keeps it: enough to put its message into the queue again. */
export interface ReceiptTarget extends Target {
  /** Absent in receipts of version 0.1. */
  readonly multiplier?: Decimal;
}

/** What an authenticated request became: handed to executions, or refused with a named reason (I9). */
export type Receipt = {
  readonly signalId: SignalId;
  readonly webhookId: WebhookId;
  readonly correlationId: string;
  /** Milliseconds since the epoch. */
  readonly receivedAtMs: number;
  readonly sourceIp: string;
  /** How many identical requests came after the first and got its answer. */
  readonly duplicates: number;
} & (
  | {
      readonly status: 'accepted';
      readonly signal: Signal;
      readonly targets: readonly ReceiptTarget[];
      /** Absent in receipts of version 0.1. */
      readonly maxSignalAgeSeconds?: number;
      /** The execution that an operator had done again by this signal. */
      readonly reexecutionOf?: ExecutionId;
    }
  | {
      readonly status: 'refused';
      readonly reason: { readonly code: string; readonly message: string };
      readonly signal?: Signal;
    }
);

/** A receipt of a signal that was handed to executions. */
export type AcceptedReceipt = Extract<Receipt, { status: 'accepted' }>;

/** The messages of a receipt as ingest sent them, or was about to; none for receipts of version 0.1. */
export function requestsOf(receipt: AcceptedReceipt): ExecutionRequest[] {
  const { signalId, webhookId, signal, correlationId, receivedAtMs, maxSignalAgeSeconds } = receipt;
  return receipt.targets.flatMap(({ multiplier, ...target }) =>
    multiplier === undefined || maxSignalAgeSeconds === undefined
      ? []
      : [
          {
            ...target,
            ...{ signalId, webhookId, signal, correlationId, receivedAtMs, maxSignalAgeSeconds },
            multiplier,
          },
        ],
  );
}
