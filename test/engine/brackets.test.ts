import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { OcoKind } from '../../functions/core/configuration.ts';
import { decimal } from '../../functions/core/decimal.ts';
import { ONEFILL } from '../../functions/core/halt.ts';
import type { Signal } from '../../functions/core/signal.ts';
import { execute } from '../../functions/engine/execute.ts';
import { reconcileAccount } from '../../functions/engine/reconcile.ts';
import { haltAccount } from '../../functions/ledger/account-controls.ts';
import { listEndedTrades } from '../../functions/ledger/trades.ts';
import { startTestDynamoDb, type TestDynamoDb } from '../support/dynamodb.ts';
import { createTrader, nth, type TraderOptions } from '../support/trader.ts';
import { rehearsing } from '../support/world.ts';

let store: TestDynamoDb;

beforeAll(async () => {
  store = await startTestDynamoDb();
});
afterAll(() => store.stop());

const price = (value: number) => ({ type: 'price', price: decimal(value) }) as const;
const BRACKET: Partial<Signal> = {
  quantity: decimal(2),
  price: decimal(100),
  stopLoss: price(95),
  takeProfit: price(110),
};
const AT_98: Partial<Signal> = { pricing: { type: 'limit', limitPrice: decimal(98) } };
const PAIRS: readonly OcoKind[] = ['native', 'kept'];

/** A trader at a venue that keeps pairs as it is said. */
async function traderAt(oco: OcoKind, options: TraderOptions = {}) {
  const simulation = { ...rehearsing(options.faults), oco };
  const made = await createTrader(store.ledger, { ...options, simulation });
  const { accountId, engine } = made;
  return {
    ...made,
    tend: () => reconcileAccount(engine, accountId),
    trades: async () => Object.values((await made.account()).trades),
    ended: async () =>
      (
        await listEndedTrades(store.ledger, accountId, {
          from: '',
          to: '~',
          order: 'newest-first',
          limit: 10,
        })
      ).trades,
    /** What works at the venue. */
    working: async () =>
      (await made.venue()).filter((order) => / (NEW|PARTIALLY_FILLED) /.test(order)).sort(),
  };
}

describe.each(PAIRS)('an entry with a take-profit and a stop-loss, where pairs are %s', (oco) => {
  it('is followed by both, for exactly what was filled', async () => {
    const { signal, trades, working } = await traderAt(oco);
    expect(await signal(BRACKET)).toMatchObject({
      status: 'COMPLETED',
      orders: [
        { leg: 'entry', status: 'FILLED' },
        { leg: 'stop-loss', type: 'stop', stopPrice: '95', quantity: '2', status: 'NEW' },
        { leg: 'take-profit', type: 'limit', limitPrice: '110', quantity: '2', status: 'NEW' },
      ],
    });
    expect(await working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await trades()).toMatchObject([{ openQuantity: '2', entryPrice: '100', legs: 1 }]);
  });

  it.each([
    [110, '40', '110'],
    [94, '-24', '94'],
  ])('is closed by the one that fills at %i, and the other one is cancelled', async (at, pnl, exit) => {
    const { signal, move, tend, trades, ended, working, account } = await traderAt(oco);
    await signal(BRACKET);
    await move(at);
    await tend();
    expect(await working()).toEqual([]);
    expect(await trades()).toEqual([]);
    expect(await ended()).toMatchObject([{ state: 'CLOSED', realizedPnl: pnl, exitPrice: exit }]);
    expect(await account()).toMatchObject({
      positions: { MNQM5: { quantity: '0', realizedPnl: pnl } },
      openOrders: {},
    });
  });

  it('is rolled back when one of them is refused', async () => {
    const { signal, account, working, ended } = await traderAt(oco, {
      faults: [nth('reject', oco === 'native' ? 2 : 3)],
    });
    expect(await signal(BRACKET)).toMatchObject({
      status: 'ROLLED_BACK',
      reason: { code: 'PROTECTION_REFUSED' },
    });
    expect(await working()).toEqual([]);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, trades: {} });
    expect(await ended()).toMatchObject([{ state: 'CLOSED', openedQuantity: '2' }]);
  });

  it('leaves no leg behind when an opposite signal closes it', async () => {
    const { signal, trades, working } = await traderAt(oco);
    await signal(BRACKET);
    await signal({ action: 'sell', quantity: decimal(2), price: decimal(101) });
    expect(await working()).toEqual([]);
    expect(await trades()).toEqual([]);
  });

  it('protects exactly what is left when a part of it is closed', async () => {
    const { signal, trades, working } = await traderAt(oco);
    await signal(BRACKET);
    await signal({ action: 'exit', quantity: decimal(1), price: decimal(101) });
    expect(await working()).toEqual(['sell limit 1 NEW 0', 'sell stop 1 NEW 0']);
    expect(await trades()).toMatchObject([{ openQuantity: '1', legs: 2, realizedPnl: '2' }]);
  });

  it('is turned by one order, with what protects the new trade and nothing of the old one', async () => {
    const { signal, trades, working } = await traderAt(oco, { strategy: { allowShort: true } });
    await signal(BRACKET);
    await signal({
      ...BRACKET,
      action: 'reverse',
      stopLoss: price(105),
      takeProfit: price(90),
    });
    expect(await working()).toEqual(['buy limit 2 NEW 0', 'buy stop 2 NEW 0']);
    expect(await trades()).toMatchObject([{ side: 'sell', openQuantity: '2' }]);
  });

  it('is closed when what protects the rest is refused, and its operators are told', async () => {
    const place = oco === 'native' ? 4 : 5;
    const { signal, working, account, engine } = await traderAt(oco, { faults: [nth('reject', place)] });
    await signal(BRACKET);
    await signal({ action: 'exit', quantity: decimal(1), price: decimal(101) });
    expect(await working()).toEqual([]);
    expect(await account()).toMatchObject({ positions: { MNQM5: { quantity: '0' } }, trades: {} });
    expect(engine.alerts).toMatchObject([
      { type: 'PROTECTION_REFUSED', severity: 'HIGH' },
      { type: 'CLOSED_FOR_SAFETY', severity: 'HIGH' },
    ]);
  });
});

