import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { expect } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { ExecutionRequest } from '../../functions/core/execution.ts';
import type { AccountId } from '../../functions/core/ids.ts';
import type { Receipt } from '../../functions/core/receipt.ts';
import { type Fence, lockAccount } from '../../functions/ledger/held-account.ts';
import { keys, type Ledger } from '../../functions/ledger/table.ts';
import { always, createTrader, type TraderOptions } from '../support/trader.ts';

/** A trader by the clock of the admin function. */
export async function newTrader(ledger: Ledger, options?: TraderOptions) {
  const trader = await createTrader(ledger, options);
  trader.clock.advance(Date.now() - trader.clock.now());
  return trader;
}

/** A trader at a venue that can neither tell orders apart nor be asked, with an order of 4 that was lost there. */
export async function unknownTrader(ledger: Ledger) {
  const trader = await newTrader(ledger, {
    simulation: {
      latencyMs: 0,
      guarantee: 'NONE',
      oco: 'native',
      faults: [always('unavailable-after-accept')],
    },
  });
  const bought = trader.signal({ action: 'buy', quantity: decimal(4) });
  await expect(bought).rejects.toThrow('ORDER_UNKNOWN');
  const journal = (await trader.account()).activeExecution;
  const [order] = journal?.intent?.orders ?? [];
  if (!journal || !order) {
    throw new Error('The order is not in the journal.');
  }
  return { ...trader, executionId: journal.executionId, clientOrderId: order.clientOrderId };
}

/** Takes an account as a function does that is at work on it. */
export async function hold(ledger: Ledger, accountId: string): Promise<Fence> {
  const result = await lockAccount(ledger, {
    accountId: accountId as AccountId,
    ownerId: 'busy',
    nowMs: Date.now(),
  });
  if (result.kind !== 'locked') {
    throw new Error(result.kind);
  }
  return result.fence;
}

/** Puts five MNQM5 into our books that nobody bought. */
export async function bookPosition({ client, tableName }: Ledger, accountId: string): Promise<void> {
  await client.send(
    new UpdateCommand({
      TableName: tableName,
      Key: keys.account(accountId as AccountId),
      UpdateExpression: 'SET positions = :positions',
      ExpressionAttributeValues: {
        ':positions': { MNQM5: { quantity: '5', averagePrice: '100', realizedPnl: '0' } },
      },
    }),
  );
}

/** The receipt of a request, as ingest writes it. */
export function receiptOf(request: ExecutionRequest, change: Partial<Receipt> = {}): Receipt {
  const { signalId, webhookId, correlationId, receivedAtMs, signal, maxSignalAgeSeconds } = request;
  const { executionId, strategyId, accountId, multiplier } = request;
  return {
    signalId,
    webhookId,
    correlationId,
    receivedAtMs,
    sourceIp: '203.0.113.7',
    duplicates: 0,
    status: 'accepted',
    signal,
    targets: [{ executionId, strategyId, accountId, multiplier }],
    maxSignalAgeSeconds,
    ...change,
  } as Receipt;
}
