import { type Decimal, decimal } from '../../functions/core/decimal.ts';
import type { Execution } from '../../functions/core/execution.ts';
import {
  type AccountId,
  type BrokerOrderId,
  clientOrderIdOf,
  type ExecutionId,
  executionIdOf,
  parseExecutionId,
  type StrategyId,
  signalIdOf,
  type WebhookId,
} from '../../functions/core/ids.ts';
import type { Order } from '../../functions/core/order.ts';
import type { Receipt, Target } from '../../functions/core/receipt.ts';
import { lockAccount, recordIntent } from '../../functions/ledger/held-account.ts';
import type { Ledger } from '../../functions/ledger/table.ts';

/** Records as the engine and ingest write them, for tests that read them. */

export const WEBHOOK = 'demo' as WebhookId;
export const START_MS = Date.parse('2026-09-15T14:00:00.000Z');

/** The execution of one signal, which came `seconds` after {@link START_MS}, for one account. */
export function executionId(seconds: number, accountId: string, strategyId = 'trend'): ExecutionId {
  const signalId = signalIdOf(WEBHOOK, `signal ${seconds}`, START_MS + seconds * 1_000);
  return executionIdOf(signalId, strategyId as StrategyId, accountId as AccountId);
}

/** An order that was filled, unless told otherwise. */
export function order(id: ExecutionId, part: Partial<Extract<Order, { type: 'market' }>> = {}): Order {
  const leg = part.leg ?? 'entry';
  return {
    clientOrderId: clientOrderIdOf(id, leg),
    leg,
    symbol: 'MNQM5',
    side: 'buy',
    type: 'market',
    quantity: decimal(2),
    timeInForce: 'day',
    reduceOnly: false,
    status: 'FILLED',
    brokerOrderId: 'broker-1' as BrokerOrderId,
    filledQuantity: decimal(2),
    averageFillPrice: decimal('23456.25'),
    ...part,
  };
}

/** An order of which nothing is known but that it is on its way. */
export function sending(id: ExecutionId): Order {
  const { brokerOrderId: _, averageFillPrice: __, ...rest } = order(id);
  return { ...rest, status: 'SENDING', filledQuantity: '0' as Decimal };
}

/** A completed execution with one filled order, unless told otherwise. */
export function execution(id: ExecutionId, part: Partial<Execution> = {}): Execution {
  const ids = idsOf(id);
  const receivedAtMs = START_MS;
  return {
    ...ids,
    webhookId: WEBHOOK,
    correlationId: `correlation of ${id}`,
    status: 'COMPLETED',
    orders: [order(id)],
    steps: [
      { name: 'reserve', status: 'COMPLETED', startedAtMs: receivedAtMs + 10, endedAtMs: receivedAtMs + 20 },
      { name: 'place', status: 'COMPLETED', startedAtMs: receivedAtMs + 20, endedAtMs: receivedAtMs + 90 },
      {
        name: 'settle',
        status: 'COMPLETED',
        startedAtMs: receivedAtMs + 90,
        endedAtMs: receivedAtMs + 95,
        detail: 'done',
      },
    ],
    retries: 0,
    receivedAtMs,
    startedAtMs: receivedAtMs + 10,
    endedAtMs: receivedAtMs + 95,
    ...part,
  };
}

/** The receipt of an accepted signal with these executions. */
export function receipt(targets: readonly ExecutionId[], signalAt: ExecutionId): Receipt {
  const { signalId } = idsOf(signalAt);
  return {
    signalId,
    webhookId: WEBHOOK,
    correlationId: 'from-the-sender',
    receivedAtMs: START_MS,
    sourceIp: '203.0.113.7',
    duplicates: 3,
    status: 'accepted',
    signal: {
      symbol: 'MNQM5',
      action: 'buy',
      quantity: decimal(2),
      timeInForce: 'day',
      price: decimal('23456.25'),
      sentAtMs: START_MS - 250,
    },
    targets: targets.map((id): Target => {
      const { executionId, strategyId, accountId } = idsOf(id);
      return { executionId, strategyId, accountId };
    }),
  };
}

/** Locks the account for the execution, as its holder does, and when `sending` writes the intent, too. */
export async function beginExecution(
  ledger: Ledger,
  id: ExecutionId,
  stage: 'locked' | 'sending',
): Promise<void> {
  const { accountId } = idsOf(id);
  const active = {
    executionId: id,
    webhookId: WEBHOOK,
    correlationId: 'correlation',
    receivedAtMs: START_MS,
    startedAtMs: START_MS + 10,
    expiresAtMs: START_MS + 60_000,
  };
  const lock = { accountId, ownerId: id, begins: active, nowMs: START_MS };
  const result = await lockAccount(ledger, lock);
  if (result.kind !== 'locked') {
    throw new Error(result.kind);
  }
  if (stage === 'sending') {
    const intent = { fencingToken: result.fence.fencingToken, orders: [sending(id)] };
    await recordIntent(ledger, result.fence, { active: { ...active, intent }, nowMs: START_MS });
  }
}

function idsOf(id: ExecutionId) {
  const ids = parseExecutionId(id);
  if (!ids) {
    throw new Error(`${id} is not an execution id.`);
  }
  return ids;
}
