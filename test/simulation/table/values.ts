import { BeyondTheModel, invalid } from './errors.ts';

/**
 * A stored value: what a JavaScript value is once DynamoDB has it. Never changed once made, so that items can share
 * parts and a copy of a table is cheap.
 */
export type Value =
  | null
  | boolean
  | number
  | string
  | readonly Value[]
  | ReadonlySet<string>
  | ReadonlySet<number>
  | Item;

/** A stored item, or a map within one. */
export interface Item {
  readonly [name: string]: Value;
}

/** DynamoDB's names for the types of values. */
export type TypeName = 'S' | 'N' | 'BOOL' | 'NULL' | 'L' | 'M' | 'SS' | 'NS';

/** The magnitudes that DynamoDB can store; doubles beyond the upper one are no safe integers anyway. */
const SMALLEST_NUMBER = 1e-130;

export function typeOf(value: Value): TypeName {
  switch (typeof value) {
    case 'string':
      return 'S';
    case 'number':
      return 'N';
    case 'boolean':
      return 'BOOL';
    default:
      break;
  }
  if (value === null) {
    return 'NULL';
  }
  if (Array.isArray(value)) {
    return 'L';
  }
  if (value instanceof Set) {
    return typeof first(value) === 'number' ? 'NS' : 'SS';
  }
  return 'M';
}

export function isItem(value: Value | undefined): value is Item {
  return value !== undefined && value !== null && typeOf(value) === 'M';
}

function first(set: ReadonlySet<unknown>): unknown {
  return set.values().next().value;
}

/**
 * A copy as `marshall` with `removeUndefinedValues` makes it, the SDK's way to the wire: what is undefined or a
 * function is dropped, what has no DynamoDB type throws.
 *
 * @returns `undefined` for what is dropped
 */
export function fromNative(value: unknown): Value | undefined {
  switch (typeof value) {
    case 'string':
    case 'boolean':
      return value;
    case 'number':
      return numberFrom(value);
    case 'undefined':
    case 'function':
      return undefined;
    case 'object':
      return value === null ? null : containerFrom(value);
    default:
      throw new BeyondTheModel(`values of the type ${typeof value}`);
  }
}

function containerFrom(value: object): Value {
  if (Array.isArray(value)) {
    return value.map(fromNative).filter((element) => element !== undefined);
  }
  if (value instanceof Set) {
    return setFrom(value);
  }
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype !== null && value.constructor?.name !== 'Object') {
    throw new Error(
      `Unsupported type passed: ${String(value)}. Pass options.convertClassInstanceToMap=true.`,
    );
  }
  return itemFrom(value as Record<string, unknown>);
}

/** A whole item, or a map within one. */
export function itemFrom(values: Readonly<Record<string, unknown>>): Item {
  const item: Record<string, Value> = {};
  for (const name in values) {
    const value = fromNative(values[name]);
    if (value !== undefined) {
      if (name === '') {
        throw invalid('Empty attribute name');
      }
      define(item, name, value);
    }
  }
  return item;
}

function numberFrom(value: number): number {
  if (!Number.isFinite(value)) {
    throw new Error(`Special numeric value ${value} is not allowed`);
  }
  if (Math.abs(value) > Number.MAX_SAFE_INTEGER) {
    throw new Error(
      `Number ${value} is beyond the safe integers. Use NumberValue from @aws-sdk/lib-dynamodb.`,
    );
  }
  if (value !== 0 && Math.abs(value) < SMALLEST_NUMBER) {
    throw invalid(
      'Number underflow. Attempting to store a number with magnitude smaller than supported range',
    );
  }
  return value === 0 ? 0 : value;
}

function setFrom(values: ReadonlySet<unknown>): ReadonlySet<string> | ReadonlySet<number> {
  const elements = [...values].filter((element) => element !== undefined);
  if (elements.length === 0) {
    throw new Error('Pass a non-empty set, or options.convertEmptyValues=true.');
  }
  if (elements.every((element) => typeof element === 'string')) {
    return new Set(elements);
  }
  if (elements.every((element) => typeof element === 'number')) {
    return new Set(elements.map(numberFrom));
  }
  throw new BeyondTheModel('sets of anything but strings or numbers');
}

