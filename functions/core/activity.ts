import type { CircuitAction, CircuitState } from './circuit.ts';
import type { Decimal } from './decimal.ts';
import type { Reason, RecordedStatus } from './execution.ts';
import type { HaltScope } from './halt.ts';
import type { AccountId, ClientOrderId, ExecutionId, SignalId, StrategyId, WebhookId } from './ids.ts';
import type { OrderStatus, OrderType, Side } from './order.ts';
import type { SignalAction } from './signal.ts';
import type { EndedTrade, Protection } from './trade.ts';
import type { TradeState } from './trade-state.ts';

/** What became of a request that was authenticated. */
interface SignalSubject {
  readonly signalId: SignalId;
  readonly webhookId: WebhookId;
}

type SignalEntry = SignalSubject &
  (
    | {
        readonly type: 'SIGNAL_ACCEPTED';
        readonly correlationId: string;
        readonly action: SignalAction;
        readonly symbol: string;
        /** How many accounts it goes to. */
        readonly executions: number;
      }
    | { readonly type: 'SIGNAL_REFUSED'; readonly correlationId: string; readonly reason: Reason }
    | { readonly type: 'SIGNAL_DUPLICATED'; readonly duplicates: number }
  );

/** Which execution it is about; its id says whose, for which strategy and which signal. */
interface ExecutionSubject {
  readonly executionId: ExecutionId;
}

type ExecutionEntry = ExecutionSubject &
  /** An account was taken for it: it is RUNNING. */
  (
    | { readonly type: 'EXECUTION_STARTED'; readonly correlationId: string }
    /** Its holder died before it had decided anything, and another execution took the account: it is PENDING again. */
    | { readonly type: 'EXECUTION_DROPPED' }
    | { readonly type: 'EXECUTION_TURNED_BACK'; readonly reason: Reason }
    | {
        readonly type: 'EXECUTION_RECORDED';
        readonly correlationId: string;
        readonly status: RecordedStatus;
        /** UNKNOWN, where that was recorded before. */
        readonly from?: RecordedStatus;
        readonly reason?: Reason;
        readonly retries: number;
        /** Milliseconds since the epoch. */
        readonly receivedAtMs: number;
        readonly startedAtMs: number;
        readonly endedAtMs: number;
        /** How long its orders took to place at the venue, milliseconds; absent where none was. */
        readonly placeMs?: number;
      }
    | { readonly type: 'EXECUTION_REEXECUTED'; readonly as: ExecutionId }
  );

/**
 * An order as it stands now. It is told by the item in which it changed: the journal as long as its execution runs, then
 * the record, which tells all its orders once, and the account's open orders after that. What the journal told is
 * told again by the record, then without `from`.
 */
export interface OrderEntry extends ExecutionSubject {
  readonly type: 'ORDER_CHANGED';
  readonly clientOrderId: ClientOrderId;
  readonly leg: string;
  readonly symbol: string;
  readonly side: Side;
  readonly orderType: OrderType;
  readonly quantity: Decimal;
  readonly status: OrderStatus;
  /** As it stood in the same item before; absent where the item had no such order. */
  readonly from?: OrderStatus;
  /** Absent while nothing is filled. */
  readonly filledQuantity?: Decimal;
  readonly averageFillPrice?: Decimal;
  /** Of its limit or stop, if it has one. */
  readonly price?: Decimal;
  readonly reason?: string;
}

/** A trade, by its execution. */
type TradeEntry = ExecutionSubject & { readonly symbol: string; readonly side: Side } & (
    | {
        readonly type: 'TRADE_CHANGED';
        readonly state: Exclude<TradeState, EndedTrade['state']>;
        /** Absent for a trade that is new. */
        readonly from?: TradeState;
        readonly openQuantity: Decimal;
        /** Absent while it waits. */
        readonly entryPrice?: Decimal;
        readonly realizedPnl: Decimal;
      }
    | {
        readonly type: 'TRADE_PROTECTION_CHANGED';
        readonly protection: Protection;
        /** Why it cannot be kept. */
        readonly refusal?: string;
      }
    | {
        readonly type: 'TRADE_ENDED';
        readonly state: EndedTrade['state'];
        readonly openedQuantity: Decimal;
        readonly entryPrice: Decimal;
        readonly exitPrice: Decimal;
        readonly realizedPnl: Decimal;
      }
  );

