import type { Sizing } from './configuration.ts';
import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  digits,
  divide,
  isZero,
  multiply,
  negate,
  roundDown,
  sign,
  smaller,
  subtract,
} from './decimal.ts';
import { assertNever } from './errors.ts';
import type { Reason } from './execution.ts';
import { clientOrderIdOf, type ExecutionId } from './ids.ts';
import { roundToLot, roundToTick, type TickDirection } from './increments.ts';
import type { Instrument } from './instrument.ts';
import { expectedPriceOf, type OrderIntent, type OrderPricing, type Side } from './order.ts';
import type { Signal } from './signal.ts';
import { type SizedQuantity, sizedQuantity, stopDistanceOf } from './sizing.ts';

/** What the planner looks at: the signal, and the account and strategy in one consistent snapshot. */
export interface PlanInput {
  readonly executionId: ExecutionId;
  readonly signal: Signal;
  /** The account's signed position in the signal's symbol, with what works against it counted as filled. */
  readonly positionQuantity: Decimal;
  readonly allowShort: boolean;
  readonly sizing: Sizing;
  /** Of this account: multiplies whatever quantity there is. */
  readonly multiplier: Decimal;
  readonly instrument: Instrument;
  /** What the account is worth; absent when nobody needs to know, or the venue does not say. */
  readonly equity?: Decimal | undefined;
}

/** Orders to place, or a named reason why there is nothing to place (`skip`) or nothing may be placed (`deny`). */
export type Plan =
  | { readonly kind: 'orders'; readonly orders: readonly [OrderIntent, ...OrderIntent[]] }
  | { readonly kind: 'skip'; readonly reason: Reason }
  | { readonly kind: 'deny'; readonly reason: Reason };

const HUNDRED = decimal(100);

/** Decides what a signal means for one account. Pure: the same input gives the same orders with the same ids. */
export function planOrders(input: PlanInput): Plan {
  switch (input.signal.action) {
    case 'buy':
      return planEntry(input, 'buy');
    case 'sell':
      return planSell(input);
    case 'long':
      return planLong(input);
    case 'short':
      return planShort(input);
    case 'add':
      return planAdd(input);
    case 'exit':
      return planExit(input, sizedToClose(input));
    case 'flatten':
      return planExit(input);
    case 'reverse':
      return planReverse(input);
    case 'target':
      return planTarget(input);
    case 'cancel':
      return skip('NO_WORKING_ORDERS', 'The account has no working order to cancel.');
    default:
      return assertNever(input.signal.action);
  }
}

function planEntry(input: PlanInput, side: Side): Plan {
  const sized = sizedBy(input);
  if (sized.kind === 'refused') {
    return { kind: 'deny', reason: sized.reason };
  }
  const { quantity } = sized;
  const reduceOnly = shrinks(input.positionQuantity, side === 'buy' ? quantity : negate(quantity));
  return order(input, { leg: reduceOnly ? 'exit' : 'entry', side, quantity, reduceOnly });
}

/** To be long: a short position is turned by one order, and who is long already is left alone. */
function planLong(input: PlanInput): Plan {
  if (sign(input.positionQuantity) > 0) {
    return skip('ALREADY_LONG', `There is a long position in ${input.signal.symbol} already.`);
  }
  return reachSized(input, 1);
}

/** To be short, as far as the strategy may: one that may not only leaves what is long. */
function planShort(input: PlanInput): Plan {
  if (!input.allowShort) {
    return sign(input.positionQuantity) > 0 ? planExit(input) : noLongPosition(input);
  }
  if (sign(input.positionQuantity) < 0) {
    return skip('ALREADY_SHORT', `There is a short position in ${input.signal.symbol} already.`);
  }
  return reachSized(input, -1);
}

function reachSized(input: PlanInput, direction: number): Plan {
  const sized = sizedBy(input);
  if (sized.kind === 'refused') {
    return { kind: 'deny', reason: sized.reason };
  }
  return reach(input, direction > 0 ? sized.quantity : negate(sized.quantity));
}

