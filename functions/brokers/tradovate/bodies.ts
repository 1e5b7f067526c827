import { add, subtract } from '../../core/decimal.ts';
import type { OrderIntent, OrderType, TimeInForce } from '../../core/order.ts';
import { JsonNumber } from '../../shared/json.ts';
import type { OcoPair, PlaceOutcome } from '../broker.ts';
import type { TradovateCredentials } from './credentials.ts';
import type { WireBody } from './wire.ts';

type Rejected = Extract<PlaceOutcome, { kind: 'rejected' }>;
type AccountAtVenue = Pick<TradovateCredentials, 'accountSpec' | 'accountId'>;

/** How Tradovate names the types of orders, and how long they are good for. */
export const TYPE_NAMES: Readonly<Record<OrderType, string>> = {
  market: 'Market',
  limit: 'Limit',
  stop: 'Stop',
  stop_limit: 'StopLimit',
  trailing_stop: 'TrailingStop',
};
const TIME_NAMES: Readonly<Record<TimeInForce, string>> = { day: 'Day', gtc: 'GTC', ioc: 'IOC', fok: 'FOK' };

/** Why Tradovate is not even asked for an order; `undefined` when it can be. */
export function refuseOrder(intent: OrderIntent): Rejected | undefined {
  if (intent.quantity.includes('.')) {
    const message = `Tradovate trades whole contracts, not ${intent.quantity}.`;
    return { kind: 'rejected', code: 'INVALID_QUANTITY', message };
  }
  if (intent.type !== 'trailing_stop') {
    return undefined;
  }
  if (intent.trail.type === 'percent') {
    return unsupported("Tradovate's trailing stops trail by an amount, not by percent.");
  }
  return intent.referencePrice === undefined
    ? unsupported("Tradovate's trailing stops begin at a price, and none is known.")
    : undefined;
}

/** Why Tradovate is not even asked for a pair: it takes one symbol and one quantity for both. */
export function refusePair({ takeProfit, stopLoss }: OcoPair): Rejected | undefined {
  if (takeProfit.quantity !== stopLoss.quantity || takeProfit.symbol !== stopLoss.symbol) {
    return unsupported("The two orders of Tradovate's pairs have one symbol and one quantity.");
  }
  return refuseOrder(takeProfit) ?? refuseOrder(stopLoss);
}

/** The body of `placeorder`. */
export function orderBody({ accountSpec, accountId }: AccountAtVenue, intent: OrderIntent): WireBody {
  return {
    accountSpec,
    accountId: new JsonNumber(accountId),
    symbol: intent.symbol,
    orderQty: new JsonNumber(intent.quantity),
    // An order that no human placed must say so.
    isAutomated: true,
    ...versionOf(intent),
  };
}

/** The body of `placeoco`. The `other` order takes symbol and quantity from the first. */
export function pairBody(account: AccountAtVenue, { takeProfit, stopLoss }: OcoPair): WireBody {
  return { ...orderBody(account, takeProfit), other: versionOf(stopLoss) };
}

/** What each order of a pair has of its own. */
function versionOf(intent: OrderIntent): WireBody {
  return {
    clOrdId: intent.clientOrderId,
    action: intent.side === 'buy' ? 'Buy' : 'Sell',
    orderType: TYPE_NAMES[intent.type],
    timeInForce: TIME_NAMES[intent.timeInForce],
    ...pricesOf(intent),
  };
}

function pricesOf(intent: OrderIntent): WireBody {
  switch (intent.type) {
    case 'market':
      return {};
    case 'limit':
      return { price: new JsonNumber(intent.limitPrice) };
    case 'stop':
      return { stopPrice: new JsonNumber(intent.stopPrice) };
    case 'stop_limit':
      return { price: new JsonNumber(intent.limitPrice), stopPrice: new JsonNumber(intent.stopPrice) };
    case 'trailing_stop':
      return trailOf(intent);
  }
}

/** A trailing stop begins that far from the last known price, on the side on which it does harm. */
function trailOf({ side, trail, referencePrice }: Extract<OrderIntent, { type: 'trailing_stop' }>): WireBody {
  if (trail.type === 'percent' || referencePrice === undefined) {
    throw new TypeError('A trailing stop that Tradovate does not take was not refused before.');
  }
  const start = side === 'sell' ? subtract(referencePrice, trail.amount) : add(referencePrice, trail.amount);
  return { stopPrice: new JsonNumber(start), pegDifference: new JsonNumber(trail.amount) };
}

function unsupported(message: string): Rejected {
  return { kind: 'rejected', code: 'UNSUPPORTED', message };
}
