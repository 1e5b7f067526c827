import { compare, type Decimal, decimal } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import { TIMES_IN_FORCE } from '../../core/order.ts';
import type { Signal, SignalAction } from '../../core/signal.ts';
import { onlyCloses } from './closing.ts';
import { type FieldReader, NOT_AVAILABLE, present } from './fields.ts';
import { PRICE_FIELDS, readPricing } from './pricing.ts';
import { checkProtection, readTradersPostProtection } from './protection.ts';

/** TradersPost's fields. */
const FIELDS = [
  'id',
  'secret',
  'ticker',
  'action',
  'sentiment',
  'orderType',
  'quantity',
  'quantityType',
  'price',
  'signalPrice',
  'stopLoss',
  'timeInForce',
  'time',
  'cancel',
  'takeProfit',
  ...PRICE_FIELDS,
  'extendedHours',
  'delay',
  'test',
] as const;

/** Those that change what is to be traded in a way that is not executed yet: refused rather than ignored. */
const NOT_YET = /^(extendedhours|delay|test)$/;

const HUNDRED = decimal(100);
const QUANTITY_TYPES = [
  'fixed_quantity',
  'dollar_amount',
  'risk_dollar_amount',
  'percent_of_equity',
  'percent_of_position',
] as const;
/** The actions that can open a position here. */
const ENTRIES: readonly SignalAction[] = ['long', 'short', 'add'];
/** Which position each sentiment is. */
const POSITIONS = { bullish: 'long', bearish: 'short', flat: 'flat', long: 'long', short: 'short' } as const;
const SENTIMENTS = Object.keys(POSITIONS) as (keyof typeof POSITIONS)[];

/**
 * Reads a payload for TradersPost.
 *
 * - `buy` goes long: what is short is closed and turned by one order, so that nothing can come between; who is long already
 *   stays as they are. `sell` likewise, as far as the strategy may short; `add` adds to either
 * - `sentiment` says which position is meant to be left: none, or the one that the order only makes smaller, is an exit,
 *   which never turns the position. All orders of a strategy have one message, so what that says of protection, and of sizes
 *   where none is left, is meant for its entries
 * - working entries of the symbol are cancelled before, so that `cancel` asks for nothing more
 */
export function readTradersPostSignal(reader: FieldReader): Signal | undefined {
  reader.refuseSpelled(NOT_YET, NOT_AVAILABLE);
  reader.refuseUnknown(FIELDS, 'a TradersPost signal');
  checkCancel(reader);
  const symbol = reader.symbol('ticker');
  const said = reader.requiredChoice(['buy', 'sell', 'exit', 'cancel', 'add'], 'action');
  const sentiment = reader.choice(SENTIMENTS, 'sentiment');
  const action = said && actionOf(said, sentiment);
  const isToldExit = action === 'exit' && said !== 'exit';
  const timeInForce = reader.choice(TIMES_IN_FORCE, 'timeInForce') ?? 'day';
  const optional = present({
    ...readQuantity(reader, action, isToldExit && sentiment === 'flat'),
    pricing: readPricing(reader, action),
    ...(isToldExit ? {} : readTradersPostProtection(reader)),
    price: reader.decimal('positive', 'signalPrice', 'price'),
    sentAtMs: reader.time('time'),
  });
  checkProtection(reader, action, optional);
  return symbol === undefined || action === undefined
    ? undefined
    : { symbol, action, timeInForce, ...optional };
}

/** A quantity as it is, what an entry's is computed from, or for an exit a percentage of the position. */
function readQuantity(
  reader: FieldReader,
  action: SignalAction | undefined,
  leavesNone: boolean,
): Pick<Partial<Signal>, 'quantity' | 'sizing' | 'positionPercent'> {
  const type = reader.choice(QUANTITY_TYPES, 'quantityType') ?? 'fixed_quantity';
  const quantity = reader.decimal('positive', 'quantity');
  if (type === 'fixed_quantity' || action === undefined) {
    return present({ quantity });
  }
  const isForExits = type === 'percent_of_position';
  if (leavesNone && !isForExits) {
    return {};
  }
  if (isForExits ? action !== 'exit' : !ENTRIES.includes(action)) {
    reader.problem('quantityType', `goes with ${isForExits ? 'exits' : 'entries'} only if it is ${type}`);
  } else if (!reader.find('quantity')) {
    reader.problem('quantity', `is required with the quantityType ${type}`);
  } else if (isForExits && quantity !== undefined && compare(quantity, HUNDRED) > 0) {
    reader.problem('quantity', 'must be at most 100, in percent of the position');
  }
  return quantity === undefined ? {} : quantityBy(type, quantity);
}

function quantityBy(
  type: Exclude<(typeof QUANTITY_TYPES)[number], 'fixed_quantity'>,
  value: Decimal,
): Pick<Signal, 'sizing'> | Pick<Signal, 'positionPercent'> {
  switch (type) {
    case 'dollar_amount':
      return { sizing: { type: 'cash', amount: value } };
    case 'risk_dollar_amount':
      return { sizing: { type: 'riskAmount', amount: value } };
    case 'percent_of_equity':
      return { sizing: { type: 'percentOfEquity', percent: value } };
    case 'percent_of_position':
      return { positionPercent: value };
    default:
      return assertNever(type);
  }
}

function checkCancel(reader: FieldReader): void {
  const cancel = reader.find('cancel');
  if (cancel && typeof cancel.value !== 'boolean') {
    reader.problem('cancel', 'must be true or false');
  }
}

function actionOf(
  said: 'buy' | 'sell' | 'exit' | 'cancel' | 'add',
  sentiment: keyof typeof POSITIONS | undefined,
): SignalAction {
  if (said !== 'buy' && said !== 'sell') {
    return said;
  }
  if (onlyCloses(said, sentiment && POSITIONS[sentiment])) {
    return 'exit';
  }
  return said === 'buy' ? 'long' : 'short';
}