/** To have more of what there is. */
function planAdd(input: PlanInput): Plan {
  switch (sign(input.positionQuantity)) {
    case 1:
      return planEntry(input, 'buy');
    case -1:
      return input.allowShort ? planEntry(input, 'sell') : shortNotAllowed(input);
    default:
      return skip('NO_POSITION', `There is no position in ${input.signal.symbol} to add to.`);
  }
}

/** Whether a change brings a position closer to flat, at most all the way: then it is an exit, by whatever name. */
function shrinks(positionQuantity: Decimal, change: Decimal): boolean {
  return (
    sign(change) === -sign(positionQuantity) &&
    sign(add(positionQuantity, change)) !== -sign(positionQuantity)
  );
}

/** I8: a SELL closes what is long; only a strategy that may short sells more than that. */
function planSell(input: PlanInput): Plan {
  if (input.allowShort) {
    return planEntry(input, 'sell');
  }
  if (sign(input.positionQuantity) <= 0) {
    return noLongPosition(input);
  }
  return planExit(input, input.sizing.type === 'fixed' ? sizedBy(input) : sizedToClose(input));
}

/** An exit closes all, or as much as asked, and never turns the position. */
function planExit(input: PlanInput, asked?: SizedQuantity): Plan {
  if (isZero(input.positionQuantity)) {
    return skip('NO_POSITION', `There is no position in ${input.signal.symbol} to close.`);
  }
  if (asked?.kind === 'refused') {
    return { kind: 'deny', reason: asked.reason };
  }
  const open = absolute(input.positionQuantity);
  const quantity = partOf(open, input) ?? (asked ? smaller(asked.quantity, open) : open);
  if (isZero(quantity)) {
    const part = `${input.signal.positionPercent} % of the position in ${input.signal.symbol}`;
    return skip('QUANTITY_TOO_SMALL', `${part} is less than the smallest part of it.`);
  }
  return order(input, { leg: 'exit', side: closingSide(input.positionQuantity), quantity, reduceOnly: true });
}

/**
 * How much an exit is asked to close; absent: all. A strategy that computes its quantities closes all: by another price than
 * that of its entry they come to something else than it holds.
 */
function sizedToClose(input: PlanInput): SizedQuantity | undefined {
  const { signal, sizing } = input;
  const isComputed = sizing.type !== 'signal' && sizing.type !== 'fixed';
  return signal.quantity === undefined || isComputed ? undefined : sizedBy(input);
}

/** The part of what is open that is asked for: in whole lots, or with as many decimals as there are where no lot is known. */
function partOf(open: Decimal, { signal, instrument }: PlanInput): Decimal | undefined {
  const { positionPercent = HUNDRED } = signal;
  if (compare(positionPercent, HUNDRED) === 0) {
    return undefined;
  }
  const part = divide(multiply(open, positionPercent), HUNDRED);
  return instrument.lotSize ? roundToLot(part, instrument.lotSize) : roundDown(part, digits(open).fraction);
}

/** One order closes the position and opens the opposite one, so that no other order can come between. */
function planReverse(input: PlanInput): Plan {
  if (isZero(input.positionQuantity)) {
    return skip('NO_POSITION', `There is no position in ${input.signal.symbol} to reverse.`);
  }
  const isAsMuch = input.sizing.type === 'signal' && input.signal.quantity === undefined;
  return isAsMuch
    ? reach(input, negate(input.positionQuantity))
    : reachSized(input, sign(input.positionQuantity) > 0 ? -1 : 1);
}

function planTarget(input: PlanInput): Plan {
  const target = input.signal.targetQuantity;
  if (target === undefined) {
    return deny('QUANTITY_MISSING', 'A target signal needs targetQuantity.');
  }
  // What a strategy's sizing says is about entries; a target says itself how much.
  const sizing: Sizing = { type: 'fixed', quantity: absolute(target) };
  return isZero(target) ? reach(input, target) : reachSized({ ...input, sizing }, sign(target));
}

