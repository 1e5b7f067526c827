import { canonical, clausesOf, withoutClauses } from './condition-text.ts';

/** A condition that a verb of functions/ sends. */
export interface SentCondition {
  /** The verb that sends it: `ledger/held-account.ts settleAccount`. */
  readonly site: string;
  /** In {@link general} terms. */
  readonly condition: string;
}

/** What is taken away from a conditional write: its condition, or one clause of it. */
export interface Removal extends SentCondition {
  /** Absent: all of the condition. */
  readonly clause?: string;
}

/** The parameters of a write that conditions are about. */
export interface ConditionalWrite {
  readonly ConditionExpression?: string | undefined;
  readonly UpdateExpression?: string | undefined;
  readonly ExpressionAttributeNames?: Readonly<Record<string, string>> | undefined;
  readonly ExpressionAttributeValues?: Readonly<Record<string, unknown>> | undefined;
}

/** True of every item: nothing has such an attribute. */
const TRUE = 'attribute_not_exists(neverWritten)';

const NUMBERED = /\bprobe\d+\b/g;

/**
 * One text for conditions that differ in numbers only: `probe3` is `probeN`, and clauses that are then the same are one.
 */
export function general(expression: string): string {
  const seen = new Set<string>();
  const isRepeated = (clause: string) => {
    const text = clause.replaceAll(NUMBERED, 'probeN');
    return text !== clause && (seen.has(text) || !seen.add(text));
  };
  return (withoutClauses(expression, isRepeated) ?? '').replaceAll(NUMBERED, 'probeN');
}

/** Everything that can be removed from a condition. */
export function removalsOf({ site, condition }: SentCondition): Removal[] {
  return [{ site, condition }, ...clausesOf(condition).map((clause) => ({ site, condition, clause }))];
}

/** The write with less of a condition. */
export function applyRemoval<Write extends ConditionalWrite>(write: Write, { clause }: Removal): Write {
  const { ConditionExpression: expression } = write;
  return expression === undefined || clause === undefined
    ? conditionedOn(write, undefined)
    : conditionedOn(
        write,
        withoutClauses(expression, (each) => general(each) === clause),
      );
}

/** The write with a condition that holds whenever its own does, and looks different. */
export function applyNothing<Write extends ConditionalWrite>(write: Write): Write {
  const { ConditionExpression: expression } = write;
  return expression === undefined ? write : conditionedOn(write, `(${canonical(expression)}) AND ${TRUE}`);
}

/** The write with another condition, and without names and values that only its own used: DynamoDB refuses those. */
function conditionedOn<Write extends ConditionalWrite>(write: Write, condition: string | undefined): Write {
  const { ConditionExpression, ExpressionAttributeNames, ExpressionAttributeValues, ...others } = write;
  const used = new Set(`${condition ?? ''} ${write.UpdateExpression ?? ''}`.match(/[#:][A-Za-z0-9_]+/g));
  const left = (placeholders: Readonly<Record<string, unknown>> = {}) =>
    Object.fromEntries(Object.entries(placeholders).filter(([name]) => used.has(name)));
  const [names, values] = [left(ExpressionAttributeNames), left(ExpressionAttributeValues)];
  return {
    ...others,
    ...(condition === undefined ? {} : { ConditionExpression: condition }),
    ...(Object.keys(names).length > 0 ? { ExpressionAttributeNames: names } : {}),
    ...(Object.keys(values).length > 0 ? { ExpressionAttributeValues: values } : {}),
  } as unknown as Write;
}
