import { compare, type Decimal, digits, parseDecimal, ZERO } from '../../core/decimal.ts';
import { JsonNumber } from '../json.ts';
import { type Budget, NotApplicable } from './budget.ts';

/** A JSON object, its numbers exact. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** A comparison with an exact number costs about as much as this many other steps. */
export const NUMBER_STEPS = 10;

/** Numbers that are counted with; others may have as many as they like. */
const DIGITS_MAX = 60;

/** What a value is called in JMESPath. */
export function typeOf(value: unknown): 'array' | 'boolean' | 'null' | 'number' | 'object' | 'string' {
  if (value === null || value === undefined) {
    return 'null';
  }
  if (Array.isArray(value)) {
    return 'array';
  }
  if (value instanceof JsonNumber) {
    return 'number';
  }
  return typeof value === 'string' ? 'string' : typeof value === 'boolean' ? 'boolean' : 'object';
}

export function isObject(value: unknown): value is JsonObject {
  return typeOf(value) === 'object';
}

/** False are null, false, and what is empty; 0 is not. */
export function isTrue(value: unknown, budget: Budget): boolean {
  if (Array.isArray(value)) {
    return value.length > 0;
  }
  return isObject(value)
    ? namesOf(value, budget).length > 0
    : value !== null && value !== undefined && value !== false && value !== '';
}

/** The names of an object's fields, which take as much work as they are many. */
function namesOf(value: JsonObject, budget: Budget): readonly string[] {
  const names = Object.keys(value);
  budget.spend(names.length);
  return names;
}

/** The exact number. @throws NotApplicable when it has more digits than any price or sum of prices */
export function decimalOf({ source }: JsonNumber, budget: Budget): Decimal {
  budget.spend(NUMBER_STEPS + source.length);
  const number = parseDecimal(source);
  const { integer, fraction } = digits(number ?? ZERO);
  if (number === undefined || integer + fraction > DIGITS_MAX) {
    throw new NotApplicable(`it counts with a number of more than ${DIGITS_MAX} digits`);
  }
  return number;
}

/** Spends what it takes to write a value as JSON. */
export function spendOn(value: unknown, budget: Budget): void {
  if (Array.isArray(value) || isObject(value)) {
    budget.spend(1);
    for (const [name, item] of Object.entries(value)) {
      budget.spend(name.length);
      spendOn(item, budget);
    }
  } else {
    budget.spend(value instanceof JsonNumber ? value.source.length : String(value).length);
  }
}

/** Whether two JSON values are the same: numbers by what they are worth, objects whatever their order. */
export function isSame(left: unknown, right: unknown, budget: Budget): boolean {
  budget.spend(1);
  if (left instanceof JsonNumber && right instanceof JsonNumber) {
    return compare(decimalOf(left, budget), decimalOf(right, budget)) === 0;
  }
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((item, index) => isSame(item, right[index], budget));
  }
  if (isObject(left) && isObject(right)) {
    const names = namesOf(left, budget);
    return (
      names.length === namesOf(right, budget).length &&
      names.every((name) => Object.hasOwn(right, name) && isSame(left[name], right[name], budget))
    );
  }
  if (typeof left === 'string' && typeof right === 'string' && left.length === right.length) {
    budget.spend(left.length);
  }
  return left === right;
}
