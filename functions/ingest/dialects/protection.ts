import { compare, type Decimal, decimal, sign } from '../../core/decimal.ts';
import type { Reason } from '../../core/execution.ts';
import { expectedPriceOf, type Side } from '../../core/order.ts';
import { type ProtectiveKind, refuseByPrice } from '../../core/protection.ts';
import type { PriceTarget, Signal, SignalAction, StopTarget } from '../../core/signal.ts';
import type { FieldReader, NumberRule } from './fields.ts';
import { readTrail, TRAILS } from './pricing.ts';

const KINDS = { stopLoss: 'stop-loss', takeProfit: 'take-profit' } as const satisfies Record<
  string,
  ProtectiveKind
>;
type Field = keyof typeof KINDS;

/** What was asked for, as far as it could be read. */
interface Protection {
  readonly stopLoss: StopTarget | undefined;
  readonly takeProfit: PriceTarget | undefined;
}

const HUNDRED = decimal(100);

/** The actions that can open a position, and which way they point where they tell. */
const ENTRIES: Readonly<Partial<Record<SignalAction, Side | 'either'>>> = {
  buy: 'buy',
  sell: 'sell',
  long: 'buy',
  short: 'sell',
  add: 'either',
  reverse: 'either',
  target: 'either',
};

/** Reads `takeProfit` and `stopLoss` of Onefill's own payload. A stop-loss may trail the market. */
export function readProtection(reader: FieldReader): Protection {
  return { takeProfit: readTakeProfit(reader, 'price'), stopLoss: readStopLoss(reader, 'price') };
}

/**
 * Reads TradersPost's `takeProfit` and `stopLoss`. The latter may have a type; a `stop_limit` is refused, since the market
 * may leave it behind and the position without protection.
 */
export function readTradersPostProtection(reader: FieldReader): Protection {
  const stopLoss = readStopLoss(reader, 'stopPrice', ['type']);
  const nested = stopLoss && reader.nested('stopLoss');
  const type = nested?.choice(['stop', 'trailing_stop'], 'type');
  const expected = stopLoss?.type === 'trail' ? 'trailing_stop' : 'stop';
  if (type !== undefined && type !== expected) {
    nested?.problem('type', `must be ${expected}, or left out, with what else there is`);
  }
  return { takeProfit: readTakeProfit(reader, 'limitPrice'), stopLoss };
}

function readTakeProfit(reader: FieldReader, priceName: string): PriceTarget | undefined {
  const found = readOnly(reader, 'takeProfit', [priceName, 'percent', 'amount']);
  return found && readTarget(found, 'positive');
}

/** @param besides what else it may have */
function readStopLoss(
  reader: FieldReader,
  priceName: string,
  besides: readonly string[] = [],
): StopTarget | undefined {
  const found = readOnly(reader, 'stopLoss', [priceName, 'percent', 'amount', ...TRAILS], besides);
  if (found === undefined) {
    return undefined;
  }
  if (TRAILS.some((name) => name === found.name)) {
    const trail = readTrail(found.nested);
    return trail && { type: 'trail', trail };
  }
  return readTarget(found, 'below-100');
}

interface Found {
  readonly nested: FieldReader;
  readonly name: string;
}

/** The only one of the names that the field, an object, has. */
function readOnly(
  reader: FieldReader,
  field: Field,
  names: readonly string[],
  besides: readonly string[] = [],
): Found | undefined {
  const nested = reader.nested(field);
  if (nested === undefined) {
    return undefined;
  }
  nested.refuseOthers([...names, ...besides], `is not known here; there is ${names.join(', ')}`);
  const name = nested.only(names);
  return name === undefined
    ? reader.problem(field, `must have exactly one of ${names.join(', ')}`)
    : { nested, name };
}

function readTarget({ nested, name }: Found, percentRule: NumberRule): PriceTarget | undefined {
  const value = nested.decimal(name === 'percent' ? percentRule : 'positive', name);
  if (value === undefined) {
    return undefined;
  }
  switch (name) {
    case 'percent':
      return { type: 'percent', percent: value };
    case 'amount':
      return { type: 'amount', amount: value };
    default:
      return { type: 'price', price: value };
  }
}

/** What of a signal tells whether its protection can be kept. */
type Asked = Pick<Partial<Signal>, Field | 'price' | 'pricing' | 'targetQuantity'>;

/**
 * Refuses protection that cannot be kept for what the signal asks for: with an action that opens nothing, or on the
 * wrong side of the price at which it is to enter. What is missing of the signal is not held against it.
 */
export function checkProtection(reader: FieldReader, action: SignalAction | undefined, asked: Asked): void {
  for (const field of ['stopLoss', 'takeProfit'] as const) {
    const problem =
      asked[field] && action && (opensNothing(action, asked) ?? wrongSide(field, action, asked));
    if (problem) {
      reader.problem(field, problem.message, problem.code);
    }
  }
}

/** What is wrong, with a code where the same is refused later by that. */
type Problem = Pick<Reason, 'message'> & Partial<Reason>;

function opensNothing(action: SignalAction, { targetQuantity }: Asked): Problem | undefined {
  if (ENTRIES[action] === undefined) {
    return { message: `goes with the actions ${Object.keys(ENTRIES).join(', ')} only` };
  }
  return targetQuantity !== undefined && sign(targetQuantity) === 0
    ? { message: 'goes with a target other than 0 only' }
    : undefined;
}

function wrongSide(field: Field, action: SignalAction, asked: Asked): Problem | undefined {
  const side = sideOf(action, asked.targetQuantity);
  if (side === undefined) {
    return undefined;
  }
  if (field === 'takeProfit' && side === 'sell' && isAllOfThePrice(asked.takeProfit)) {
    const message = 'must be less than 100 percent where the price has to fall';
    return { code: 'TAKE_PROFIT_WRONG_SIDE', message };
  }
  const price = expectedPriceOf(asked.pricing ?? { type: 'market' }, asked.price);
  return refuseByPrice(KINDS[field], asked, side, price);
}

/** Which way the position is to point, as far as the signal tells. */
function sideOf(action: SignalAction, target: Decimal | undefined): Side | undefined {
  const side = ENTRIES[action];
  if (action === 'target' && target !== undefined) {
    return sign(target) > 0 ? 'buy' : 'sell';
  }
  return side === 'either' ? undefined : side;
}

function isAllOfThePrice(target: PriceTarget | undefined): boolean {
  return target?.type === 'percent' && compare(target.percent, HUNDRED) >= 0;
}