/** A copy for a caller, who may do with it as he likes. */
export function toNative(value: Item): Record<string, unknown>;
export function toNative(value: Value): unknown;
export function toNative(value: Value): unknown {
  if (value === null || typeof value !== 'object') {
    return value;
  }
  if (Array.isArray(value)) {
    return value.map((element: Value) => toNative(element));
  }
  if (value instanceof Set) {
    return new Set<unknown>(value);
  }
  const copy: Record<string, unknown> = {};
  for (const [name, element] of Object.entries(value as Item)) {
    define(copy, name, toNative(element));
  }
  return copy;
}

/** Sets a property even if it is called `__proto__`. */
export function define(target: Record<string, unknown>, name: string, value: unknown): void {
  if (name === '__proto__') {
    Object.defineProperty(target, name, { value, enumerable: true, writable: true, configurable: true });
  } else {
    target[name] = value;
  }
}

/** Whether two values are the same to DynamoDB: of one type, and the same whatever the order of maps and sets. */
export function equal(left: Value, right: Value): boolean {
  if (left === right) {
    return true;
  }
  const type = typeOf(left);
  if (type !== typeOf(right)) {
    return false;
  }
  switch (type) {
    case 'L':
      return equalLists(left as readonly Value[], right as readonly Value[]);
    case 'M':
      return equalMaps(left as Item, right as Item);
    case 'SS':
    case 'NS':
      return equalSets(left as ReadonlySet<unknown>, right as ReadonlySet<unknown>);
    default:
      return false;
  }
}

function equalLists(left: readonly Value[], right: readonly Value[]): boolean {
  return (
    left.length === right.length &&
    left.every((element, index) => {
      const other = right[index];
      return other !== undefined && equal(element, other);
    })
  );
}

function equalMaps(left: Item, right: Item): boolean {
  const names = Object.keys(left);
  return (
    names.length === Object.keys(right).length &&
    names.every((name) => {
      const [one, other] = [left[name], Object.hasOwn(right, name) ? right[name] : undefined];
      return one !== undefined && other !== undefined && equal(one, other);
    })
  );
}

function equalSets(left: ReadonlySet<unknown>, right: ReadonlySet<unknown>): boolean {
  return left.size === right.size && [...left].every((element) => right.has(element));
}

/** Negative, zero or positive; `undefined` when the two have no order: of different types, or neither S nor N. */
export function order(left: Value, right: Value): number | undefined {
  if (typeof left === 'number' && typeof right === 'number') {
    return left - right;
  }
  return typeof left === 'string' && typeof right === 'string' ? orderText(left, right) : undefined;
}

/** DynamoDB sorts text by its UTF-8 bytes; JavaScript compares UTF-16 units, which differs above U+D7FF. */
export function orderText(left: string, right: string): number {
  const length = Math.min(left.length, right.length);
  for (let index = 0; index < length; index += 1) {
    const [one, other] = [left.charCodeAt(index), right.charCodeAt(index)];
    if (one !== other) {
      return codePointRank(one) - codePointRank(other);
    }
  }
  return left.length - right.length;
}

/** Puts surrogates, which stand for code points above U+FFFF, behind all other units. */
function codePointRank(unit: number): number {
  if (unit >= 0xe000) {
    return unit - 0x800;
  }
  return unit >= 0xd800 ? unit + 0x2000 : unit;
}

/** What `size()` gives; `undefined` for types that have none. */
export function sizeOf(value: Value): number | undefined {
  switch (typeOf(value)) {
    case 'S':
      return (value as string).length;
    case 'L':
      return (value as readonly Value[]).length;
    case 'M':
      return Object.keys(value as Item).length;
    case 'SS':
    case 'NS':
      return (value as ReadonlySet<unknown>).size;
    default:
      return undefined;
  }
}
