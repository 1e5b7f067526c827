import { describe, expect, it } from 'vitest';
import type { OcoKind } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { signalIdOf, type WebhookId } from '../../functions/core/ids.ts';
import type { Engine } from '../../functions/engine/engine.ts';
import { execute } from '../../functions/engine/execute.ts';
import { flattenAccount } from '../../functions/engine/flatten.ts';
import { readExecution } from '../../functions/ledger/executions.ts';
import { modelLedger } from '../simulation/model-table.ts';
import { nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing } from '../support/world.ts';
import { at, BRACKET, tradeKeeper } from './trade-keeper.ts';

const { ledger } = modelLedger();
const PAIRS: readonly OcoKind[] = ['native', 'kept'];
const HOUR_MS = 3_600_000;
const WEEK_MS = 7 * 24 * HOUR_MS;

/** The clocks of tests begin on a Saturday at 22:00. */
const UNTIL_23 = { days: ['sat'], from: '21:00', to: '23:00', timeZone: 'UTC' } as const;

/** A trader at a venue that closes at 23:00. */
async function traderUntil23(oco: OcoKind = 'native', { faults, ...options }: TraderOptions = {}) {
  const simulation = rehearsing(faults, { oco, session: UNTIL_23 });
  const made = await tradeKeeper(ledger, { ...options, simulation });
  return {
    ...made,
    closeMarket: () => made.clock.advance(HOUR_MS),
    openMarket: () => made.clock.advance(WEEK_MS - HOUR_MS),
  };
}
type Trader = Awaited<ReturnType<typeof traderUntil23>>;

/** The engine of a process to which the market closes once the venue has taken its first order. */
const closingAfterEntry = ({ engine, closeMarket }: Trader): Engine => ({
  ...engine,
  createBroker: (account) => {
    const broker = engine.createBroker(account);
    return {
      ...broker,
      place: async (intent) => {
        const outcome = await broker.place(intent);
        if (intent.leg === 'entry') {
          closeMarket();
        }
        return outcome;
      },
    };
  },
});

let commands = 0;

function flatten({ engine, accountId, clock }: Trader) {
  commands += 1;
  const receivedAtMs = clock.now();
  const signalId = signalIdOf('operator' as WebhookId, `flatten ${commands}`, receivedAtMs);
  return flattenAccount(engine, { accountId, signalId, correlationId: 'operator', receivedAtMs });
}

describe('an account at a paper venue', () => {
  it.each([
    [
      'INSUFFICIENT_FUNDS',
      { account: { cash: decimal(100) }, simulation: rehearsing([], { leverage: decimal(4) }) },
      'INSUFFICIENT_FUNDS: To open 3 MNQM5 600 more is required, and 400 is available.',
    ],
    [
      'MARKET_CLOSED',
      { simulation: rehearsing([], { session: { ...UNTIL_23, days: ['sun'] } }) },
      'MARKET_CLOSED: MNQM5 does not trade now: only orders that can wait are taken.',
    ],
  ] as const)('rejects with %s in the record, and goes on', async (code, options, message) => {
    const made = await tradeKeeper(ledger, options);
    const execution = await made.signal({ quantity: decimal(3) });
    expect(execution).toMatchObject({ status: 'REJECTED', reason: { code, message } });
    const recorded = await readExecution(ledger, made.accountId, execution.executionId);
    expect(recorded?.execution).toMatchObject({
      status: 'REJECTED',
      reason: { code, message },
      orders: [{ leg: 'entry', status: 'REJECTED', reason: message }],
    });
    expect(await made.venue()).toEqual([]);
    const account = await made.account();
    expect(account).toMatchObject({ positions: {}, openOrders: {}, trades: {} });
    expect([account.halt, account.lease, account.activeExecution]).toEqual([undefined, undefined, undefined]);
    expect(made.engine.alerts).toEqual([]);
  });
});

