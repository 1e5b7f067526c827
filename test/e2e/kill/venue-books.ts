import { listOrders, readMarkets } from '../../../functions/brokers/paper/book.ts';
import { type Decimal, ZERO } from '../../../functions/core/decimal.ts';
import type { AccountId, BrokerOrderId, ClientOrderId } from '../../../functions/core/ids.ts';
import type { Order } from '../../../functions/core/order.ts';
import type { Ledger } from '../../../functions/ledger/table.ts';
import type { FakeAlpaca } from '../../brokers/fakes/alpaca/alpaca.ts';
import { isLeg } from '../../brokers/fakes/alpaca/order-json.ts';
import type { ExchangeOrder } from '../../brokers/fakes/exchange-order.ts';
import type { VenueOrder } from '../../simulation/venue-order.ts';
import { ALPACA_SYMBOL } from './traders.ts';

/** What a venue itself has of an account. */
export interface VenueBook {
  /** Oldest first. */
  readonly orders: readonly VenueOrder[];
  /** In the symbol that is traded, signed. */
  readonly position: Decimal;
}

/** The paper venue's book. */
export async function paperBook(ledger: Ledger, accountId: AccountId): Promise<VenueBook> {
  const book = { ...ledger, accountId };
  const orders = await listOrders(book, Number.POSITIVE_INFINITY);
  const [market] = await readMarkets(book);
  return {
    orders: orders.toReversed().map((order) => ({ ...order, accountId })),
    position: market?.position ?? ZERO,
  };
}

/**
 * The book of an account at the fake Alpaca, which has made up ids for stop-losses.
 *
 * @param known the account's orders as Onefill has them
 */
export function alpacaBook(
  { exchange }: FakeAlpaca,
  accountId: AccountId,
  known: readonly Order[],
): VenueBook {
  const idOf = (order: ExchangeOrder): ClientOrderId => {
    const takeProfit = isLeg(order) ? exchange.byId(order.otherId ?? '') : undefined;
    const stopLoss = takeProfit && known.find(({ oco }) => oco === takeProfit.clientOrderId);
    return stopLoss?.clientOrderId ?? (order.clientOrderId as ClientOrderId);
  };
  const orders = exchange.orders.map((order) => ({
    ...order,
    accountId,
    brokerOrderId: order.id as BrokerOrderId,
    clientOrderId: idOf(order),
    // Nothing can be sold short there.
    reduceOnly: order.side === 'sell',
  }));
  return { orders, position: exchange.position(ALPACA_SYMBOL) };
}
