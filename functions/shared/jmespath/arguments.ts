import { compare, type Decimal, ZERO } from '../../core/decimal.ts';
import { JsonNumber } from '../json.ts';
import { type Budget, NotApplicable } from './budget.ts';
import type { FunctionName } from './expression.ts';
import { decimalOf, isObject, type JsonObject, NUMBER_STEPS } from './values.ts';

/** The values that a function is called with: each is asked for as what it must be. */
export class Arguments {
  readonly budget: Budget;
  private readonly name: FunctionName;
  private readonly given: readonly unknown[];

  constructor(name: FunctionName, given: readonly unknown[], budget: Budget) {
    this.name = name;
    this.given = given;
    this.budget = budget;
  }

  all(): readonly unknown[] {
    return this.given;
  }

  any(index = 0): unknown {
    return this.given[index];
  }

  number(index = 0): Decimal {
    return this.decimal(this.given[index], 'a number');
  }

  text(index = 0): string {
    return this.textOf(this.given[index], 'text');
  }

  list(index = 0): readonly unknown[] {
    const value = this.given[index];
    return Array.isArray(value) ? value : this.refuse('a list');
  }

  numbers(index = 0): readonly Decimal[] {
    return this.list(index).map((item) => this.decimal(item, 'a list of numbers'));
  }

  texts(index = 0): readonly string[] {
    return this.list(index).map((item) => this.textOf(item, 'a list of texts'));
  }

  object(index = 0): JsonObject {
    return this.objectOf(this.given[index]);
  }

  objects(): readonly JsonObject[] {
    return this.given.map((value) => this.objectOf(value));
  }

  /** What an expression such as `&price` finds in each of the items. */
  foundBy(index: number, items: readonly unknown[]): readonly unknown[] {
    const reference = this.given[index];
    return typeof reference === 'function' ? items.map((item): unknown => reference(item)) : this.refuse('&');
  }

  /** The items in the order of their keys, which must be all numbers or all texts. */
  inOrder(items: readonly unknown[], keys: readonly unknown[]): readonly unknown[] {
    const order = keys.every((key) => key instanceof JsonNumber)
      ? this.numberOrder(keys)
      : this.textOrder(keys);
    return [...items.keys()].toSorted(order).map((index) => items[index]);
  }

  refuse(wanted: string): never {
    throw new NotApplicable(`${this.name} takes ${wanted}`);
  }

  private numberOrder(keys: readonly JsonNumber[]) {
    const numbers = keys.map((key) => decimalOf(key, this.budget));
    return (left: number, right: number): number => {
      this.budget.spend(NUMBER_STEPS);
      return compare(numbers[left] ?? ZERO, numbers[right] ?? ZERO);
    };
  }

  private textOrder(keys: readonly unknown[]) {
    const texts = keys.map((key) => this.textOf(key, 'numbers only, or texts only'));
    return (left: number, right: number): number => {
      const [one = '', other = ''] = [texts[left], texts[right]];
      this.budget.spend(1 + Math.min(one.length, other.length));
      return one < other ? -1 : Number(one > other);
    };
  }

  private decimal(value: unknown, wanted: string): Decimal {
    return value instanceof JsonNumber ? decimalOf(value, this.budget) : this.refuse(wanted);
  }

  private textOf(value: unknown, wanted: string): string {
    return typeof value === 'string' ? value : this.refuse(wanted);
  }

  private objectOf(value: unknown): JsonObject {
    return isObject(value) ? value : this.refuse('an object');
  }
}
