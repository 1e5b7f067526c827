import { BeyondTheModel } from './errors.ts';
import { type PathTemplate, readPath } from './paths.ts';
import type { TokenReader } from './tokens.ts';

/** What a path is set to. */
export type Source =
  | { readonly kind: 'path'; readonly path: PathTemplate }
  | { readonly kind: 'value'; readonly placeholder: string }
  | { readonly kind: 'if_not_exists'; readonly path: PathTemplate; readonly otherwise: Source }
  | { readonly kind: 'list_append' | '+' | '-'; readonly left: Source; readonly right: Source };

/** One thing that an update does. */
export type Action =
  | { readonly kind: 'SET'; readonly path: PathTemplate; readonly source: Source }
  | { readonly kind: 'REMOVE'; readonly path: PathTemplate }
  | { readonly kind: 'ADD' | 'DELETE'; readonly path: PathTemplate; readonly placeholder: string };

const SECTIONS = ['SET', 'REMOVE', 'ADD', 'DELETE'] as const;
const FUNCTIONS_ELSEWHERE = ['attribute_exists', 'attribute_not_exists', 'attribute_type', 'begins_with'];

/**
 * Parses an update by DynamoDB's grammar: each section once, in any order.
 *
 * @throws ValidationException as DynamoDB does
 */
export function parseUpdate(tokens: TokenReader): readonly Action[] {
  const actions: Action[] = [];
  const seen = new Set<string>();
  do {
    const section = SECTIONS.find((each) => tokens.takes(each));
    if (section === undefined) {
      throw tokens.syntaxError();
    }
    if (seen.has(section)) {
      throw tokens.error(`The "${section}" section can only be used once in an update expression;`);
    }
    seen.add(section);
    do {
      actions.push(readAction(tokens, section));
    } while (tokens.takes(','));
  } while (tokens.next.kind !== 'end');
  return actions;
}

function readAction(tokens: TokenReader, section: (typeof SECTIONS)[number]): Action {
  const path = readPath(tokens);
  switch (section) {
    case 'SET':
      tokens.expect('=');
      return { kind: section, path, source: readSource(tokens) };
    case 'REMOVE':
      return { kind: section, path };
    default:
      return { kind: section, path, placeholder: readPlaceholder(tokens) };
  }
}

function readPlaceholder(tokens: TokenReader): string {
  if (tokens.next.kind !== ':value') {
    throw tokens.syntaxError();
  }
  return tokens.take().text;
}

function readSource(tokens: TokenReader): Source {
  const left = readOperand(tokens);
  const operator = tokens.next.text;
  if (operator !== '+' && operator !== '-') {
    return left;
  }
  tokens.take();
  const right = readOperand(tokens);
  for (const operand of [left, right]) {
    refuseListAppend(tokens, operand);
  }
  return { kind: operator, left, right };
}

function readOperand(tokens: TokenReader): Source {
  if (tokens.sees('(')) {
    throw new BeyondTheModel('operands in parentheses');
  }
  if (tokens.next.kind === ':value') {
    return { kind: 'value', placeholder: tokens.take().text };
  }
  if (tokens.next.kind === 'name' && tokens.afterNext.text === '(') {
    return readFunction(tokens);
  }
  return { kind: 'path', path: readPath(tokens) };
}

function readFunction(tokens: TokenReader): Source {
  const name = tokens.take().text;
  if (name !== 'if_not_exists' && name !== 'list_append') {
    throw tokens.error(
      name === 'size' || name === 'contains' || FUNCTIONS_ELSEWHERE.includes(name)
        ? `The function is not allowed in an update expression; function: ${name}`
        : `Invalid function name; function: ${name}`,
    );
  }
  tokens.expect('(');
  const operands = [readOperand(tokens)];
  while (tokens.takes(',')) {
    operands.push(readOperand(tokens));
  }
  tokens.expect(')');
  const [left, right, ...more] = operands;
  if (left === undefined || right === undefined || more.length > 0) {
    throw tokens.error(
      'Incorrect number of operands for operator or function; ' +
        `operator or function: ${name}, number of operands: ${operands.length}`,
    );
  }
  refuseListAppend(tokens, left);
  refuseListAppend(tokens, right);
  if (name === 'list_append') {
    return { kind: name, left, right };
  }
  if (left.kind !== 'path') {
    throw tokens.error(`Operator or function requires a document path; operator or function: ${name}`);
  }
  return { kind: name, path: left.path, otherwise: right };
}

/** `list_append` stands alone; it is no part of anything else. */
function refuseListAppend(tokens: TokenReader, operand: Source): void {
  if (operand.kind === 'list_append') {
    throw tokens.error(
      'The function is not allowed to be used this way in an expression; function: list_append',
    );
  }
}
