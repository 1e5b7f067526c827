import type { Comparator, Condition, ConditionFunction, Operand } from './conditions.ts';
import { BeyondTheModel } from './errors.ts';
import { resolvePath, stepInto, valueAt } from './paths.ts';
import type { Context } from './placeholders.ts';
import { equal, type Item, order, sizeOf, typeOf, type Value } from './values.ts';

/** Whether an item meets a condition. An item that does not exist is `undefined` and has no attributes. */
export function meets(item: Item | undefined, condition: Condition, context: Context): boolean {
  switch (condition.kind) {
    case 'and':
      return meets(item, condition.left, context) && meets(item, condition.right, context);
    case 'or':
      return meets(item, condition.left, context) || meets(item, condition.right, context);
    case 'not':
      return !meets(item, condition.condition, context);
    case 'group':
      return meets(item, condition.condition, context);
    default: {
      const operands = condition.operands.map((operand) => evaluate(item, operand, context));
      return holds(condition, operands);
    }
  }
}

type Simple = Extract<Condition, { readonly operands: readonly Operand[] }>;

function holds(condition: Simple, operands: readonly (Value | undefined)[]): boolean {
  const [subject, ...others] = operands;
  switch (condition.kind) {
    case 'compare':
      return compares(subject, condition.operator, others[0]);
    case 'between':
      return compares(subject, '>=', others[0]) && compares(subject, '<=', others[1]);
    case 'in':
      return others.some((other) => compares(subject, '=', other));
    case 'function':
      return applies(condition.name, subject, others[0]);
  }
}

function evaluate(item: Item | undefined, operand: Operand, context: Context): Value | undefined {
  switch (operand.kind) {
    case 'path':
      return operand.path.hasPlaceholders || operand.path.steps.length > 1
        ? valueAt(item, resolvePath(operand.path, context.names))
        : stepInto(item, operand.path.steps[0] ?? '');
    case 'value':
      return context.values[operand.placeholder];
    case 'size': {
      const value = evaluate(item, operand.of, context);
      return value === undefined ? undefined : sizeOf(value);
    }
  }
}

/** What is missing equals nothing, differs from everything and has no order. */
function compares(left: Value | undefined, operator: Comparator, right: Value | undefined): boolean {
  if (left === undefined || right === undefined) {
    return operator === '<>';
  }
  if (operator === '=' || operator === '<>') {
    return equal(left, right) === (operator === '=');
  }
  const difference = order(left, right);
  if (difference === undefined) {
    return false;
  }
  switch (operator) {
    case '<':
      return difference < 0;
    case '<=':
      return difference <= 0;
    case '>':
      return difference > 0;
    case '>=':
      return difference >= 0;
  }
}

function applies(name: ConditionFunction, subject: Value | undefined, other: Value | undefined): boolean {
  switch (name) {
    case 'attribute_exists':
      return subject !== undefined;
    case 'attribute_not_exists':
      return subject === undefined;
    case 'attribute_type':
      return subject !== undefined && typeOf(subject) === other;
    case 'begins_with':
      return typeof subject === 'string' && typeof other === 'string' && subject.startsWith(other);
    case 'contains':
      return subject !== undefined && other !== undefined && contains(subject, other);
  }
}

function contains(subject: Value, other: Value): boolean {
  if (typeof subject === 'string') {
    return typeof other === 'string' && subject.includes(other);
  }
  if (Array.isArray(subject)) {
    return (subject as readonly Value[]).some((element) => equal(element, other));
  }
  return subject instanceof Set && subject.has(other);
}

const TYPE_NAMES: readonly unknown[] = ['B', 'BOOL', 'BS', 'L', 'M', 'N', 'NS', 'NULL', 'S', 'SS'];
const ORDERED: readonly unknown[] = ['S', 'N'];
const SIZED: readonly unknown[] = ['S', 'L', 'M', 'SS', 'NS'];

/**
 * Refuses what DynamoDB refuses before it looks at any item: values of a type that an operator does not take, a
 * range upside down, an operand compared with itself.
 *
 * @param complain makes the error of a message
 */