describe.each(PAIRS)('when the market closes, where pairs are %s', (oco) => {
  it('an entry that has just filled is protected all the same', async () => {
    const made = await traderUntil23(oco);
    const result = await execute(closingAfterEntry(made), made.request(BRACKET));
    expect(result).toMatchObject({ kind: 'done', execution: { status: 'COMPLETED' } });
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(made.engine.alerts).toEqual([]);
  });

  it('an exit is rejected by name, and the trade is protected as before', async () => {
    const made = await traderUntil23(oco);
    await made.enter();
    made.closeMarket();
    expect(await made.signal({ action: 'exit', price: decimal(101) })).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'MARKET_CLOSED' },
    });
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await made.prices()).toEqual(['110', '95']);
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '2' } } });
    expect(await made.account()).not.toHaveProperty('halt');
  });

  it('an operator cannot flatten, is told so, and the trade is protected as before', async () => {
    const made = await traderUntil23(oco);
    await made.enter();
    made.closeMarket();
    expect(await flatten(made)).toMatchObject({
      execution: { status: 'REJECTED', reason: { code: 'MARKET_CLOSED' } },
    });
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await made.account()).not.toHaveProperty('halt');
  });

  it('what protects a trade can be changed', async () => {
    const made = await traderUntil23(oco);
    const tradeId = await made.enter();
    made.closeMarket();
    expect(await made.change(tradeId, { stopLoss: at(97), takeProfit: at(120) })).toEqual({
      kind: 'changed',
    });
    expect(await made.prices()).toEqual(['120', '97']);
  });
});

describe.each(PAIRS)('at a venue that takes nothing while it is closed, where pairs are %s', (oco) => {
  it('an exit is rejected, and the trade is protected again once the market opens', async () => {
    const made = await tradeKeeper(ledger, { simulation: rehearsing([], { oco }) });
    let isOpen = true;
    const closed = async () =>
      ({ kind: 'rejected', code: 'MARKET_CLOSED', message: 'The session is closed.' }) as const;
    const { createBroker } = made.engine;
    Object.assign(made.engine, {
      createBroker: (account: Parameters<typeof createBroker>[0]) => {
        const broker = createBroker(account);
        return isOpen ? broker : { ...broker, place: closed, placeOco: closed };
      },
    });
    const tradeId = await made.enter();
    isOpen = false;
    const exit = await made.signal({ action: 'exit', price: decimal(101) });
    expect(exit).toMatchObject({ status: 'REJECTED', reason: { code: 'MARKET_CLOSED' } });
    for (let minute = 1; minute <= 40; minute += 1) {
      await made.tend();
    }
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '2' } } });
    expect(await made.account()).not.toHaveProperty('halt');
    const types = new Set(made.engine.alerts.map(({ type }) => type));
    expect(types).toEqual(new Set(['PROTECTION_UNKNOWN']));
    const recorded = await readExecution(ledger, made.accountId, tradeId);
    expect(recorded?.execution.orders.length).toBeLessThan(25);
    isOpen = true;
    await made.tend();
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
  });
});

describe('a trade that has to be closed while the market is', () => {
  it('halts its account: operators are told, and may flatten it when the market opens', async () => {
    const made = await traderUntil23('native', { faults: [nth('reject', 2)] });
    const result = await execute(closingAfterEntry(made), made.request(BRACKET));
    expect(result).toMatchObject({
      execution: { status: 'HALTED', reason: { code: 'COMPENSATION_FAILED' } },
    });
    expect(await made.account()).toMatchObject({
      positions: { MNQM5: { quantity: '2' } },
      halt: { scope: 'all' },
    });
    expect(made.engine.alerts).toMatchObject([{ type: 'COMPENSATION_FAILED', severity: 'CRITICAL' }]);
    made.openMarket();
    await made.move(90);
    expect(await flatten(made)).toMatchObject({ execution: { status: 'COMPLETED' } });
    expect(await made.account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } } });
  });
});

describe('a reverse that the account cannot pay', () => {
  it('is rejected whole, and the trade is protected as before', async () => {
    const made = await tradeKeeper(ledger, {
      account: { cash: decimal(500) },
      simulation: rehearsing([], { leverage: decimal(1) }),
      strategy: { allowShort: true },
    });
    await made.enter();
    const turned = { stopLoss: at(105), takeProfit: at(90), price: decimal(100) };
    expect(await made.signal({ action: 'reverse', quantity: decimal(3), ...turned })).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'INSUFFICIENT_FUNDS' },
    });
    expect(await made.working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await made.signal({ action: 'reverse', quantity: decimal(2), ...turned })).toMatchObject({
      status: 'COMPLETED',
    });
    expect(await made.working()).toEqual(['buy limit 2 NEW 0', 'buy stop 2 NEW 0']);
  });
});
