import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../../functions/core/decimal.ts';
import { execute } from '../../../functions/engine/execute.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../../support/dynamodb.ts';
import { createTrader } from '../../support/trader.ts';
import type { VenueFault } from '../contract/venue-under-test.ts';
import { startAlpaca } from '../fakes/alpaca/start-alpaca.ts';

let store: TestDynamoDb;
beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

/** What became of a signal to buy three AAPL with a stop-loss, and what Alpaca then holds. */
async function buyWith(fault?: VenueFault) {
  const { alpaca, venue, broker } = await startAlpaca();
  try {
    alpaca.exchange.post('AAPL', decimal(100));
    const { engine, request } = await createTrader(store.ledger);
    if (fault) {
      venue.meet('place', fault);
    }
    const signal = request({
      symbol: 'AAPL',
      quantity: decimal(3),
      stopLoss: { type: 'price', price: decimal(95) },
    });
    // Twice, as the queue may deliver it.
    for (const _ of ['delivered', 'delivered again']) {
      await execute({ ...engine, createBroker: () => broker }, signal);
    }
    const result = await execute({ ...engine, createBroker: () => broker }, signal);
    const orders = alpaca.exchange.orders.map(({ side, type, status, filledQuantity }) =>
      [side, type, status, filledQuantity].join(' '),
    );
    return { ended: result.kind === 'done' ? result.execution.status : result.kind, orders };
  } finally {
    await venue.close();
  }
}

const PROTECTED = ['buy market FILLED 3', 'sell stop NEW 0'];

describe('a signal that is executed at Alpaca (I1)', () => {
  it.each<readonly [name: string, fault: VenueFault | undefined, orders: readonly string[], ended: string]>([
    ['nothing', undefined, PROTECTED, 'COMPLETED'],
    ['a 503 before the order was taken', 'unavailable', PROTECTED, 'COMPLETED'],
    ['a 503 after it', 'unavailable-after-accept', PROTECTED, 'COMPLETED'],
    ['a reset before the order was taken', 'reset', PROTECTED, 'COMPLETED'],
    ['a reset after it', 'reset-after-accept', PROTECTED, 'COMPLETED'],
    ['no answer before the order was taken', 'timeout', PROTECTED, 'COMPLETED'],
    ['no answer after it', 'timeout-after-accept', PROTECTED, 'COMPLETED'],
    ['half an answer', 'malformed', PROTECTED, 'COMPLETED'],
    ['a rate limit', 'rate-limit', PROTECTED, 'COMPLETED'],
    ['a refusal', 'reject', [], 'REJECTED'],
  ])('and meets %s makes one entry', async (_, fault, orders, ended) => {
    expect(await buyWith(fault)).toEqual({ orders, ended });
  });
});
