import { type Condition, type Operand, parseCondition } from '../simulation/table/conditions.ts';
import { TokenReader } from '../simulation/table/tokens.ts';

/**
 * The clauses of a condition, as they are written in it: every comparison, every function and every group in
 * parentheses. One that is the whole condition is not among them.
 */
export function clausesOf(expression: string): string[] {
  const found = new Set<string>();
  const collect = (condition: Condition): void => {
    if (condition.kind === 'and' || condition.kind === 'or') {
      collect(condition.left);
      collect(condition.right);
      return;
    }
    found.add(textOf(condition));
    if (condition.kind === 'group' || condition.kind === 'not') {
      collect(condition.condition);
    }
  };
  const condition = parsed(expression);
  collect(condition);
  found.delete(textOf(condition));
  return [...found];
}

/** The condition without the clause, wherever it is in there; `undefined` when nothing is left. */
export function withoutClause(expression: string, clause: string): string | undefined {
  const left = without(parsed(expression), clause);
  return left && textOf(left);
}

/** The condition in one spelling: blanks where one would put them. */
export function canonicalCondition(expression: string): string {
  return textOf(parsed(expression));
}

function parsed(expression: string): Condition {
  return parseCondition(new TokenReader('ConditionExpression', expression));
}

function without(condition: Condition, clause: string): Condition | undefined {
  if (textOf(condition) === clause) {
    return undefined;
  }
  switch (condition.kind) {
    case 'and':
    case 'or': {
      const left = without(condition.left, clause);
      const right = without(condition.right, clause);
      return left && right ? { ...condition, left, right } : (left ?? right);
    }
    case 'not':
    case 'group': {
      const inner = without(condition.condition, clause);
      // Parentheses around parentheses are refused.
      return inner && condition.kind === inner.kind ? inner : inner && { ...condition, condition: inner };
    }
    default:
      return condition;
  }
}

function textOf(condition: Condition): string {
  switch (condition.kind) {
    case 'and':
    case 'or':
      return `${textOf(condition.left)} ${condition.kind.toUpperCase()} ${textOf(condition.right)}`;
    case 'not':
      return `NOT ${textOf(condition.condition)}`;
    case 'group':
      return `(${textOf(condition.condition)})`;
    default: {
      const [first = '', ...others] = condition.operands.map(operandText);
      switch (condition.kind) {
        case 'compare':
          return `${first} ${condition.operator} ${others.join()}`;
        case 'between':
          return `${first} BETWEEN ${others.join(' AND ')}`;
        case 'in':
          return `${first} IN (${others.join(', ')})`;
        case 'function':
          return `${condition.name}(${[first, ...others].join(', ')})`;
      }
    }
  }
}

function operandText(operand: Operand): string {
  switch (operand.kind) {
    case 'value':
      return operand.placeholder;
    case 'size':
      return `size(${operandText(operand.of)})`;
    case 'path':
      return operand.path.steps
        .map((step) => (typeof step === 'number' ? `[${step}]` : `.${step}`))
        .join('')
        .slice(1);
  }
}
