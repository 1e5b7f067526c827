import { describe, expect, it } from 'vitest';
import { decimal } from '../../functions/core/decimal.ts';
import type { FakeAlpaca } from '../brokers/fakes/alpaca/alpaca.ts';
import type { FakeExchange } from '../brokers/fakes/exchange.ts';
import { isOpen } from '../brokers/fakes/exchange-order.ts';
import type { FakeTradovate } from '../brokers/fakes/tradovate/fake-tradovate.ts';
import type { TestCloud } from '../support/local-cloud.ts';
import { configure, trade } from '../support/trading.ts';
import type { AlpacaFloor } from './venue-fakes.ts';

/** A local cloud whose functions call these venues. */
export interface VenueCloud {
  readonly cloud: TestCloud;
  readonly floor: AlpacaFloor;
  readonly tradovate: FakeTradovate;
}

/** The accounts at Alpaca that the cases need, each with a book of its own. */
export const ALPACA_ACCOUNTS = ['protected', 'exited', 'refused', 'lost'] as const;
/** The account at Tradovate, and the name of its credentials. */
export const FUTURES = 'futures';

/** A trade as the API shows it; what the cases look at. */
interface ShownTrade {
  readonly tradeId: string;
  readonly state: string;
  readonly openQuantity: string;
  readonly realizedPnl: string;
}

const buy = (symbol: string, changes: object = {}) => ({
  symbol,
  action: 'buy',
  quantity: 2,
  price: 100,
  takeProfit: { amount: 10 },
  stopLoss: { amount: 5 },
  ...changes,
});

/** An exchange's orders, oldest first, as people say them. */
function ordersAt(exchange: FakeExchange): string[] {
  return exchange.orders.map(
    ({ side, quantity, type, limitPrice, stopPrice, status }) =>
      `${side} ${quantity} ${[type, limitPrice, stopPrice].filter(Boolean).join(' ')} ${status}`,
  );
}

/** What happens between a webhook and venues that speak HTTP, with their own words and their credentials. */
export function describeVenues(running: () => VenueCloud): void {
  const atAlpaca = async (id: (typeof ALPACA_ACCOUNTS)[number]): Promise<FakeAlpaca> => {
    const { cloud, floor } = running();
    await configure(cloud, id, [id], { account: { broker: 'alpaca', credentials: id } });
    const alpaca = floor.accounts.get(id);
    if (!alpaca) {
      throw new Error(`There is no ${id} at Alpaca.`);
    }
    return alpaca;
  };
  const tradesOf = async (accountId: string) => {
    const { items } = (await running().cloud.mustAdmin(`/trades?accountId=${accountId}`)) as {
      items: ShownTrade[];
    };
    return items;
  };
  const hintAtFill = (accountId: string) =>
    running().cloud.mustAdmin(`/accounts/${accountId}/fills`, { body: {} });

  describe('Alpaca over HTTP', () => {
    it('protects an entry by a pair that Alpaca keeps, and closes the trade when it fills', async () => {
      const { exchange } = await atAlpaca('protected');
      const { status, executionId } = await trade(running().cloud, 'protected', buy('AAPL'));
      expect(status).toBe('COMPLETED');
      expect(ordersAt(exchange)).toEqual([
        'buy 2 market FILLED',
        'sell 2 limit 110 NEW',
        'sell 2 stop 95 NEW',
      ]);
      expect(exchange.orders[1]?.otherId).toBe(exchange.orders[2]?.id);
      expect(await tradesOf('protected')).toMatchObject([
        { tradeId: executionId, state: 'OPENED', openQuantity: '2' },
      ]);

      exchange.post('AAPL', decimal(111));
      await hintAtFill('protected');
      expect(await tradesOf('protected')).toMatchObject([
        { tradeId: executionId, state: 'CLOSED', openQuantity: '0', realizedPnl: '20' },
      ]);
      expect(exchange.orders.filter(isOpen)).toEqual([]);
      expect(exchange.position('AAPL')).toBe('0');
    });

    it('takes a pair away before it sells what Alpaca has reserved for it', async () => {
      const { exchange } = await atAlpaca('exited');
      await trade(running().cloud, 'exited', buy('AAPL'));
      const exit = { symbol: 'AAPL', action: 'exit', price: 100 };
      expect(await trade(running().cloud, 'exited', exit)).toMatchObject({ status: 'COMPLETED' });
      expect(ordersAt(exchange)).toEqual([
        'buy 2 market FILLED',
        'sell 2 limit 110 CANCELED',
        'sell 2 stop 95 CANCELED',
        'sell 2 market FILLED',
      ]);
      expect(await tradesOf('exited')).toMatchObject([{ state: 'CLOSED', realizedPnl: '0' }]);
    });

    it('tells in the receipt why Alpaca refused', async () => {
      const { exchange } = await atAlpaca('refused');
      const rich = buy('AAPL', { quantity: 5_000 });
      expect(await trade(running().cloud, 'refused', rich)).toMatchObject({
        status: 'REJECTED',
        reason: 'INSUFFICIENT_FUNDS',
        orders: [{ status: 'REJECTED' }],
      });
      expect(exchange.orders).toEqual([]);
      expect(await tradesOf('refused')).toEqual([]);
    });

    it('has one entry and one pair when both answers were lost', async () => {
      const { exchange } = await atAlpaca('lost');
      const { venue } = running().floor;
      venue.meet('place', 'reset-after-accept');
      venue.meet('place', 'reset-after-accept');
      expect(await trade(running().cloud, 'lost', buy('AAPL'))).toMatchObject({ status: 'COMPLETED' });
      expect(ordersAt(exchange)).toEqual([
        'buy 2 market FILLED',
        'sell 2 limit 110 NEW',
        'sell 2 stop 95 NEW',
      ]);
    });
  });

  describe('Tradovate over HTTP', () => {
    it('logs in once for all functions, protects an entry and closes it', async () => {
      const { cloud, tradovate } = running();
      const { exchange, sessions, problems } = tradovate;
      exchange.post('MNQZ6', decimal(100));
      await configure(cloud, FUTURES, [FUTURES], {
        account: { broker: 'tradovate', credentials: FUTURES },
      });
      expect(await trade(cloud, FUTURES, buy('MNQZ6'))).toMatchObject({ status: 'COMPLETED' });
      expect(ordersAt(exchange)).toEqual([
        'buy 2 market FILLED',
        'sell 2 limit 110 NEW',
        'sell 2 stop 95 NEW',
      ]);
      expect(await tradesOf(FUTURES)).toMatchObject([{ state: 'OPENED', openQuantity: '2' }]);

      exchange.post('MNQZ6', decimal(94));
      await hintAtFill(FUTURES);
      // The stop-loss fills where the market is: 6 below the entry, at 2 dollars a point.
      expect(await tradesOf(FUTURES)).toMatchObject([{ state: 'CLOSED', realizedPnl: '-24' }]);
      expect(exchange.orders.filter(isOpen)).toEqual([]);
      expect(sessions.logins).toBe(1);
      expect(problems).toEqual([]);
    });
  });
}
