import { type Condition, parseCondition } from './conditions.ts';
import { invalidIn } from './errors.ts';
import { type PathTemplate, readPath } from './paths.ts';
import type { Parsed } from './placeholders.ts';
import { TokenReader } from './tokens.ts';
import { type Action, parseUpdate } from './updates.ts';

/** Parses each expression once: callers use few, again and again. */
function cached<Tree>(parameter: string, parse: (tokens: TokenReader) => Tree) {
  const known = new Map<string, Parsed<Tree>>();
  return (expression: string): Parsed<Tree> => {
    let parsed = known.get(expression);
    if (parsed === undefined) {
      const tokens = new TokenReader(parameter, expression);
      parsed = { parameter, tree: parse(tokens), placeholders: tokens.placeholders };
      known.set(expression, parsed);
    }
    return parsed;
  };
}

export const conditionExpression: (expression: string) => Parsed<Condition> = cached(
  'ConditionExpression',
  parseCondition,
);
export const filterExpression: (expression: string) => Parsed<Condition> = cached(
  'FilterExpression',
  parseCondition,
);
export const keyConditionExpression: (expression: string) => Parsed<Condition> = cached(
  'KeyConditionExpression',
  parseCondition,
);
export const updateExpression: (expression: string) => Parsed<readonly Action[]> = cached(
  'UpdateExpression',
  parseUpdate,
);
export const projectionExpression: (expression: string) => Parsed<readonly PathTemplate[]> = cached(
  'ProjectionExpression',
  (tokens) => {
    const paths = [readPath(tokens)];
    while (tokens.takes(',')) {
      paths.push(readPath(tokens));
    }
    if (tokens.next.kind !== 'end') {
      throw tokens.syntaxError();
    }
    return paths;
  },
);

/** Makes the errors of one expression. */
export function complainsOf({ parameter }: Parsed<unknown>): (message: string) => Error {
  return (message) => invalidIn(parameter, message);
}
