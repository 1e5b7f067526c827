import { BeyondTheModel } from './errors.ts';
import { type PathTemplate, readPath } from './paths.ts';
import type { TokenReader } from './tokens.ts';

/** What is compared: something in the item, something in `ExpressionAttributeValues`, or the size of either. */
export type Operand =
  | { readonly kind: 'path'; readonly path: PathTemplate }
  | { readonly kind: 'value'; readonly placeholder: string }
  | { readonly kind: 'size'; readonly of: Operand };

export type Comparator = '=' | '<>' | '<' | '<=' | '>' | '>=';

/** The functions that are conditions by themselves. */
export type ConditionFunction =
  | 'attribute_exists'
  | 'attribute_not_exists'
  | 'attribute_type'
  | 'begins_with'
  | 'contains';

/** A condition as it was written. */
export type Condition =
  | { readonly kind: 'and' | 'or'; readonly left: Condition; readonly right: Condition }
  | { readonly kind: 'not' | 'group'; readonly condition: Condition }
  | { readonly kind: 'compare'; readonly operator: Comparator; readonly operands: readonly Operand[] }
  | { readonly kind: 'between' | 'in'; readonly operands: readonly Operand[] }
  | { readonly kind: 'function'; readonly name: ConditionFunction; readonly operands: readonly Operand[] };

const OPERAND_COUNTS: Readonly<Record<ConditionFunction, number>> = {
  attribute_exists: 1,
  attribute_not_exists: 1,
  attribute_type: 2,
  begins_with: 2,
  contains: 2,
};

const COMPARATORS: readonly string[] = ['=', '<>', '<', '<=', '>', '>='];

/**
 * Parses a condition by DynamoDB's grammar: NOT binds tighter than AND, AND tighter than OR.
 *
 * @throws ValidationException as DynamoDB does
 */
export function parseCondition(tokens: TokenReader): Condition {
  const condition = readOr(tokens);
  if (tokens.next.kind !== 'end') {
    throw tokens.syntaxError();
  }
  return condition;
}

function readOr(tokens: TokenReader): Condition {
  let left = readAnd(tokens);
  while (tokens.takes('OR')) {
    left = { kind: 'or', left, right: readAnd(tokens) };
  }
  return left;
}

function readAnd(tokens: TokenReader): Condition {
  let left = readNot(tokens);
  while (tokens.takes('AND')) {
    left = { kind: 'and', left, right: readNot(tokens) };
  }
  return left;
}

function readNot(tokens: TokenReader): Condition {
  return tokens.takes('NOT') ? { kind: 'not', condition: readNot(tokens) } : readPrimary(tokens);
}

function readPrimary(tokens: TokenReader): Condition {
  if (tokens.sees('(')) {
    return readParenthesized(tokens);
  }
  const name = tokens.next.text;
  if (tokens.next.kind === 'name' && tokens.afterNext.text === '(' && name !== 'size') {
    if (!isConditionFunction(name)) {
      throw tokens.error(`Invalid function name; function: ${name}`);
    }
    tokens.take();
    const operands = readList(tokens, OPERAND_COUNTS[name], name);
    return { kind: 'function', name, operands };
  }
  return readComparison(tokens);
}

function readParenthesized(tokens: TokenReader): Condition {
  tokens.expect('(');
  const condition = readOr(tokens);
  tokens.expect(')');
  if (condition.kind === 'group') {
    throw tokens.error('The expression has redundant parentheses;');
  }
  return { kind: 'group', condition };
}

function readComparison(tokens: TokenReader): Condition {
  const left = readOperand(tokens);
  if (tokens.takes('BETWEEN')) {
    const lower = readOperand(tokens);
    tokens.expect('AND');
    return { kind: 'between', operands: [left, lower, readOperand(tokens)] };
  }
  if (tokens.takes('IN')) {
    return { kind: 'in', operands: [left, ...readList(tokens)] };
  }
  const operator = tokens.next.text;
  if (tokens.next.kind !== 'sign' || !isComparator(operator)) {
    throw tokens.next.text === ')' ? new BeyondTheModel('operands in parentheses') : tokens.syntaxError();
  }
  tokens.take();
  return { kind: 'compare', operator, operands: [left, readOperand(tokens)] };
}

function readOperand(tokens: TokenReader): Operand {
  if (tokens.sees('(')) {
    throw new BeyondTheModel('operands in parentheses');
  }
  if (tokens.next.kind === ':value') {
    return { kind: 'value', placeholder: tokens.take().text };
  }
  if (tokens.next.text === 'size' && tokens.afterNext.text === '(') {
    tokens.take();
    const [of] = readList(tokens, 1, 'size');
    if (of === undefined || of.kind === 'size') {
      throw new BeyondTheModel('the size of a size');
    }
    return { kind: 'size', of };
  }
  if (tokens.next.kind === 'name' && tokens.afterNext.text === '(') {
    const name = tokens.next.text;
    throw tokens.error(
      isConditionFunction(name)
        ? `The function is not allowed to be used this way in an expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  return { kind: 'path', path: readPath(tokens) };
}

/** Operands in parentheses with commas between them. */
function readList(tokens: TokenReader, count?: number, name?: string): Operand[] {
  tokens.expect('(');
  const operands = [readOperand(tokens)];
  while (tokens.takes(',')) {
    operands.push(readOperand(tokens));
  }
  tokens.expect(')');
  if (count !== undefined && operands.length !== count) {
    throw tokens.error(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  return operands;
}

function isConditionFunction(name: string): name is ConditionFunction {
  return Object.hasOwn(OPERAND_COUNTS, name);
}

function isComparator(text: string): text is Comparator {
  return COMPARATORS.includes(text);
}
