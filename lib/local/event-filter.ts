/** Says whether an event is one that a filter lets through. */
export type EventFilter = (event: unknown) => boolean;

/** A pattern that nobody here understands. */
export class UnknownPatternError extends Error {
  override readonly name = 'UnknownPatternError';
}

type ValueTest = (value: unknown) => boolean;

/**
 * Reads a pattern as event source mappings and EventBridge have them: an object that is nested as the events are, with
 * lists of what a value may be.
 *
 * @throws UnknownPatternError naming what the local cloud does not know
 */
export function eventFilter(pattern: unknown): EventFilter {
  const fields = Object.entries(objectOf(pattern, 'a pattern')).map(([name, expected]) =>
    name === '$or' ? alternatives(expected) : field(name, expected),
  );
  return (event) => fields.every((matches) => matches(event));
}

function alternatives(patterns: unknown): EventFilter {
  if (!Array.isArray(patterns) || patterns.length === 0) {
    throw new UnknownPatternError('$or needs a list of patterns');
  }
  const filters = patterns.map(eventFilter);
  return (event) => filters.some((matches) => matches(event));
}

function field(name: string, expected: unknown): EventFilter {
  if (!Array.isArray(expected)) {
    const nested = eventFilter(expected);
    return (event) => nested(valueIn(event, name));
  }
  const tests = expected.map(valueTest);
  return (event) => {
    const value = valueIn(event, name);
    // Of a list, one element that matches is enough.
    const values: readonly unknown[] = Array.isArray(value) ? value : [value];
    return tests.some((matches) => values.some(matches));
  };
}

function valueIn(event: unknown, name: string): unknown {
  return typeof event === 'object' && event !== null && Object.hasOwn(event, name)
    ? event[name as keyof typeof event]
    : undefined;
}

function valueTest(expected: unknown): ValueTest {
  if (typeof expected !== 'object' || expected === null) {
    return (value) => value === expected;
  }
  const [[operator, operand] = ['nothing', undefined], ...others] = Object.entries(expected);
  const test = others.length === 0 ? operatorTest(operator, operand) : undefined;
  if (test === undefined) {
    throw new UnknownPatternError(`the operator ${JSON.stringify(expected)}`);
  }
  return test;
}

function operatorTest(operator: string, operand: unknown): ValueTest | undefined {
  switch (operator) {
    case 'exists':
      return typeof operand === 'boolean' ? (value) => isLeaf(value) === operand : undefined;
    case 'prefix':
      return typeof operand === 'string'
        ? (value) => typeof value === 'string' && value.startsWith(operand)
        : undefined;
    case 'suffix':
      return typeof operand === 'string'
        ? (value) => typeof value === 'string' && value.endsWith(operand)
        : undefined;
    case 'anything-but':
      return anythingBut(operand);
    default:
      return undefined;
  }
}

/** What is absent matches nothing, not even what it may not be. */
function anythingBut(operand: unknown): ValueTest | undefined {
  const refused: readonly unknown[] = Array.isArray(operand) ? operand : [operand];
  const areValues = refused.every((each) => typeof each === 'string' || typeof each === 'number');
  return areValues ? (value) => isLeaf(value) && !refused.some((each) => each === value) : undefined;
}

/** Whether there is a value, of which `exists` speaks: an object is not one. */
function isLeaf(value: unknown): boolean {
  return value !== undefined && (typeof value !== 'object' || value === null);
}

function objectOf(value: unknown, what: string): object {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) {
    throw new UnknownPatternError(`${JSON.stringify(value)} where ${what} is needed`);
  }
  return value;
}