export function checkCondition(
  condition: Condition,
  context: Context,
  complain: (message: string) => Error,
): void {
  switch (condition.kind) {
    case 'and':
    case 'or':
      checkCondition(condition.left, context, complain);
      checkCondition(condition.right, context, complain);
      return;
    case 'not':
    case 'group':
      checkCondition(condition.condition, context, complain);
      return;
    default:
      checkOperands(condition, context, complain);
  }
}

function checkOperands(condition: Simple, context: Context, complain: (message: string) => Error): void {
  const operator = operatorOf(condition);
  const requireTypes = (operand: Operand | undefined, allowed: readonly unknown[], by: string) => {
    const type = operand && knownType(operand, context);
    if (type !== undefined && !allowed.includes(type)) {
      throw complain(
        `Incorrect operand type for operator or function; operator or function: ${by}, operand type: ${type}`,
      );
    }
  };
  for (const operand of condition.operands) {
    if (operand.kind === 'size') {
      requireTypes(operand.of, SIZED, 'size');
    }
    if (isOrdering(operator)) {
      requireTypes(operand, ORDERED, operator);
    } else if (operator === 'begins_with') {
      requireTypes(operand, ['S'], operator);
    }
  }
  checkDistinct(operator, condition.operands, context, complain);
  if (condition.kind === 'between') {
    checkBounds(condition.operands, context, complain);
  } else if (condition.kind === 'function') {
    checkSubject(condition.name, condition.operands, context, complain);
  }
}

function operatorOf(condition: Simple): string {
  switch (condition.kind) {
    case 'compare':
      return condition.operator;
    case 'function':
      return condition.name;
    default:
      return condition.kind.toUpperCase();
  }
}

function isOrdering(operator: string): boolean {
  return ['<', '<=', '>', '>=', 'BETWEEN'].includes(operator);
}

/** The type of what does not depend on an item. */
function knownType(operand: Operand, context: Context): string | undefined {
  if (operand.kind === 'size') {
    return 'N';
  }
  const value = operand.kind === 'value' ? context.values[operand.placeholder] : undefined;
  return value === undefined ? undefined : typeOf(value);
}

function checkDistinct(
  operator: string,
  operands: readonly Operand[],
  { names }: Context,
  complain: (message: string) => Error,
): void {
  const [first, ...others] = operands.map((operand) =>
    operand.kind === 'path' ? JSON.stringify(resolvePath(operand.path, names)) : undefined,
  );
  if (first !== undefined && others.includes(first)) {
    throw complain(
      'The first operand must be distinct from the remaining operands for this operator or function; ' +
        `operator: ${operator}, first operand: ${first}`,
    );
  }
}

function checkBounds(
  [, lower, upper]: readonly Operand[],
  { values }: Context,
  complain: (message: string) => Error,
): void {
  if (lower?.kind !== 'value' || upper?.kind !== 'value') {
    return;
  }
  const [low, high] = [values[lower.placeholder], values[upper.placeholder]];
  const difference = low === undefined || high === undefined ? undefined : order(low, high);
  if (difference === undefined) {
    throw complain('The BETWEEN operator requires same data type for lower and upper bounds');
  }
  if (difference > 0) {
    throw complain('The BETWEEN operator requires upper bound to be greater than or equal to lower bound');
  }
}

function checkSubject(
  name: ConditionFunction,
  [subject, other]: readonly Operand[],
  { values }: Context,
  complain: (message: string) => Error,
): void {
  if (name === 'attribute_exists' || name === 'attribute_not_exists') {
    if (subject?.kind !== 'path') {
      throw complain(`Operator or function requires a document path; operator or function: ${name}`);
    }
  } else if (name === 'attribute_type') {
    if (subject?.kind !== 'path') {
      throw new BeyondTheModel('the type of anything but a path');
    }
    if (other?.kind !== 'value' || !TYPE_NAMES.includes(values[other.placeholder])) {
      throw complain('Invalid attribute type name found');
    }
  }
}
