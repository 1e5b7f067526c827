import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { Execution, RecordedStatus } from '../../functions/core/execution.ts';
import type { ClientOrderId } from '../../functions/core/ids.ts';
import { orderFrom } from '../../functions/core/order.ts';
import { readExecution, recordExecution, recordOrders } from '../../functions/ledger/executions.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { requestOf } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const ORDER = orderFrom({
  clientOrderId: 'of-1' as ClientOrderId,
  leg: 'entry',
  symbol: 'MNQM5',
  side: 'buy',
  type: 'market',
  quantity: decimal(2),
  timeInForce: 'day',
  reduceOnly: false,
});

/** One execution as several holders may record it. */
function newExecution() {
  const { executionId, signalId, webhookId, strategyId, accountId, correlationId } = requestOf(
    'recorded',
    {},
  );
  const as = (status: RecordedStatus, endedAtMs = 2): Execution => ({
    executionId,
    signalId,
    webhookId,
    strategyId,
    accountId,
    correlationId,
    status,
    orders: [ORDER],
    steps: [],
    retries: 0,
    receivedAtMs: 1,
    startedAtMs: 1,
    endedAtMs,
  });
  return {
    executionId,
    accountId,
    record: (status: RecordedStatus, fencingToken: number, endedAtMs?: number) =>
      recordExecution(store.ledger, as(status, endedAtMs), fencingToken),
    read: () => readExecution(store.ledger, accountId, executionId),
  };
}

describe('the record of an execution', () => {
  it.each([4, 6])('that is final stands, whatever a holder with the token %i says', async (fencingToken) => {
    const { record, read } = newExecution();
    const first = await record('COMPLETED', 5);
    expect(await record('ROLLED_BACK', fencingToken, 9)).toEqual(first);
    expect(await read()).toEqual(first);
  });

  it('that says UNKNOWN is replaced by a later holder who learned more', async () => {
    const { record, read } = newExecution();
    await record('UNKNOWN', 5);
    const later = await record('COMPLETED', 6, 9);
    expect(later).toMatchObject({ execution: { status: 'COMPLETED' }, fencingToken: 6 });
    expect(await read()).toEqual(later);
  });

  it('that says UNKNOWN stands against an earlier holder, who comes too late', async () => {
    const { record, read } = newExecution();
    const standing = await record('UNKNOWN', 5);
    expect(await record('COMPLETED', 4, 9)).toEqual(standing);
    expect(await read()).toEqual(standing);
  });

  it('is what its holder said last', async () => {
    const { record, read } = newExecution();
    await record('UNKNOWN', 5);
    const last = await record('COMPLETED', 5, 9);
    expect(last.execution.status).toBe('COMPLETED');
    expect(await read()).toEqual(last);
  });
});

describe('an order that goes on after its execution has ended', () => {
  const filled = { ...ORDER, status: 'FILLED', filledQuantity: decimal(2) } as const;

  it.each([5, 6])('is brought up to date by a holder with the token %i', async (fencingToken) => {
    const { record, read, accountId, executionId } = newExecution();
    await record('COMPLETED', 5);
    await recordOrders(store.ledger, accountId, { executionId, orders: [filled], fencingToken });
    // By whom the execution was recorded, and with it whether it is booked, is not changed by that.
    expect(await read()).toMatchObject({ execution: { orders: [{ status: 'FILLED' }] }, fencingToken: 5 });
  });

  it('stays as a later holder saw it, whoever saw it before', async () => {
    const { record, read, accountId, executionId } = newExecution();
    await record('COMPLETED', 5);
    await recordOrders(store.ledger, accountId, { executionId, orders: [ORDER], fencingToken: 6 });
    await recordOrders(store.ledger, accountId, { executionId, orders: [filled], fencingToken: 7 });
    await recordOrders(store.ledger, accountId, { executionId, orders: [ORDER], fencingToken: 6 });
    expect(await read()).toMatchObject({ execution: { orders: [{ status: 'FILLED' }] } });
  });

  it('is not changed by who held the account before the execution was recorded', async () => {
    const { record, read, accountId, executionId } = newExecution();
    await record('COMPLETED', 5);
    await recordOrders(store.ledger, accountId, { executionId, orders: [filled], fencingToken: 4 });
    expect(await read()).toMatchObject({ execution: { orders: [ORDER] } });
  });

  it('stays up to date when the record of its execution arrives once more', async () => {
    const { record, read, accountId, executionId } = newExecution();
    await record('COMPLETED', 5);
    await recordOrders(store.ledger, accountId, { executionId, orders: [filled], fencingToken: 5 });
    expect((await record('COMPLETED', 5)).execution.orders).toMatchObject([{ status: 'FILLED' }]);
    expect(await read()).toMatchObject({ execution: { orders: [{ status: 'FILLED' }] } });
  });

  it('is not noted where nothing is recorded', async () => {
    const { read, accountId, executionId } = newExecution();
    await recordOrders(store.ledger, accountId, { executionId, orders: [filled], fencingToken: 7 });
    expect(await read()).toBeUndefined();
  });
});
