import { readMarket } from '../brokers/paper/book.ts';
import { bookingTermsOf } from '../core/books.ts';
import type { Account } from '../core/configuration.ts';
import { add, type Decimal, isZero, ZERO } from '../core/decimal.ts';
import { openPnlOf, type Position } from '../core/position.ts';
import type { Ledger } from '../ledger/table.ts';

/** What is held of a symbol, and at which average price. The quantity is signed. */
type Holding = Pick<Position, 'quantity' | 'averagePrice'>;

/** The last prices that are known of accounts' markets, each read once. */
export interface MarketPrices {
  /** `undefined` when none is known: only the paper venue's are. */
  priceOf(account: Account, symbol: string): Promise<Decimal | undefined>;
  /** What closing would bring, in money; `null` when no price is known. */
  openPnl(account: Account, symbol: string, holding: Holding): Promise<Decimal | null>;
}

export function marketPrices(ledger: Ledger, nowMs: number): MarketPrices {
  const known = new Map<string, Promise<Decimal | undefined>>();
  const read = async ({ accountId, broker }: Account, symbol: string) =>
    broker === 'paper' ? (await readMarket({ ...ledger, accountId }, symbol)).price : undefined;
  const priceOf: MarketPrices['priceOf'] = (account, symbol) => {
    const key = `${account.accountId} ${symbol}`;
    const price = known.get(key) ?? read(account, symbol);
    known.set(key, price);
    return price;
  };
  return {
    priceOf,
    openPnl: async (account, symbol, holding) => {
      if (isZero(holding.quantity)) {
        return ZERO;
      }
      const price = await priceOf(account, symbol);
      const { multiplierOf } = bookingTermsOf(account, nowMs);
      return price === undefined ? null : openPnlOf(holding, price, multiplierOf(symbol));
    },
  };
}

/** The sum of profits; `null` when one of them is not known. */
export function totalOf(profits: readonly (Decimal | null)[]): Decimal | null {
  return profits.reduce<Decimal | null>(
    (total, profit) => (total === null || profit === null ? null : add(total, profit)),
    ZERO,
  );
}
