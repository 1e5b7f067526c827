import { absolute, add, compare, type Decimal, multiply, sign, subtract, ZERO } from '../../core/decimal.ts';
import type { ReadMarket } from './book.ts';
import { equityIn, type MultiplierOf } from './holdings.ts';
import { type Market, openQuantity, type PaperOrder } from './market.ts';
import { follow, priceFor, priceOnArrival } from './pricing.ts';
import { type Refusal, refused } from './refusal.ts';
import { reducible } from './trading.ts';

/** What an account has to buy with. */
export interface Means {
  /** What it began with. */
  readonly cash: Decimal;
  /** How many times its equity it may hold. */
  readonly leverage: Decimal;
  readonly multiplierOf: MultiplierOf;
}

/**
 * Why an account cannot pay for an order. It has its equity times its leverage, less what it holds at the last prices, less
 * what its working orders may require yet. An order after which it holds no more than before is always paid for.
 *
 * @param market where the order is to enter
 * @param others the account's other markets
 */
export function shortage(
  market: ReadMarket,
  others: readonly ReadMarket[],
  order: PaperOrder,
  { cash, leverage, multiplierOf }: Means,
): Refusal | undefined {
  const { symbol, working } = market;
  const required = multiply(multiplierOf(symbol), requirement(market, order, working));
  if (sign(required) <= 0) {
    return undefined;
  }
  const markets = [...others, market];
  const available = markets
    .map((each) => multiply(multiplierOf(each.symbol), committed(each)))
    .reduce(subtract, multiply(equityIn(markets, cash, multiplierOf), leverage));
  return compare(required, available) > 0
    ? refused(
        'INSUFFICIENT_FUNDS',
        `To open ${opening(market, order, working)} ${symbol} ${required} more is required, and ${available} is available.`,
      )
    : undefined;
}

/** What is held in a market, and what its working orders may require yet, in points. */
function committed(market: Market): Decimal {
  const { position, price = ZERO, working } = market;
  return working
    .map((order, index) => aboveZero(requirement(market, order, working.slice(0, index))))
    .reduce(add, multiply(absolute(position), price));
}

/**
 * What an order requires, in points: what it would open at its own price, or at the market's where it would trade at once,
 * less what it would close.
 */
function requirement(market: Market, order: PaperOrder, before: readonly PaperOrder[]): Decimal {
  const opens = opening(market, order, before);
  const closes = subtract(openQuantity(order), opens);
  return subtract(multiply(opens, priceOf(market, order)), multiply(closes, market.price ?? ZERO));
}

/** How much an order would open: what is left of it once the orders before it, and then it, have closed what they can. */
function opening(market: Market, order: PaperOrder, before: readonly PaperOrder[]): Decimal {
  if (order.reduceOnly) {
    return ZERO;
  }
  const left = before
    .filter(({ side, reduceOnly }) => side === order.side && !reduceOnly)
    .map(openQuantity)
    .reduce(subtract, reducible(market, order.side));
  return aboveZero(subtract(openQuantity(order), aboveZero(left)));
}

function aboveZero(value: Decimal): Decimal {
  return sign(value) > 0 ? value : ZERO;
}

/** A market order and a trailing stop are refused where there is no price; every other order has its own. */
function priceOf(market: Market, order: PaperOrder): Decimal {
  const price = priceFor(market, order);
  return priceOnArrival(follow(order, price), price) ?? ZERO;
}
