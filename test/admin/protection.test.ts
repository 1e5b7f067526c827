import { UpdateCommand } from '@aws-sdk/lib-dynamodb';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { type AccountId, clientOrderIdOf, parseExecutionId } from '../../functions/core/ids.ts';
import type { Order, OrderPricing } from '../../functions/core/order.ts';
import type { Signal, StopTarget } from '../../functions/core/signal.ts';
import { recordExecution } from '../../functions/ledger/executions.ts';
import { recordReceipt } from '../../functions/ledger/receipts.ts';
import { keys } from '../../functions/ledger/table.ts';
import { type AdminHarness, startAdmin } from './harness.ts';
import { execution, executionId, order, receipt } from './records-support.ts';

let admin: AdminHarness;
beforeAll(async () => {
  admin = await startAdmin();
});
afterAll(() => admin.stop());

const id = executionId(0, 'protected');

const stop: Order = {
  clientOrderId: clientOrderIdOf(id, 'stop-loss'),
  leg: 'stop-loss',
  symbol: 'MNQM5',
  side: 'sell',
  type: 'stop',
  stopPrice: decimal('23400.25'),
  quantity: decimal(2),
  timeInForce: 'gtc',
  reduceOnly: true,
  status: 'PENDING_CANCEL',
  filledQuantity: decimal(0),
};

/** As an account has an order that still works. */
async function keepInBooks(working: Order): Promise<void> {
  await admin.put('/accounts/protected', { broker: 'paper' });
  await admin.ledger.client.send(
    new UpdateCommand({
      TableName: admin.ledger.tableName,
      Key: keys.account('protected' as AccountId),
      UpdateExpression: 'SET openOrders = :openOrders',
      ExpressionAttributeValues: {
        ':openOrders': { [working.clientOrderId]: { executionId: id, order: working } },
      },
    }),
  );
}

test('a stop order is shown with its price, and is found by what it waits for', async () => {
  await recordExecution(admin.ledger, execution(id, { orders: [order(id), stop] }), 1);
  await keepInBooks(stop);
  const [shown, ...others] = await admin.walk('/orders?accountId=protected&status=PENDING_CANCEL');
  expect(others).toEqual([]);
  expect(shown).toMatchObject({
    orderId: `${id}~stop-loss`,
    type: 'stop',
    stopPrice: '23400.25',
    timeInForce: 'gtc',
    reduceOnly: true,
    status: 'PENDING_CANCEL',
    averageFillPrice: null,
  });
  const [market] = await admin.walk('/orders?accountId=protected&status=FILLED');
  expect(market).toMatchObject({ type: 'market' });
  expect(market).not.toHaveProperty('stopPrice');
  const { body } = await admin.get(`/executions/${id}`);
  expect(body.orders).toMatchObject([{ type: 'market' }, { type: 'stop', stopPrice: '23400.25' }]);
});

test.each<OrderPricing>([
  { type: 'limit', limitPrice: decimal('23600.5') },
  { type: 'stop_limit', stopPrice: decimal(23_500), limitPrice: decimal('23500.25') },
  { type: 'trailing_stop', trail: { type: 'amount', amount: decimal(20) } },
  { type: 'trailing_stop', trail: { type: 'percent', percent: decimal('0.5') } },
])('an order is shown with the prices that its type has, and no others: %j', async (pricing) => {
  const { stopPrice: _, ...terms } = stop;
  await recordExecution(admin.ledger, execution(id, { orders: [{ ...terms, ...pricing }] }), 1);
  const [shown] = await admin.walk('/orders?accountId=protected');
  const { type, limitPrice, stopPrice, trail } = shown ?? {};
  expect({ type, limitPrice, stopPrice, trail }).toEqual(pricing);
});

async function shownSignal(asked: Partial<Signal>) {
  const accepted = receipt([id], id);
  if (accepted.status !== 'accepted') {
    throw new Error('The receipt is of a refused signal.');
  }
  await recordReceipt(admin.ledger, { ...accepted, signal: { ...accepted.signal, ...asked } });
  const { body } = await admin.get(`/signals/${parseExecutionId(id)?.signalId}`);
  return body.signal;
}

test.each<StopTarget>([
  { type: 'price', price: decimal('23400.25') },
  { type: 'percent', percent: decimal('0.5') },
  { type: 'amount', amount: decimal(20) },
  { type: 'trail', trail: { type: 'amount', amount: decimal(20) } },
])('a signal shows its stop-loss as it was understood: %j', async (stopLoss) => {
  expect(await shownSignal({ stopLoss })).toMatchObject({ symbol: 'MNQM5', stopLoss });
});

test('a signal shows its pricing and take-profit as they were understood', async () => {
  const pricing = { type: 'limit', limitPrice: decimal(23_500) } as const;
  const takeProfit = { type: 'percent', percent: decimal(2) } as const;
  expect(await shownSignal({ pricing, takeProfit })).toMatchObject({ pricing, takeProfit });
});
