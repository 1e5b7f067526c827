import { compare, type Decimal, decimal, digits } from '../../core/decimal.ts';
import type { OrderIntent } from '../../core/order.ts';
import type { OcoPair, PlaceOutcome } from '../broker.ts';
import { refuseUnsupported } from '../unsupported.ts';
import { ALPACA_FACTS } from './facts.ts';

type Rejected = Extract<PlaceOutcome, { kind: 'rejected' }>;

const DOLLAR = decimal(1);

/** Alpaca takes less for crypto: https://docs.alpaca.markets/docs/crypto-orders */
const CRYPTO = {
  ...ALPACA_FACTS.capabilities,
  orderTypes: ['market', 'limit', 'stop_limit'],
  timesInForce: ['gtc', 'ioc'],
} as const;

/** Why Alpaca is not even asked for an order; `undefined` when it can be. */
export function refuseOrder(intent: OrderIntent): Rejected | undefined {
  const capabilities = isCrypto(intent) ? CRYPTO : ALPACA_FACTS.capabilities;
  return refuseUnsupported(capabilities, intent) ?? refusePrices(intent);
}

/** Why Alpaca is not even asked for a pair: one request has the terms of both orders. */
export function refusePair({ takeProfit, stopLoss }: OcoPair): Rejected | undefined {
  const isOneRequest =
    takeProfit.symbol === stopLoss.symbol &&
    takeProfit.side === stopLoss.side &&
    compare(takeProfit.quantity, stopLoss.quantity) === 0 &&
    takeProfit.timeInForce === stopLoss.timeInForce;
  if (!isOneRequest) {
    return unsupported(
      "The orders of Alpaca's pairs have the same symbol, side, quantity and time in force.",
    );
  }
  if (takeProfit.type !== 'limit' || (stopLoss.type !== 'stop' && stopLoss.type !== 'stop_limit')) {
    return unsupported("Alpaca's pairs are a limit order and a stop or stop-limit order.");
  }
  if (takeProfit.timeInForce !== 'day' && takeProfit.timeInForce !== 'gtc') {
    return unsupported("Alpaca's pairs are good for day or gtc.");
  }
  if (isCrypto(takeProfit)) {
    return unsupported('Alpaca keeps no pairs for crypto.');
  }
  return refusePrices(takeProfit) ?? refusePrices(stopLoss);
}

/** The body of `POST /v2/orders`. */
export function orderBody(intent: OrderIntent) {
  return { ...terms(intent), type: intent.type, ...prices(intent) };
}

/** The body of `POST /v2/orders` for a pair. The take-profit's client order id stands for both. */
export function pairBody({ takeProfit, stopLoss }: OcoPair) {
  return {
    ...terms(takeProfit),
    type: 'limit',
    order_class: 'oco',
    take_profit: prices(takeProfit),
    stop_loss: prices(stopLoss),
  };
}

function terms(intent: OrderIntent) {
  const { symbol, quantity, side, timeInForce, clientOrderId } = intent;
  // A market that never closes has no day. Only market orders get here with one, such as those that flatten.
  const isGoodFor = isCrypto(intent) && timeInForce === 'day' ? 'gtc' : timeInForce;
  return { symbol, qty: quantity, side, time_in_force: isGoodFor, client_order_id: clientOrderId };
}

/** Crypto is written as a pair, such as `BTC/USD`. */
function isCrypto({ symbol }: OrderIntent): boolean {
  return symbol.includes('/');
}

function prices(intent: OrderIntent): Readonly<Record<string, Decimal>> {
  switch (intent.type) {
    case 'market':
      return {};
    case 'limit':
      return { limit_price: intent.limitPrice };
    case 'stop':
      return { stop_price: intent.stopPrice };
    case 'stop_limit':
      return { stop_price: intent.stopPrice, limit_price: intent.limitPrice };
    case 'trailing_stop':
      return intent.trail.type === 'amount'
        ? { trail_price: intent.trail.amount }
        : { trail_percent: intent.trail.percent };
  }
}

/**
 * Alpaca takes two decimals from one dollar up and four below, for everything but crypto. A price that is finer is refused
 * rather than rounded: it would not be the one that was decided.
 */
function refusePrices(intent: OrderIntent): Rejected | undefined {
  if (isCrypto(intent) || intent.type === 'trailing_stop') {
    return undefined;
  }
  for (const [name, price] of Object.entries(prices(intent))) {
    const decimals = compare(price, DOLLAR) < 0 ? 4 : 2;
    if (digits(price).fraction > decimals) {
      const message = `Alpaca takes at most ${decimals} decimals of a ${name} like ${price}.`;
      return { kind: 'rejected', code: 'INVALID_PRICE', message };
    }
  }
  return undefined;
}

function unsupported(message: string): Rejected {
  return { kind: 'rejected', code: 'UNSUPPORTED', message };
}
