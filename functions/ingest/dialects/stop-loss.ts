import { compare, type Decimal, decimal, sign } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import type { PriceTarget, Signal, SignalAction } from '../../core/signal.ts';
import type { FieldReader } from './fields.ts';

const FIELD = 'stopLoss';
const WAYS = ['price', 'percent', 'amount'] as const;
type Way = (typeof WAYS)[number];

/** The actions that can open a position. */
const ENTRIES: readonly SignalAction[] = ['buy', 'sell', 'long', 'short', 'add', 'reverse', 'target'];
const DIRECTIONS: Readonly<Partial<Record<SignalAction, 'long' | 'short'>>> = {
  buy: 'long',
  long: 'long',
  sell: 'short',
  short: 'short',
};
const HUNDRED = decimal(100);

/** Reads `stopLoss` of Onefill's own payload: `{"price"}`, `{"percent"}` or `{"amount"}`. */
export function readStopLoss(reader: FieldReader): PriceTarget | undefined {
  return readStopLossBy(reader, { price: 'price', percent: 'percent', amount: 'amount' });
}

/** Reads TradersPost's `stopLoss`: `{"stopPrice"}`, `{"percent"}` or `{"amount"}`, of the type `stop`. */
export function readTradersPostStopLoss(reader: FieldReader): PriceTarget | undefined {
  return readStopLossBy(reader, { price: 'stopPrice', percent: 'percent', amount: 'amount' }, 'stop');
}

/**
 * By what each way is called in a dialect.
 *
 * @param type what its field `type` may say, where it has one
 */
function readStopLossBy(
  reader: FieldReader,
  names: Readonly<Record<Way, string>>,
  type?: string,
): PriceTarget | undefined {
  const nested = reader.nested(FIELD);
  if (nested === undefined) {
    return undefined;
  }
  const fields = WAYS.map((way) => names[way]).join(', ');
  const known = [...Object.values(names), ...(type === undefined ? [] : ['type'])];
  nested.refuseOthers(known, `is not known here; there is ${fields}`);
  if (type !== undefined) {
    nested.choice([type], 'type');
  }
  const [way, ...more] = WAYS.filter((candidate) => nested.find(names[candidate]) !== undefined);
  if (way === undefined || more.length > 0) {
    return reader.problem(FIELD, `must have exactly one of ${fields}`);
  }
  const value = nested.decimal('positive', names[way]);
  return value === undefined ? undefined : targetOf(nested, way, value);
}

function targetOf(nested: FieldReader, way: Way, value: Decimal): PriceTarget | undefined {
  switch (way) {
    case 'price':
      return { type: way, price: value };
    case 'percent':
      return compare(value, HUNDRED) < 0
        ? { type: way, percent: value }
        : nested.problem(way, 'must be less than 100');
    case 'amount':
      return { type: way, amount: value };
    default:
      return assertNever(way);
  }
}

/**
 * Refuses a stop-loss that cannot protect what the signal asks for: with an action that opens nothing, or on the
 * wrong side of the sender's own price. Whatever is missing of the signal is a problem already, or is not held
 * against it.
 */
export function checkStopLoss(
  reader: FieldReader,
  signal: Partial<Pick<Signal, 'stopLoss' | 'price' | 'targetQuantity'>> & {
    readonly action: SignalAction | undefined;
  },
): void {
  const { action, stopLoss, price, targetQuantity } = signal;
  if (stopLoss === undefined || action === undefined) {
    return;
  }
  if (!ENTRIES.includes(action)) {
    reader.problem(FIELD, `goes with the actions ${ENTRIES.join(', ')} only`);
    return;
  }
  if (action === 'target' && targetQuantity !== undefined && sign(targetQuantity) === 0) {
    reader.problem(FIELD, 'goes with a target other than 0 only');
    return;
  }
  const direction = directionOf(action, targetQuantity);
  if (price !== undefined && direction !== undefined) {
    checkSide(reader, { stopLoss, price, direction });
  }
}

/** Which way the position is to point, as far as the signal tells. */
function directionOf(action: SignalAction, target: Decimal | undefined): 'long' | 'short' | undefined {
  if (action === 'target' && target !== undefined) {
    return sign(target) > 0 ? 'long' : 'short';
  }
  return DIRECTIONS[action];
}

function checkSide(
  reader: FieldReader,
  entry: {
    readonly stopLoss: PriceTarget;
    readonly price: Decimal;
    readonly direction: 'long' | 'short';
  },
): void {
  const { stopLoss, price, direction } = entry;
  if (stopLoss.type === 'price') {
    const distance = compare(stopLoss.price, price);
    if (direction === 'long' && distance >= 0) {
      reader.problem(FIELD, 'must be below price, since it protects a long position');
    } else if (direction === 'short' && distance <= 0) {
      reader.problem(FIELD, 'must be above price, since it protects a short position');
    }
  } else if (stopLoss.type === 'amount' && direction === 'long' && compare(stopLoss.amount, price) >= 0) {
    reader.problem(FIELD, 'must be less than price, so that the stop is above 0');
  }
}
