import { Big } from 'big.js';
import { BeyondTheModel, invalid } from './errors.ts';
import {
  type Path,
  type PathTemplate,
  refuseOverlaps,
  resolvePath,
  showPath,
  stepInto,
  valueAt,
} from './paths.ts';
import type { Context } from './placeholders.ts';
import type { Action, Source } from './updates.ts';
import { define, type Item, isItem, typeOf, type Value } from './values.ts';

const WRONG_TYPE = 'An operand in the update expression has an incorrect data type';
const NO_SUCH_ATTRIBUTE = 'The provided expression refers to an attribute that does not exist in the item';
const WRONG_PATH = 'The document path provided in the update expression is invalid for update';

/** One action with its path resolved. */
interface Change {
  readonly action: Action;
  readonly path: Path;
}

/**
 * Resolves the paths of an update and refuses what DynamoDB refuses before it looks at any item.
 *
 * @param keyNames the attributes of the table's key, which no update may touch
 */
export function checkUpdate(
  actions: readonly Action[],
  context: Context,
  keyNames: readonly string[],
  complain: (message: string) => Error,
): readonly Change[] {
  const changes = actions.map((action) => ({ action, path: resolvePath(action.path, context.names) }));
  for (const { action } of changes) {
    checkTypes(action, context, complain);
  }
  refuseOverlaps(
    'UpdateExpression',
    changes.map(({ path }) => path),
  );
  for (const { path } of changes) {
    const [name] = path;
    if (keyNames.includes(String(name))) {
      throw invalid(
        `One or more parameter values were invalid: Cannot update attribute ${name}. ` +
          'This attribute is part of the key',
      );
    }
  }
  return changes;
}

function checkTypes(action: Action, context: Context, complain: (message: string) => Error): void {
  switch (action.kind) {
    case 'ADD':
      requireType(context.values[action.placeholder], ['N', 'SS', 'NS'], 'ADD', complain);
      return;
    case 'DELETE':
      requireType(context.values[action.placeholder], ['SS', 'NS'], 'DELETE', complain);
      return;
    case 'SET':
      checkSource(action.source, context, complain);
      return;
    case 'REMOVE':
      return;
  }
}

/** Only what is written in the expression itself is checked ahead, not what `if_not_exists` may come to. */
function checkSource(source: Source, context: Context, complain: (message: string) => Error): void {
  switch (source.kind) {
    case '+':
    case '-':
    case 'list_append':
      for (const operand of [source.left, source.right]) {
        checkSource(operand, context, complain);
        if (operand.kind === 'value') {
          const allowed = source.kind === 'list_append' ? ['L'] : ['N'];
          requireType(context.values[operand.placeholder], allowed, source.kind, complain);
        }
      }
      return;
    case 'if_not_exists':
      checkSource(source.otherwise, context, complain);
      if (source.otherwise.kind === 'path' && isSamePath(source, source.otherwise, context)) {
        throw complain(
          'The first operand must be distinct from the remaining operands for this operator or function; ' +
            'operator: if_not_exists',
        );
      }
      return;
    default:
  }
}

function isSamePath(
  one: { readonly path: PathTemplate },
  other: { readonly path: PathTemplate },
  { names }: Context,
): boolean {
  return showPath(resolvePath(one.path, names)) === showPath(resolvePath(other.path, names));
}

function requireType(
  value: Value | undefined,
  allowed: readonly string[],
  operator: string,
  complain: (message: string) => Error,
): void {
  if (value !== undefined && !allowed.includes(typeOf(value))) {
    throw complain(
      `Incorrect operand type for operator or function; operator: ${operator}, operand type: ${typeOf(value)}`,
    );
  }
}

/** The item after an update. Everything is read from the item as it was before; the item itself is not changed. */
export function applyUpdate(item: Item, changes: readonly Change[], context: Context): Item {
  const writes = changes.map(({ action, path }) => ({ path, value: newValue(item, action, path, context) }));
  for (const { path } of writes) {
    requireParent(item, path);
  }
  let updated = item;
  // Appending at list indexes beyond the end goes by index, and removing from the back: indexes are as of before.
  for (const { path, value } of writes.filter((write) => write.value !== undefined).sort(byIndex)) {
    updated = write(updated, path, value) as Item;
  }
  const removals = writes.filter(
    ({ path, value }) => value === undefined && valueAt(item, path) !== undefined,
  );
  for (const { path } of removals.sort(byIndex).reverse()) {
    updated = write(updated, path, undefined) as Item;
  }
  return updated;
}

function byIndex(one: { readonly path: Path }, other: { readonly path: Path }): number {
  const [left, right] = [one.path.at(-1), other.path.at(-1)];
  return typeof left === 'number' && typeof right === 'number' ? left - right : 0;
}

