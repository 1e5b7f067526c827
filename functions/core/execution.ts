import type { Decimal } from './decimal.ts';
import type { AccountId, ClientOrderId, ExecutionId, SignalId, StrategyId, WebhookId } from './ids.ts';
import type { Order } from './order.ts';
import type { Signal } from './signal.ts';

/** What one account is asked to do: the whole body of a queue message, nothing else is needed to execute it. */
export interface ExecutionRequest {
  readonly executionId: ExecutionId;
  readonly signalId: SignalId;
  readonly webhookId: WebhookId;
  readonly strategyId: StrategyId;
  readonly accountId: AccountId;
  readonly multiplier: Decimal;
  readonly signal: Signal;
  readonly correlationId: string;
  readonly receivedAtMs: number;
  /** How old the signal may be when its orders are placed. */
  readonly maxSignalAgeSeconds: number;
}

/**
 * Where an execution stands. PENDING and RUNNING are on the way; UNKNOWN waits for the venue's word and is
 * alarmed; the others are final.
 */
export type ExecutionStatus =
  | 'PENDING'
  | 'RUNNING'
  | 'COMPLETED'
  | 'SKIPPED'
  | 'REJECTED'
  | 'ROLLED_BACK'
  | 'UNKNOWN'
  | 'HALTED';

/** The statuses in which an execution is recorded once the account is free again. */
export type RecordedStatus = Exclude<ExecutionStatus, 'PENDING' | 'RUNNING'>;

/** The steps of the saga: the first five forward, the others to undo them. */
export const STEP_NAMES = [
  'reserve',
  'clear',
  'place',
  'settle',
  'protect',
  'cancel',
  'flatten',
  'cleanup',
  'release',
] as const;

/** One step of the saga as the receipt shows it. Times in milliseconds since the epoch. */
export interface Step {
  readonly name: (typeof STEP_NAMES)[number];
  readonly status: 'COMPLETED' | 'FAILED' | 'COMPENSATED';
  readonly startedAtMs: number;
  readonly endedAtMs: number;
  readonly detail?: string;
}

/** Why an execution did not trade, or not as asked: a stable code and a sentence. */
export interface Reason {
  readonly code: string;
  readonly message: string;
}

/** What became of an execution request: the record that outlives the message. */
export interface Execution {
  readonly executionId: ExecutionId;
  readonly signalId: SignalId;
  readonly webhookId: WebhookId;
  readonly strategyId: StrategyId;
  readonly accountId: AccountId;
  readonly correlationId: string;
  readonly status: RecordedStatus;
  readonly reason?: Reason;
  readonly orders: readonly Order[];
  readonly steps: readonly Step[];
  /** Calls to the venue beyond the first of each kind and order, and attempts to take the account beyond the first. */
  readonly retries: number;
  /** Orders that the venue denies having, though they may have been sent: they are asked about until then. */
  readonly watched?: readonly { readonly clientOrderId: ClientOrderId; readonly untilMs: number }[];
  /** The execution that an operator started in its place. */
  readonly reexecutedAs?: ExecutionId;
  readonly receivedAtMs: number;
  readonly startedAtMs: number;
  readonly endedAtMs: number;
}