type LeaseEntry =
  /** The account was free. */
  | { readonly type: 'LEASE_TAKEN'; readonly ownerId: string; readonly fencingToken: number }
  /** The lease of another holder, which did not give it back, had lapsed. */
  | {
      readonly type: 'LEASE_TAKEN_OVER';
      readonly ownerId: string;
      readonly fromOwnerId: string;
      readonly fencingToken: number;
    }
  | { readonly type: 'LEASE_RELEASED'; readonly ownerId: string }
  /** An operator took the account away from its holder. */
  | { readonly type: 'LEASE_FORCED'; readonly fromOwnerId: string; readonly fencingToken: number }
  /** Whoever has the account now found it held so often, and waited so long in all. */
  | { readonly type: 'LEASE_CONTENDED'; readonly contentions: number; readonly waitMs: number }
  /** Somebody gave up waiting. */
  | { readonly type: 'LEASE_TIMED_OUT'; readonly timeouts: number };

type CircuitEntry = { readonly strategyId: StrategyId } & (
  | {
      readonly type: 'CIRCUIT_CHANGED';
      readonly state: CircuitState;
      readonly from: CircuitState;
      readonly reason?: string;
      /** Milliseconds since the epoch. */
      readonly openUntilMs?: number;
      /** What an operator had done with it. */
      readonly action?: CircuitAction;
      /** By which it changed, where it did so by itself. */
      readonly executionId?: ExecutionId;
    }
  | { readonly type: 'CIRCUIT_PROBE_TAKEN'; readonly slot: number; readonly executionId: ExecutionId }
  | { readonly type: 'CIRCUIT_PROBE_SUCCEEDED'; readonly probeSuccesses: number }
);

/** What a kill switch stops. */
type HaltSubject =
  | { readonly subject: 'account'; readonly accountId: AccountId }
  | { readonly subject: 'strategy'; readonly strategyId: StrategyId }
  | { readonly subject: 'everything' };

type HaltEntry = HaltSubject &
  (
    | {
        readonly type: 'HALTED';
        readonly scope: HaltScope;
        readonly reason: string;
        /** The operator's token id, or `onefill`. */
        readonly haltedBy: string;
      }
    | { readonly type: 'RESUMED'; readonly scope: HaltScope }
  );

/** What operators configure. */
export type ConfiguredKind = 'webhook' | 'strategy' | 'account';

interface ConfigurationEntry {
  readonly type: 'CONFIGURATION_CHANGED';
  readonly kind: ConfiguredKind;
  readonly id: string;
  readonly change: 'created' | 'changed' | 'deleted';
  /** Which fields changed, `limits.maxPosition`; never what they are, some of which is secret. */
  readonly fields?: readonly string[];
}

interface TokenEntry {
  readonly type: 'TOKEN_ISSUED' | 'TOKEN_CHANGED' | 'TOKEN_REVOKED';
  readonly tokenId: string;
  readonly role: string;
}

/** What an operator asked for by the admin API, written before it is done, and completed after. */
export interface OperatorEntry {
  readonly type: 'OPERATOR_ACTION';
  readonly tokenId: string;
  readonly method: string;
  readonly path: string;
  readonly correlationId: string;
  /** Absent until it is done, and for ever when the process died over it: then it may have taken effect, or not. */
  readonly statusCode?: number;
  readonly reason?: string;
  /** What it led to, in the words of whatever did it. No secrets. */
  readonly outcome?: Readonly<Record<string, unknown>>;
}

/** A change that could not be read: a bug, or an item of a later version. It is told so that nothing is missing. */
interface UnreadableEntry {
  readonly type: 'UNREADABLE';
  readonly pk: string;
  readonly sk: string;
  /** What is wrong with it, without its content. */
  readonly problem: string;
}

/** One thing that happened. */
export type ActivityEntry =
  | SignalEntry
  | ExecutionEntry
  | OrderEntry
  | TradeEntry
  | LeaseEntry
  | CircuitEntry
  | HaltEntry
  | ConfigurationEntry
  | TokenEntry
  | OperatorEntry
  | UnreadableEntry;

export type ActivityType = ActivityEntry['type'];