describe('a pair of which one fills while the venue tells about both', () => {
  it.each([
    ['takeProfit', 'stopLoss', 111],
    ['stopLoss', 'takeProfit', 94],
  ] as const)('has done its duty: the %s is told as it was, the %s as it is now', async (was, is, at) => {
    const { request, move, tend, ended, engine } = await traderAt('native');
    const createBroker: typeof engine.createBroker = (account) => {
      const broker = engine.createBroker(account);
      return {
        ...broker,
        placeOco: async (pair) => {
          const placed = await broker.placeOco?.(pair);
          await move(at);
          const now = await broker.lookup(pair[is]);
          if (placed?.kind !== 'accepted' || now.kind !== 'found') {
            throw new Error('The pair was not taken.');
          }
          return { ...placed, [is]: now.order };
        },
      };
    };
    const result = await execute({ ...engine, createBroker }, request(BRACKET));
    if (result.kind !== 'done') {
      throw new Error(result.code);
    }
    const { execution } = result;
    expect(execution).toMatchObject({ status: 'COMPLETED' });
    expect(execution.orders.map(({ leg, status }) => `${leg} ${status}`)).toEqual([
      'entry FILLED',
      `stop-loss ${was === 'stopLoss' ? 'FILLED' : 'CANCELED'}`,
      `take-profit ${was === 'takeProfit' ? 'FILLED' : 'CANCELED'}`,
    ]);
    await tend();
    expect(await ended()).toMatchObject([{ state: 'CLOSED', openQuantity: '0' }]);
    expect(engine.alerts).toEqual([]);
  });
});

