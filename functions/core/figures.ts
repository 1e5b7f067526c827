import type { ActivityEntry, ActivityRecord } from './activity.ts';
import { CANARY_ID } from './canary.ts';
import type { RecordedStatus } from './execution.ts';
import type { LatencyStage } from './latency.ts';
import type { OrderStatus } from './order.ts';

/** What is counted, by the name it is stored and shown under. */
export const COUNTERS = [
  'signalsAccepted',
  'signalsRefused',
  'signalsDuplicated',
  'executionsCompleted',
  'executionsSkipped',
  'executionsRejected',
  'executionsRolledBack',
  'executionsHalted',
  'executionsUnknown',
  'executionsResolved',
  'ordersFilled',
  'ordersWorking',
  'ordersEnded',
  'ordersRefused',
  'ordersUnknown',
  'retries',
  'lockContentions',
  'lockWaitMs',
  'lockTimeouts',
  'crashesRecovered',
  'circuitsOpened',
  'circuitsClosed',
  'halts',
] as const;
export type Counter = (typeof COUNTERS)[number];

/** What happened in some stretch of time. */
export interface Figures {
  readonly counts: Readonly<Partial<Record<Counter, number>>>;
  /** Refused signals by the code of the reason. */
  readonly refusals: Readonly<Record<string, number>>;
  /** Milliseconds, one for each execution that was recorded for the first time, and had that stage. */
  readonly latenciesMs: Readonly<Record<LatencyStage, readonly number[]>>;
}

/** The counter of a status in which executions are recorded. UNKNOWN may be followed by another one: see `executionsResolved`. */
const EXECUTION_COUNTERS: Readonly<Record<RecordedStatus, Counter>> = {
  COMPLETED: 'executionsCompleted',
  SKIPPED: 'executionsSkipped',
  REJECTED: 'executionsRejected',
  ROLLED_BACK: 'executionsRolledBack',
  HALTED: 'executionsHalted',
  UNKNOWN: 'executionsUnknown',
};

/** The counter of what an order had come to when its execution was recorded. */
const ORDER_COUNTERS: Readonly<Record<OrderStatus, Counter>> = {
  FILLED: 'ordersFilled',
  NEW: 'ordersWorking',
  PARTIALLY_FILLED: 'ordersWorking',
  PENDING_CANCEL: 'ordersWorking',
  CANCELED: 'ordersEnded',
  EXPIRED: 'ordersEnded',
  REJECTED: 'ordersRefused',
  DENIED: 'ordersRefused',
  UNKNOWN: 'ordersUnknown',
  SENDING: 'ordersUnknown',
  INTENT: 'ordersUnknown',
};

/** Codes are ours and few; whatever else is refused for is one figure. */
const REFUSAL_CODE = /^[A-Z][A-Z_]{2,39}$/;
const OTHER_REFUSAL = 'OTHER';

/**
 * Counts what changes of the ledger came to: each change once, so a change that is given twice is counted twice. What
 * the canary does is not counted.
 */
export function figuresOf(records: readonly ActivityRecord[]): Figures {
  const tally = new Tally();
  for (const { scope, entries } of records) {
    if (!scope.endsWith(`#${CANARY_ID}`)) {
      tally.add(entries);
    }
  }
  return tally;
}

class Tally implements Figures {
  readonly counts: Partial<Record<Counter, number>> = {};
  readonly refusals: Record<string, number> = {};
  readonly latenciesMs: Record<LatencyStage, number[]> = { queue: [], place: [], execution: [], whole: [] };

  /** @param entries of one change */
  add(entries: readonly ActivityEntry[]): void {
    const isRecord = entries.some(({ type }) => type === 'EXECUTION_RECORDED');
    for (const entry of entries) {
      // The journal tells of orders, too, as long as they are under way: an order is counted where it is recorded.
      if (isRecord && entry.type === 'ORDER_CHANGED' && entry.status !== entry.from) {
        this.#count(ORDER_COUNTERS[entry.status]);
      }
      this.#addEntry(entry);
    }
  }

  #addEntry(entry: ActivityEntry): void {
    switch (entry.type) {
      case 'SIGNAL_ACCEPTED':
        this.#count('signalsAccepted');
        return;
      case 'SIGNAL_REFUSED':
        this.#refuse(entry.reason.code);
        return;
      case 'SIGNAL_DUPLICATED':
        // Each copy is counted by a write of its own.
        this.#count('signalsDuplicated');
        return;
      case 'EXECUTION_RECORDED':
        this.#record(entry);
        return;
      case 'LEASE_CONTENDED':
        this.#count('lockContentions', entry.contentions);
        this.#count('lockWaitMs', entry.waitMs);
        return;
      case 'LEASE_TIMED_OUT':
        this.#count('lockTimeouts', entry.timeouts);
        return;
      case 'LEASE_TAKEN_OVER':
        this.#count('crashesRecovered');
        return;
      case 'CIRCUIT_CHANGED':
        this.#count(entry.state === 'closed' ? 'circuitsClosed' : 'circuitsOpened');
        return;
      case 'HALTED':
        this.#count('halts');
        return;
      default:
      // The rest is not counted.
    }
  }

  #record(entry: Extract<ActivityEntry, { type: 'EXECUTION_RECORDED' }>): void {
    const { status, from, retries, receivedAtMs, startedAtMs, endedAtMs, placeMs } = entry;
    if (status === from) {
      return;
    }
    this.#count(EXECUTION_COUNTERS[status]);
    if (from !== undefined) {
      this.#count('executionsResolved');
      return;
    }
    this.#count('retries', retries);
    this.#measure('queue', startedAtMs - receivedAtMs);
    this.#measure('execution', endedAtMs - startedAtMs);
    this.#measure('whole', endedAtMs - receivedAtMs);
    if (placeMs !== undefined) {
      this.#measure('place', placeMs);
    }
  }

  #refuse(code: string): void {
    const name = REFUSAL_CODE.test(code) ? code : OTHER_REFUSAL;
    this.refusals[name] = (this.refusals[name] ?? 0) + 1;
    this.#count('signalsRefused');
  }

  #count(counter: Counter, by = 1): void {
    if (by > 0) {
      this.counts[counter] = (this.counts[counter] ?? 0) + by;
    }
  }

  /** Clocks of two environments may differ a little: nothing took less than no time. */
  #measure(stage: LatencyStage, latencyMs: number): void {
    this.latenciesMs[stage].push(Math.max(0, latencyMs));
  }
}