/** Moves the position to `target` by the one order that makes up the difference. */
function reach(input: PlanInput, target: Decimal): Plan {
  const isShorter = sign(target) < 0 && compare(target, input.positionQuantity) < 0;
  if (isShorter && !input.allowShort) {
    return shortNotAllowed(input);
  }
  const change = subtract(target, input.positionQuantity);
  if (isZero(change)) {
    return skip('ALREADY_AT_TARGET', `The position in ${input.signal.symbol} is already ${target}.`);
  }
  const reduceOnly = shrinks(input.positionQuantity, change);
  return order(input, {
    leg: reduceOnly ? 'exit' : 'entry',
    side: sign(change) > 0 ? 'buy' : 'sell',
    quantity: absolute(change),
    reduceOnly,
  });
}

/** How much to open, or why nothing. */
function sizedBy(input: PlanInput): SizedQuantity {
  const { signal, instrument } = input;
  // A strategy's sizing is about its signals, not about how much an operator adds to a trade.
  const sizing: Sizing = signal.trade === undefined ? input.sizing : { type: 'signal' };
  const price = expectedPriceOf(pricingIn(signal, instrument), signal.price);
  const stopDistance = signal.stopLoss && stopDistanceOf(signal.stopLoss, price, instrument.tickSize);
  return sizedQuantity({ ...input, sizing, price, stopDistance, equity: input.equity });
}

/**
 * The signal's prices on the ticks of what is traded: a stop at the nearest, a limit at the one that keeps it.
 *
 * @param side of the order; absent: about what it will cost
 */
function pricingIn({ pricing }: Signal, { tickSize }: Instrument, side?: Side): OrderPricing {
  const onTick = (price: Decimal, direction: TickDirection = 'nearest') =>
    tickSize ? roundToTick(price, tickSize, direction) : price;
  const kept = side === undefined ? 'nearest' : side === 'buy' ? 'down' : 'up';
  switch (pricing?.type) {
    case 'limit':
      return { ...pricing, limitPrice: onTick(pricing.limitPrice, kept) };
    case 'stop':
      return { ...pricing, stopPrice: onTick(pricing.stopPrice) };
    case 'stop_limit':
      // Both the same way: what was one price stays one.
      return {
        ...pricing,
        stopPrice: onTick(pricing.stopPrice, kept),
        limitPrice: onTick(pricing.limitPrice, kept),
      };
    case 'trailing_stop':
      return pricing;
    case undefined:
      return { type: 'market' };
    default:
      return assertNever(pricing);
  }
}

function closingSide(positionQuantity: Decimal): Side {
  return sign(positionQuantity) > 0 ? 'sell' : 'buy';
}

function order(input: PlanInput, what: Pick<OrderIntent, 'leg' | 'side' | 'quantity' | 'reduceOnly'>): Plan {
  const { signal, executionId } = input;
  const intent: OrderIntent = {
    ...what,
    clientOrderId: clientOrderIdOf(executionId, what.leg),
    symbol: signal.symbol,
    ...pricingIn(signal, input.instrument, what.side),
    timeInForce: signal.timeInForce,
    ...(signal.trade === undefined ? {} : { trade: signal.trade }),
    ...(signal.price === undefined ? {} : { referencePrice: signal.price }),
  };
  return { kind: 'orders', orders: [intent] };
}

function noLongPosition({ signal }: PlanInput): Plan {
  const message = `There is no long position in ${signal.symbol} to sell, and the strategy may not short.`;
  return skip('NO_LONG_POSITION', message);
}

function shortNotAllowed({ signal }: PlanInput): Plan {
  return deny('SHORT_NOT_ALLOWED', `The strategy may not short ${signal.symbol}.`);
}

function skip(code: string, message: string): Plan {
  return { kind: 'skip', reason: { code, message } };
}

function deny(code: string, message: string): Plan {
  return { kind: 'deny', reason: { code, message } };
}
