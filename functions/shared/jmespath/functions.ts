import {
  absolute,
  add,
  compare,
  type Decimal,
  decimal,
  divide,
  negate,
  parseDecimal,
  roundDown,
  subtract,
  ZERO,
} from '../../core/decimal.ts';
import { canonicalJson, JsonNumber } from '../json.ts';
import { Arguments } from './arguments.ts';
import type { Budget } from './budget.ts';
import type { FunctionName } from './expression.ts';
import { decimalOf, isObject, isSame, spendOn, typeOf } from './values.ts';

const ONE = decimal(1);

/** Text that is longer can take as many comparisons at each place where it may be. */
const EASILY_FOUND_CHARACTERS = 64;

/**
 * The functions of the specification (https://jmespath.org/specification.html#built-in-functions).
 *
 * Numbers are exact, to 18 places where a division does not come out even. One answer differs: `to_number` refuses text that is
 * no number instead of answering null, which is an absent field: a trade without its quantity is another trade.
 */
const CALLS: Readonly<Record<FunctionName, (given: Arguments) => unknown>> = {
  abs: (given) => numeric(absolute(given.number())),
  avg: (given) => averageOf(given.numbers()),
  ceil: (given) => numeric(negate(floor(negate(given.number())))),
  contains,
  ends_with: (given) => given.text().endsWith(given.text(1)),
  floor: (given) => numeric(floor(given.number())),
  join,
  keys: (given) => Object.keys(given.object()),
  length: lengthOf,
  map: (given) => given.foundBy(0, given.list(1)),
  max: (given) => given.inOrder(given.list(), given.list()).at(-1) ?? null,
  max_by: (given) => given.inOrder(given.list(), given.foundBy(1, given.list())).at(-1) ?? null,
  merge: (given) => Object.fromEntries(given.objects().flatMap((object) => Object.entries(object))),
  min: (given) => given.inOrder(given.list(), given.list()).at(0) ?? null,
  min_by: (given) => given.inOrder(given.list(), given.foundBy(1, given.list())).at(0) ?? null,
  not_null: (given) => given.all().find((value) => value !== null) ?? null,
  reverse: reversed,
  sort: (given) => given.inOrder(given.list(), given.list()),
  sort_by: (given) => given.inOrder(given.list(), given.foundBy(1, given.list())),
  starts_with: (given) => given.text().startsWith(given.text(1)),
  sum: (given) => numeric(given.numbers().reduce(add, ZERO)),
  to_array: (given) => (Array.isArray(given.any()) ? given.any() : [given.any()]),
  to_number: toNumber,
  to_string: toText,
  type: (given) => typeOf(given.any()),
  values: (given) => Object.values(given.object()),
};

/**
 * Calls a function with as many values as it takes.
 *
 * @throws NotApplicable when they are not of the kind that it takes
 */
export function applyFunction(name: FunctionName, given: readonly unknown[], budget: Budget): unknown {
  budget.spend(given.reduce<number>((size, value) => size + sizeOf(value), 0));
  return CALLS[name](new Arguments(name, given, budget));
}

/** What a function may have to look at, by itself. */
function sizeOf(value: unknown): number {
  if (typeof value === 'string' || Array.isArray(value)) {
    return value.length;
  }
  return isObject(value) ? Object.keys(value).length : 0;
}

function numeric(value: Decimal): JsonNumber {
  return new JsonNumber(value);
}

function averageOf(numbers: readonly Decimal[]): JsonNumber | null {
  return numbers.length === 0 ? null : numeric(divide(numbers.reduce(add, ZERO), decimal(numbers.length)));
}

function floor(value: Decimal): Decimal {
  const whole = roundDown(value, 0);
  return compare(whole, value) > 0 ? subtract(whole, ONE) : whole;
}

function contains(given: Arguments): boolean {
  const [where, what] = given.all();
  if (Array.isArray(where)) {
    return where.some((item) => isSame(item, what, given.budget));
  }
  if (typeof where !== 'string') {
    return given.refuse('text or a list');
  }
  if (typeof what !== 'string') {
    return false;
  }
  given.budget.spend(where.length * Math.ceil(what.length / EASILY_FOUND_CHARACTERS));
  return where.includes(what);
}

function join(given: Arguments): string {
  const glue = given.text();
  const texts = given.texts(1);
  given.budget.spend(texts.reduce((length, text) => length + text.length + glue.length, 0));
  return texts.join(glue);
}

function lengthOf(given: Arguments): JsonNumber {
  const value = given.any();
  if (typeof value === 'string') {
    return numeric(decimal([...value].length));
  }
  if (Array.isArray(value)) {
    return numeric(decimal(value.length));
  }
  return isObject(value)
    ? numeric(decimal(Object.keys(value).length))
    : given.refuse('text, a list or an object');
}

function reversed(given: Arguments): unknown {
  const value = given.any();
  if (typeof value === 'string') {
    return [...value].reverse().join('');
  }
  return Array.isArray(value) ? value.toReversed() : given.refuse('text or a list');
}

function toNumber(given: Arguments): JsonNumber | null {
  const value = given.any();
  if (value instanceof JsonNumber) {
    return value;
  }
  const text = typeof value === 'string' ? value.trim() : '';
  if (text === '') {
    return null;
  }
  return parseDecimal(text) === undefined
    ? given.refuse('a number, or text that is one')
    : numeric(decimalOf(new JsonNumber(text), given.budget));
}

/** Text as it is, a number as it was written, anything else as JSON. */
function toText(given: Arguments): string {
  const value = given.any();
  if (typeof value === 'string') {
    return value;
  }
  spendOn(value, given.budget);
  return canonicalJson(value);
}
