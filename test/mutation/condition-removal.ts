import { canonicalCondition, clausesOf, withoutClause } from './condition-text.ts';

/** What of a conditional write is taken away: its whole condition, or one clause wherever its verb uses it. */
export interface Removal {
  /** Which verb of functions/ sends it: `ledger/held-account.ts settleAccount`. */
  readonly site: string;
  readonly what: 'condition' | 'clause';
  /** The condition or the clause, with {@link general} names. */
  readonly text: string;
}

/** The parameters of a write that conditions are about. */
export interface ConditionalWrite {
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

/** Attributes that are numbered at run time are one to us: `probe3` is `probeN`. */
export function general(text: string): string {
  return text.replaceAll(/\bprobe\d+\b/g, 'probeN');
}

/** Everything that can be removed from a condition that a verb sends. */
export function removalsOf(site: string, expression: string): Removal[] {
  const clauses = new Set(clausesOf(expression).map(general));
  return [
    { site, what: 'condition', text: general(canonicalCondition(expression)) },
    ...[...clauses].map((text): Removal => ({ site, what: 'clause', text })),
  ];
}

/** The write with less of a condition, and without the names and values that only the rest of it used. */
export function applyRemoval<Write extends ConditionalWrite>(write: Write, { what, text }: Removal): Write {
  const expression = write.ConditionExpression;
  if (expression === undefined) {
    return write;
  }
  const rest = what === 'condition' ? withoutCondition(expression, text) : withoutClauses(expression, text);
  if (rest === expression) {
    return write;
  }
  const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, ...others } = write;
  const used = new Set(`${rest ?? ''} ${write.UpdateExpression ?? ''}`.match(/[#:][A-Za-z0-9_]+/g));
  const left = (placeholders: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(placeholders).filter(([name]) => used.has(name)));
  const [names, values] = [left(ExpressionAttributeNames), left(ExpressionAttributeValues)];
  return {
    ...others,
    ...(rest === undefined ? {} : { ConditionExpression: rest }),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  } as unknown as Write;
}

function withoutCondition(expression: string, text: string): string | undefined {
  return general(canonicalCondition(expression)) === text ? undefined : expression;
}

function withoutClauses(expression: string, text: string): string | undefined {
  return clausesOf(expression)
    .filter((clause) => general(clause) === text)
    .reduce<string | undefined>((rest, clause) => rest && withoutClause(rest, clause), expression);
}