/** Every type, once; typed so that one that is added fails the type check here. */
const TYPES: { readonly [Type in ActivityType]: Type } = {
  SIGNAL_ACCEPTED: 'SIGNAL_ACCEPTED',
  SIGNAL_REFUSED: 'SIGNAL_REFUSED',
  SIGNAL_DUPLICATED: 'SIGNAL_DUPLICATED',
  EXECUTION_STARTED: 'EXECUTION_STARTED',
  EXECUTION_DROPPED: 'EXECUTION_DROPPED',
  EXECUTION_TURNED_BACK: 'EXECUTION_TURNED_BACK',
  EXECUTION_RECORDED: 'EXECUTION_RECORDED',
  EXECUTION_REEXECUTED: 'EXECUTION_REEXECUTED',
  ORDER_CHANGED: 'ORDER_CHANGED',
  TRADE_CHANGED: 'TRADE_CHANGED',
  TRADE_PROTECTION_CHANGED: 'TRADE_PROTECTION_CHANGED',
  TRADE_ENDED: 'TRADE_ENDED',
  LEASE_TAKEN: 'LEASE_TAKEN',
  LEASE_TAKEN_OVER: 'LEASE_TAKEN_OVER',
  LEASE_RELEASED: 'LEASE_RELEASED',
  LEASE_FORCED: 'LEASE_FORCED',
  LEASE_CONTENDED: 'LEASE_CONTENDED',
  LEASE_TIMED_OUT: 'LEASE_TIMED_OUT',
  CIRCUIT_CHANGED: 'CIRCUIT_CHANGED',
  CIRCUIT_PROBE_TAKEN: 'CIRCUIT_PROBE_TAKEN',
  CIRCUIT_PROBE_SUCCEEDED: 'CIRCUIT_PROBE_SUCCEEDED',
  HALTED: 'HALTED',
  RESUMED: 'RESUMED',
  CONFIGURATION_CHANGED: 'CONFIGURATION_CHANGED',
  TOKEN_ISSUED: 'TOKEN_ISSUED',
  TOKEN_CHANGED: 'TOKEN_CHANGED',
  TOKEN_REVOKED: 'TOKEN_REVOKED',
  OPERATOR_ACTION: 'OPERATOR_ACTION',
  UNREADABLE: 'UNREADABLE',
};
export const ACTIVITY_TYPES = Object.values(TYPES);

/** Whose log something belongs to: an account's, else a strategy's or webhook's, else everybody's. */
export type ActivityScope = `ACCOUNT#${string}` | `STRATEGY#${string}` | `WEBHOOK#${string}` | 'SYSTEM';

/** What happened in one scope at once. */
export interface ScopedEntries {
  readonly scope: ActivityScope;
  readonly entries: readonly ActivityEntry[];
}

/** What one change of the ledger came to. */
export interface ActivityRecord extends ScopedEntries {
  /** Its place in the log of its scope, and roughly in all logs together: see {@link placeOf}. */
  readonly place: string;
  /** Milliseconds since the epoch, as exact as the stream tells: to the second. */
  readonly atMs: number;
}

/** More digits than a sequence number of DynamoDB has. */
const SEQUENCE_DIGITS = 30;
const MILLISECONDS = 1_000;

/** The second of a place, as text that sorts by time. */
export function placePrefixAt(atMs: number): string {
  return new Date(Math.floor(atMs / MILLISECONDS) * MILLISECONDS)
    .toISOString()
    .slice(0, 'YYYY-MM-DDTHH:mm:ss'.length);
}

/**
 * The place of a change of the ledger: its second, then its number in the stream, which grows within an item and a
 * partition. A pure function of the stream's record, so that a record that is delivered again has the same place.
 *
 * @param sequenceNumber decimal digits
 */
export function placeOf(atMs: number, sequenceNumber: string): string {
  return `${placePrefixAt(atMs)}#${sequenceNumber.padStart(SEQUENCE_DIGITS, '0')}`;
}

/** The place of what an operator asks for: before all changes of its second. */
export function operatorPlaceOf(atMs: number, distinct: string): string {
  return `${placePrefixAt(atMs)}#-${String(atMs % MILLISECONDS).padStart(3, '0')}-${distinct}`;
}

/** Whether a text can be a place. */
export const PLACE = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d#(?:\d{30,}(?:\.\d+)?|-\d{3}-[0-9a-z]+)$/;
