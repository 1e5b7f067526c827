import type { Sizing } from './configuration.ts';
import {
  absolute,
  compare,
  type Decimal,
  decimal,
  multiply,
  sign,
  subtract,
  wholeQuotient,
} from './decimal.ts';
import { assertNever } from './errors.ts';
import type { Reason } from './execution.ts';
import { isInLots, roundToLot, roundToTick } from './increments.ts';
import type { Instrument } from './instrument.ts';
import type { Signal, StopTarget } from './signal.ts';

/** What a quantity is found from. What is undefined is not known, and is asked for only where it is needed. */
export interface SizingInput {
  readonly sizing: Sizing;
  readonly signal: Pick<Signal, 'quantity' | 'sizing' | 'stopLoss'>;
  /** Of this account: multiplies whatever quantity there is. */
  readonly multiplier: Decimal;
  readonly instrument: Pick<Instrument, 'lotSize' | 'multiplier'>;
  /** At which the position is expected to be opened. */
  readonly price: Decimal | undefined;
  /** How far from that price the stop-loss is ({@link stopDistanceOf}). */
  readonly stopDistance: Decimal | undefined;
  /** What the account is worth. */
  readonly equity: Decimal | undefined;
}

/** A quantity above 0, or why there is none. */
export type SizedQuantity =
  | { readonly kind: 'quantity'; readonly quantity: Decimal }
  | { readonly kind: 'refused'; readonly reason: Reason };

/** Computed quantities of what has no known lot are rounded down to this. */
const SMALLEST_PART = decimal('0.00000001');
const ONE_PERCENT = decimal('0.01');

/**
 * How much to trade. A strategy's sizing comes before the signal's; with the sizing `signal`, its quantity comes before what
 * it wants to be computed. Money buys or risks at most what it says, times the account's multiplier:
 *
 *     cash               amount / (price * contract multiplier)
 *     riskAmount         amount / (stop distance * contract multiplier)
 *     percentOfEquity    equity * percent / 100 / (price * contract multiplier)
 *
 * @returns a refusal `QUANTITY_MISSING`, `PRICE_MISSING`, `STOP_MISSING`, `ZERO_RISK_DISTANCE`, `EQUITY_UNKNOWN`,
 *   `QUANTITY_BELOW_LOT` or `QUANTITY_NOT_IN_LOTS`
 */
export function sizedQuantity(input: SizingInput): SizedQuantity {
  const { sizing, signal } = input;
  if (sizing.type !== 'signal') {
    return quantityBy(sizing, input);
  }
  if (signal.quantity !== undefined) {
    return givenQuantity(signal.quantity, input);
  }
  return signal.sizing === undefined
    ? refused('QUANTITY_MISSING', 'The signal names no quantity, and the strategy has no sizing of its own.')
    : quantityBy(signal.sizing, input);
}

/** Whether a quantity is found from what the account is worth, which only the venue knows. */
export function needsEquity(sizing: Sizing, signal: Pick<Signal, 'quantity' | 'sizing'>): boolean {
  return sizing.type === 'signal'
    ? signal.quantity === undefined && signal.sizing?.type === 'percentOfEquity'
    : sizing.type === 'percentOfEquity';
}

/**
 * How far a stop-loss is from the price at which a position is opened, in whole ticks: the order goes to the nearest, which may
 * be further away.
 *
 * @returns `undefined` when that takes a price which is not known
 */
export function stopDistanceOf(
  stopLoss: StopTarget,
  price: Decimal | undefined,
  tickSize?: Decimal,
): Decimal | undefined {
  const distance = exactDistanceOf(stopLoss, price);
  return distance && tickSize ? roundToTick(distance, tickSize, 'up') : distance;
}

function exactDistanceOf(stopLoss: StopTarget, price: Decimal | undefined): Decimal | undefined {
  switch (stopLoss.type) {
    case 'trail':
      return exactDistanceOf(stopLoss.trail, price);
    case 'amount':
      return stopLoss.amount;
    case 'price':
      return price && absolute(subtract(price, stopLoss.price));
    case 'percent':
      return price && multiply(multiply(price, stopLoss.percent), ONE_PERCENT);
    default:
      return assertNever(stopLoss);
  }
}

function quantityBy(sizing: Exclude<Sizing, { type: 'signal' }>, input: SizingInput): SizedQuantity {
  switch (sizing.type) {
    case 'fixed':
      return givenQuantity(sizing.quantity, input);
    case 'cash':
      return quantityWorth(sizing.amount, input);
    case 'riskAmount':
      return quantityThatRisks(sizing.amount, input);
    case 'percentOfEquity':
      return input.equity === undefined
        ? refused(
            'EQUITY_UNKNOWN',
            'A percentage of equity needs the equity of the account, which is not known.',
          )
        : quantityWorth(multiply(multiply(input.equity, sizing.percent), ONE_PERCENT), input);
    default:
      return assertNever(sizing);
  }
}

/** A quantity as somebody wrote it is traded to the letter; only what an account's multiplier made of it is rounded. */
function givenQuantity(given: Decimal, { multiplier, instrument }: SizingInput): SizedQuantity {
  const quantity = multiply(given, multiplier);
  const { lotSize } = instrument;
  if (lotSize === undefined || isInLots(quantity, lotSize)) {
    return { kind: 'quantity', quantity };
  }
  if (compare(quantity, lotSize) < 0) {
    return belowLot(lotSize);
  }
  return isInLots(given, lotSize)
    ? { kind: 'quantity', quantity: roundToLot(quantity, lotSize) }
    : refused('QUANTITY_NOT_IN_LOTS', `The quantity ${quantity} is not a multiple of ${lotSize}.`);
}

function quantityWorth(money: Decimal, input: SizingInput): SizedQuantity {
  return input.price === undefined || sign(input.price) <= 0
    ? refused('PRICE_MISSING', 'A quantity by what it is worth needs a price, and the signal names none.')
    : quantityFor(money, input.price, input);
}

function quantityThatRisks(money: Decimal, input: SizingInput): SizedQuantity {
  const { signal, stopDistance } = input;
  if (signal.stopLoss === undefined) {
    return refused('STOP_MISSING', 'A quantity by its risk needs a stop-loss, and the signal names none.');
  }
  if (stopDistance === undefined) {
    return refused(
      'PRICE_MISSING',
      'How far the stop-loss is away needs a price, and the signal names none.',
    );
  }
  return sign(stopDistance) <= 0
    ? refused('ZERO_RISK_DISTANCE', 'The stop-loss is at the price itself: no quantity risks anything.')
    : quantityFor(money, stopDistance, input);
}

/** The most whole lots that money pays for, so many points each. Exact: divided to 18 places first, it could buy one too many. */
function quantityFor(money: Decimal, points: Decimal, input: SizingInput): SizedQuantity {
  const { multiplier, instrument } = input;
  const lotSize = instrument.lotSize ?? SMALLEST_PART;
  const lotCost = multiply(multiply(points, instrument.multiplier), lotSize);
  const lots = wholeQuotient(multiply(money, multiplier), lotCost);
  return sign(lots) > 0 ? { kind: 'quantity', quantity: multiply(lots, lotSize) } : belowLot(lotSize);
}

function belowLot(lotSize: Decimal): SizedQuantity {
  return refused('QUANTITY_BELOW_LOT', `The quantity is less than ${lotSize}, the least that can be traded.`);
}

function refused(code: string, message: string): SizedQuantity {
  return { kind: 'refused', reason: { code, message } };
}
