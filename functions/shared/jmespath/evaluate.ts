import { compare } from '../../core/decimal.ts';
import { assertNever } from '../../core/errors.ts';
import { JsonNumber } from '../json.ts';
import { type Budget, NotApplicable } from './budget.ts';
import type { Expression } from './expression.ts';
import { applyFunction } from './functions.ts';
import { decimalOf, isObject, isSame, isTrue } from './values.ts';

/** What an expression finds in a value (null when nothing), or why it cannot be applied to it. */
export type Evaluated =
  | { readonly ok: true; readonly value: unknown }
  | { readonly ok: false; readonly message: string };

/**
 * Applies an expression to a JSON value whose numbers are exact, and leaves them so. Looks only at what the value itself has,
 * never at what JavaScript gives to every object.
 *
 * @param budget shared by the expressions that are applied to one payload
 */
export function evaluate(expression: Expression, value: unknown, budget: Budget): Evaluated {
  try {
    return { ok: true, value: find(expression, value, budget) };
  } catch (error) {
    if (error instanceof NotApplicable) {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}

function find(expression: Expression, value: unknown, budget: Budget): unknown {
  budget.spend(1);
  switch (expression.kind) {
    case 'current':
      return value;
    case 'literal':
      return expression.value;
    case 'field':
      return fieldOf(value, expression.name);
    case 'index':
      return Array.isArray(value) ? (value.at(expression.index) ?? null) : null;
    case 'slice':
      return Array.isArray(value) ? sliceOf(value, expression, budget) : null;
    case 'chain':
      return find(expression.next, find(expression.first, value, budget), budget);
    case 'project':
      return project(expression, value, budget);
    case 'not':
      return !isTrue(find(expression.operand, value, budget), budget);
    case 'and':
    case 'or': {
      const left = find(expression.left, value, budget);
      return isTrue(left, budget) === (expression.kind === 'and')
        ? find(expression.right, value, budget)
        : left;
    }
    case 'compare':
      return isOrdered(expression, value, budget);
    case 'list':
      return value === null ? null : expression.items.map((item) => find(item, value, budget));
    case 'object':
      return value === null
        ? null
        : Object.fromEntries(expression.entries.map(([name, entry]) => [name, find(entry, value, budget)]));
    case 'call': {
      const given = expression.given.map((argument) => find(argument, value, budget));
      return applyFunction(expression.name, given, budget);
    }
    case 'reference':
      return (item: unknown) => find(expression.expression, item, budget);
    default:
      return assertNever(expression);
  }
}

function fieldOf(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? (value[name] ?? null) : null;
}

/** The items for which the projection's expression finds something. */
function project(
  { what, source, condition, each }: Extract<Expression, { kind: 'project' }>,
  value: unknown,
  budget: Budget,
): unknown {
  const items = itemsOf(find(source, value, budget), what, budget);
  const found: unknown[] = [];
  for (const item of items ?? []) {
    if (condition === undefined || isTrue(find(condition, item, budget), budget)) {
      const result = find(each, item, budget);
      if (result !== null) {
        found.push(result);
      }
    }
  }
  return items && found;
}

function itemsOf(
  value: unknown,
  what: Extract<Expression, { kind: 'project' }>['what'],
  budget: Budget,
): readonly unknown[] | null {
  if (what === 'values') {
    return isObject(value) ? Object.values(value) : null;
  }
  if (!Array.isArray(value)) {
    return null;
  }
  if (what === 'list') {
    return value;
  }
  return value.flatMap((item: unknown) => {
    budget.spend(Array.isArray(item) ? item.length + 1 : 1);
    return item;
  });
}

/** As in Python: negative numbers count from the end, and steps may go backwards. */
function sliceOf(
  list: readonly unknown[],
  { start, stop, step }: Extract<Expression, { kind: 'slice' }>,
  budget: Budget,
): unknown[] {
  const [lowest, highest] = step > 0 ? [0, list.length] : [-1, list.length - 1];
  const within = (index: number): number =>
    Math.min(Math.max(index < 0 ? index + list.length : index, lowest), highest);
  const end = stop === undefined ? (step > 0 ? highest : lowest) : within(stop);
  const items: unknown[] = [];
  for (
    let index = start === undefined ? (step > 0 ? lowest : highest) : within(start);
    step > 0 ? index < end : index > end;
    index += step
  ) {
    budget.spend(1);
    items.push(list[index]);
  }
  return items;
}

/** Only numbers have an order; of anything else it is not known, which is null. */
function isOrdered(
  expression: Extract<Expression, { kind: 'compare' }>,
  value: unknown,
  budget: Budget,
): boolean | null {
  const { comparator } = expression;
  const left = find(expression.left, value, budget);
  const right = find(expression.right, value, budget);
  if (comparator === '==' || comparator === '!=') {
    return isSame(left, right, budget) === (comparator === '==');
  }
  if (!(left instanceof JsonNumber && right instanceof JsonNumber)) {
    return null;
  }
  const order = compare(decimalOf(left, budget), decimalOf(right, budget));
  switch (comparator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    case '>=':
      return order >= 0;
    default:
      return assertNever(comparator);
  }
}