describe.each(PAIRS)('an entry that waits for its price, where pairs are %s', (oco) => {
  const waiting = async (options: TraderOptions = {}) => {
    const made = await traderAt(oco, options);
    await made.signal({ ...BRACKET, ...AT_98 });
    return made;
  };

  it('waits without protective orders, which are stored', async () => {
    const { working, trades } = await waiting();
    expect(await working()).toEqual(['buy limit 2 NEW 0']);
    expect(await trades()).toMatchObject([
      { openQuantity: '0', protection: { stopLoss: { price: '95' }, takeProfit: { price: '110' } } },
    ]);
  });

  it('is protected as soon as somebody sees that it filled', async () => {
    const { move, tend, working, trades } = await waiting();
    await move(97);
    await tend();
    expect(await working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
    expect(await trades()).toMatchObject([{ openQuantity: '2', entryPrice: '98' }]);
  });

  it('is protected before the next signal of its account is decided', async () => {
    const { move, signal, working } = await waiting();
    await move(97);
    await signal({ symbol: 'ESM5', quantity: decimal(1) });
    expect(await working()).toEqual(['sell limit 2 NEW 0', 'sell stop 2 NEW 0']);
  });

  it('ends its trade when it is cancelled before it filled', async () => {
    const { signal, working, ended } = await waiting();
    await signal({ action: 'cancel' });
    expect(await working()).toEqual([]);
    expect(await ended()).toMatchObject([{ state: 'CANCELED', openedQuantity: '0' }]);
  });

  it('protects exactly what filled of it, and more as more fills', async () => {
    const made = await traderAt(oco, { faults: [nth('partial-fill', 1)] });
    await made.signal({
      ...BRACKET,
      quantity: decimal(4),
      pricing: { type: 'limit', limitPrice: decimal(100) },
    });
    expect(await made.working()).toEqual([
      'buy limit 4 PARTIALLY_FILLED 2',
      'sell limit 2 NEW 0',
      'sell stop 2 NEW 0',
    ]);
    await made.move(99);
    await made.tend();
    expect(await made.working()).toEqual(['sell limit 4 NEW 0', 'sell stop 4 NEW 0']);
    expect(await made.trades()).toMatchObject([{ openQuantity: '4', legs: 2 }]);
  });
});

describe('an account that Onefill has halted', () => {
  it('keeps no leg of a trade that is over: it would open a position', async () => {
    const { signal, move, tend, working, accountId, engine } = await traderAt('kept');
    await signal(BRACKET);
    const halt = { scope: 'all', reason: 'for a test', haltedBy: ONEFILL, haltedAtMs: 0 } as const;
    await haltAccount(engine.ledger, accountId, halt);
    await move(110);
    await tend();
    expect(await working()).toEqual([]);
  });

  it('nor when another trade, which is its operators’ now, wants something', async () => {
    const { signal, move, tend, trades, working, accountId, engine } = await traderAt('kept');
    await signal({ ...BRACKET, ...AT_98, takeProfit: price(120) });
    await signal(BRACKET);
    const halt = { scope: 'all', reason: 'for a test', haltedBy: ONEFILL, haltedAtMs: 0 } as const;
    await haltAccount(engine.ledger, accountId, halt);
    await move(97);
    await move(110);
    await tend();
    expect(await working()).toEqual([]);
    expect(await trades()).toMatchObject([{ openQuantity: '2', entryPrice: '98' }]);
  });
});

describe('a venue that keeps no pairs', () => {
  it('takes one of the two, and entries that want both are refused before they are placed', async () => {
    const { signal, venue, working } = await traderAt('none');
    expect(await signal(BRACKET)).toMatchObject({
      status: 'REJECTED',
      reason: { code: 'PROTECTION_UNSUPPORTED' },
    });
    expect(await venue()).toEqual([]);
    const { takeProfit: _, ...stopOnly } = BRACKET;
    await signal(stopOnly);
    expect(await working()).toEqual(['sell stop 2 NEW 0']);
  });
});

describe('a stop-loss that trails', () => {
  it('follows the market and closes the trade behind it', async () => {
    const trail = { type: 'trail', trail: { type: 'amount', amount: decimal(5) } } as const;
    const { signal, move, tend, ended, working } = await traderAt('native');
    await signal({ quantity: decimal(2), price: decimal(100), stopLoss: trail });
    expect(await working()).toEqual(['sell trailing_stop 2 NEW 0']);
    await move(120);
    await tend();
    expect(await working()).toEqual(['sell trailing_stop 2 NEW 0']);
    await move(114);
    await tend();
    expect(await ended()).toMatchObject([{ state: 'CLOSED', exitPrice: '114', realizedPnl: '56' }]);
  });
});

describe('prices on the wrong side', () => {
  it.each([
    [{ stopLoss: price(101) }, 'STOP_LOSS_WRONG_SIDE'],
    [{ stopLoss: price(100) }, 'ZERO_RISK_DISTANCE'],
    // The order would go to the next tick of a quarter, which is 100.
    [{ stopLoss: { type: 'price', price: decimal('99.9') } }, 'ZERO_RISK_DISTANCE'],
    [{ stopLoss: { type: 'amount', amount: decimal('0.1') } }, 'ZERO_RISK_DISTANCE'],
    [{ takeProfit: price(99) }, 'TAKE_PROFIT_WRONG_SIDE'],
    [{ takeProfit: { type: 'price', price: decimal('100.1') } }, 'TAKE_PROFIT_WRONG_SIDE'],
    [{ ...AT_98, stopLoss: price(99) }, 'STOP_LOSS_WRONG_SIDE'],
  ] as const)('%j: refused before anything is placed', async (changes, code) => {
    const { signal, venue } = await traderAt('native');
    expect(await signal({ ...BRACKET, ...changes })).toMatchObject({ status: 'REJECTED', reason: { code } });
    expect(await venue()).toEqual([]);
  });
});
