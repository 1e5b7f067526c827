import { type Condition, type Operand, parseCondition } from '../simulation/table/conditions.ts';
import { TokenReader } from '../simulation/table/tokens.ts';

/** The text of conditions, taken apart and put together by their grammar: a search for ` AND ` would miss groups. */

/** The condition in one spelling: blanks where one would put them. */
export function canonical(expression: string): string {
  return textOf(parsed(expression));
}

/**
 * The clauses of a condition: every comparison, every function and every group in parentheses. A condition that is one
 * clause has none besides itself.
 */
export function clausesOf(expression: string): string[] {
  const found: string[] = [];
  const collect = (condition: Condition): void => {
    if (condition.kind === 'and' || condition.kind === 'or') {
      collect(condition.left);
      collect(condition.right);
      return;
    }
    found.push(textOf(condition));
    if (condition.kind === 'group') {
      collect(condition.condition);
    }
  };
  const condition = parsed(expression);
  collect(condition);
  return [...new Set(found)].filter((clause) => clause !== textOf(condition));
}

/** The condition without some of its clauses; `undefined` when nothing is left. */
export function withoutClauses(expression: string, isGone: (clause: string) => boolean): string | undefined {
  const left = without(parsed(expression), isGone);
  return left && textOf(left);
}

function parsed(expression: string): Condition {
  return parseCondition(new TokenReader('ConditionExpression', expression));
}

function without(condition: Condition, isGone: (clause: string) => boolean): Condition | undefined {
  if (condition.kind === 'and' || condition.kind === 'or') {
    const left = without(condition.left, isGone);
    const right = without(condition.right, isGone);
    return left && right ? { ...condition, left, right } : (left ?? right);
  }
  if (isGone(textOf(condition))) {
    return undefined;
  }
  if (condition.kind === 'group') {
    const inner = without(condition.condition, isGone);
    // Parentheses around parentheses are refused.
    return inner?.kind === 'group' ? inner : inner && { ...condition, condition: inner };
  }
  return condition;
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
