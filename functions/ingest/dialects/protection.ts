import { compare, type Decimal, decimal, sign } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import { refuseByPrices } from '../../core/protection.ts';
import type { PriceTarget, Signal, SignalAction, StopTarget } from '../../core/signal.ts';
import type { FieldReader } from './fields.ts';
import { readTrail } from './pricing.ts';

const WAYS = ['price', 'percent', 'amount'] as const;
type Way = (typeof WAYS)[number];
type Names = Readonly<Record<Way, string>>;

/** The actions that can open a position. */
const ENTRIES: readonly SignalAction[] = ['buy', 'sell', 'long', 'short', 'add', 'reverse', 'target'];
const SIDES: Readonly<Partial<Record<SignalAction, 'buy' | 'sell'>>> = {
  buy: 'buy',
  long: 'buy',
  sell: 'sell',
  short: 'sell',
};
const HUNDRED = decimal(100);

const ONEFILL_NAMES: Names = { price: 'price', percent: 'percent', amount: 'amount' };
const TRADERSPOST_STOP_NAMES: Names = { ...ONEFILL_NAMES, price: 'stopPrice' };
const TRADERSPOST_PROFIT_NAMES: Names = { ...ONEFILL_NAMES, price: 'limitPrice' };
const TRAILS = ['trailAmount', 'trailPercent'] as const;

/** What was asked for, as far as it could be read. */
interface Protection {
  readonly stopLoss?: StopTarget | undefined;
  readonly takeProfit?: PriceTarget | undefined;
}

/** Reads `takeProfit` and `stopLoss` of Onefill's own payload. A stop-loss may trail the market. */
export function readProtection(reader: FieldReader): Protection {
  return {
    takeProfit: readTarget(reader, 'takeProfit', ONEFILL_NAMES),
    stopLoss: readStopLoss(reader, ONEFILL_NAMES),
  };
}

/** Reads TradersPost's `takeProfit` and `stopLoss`, of the type `stop` or `trailing_stop`. */
export function readTradersPostProtection(reader: FieldReader): Protection {
  return {
    takeProfit: readTarget(reader, 'takeProfit', TRADERSPOST_PROFIT_NAMES),
    stopLoss: readStopLoss(reader, TRADERSPOST_STOP_NAMES, ['stop', 'trailing_stop']),
  };
}

/** @param types what its field `type` may say, where it has one */
function readStopLoss(
  reader: FieldReader,
  names: Names,
  types: readonly string[] = [],
): StopTarget | undefined {
  const nested = reader.nested('stopLoss');
  if (nested === undefined) {
    return undefined;
  }
  const isTrailing = TRAILS.some((name) => nested.find(name) !== undefined);
  const type = types.length > 0 ? nested.choice(types, 'type') : undefined;
  if (!isTrailing && type !== 'trailing_stop') {
    return readOne(reader, nested, 'stopLoss', names, [...TRAILS, ...(types.length > 0 ? ['type'] : [])]);
  }
  nested.refuseOthers(
    [...TRAILS, ...(types.length > 0 ? ['type'] : [])],
    `does not go with a stop-loss that trails; there is ${TRAILS.join(', ')}`,
  );
  if (type === 'stop') {
    return nested.problem('type', 'must be trailing_stop with trailAmount or trailPercent');
  }
  const trail = readTrail(nested);
  return trail && { type: 'trail', trail };
}

function readTarget(reader: FieldReader, field: string, names: Names): PriceTarget | undefined {
  const nested = reader.nested(field);
  return nested && readOne(reader, nested, field, names, []);
}

/**
 * Exactly one of the ways to say where an order goes.
 *
 * @param others what else the object may have
 */
function readOne(
  reader: FieldReader,
  nested: FieldReader,
  field: string,
  names: Names,
  others: readonly string[],
): PriceTarget | undefined {
  const ways = [...WAYS.map((way) => names[way]), ...others.filter((name) => name !== 'type')].join(', ');
  nested.refuseOthers([...Object.values(names), ...others], `is not known here; there is ${ways}`);
  const [way, ...more] = WAYS.filter((candidate) => nested.find(names[candidate]) !== undefined);
  if (way === undefined || more.length > 0) {
    return reader.problem(field, `must have exactly one of ${ways}`);
  }
  const value = nested.decimal('positive', names[way]);
  return value === undefined ? undefined : targetOf(nested, field, way, value);
}

function targetOf(nested: FieldReader, field: string, way: Way, value: Decimal): PriceTarget | undefined {
  switch (way) {
    case 'price':
      return { type: way, price: value };
    case 'percent':
      return field === 'takeProfit' || compare(value, HUNDRED) < 0
        ? { type: way, percent: value }
        : nested.problem(way, 'must be less than 100');
    case 'amount':
      return { type: way, amount: value };
    default:
      return assertNever(way);
  }
}

/**
 * Refuses protection that cannot be kept for what the signal asks for: with an action that opens nothing, or on the
 * wrong side of the price at which it is to enter. Whatever is missing of the signal is a problem already, or is not held
 * against it.
 */
export function checkProtection(
  reader: FieldReader,
  signal: Protection &
    Pick<Partial<Signal>, 'price' | 'pricing' | 'targetQuantity'> & {
      readonly action: SignalAction | undefined;
    },
): void {
  const { action, stopLoss, takeProfit, targetQuantity } = signal;
  const side = action && sideOf(action, targetQuantity);
  const price = entryPriceOf(signal);
  for (const [field, protection] of [
    ['stopLoss', stopLoss && { stopLoss }],
    ['takeProfit', takeProfit && { takeProfit }],
  ] as const) {
    if (protection === undefined || action === undefined) {
      continue;
    }
    const problem =
      problemWith(action, targetQuantity) ??
      (side && price && refuseByPrices(protection, side, price)?.message);
    if (problem !== undefined) {
      reader.problem(field, problem);
    }
  }
}

function problemWith(action: SignalAction, target: Decimal | undefined): string | undefined {
  if (!ENTRIES.includes(action)) {
    return `goes with the actions ${ENTRIES.join(', ')} only`;
  }
  return action === 'target' && target !== undefined && sign(target) === 0
    ? 'goes with a target other than 0 only'
    : undefined;
}

/** Which way the position is to point, as far as the signal tells. */
function sideOf(action: SignalAction, target: Decimal | undefined): 'buy' | 'sell' | undefined {
  if (action === 'target' && target !== undefined && sign(target) !== 0) {
    return sign(target) > 0 ? 'buy' : 'sell';
  }
  return SIDES[action];
}

function entryPriceOf({ pricing, price }: Pick<Partial<Signal>, 'price' | 'pricing'>): Decimal | undefined {
  switch (pricing?.type) {
    case 'limit':
    case 'stop_limit':
      return pricing.limitPrice;
    case 'stop':
      return pricing.stopPrice;
    case 'trailing_stop':
    case undefined:
      return price;
    default:
      return assertNever(pricing);
  }
}
