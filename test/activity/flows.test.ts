import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { activityItem } from '../../functions/ledger/activity-log.ts';
import { countLeaseTimeout, lockAccount } from '../../functions/ledger/held-account.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { always, createTrader, nth } from '../support/trader.ts';
import { linesOf, type StreamedLedger, streamed } from './ledger-stream.ts';

let dynamoDb: TestDynamoDb;
let stream: StreamedLedger;
beforeAll(async () => {
  dynamoDb = await startTestDynamoDb();
  stream = streamed(dynamoDb.ledger);
});
afterAll(() => dynamoDb.stop());

async function configuredTrader(
  ...options: Parameters<typeof createTrader> extends [unknown, ...infer Rest] ? Rest : []
) {
  const trader = await createTrader(stream.ledger, ...options);
  stream.told();
  return trader;
}

const stopLoss = { type: 'price', price: decimal(90) } as const;
const takeProfit = { type: 'price', price: decimal(120) } as const;

describe('the log of an account', () => {
  it('tells a signal that trades: who took the account, the order, the record, the trade', async () => {
    const trader = await configuredTrader();
    await trader.signal({});
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT ORDER_CHANGED entry SENDING',
      'ACCOUNT EXECUTION_RECORDED COMPLETED',
      'ACCOUNT ORDER_CHANGED entry FILLED 1 100',
      'ACCOUNT LEASE_RELEASED',
      'ACCOUNT TRADE_CHANGED OPENED 1',
    ]);
    await trader.signal({ action: 'exit' });
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT ORDER_CHANGED exit SENDING',
      'ACCOUNT TRADE_CHANGED OPENED CLOSING 1',
      'ACCOUNT EXECUTION_RECORDED COMPLETED',
      'ACCOUNT ORDER_CHANGED exit FILLED 1 100',
      'ACCOUNT TRADE_ENDED CLOSED',
      'ACCOUNT LEASE_RELEASED',
    ]);
  });

  it('has a record for each write of a signal, one write unit each', async () => {
    const trader = await configuredTrader();
    await trader.signal({ stopLoss, takeProfit });
    await trader.signal({ action: 'exit' });
    const plain = await configuredTrader();
    await plain.signal({});
    const told = stream.told();
    expect(told).toHaveLength(3);
    for (const record of told) {
      expect(Buffer.byteLength(JSON.stringify(activityItem(record)))).toBeLessThan(1_024);
    }
  });

  it('tells why nothing was traded', async () => {
    const trader = await configuredTrader();
    await trader.signal({ action: 'sell' });
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT EXECUTION_RECORDED SKIPPED NO_LONG_POSITION',
      'ACCOUNT LEASE_RELEASED',
    ]);
  });

  it('tells every order of a protected trade, and the protection', async () => {
    const trader = await configuredTrader();
    await trader.signal({ stopLoss, takeProfit });
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT ORDER_CHANGED entry SENDING',
      'ACCOUNT ORDER_CHANGED entry SENDING FILLED 1 100',
      'ACCOUNT ORDER_CHANGED stop-loss SENDING 90',
      'ACCOUNT ORDER_CHANGED take-profit SENDING 120',
      'ACCOUNT EXECUTION_RECORDED COMPLETED',
      'ACCOUNT ORDER_CHANGED entry FILLED 1 100',
      'ACCOUNT ORDER_CHANGED stop-loss NEW 90',
      'ACCOUNT ORDER_CHANGED take-profit NEW 120',
      'ACCOUNT LEASE_RELEASED',
      'ACCOUNT TRADE_CHANGED OPENED 1',
      'ACCOUNT TRADE_PROTECTION_CHANGED',
    ]);
  });

  it('tells a rollback step by step', async () => {
    const trader = await configuredTrader({ faults: [nth('reject', 2)] });
    await trader.signal({ stopLoss });
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT ORDER_CHANGED entry SENDING',
      'ACCOUNT ORDER_CHANGED entry SENDING FILLED 1 100',
      'ACCOUNT ORDER_CHANGED stop-loss SENDING 90',
      'ACCOUNT EXECUTION_TURNED_BACK PROTECTION_REFUSED',
      'ACCOUNT ORDER_CHANGED stop-loss SENDING REJECTED 90 REHEARSED_REJECT: The paper venue rehearses a reject.',
      'ACCOUNT ORDER_CHANGED flatten SENDING',
      'ACCOUNT EXECUTION_RECORDED ROLLED_BACK PROTECTION_REFUSED',
      'ACCOUNT ORDER_CHANGED entry FILLED 1 100',
      'ACCOUNT ORDER_CHANGED stop-loss REJECTED 90 REHEARSED_REJECT: The paper venue rehearses a reject.',
      'ACCOUNT ORDER_CHANGED flatten FILLED 1 100',
      'ACCOUNT TRADE_ENDED CLOSED',
      'ACCOUNT LEASE_RELEASED',
    ]);
  });

  it('tells an order of which the venue does not say what became, and that it was found', async () => {
    const trader = await configuredTrader({
      faults: [nth('timeout-after-accept', 1), always('unavailable', 'lookup')],
    });
    const request = trader.request({});
    await execute(trader.engine, request);
    expect(linesOf(stream.told())).toContain('ACCOUNT EXECUTION_RECORDED UNKNOWN ORDER_UNKNOWN');
    await trader.reconfigure({});
    await execute(trader.engine, request);
    const told = linesOf(stream.told());
    expect(told).toContain('ACCOUNT EXECUTION_RECORDED UNKNOWN COMPLETED');
    expect(told).toContain('ACCOUNT ORDER_CHANGED entry UNKNOWN FILLED 1 100');
  });

  it('tells who took over from a holder that died, who dropped what it had begun, and who had to wait', async () => {
    const { accountId, engine, clock, request } = await configuredTrader();
    const abandoned = request({});
    const lock = (ownerId: string, begins?: ReturnType<typeof request>) =>
      lockAccount(stream.ledger, {
        accountId,
        ownerId,
        nowMs: clock.now(),
        ...(begins
          ? {
              begins: {
                executionId: begins.executionId,
                webhookId: begins.webhookId,
                correlationId: begins.correlationId,
                receivedAtMs: begins.receivedAtMs,
                startedAtMs: clock.now(),
                expiresAtMs: clock.now() + 60_000,
              },
            }
          : {}),
      });
    await lock('the-dead', abandoned);
    clock.advance(10_000);
    await countLeaseTimeout(stream.ledger, accountId, { contentions: 3, waitMs: 800 });
    await execute(engine, request({}));
    expect(linesOf(stream.told())).toEqual([
      'ACCOUNT LEASE_TAKEN',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT LEASE_CONTENDED 3',
      'ACCOUNT LEASE_TIMED_OUT',
      'ACCOUNT LEASE_TAKEN_OVER',
      'ACCOUNT EXECUTION_DROPPED',
      'ACCOUNT EXECUTION_STARTED',
      'ACCOUNT ORDER_CHANGED entry SENDING',
      'ACCOUNT EXECUTION_RECORDED COMPLETED',
      'ACCOUNT ORDER_CHANGED entry FILLED 1 100',
      'ACCOUNT LEASE_RELEASED',
      'ACCOUNT TRADE_CHANGED OPENED 1',
    ]);
  });
});