/** The value that an action leaves at its path; `undefined` for none. */
function newValue(item: Item, action: Action, path: Path, context: Context): Value | undefined {
  switch (action.kind) {
    case 'SET':
      return evaluate(item, action.source, context);
    case 'REMOVE':
      return undefined;
    case 'ADD':
      return added(valueAt(item, path), context.values[action.placeholder]);
    case 'DELETE':
      return without(valueAt(item, path), context.values[action.placeholder]);
  }
}

function evaluate(item: Item, source: Source, context: Context): Value {
  switch (source.kind) {
    case 'path':
      return existing(valueAt(item, resolvePath(source.path, context.names)));
    case 'value':
      return existing(context.values[source.placeholder]);
    case 'if_not_exists': {
      // The fallback must be there even if it is not needed: DynamoDB evaluates it in any case.
      const otherwise = evaluate(item, source.otherwise, context);
      const value = valueAt(item, resolvePath(source.path, context.names));
      return value === undefined ? otherwise : value;
    }
    default: {
      const left = evaluate(item, source.left, context);
      const right = evaluate(item, source.right, context);
      return source.kind === 'list_append' ? appended(left, right) : calculated(left, source.kind, right);
    }
  }
}

function existing(value: Value | undefined): Value {
  if (value === undefined) {
    throw invalid(NO_SUCH_ATTRIBUTE);
  }
  return value;
}

function appended(left: Value, right: Value): Value {
  if (typeOf(left) !== 'L' || typeOf(right) !== 'L') {
    throw invalid(WRONG_TYPE);
  }
  return [...(left as readonly Value[]), ...(right as readonly Value[])];
}

/** DynamoDB calculates exactly, in decimals. A result that a JavaScript number cannot hold is beyond the model. */
function calculated(left: Value, operator: '+' | '-', right: Value): number {
  if (typeof left !== 'number' || typeof right !== 'number') {
    throw invalid(WRONG_TYPE);
  }
  const quick = operator === '+' ? left + right : left - right;
  if (Number.isSafeInteger(left) && Number.isSafeInteger(right) && Number.isSafeInteger(quick)) {
    return quick;
  }
  const exact = operator === '+' ? new Big(left).plus(right) : new Big(left).minus(right);
  const result = Number(exact.toString());
  if (!new Big(result).eq(exact) || Math.abs(result) > Number.MAX_SAFE_INTEGER) {
    throw new BeyondTheModel(`numbers like ${exact}`);
  }
  return result;
}

function added(current: Value | undefined, amount: Value | undefined): Value {
  if (amount === undefined || current === undefined) {
    return existing(amount);
  }
  if (typeof amount === 'number') {
    return calculated(current, '+', amount);
  }
  return ofSameType(current, amount, (elements, others) => [...elements, ...others]);
}

function without(current: Value | undefined, taken: Value | undefined): Value | undefined {
  if (current === undefined || taken === undefined) {
    return undefined;
  }
  const rest = ofSameType(current, taken, (elements, others) =>
    [...elements].filter((element) => !others.has(element)),
  );
  return (rest as ReadonlySet<unknown>).size > 0 ? rest : undefined;
}

function ofSameType(
  current: Value,
  other: Value,
  combine: (left: ReadonlySet<unknown>, right: ReadonlySet<unknown>) => unknown[],
): Value {
  if (!(current instanceof Set && other instanceof Set) || typeOf(current) !== typeOf(other)) {
    throw invalid(WRONG_TYPE);
  }
  return new Set(combine(current, other)) as ReadonlySet<string>;
}

/** What is above the end of a path must be there, as a map or a list. */
function requireParent(item: Item, path: Path): void {
  if (path.length === 1) {
    return;
  }
  const parent = valueAt(item, path.slice(0, -1));
  const fits = typeof path.at(-1) === 'number' ? Array.isArray(parent) : isItem(parent);
  if (!fits) {
    throw invalid(WRONG_PATH);
  }
}

/** A copy of a map or list with the value at a path below it replaced, or removed. */
function write(container: Value, [step, ...rest]: Path, value: Value | undefined): Value {
  if (step === undefined) {
    throw new BeyondTheModel('an empty path');
  }
  const inner = stepInto(container, step);
  const replacement = rest.length === 0 ? value : inner && write(inner, rest, value);
  if (typeof step === 'number') {
    return withElement(container as readonly Value[], step, replacement);
  }
  const copy: Record<string, Value> = { ...(container as Item) };
  if (replacement === undefined) {
    delete copy[step];
  } else {
    define(copy, step, replacement);
  }
  return copy;
}

function withElement(list: readonly Value[], index: number, element: Value | undefined): readonly Value[] {
  if (element === undefined) {
    return list.filter((_, position) => position !== index);
  }
  return index < list.length ? list.with(index, element) : [...list, element];
}
