import { parseJson } from '../json.ts';

const MARKS = [
  ...['[?', '[]', '||', '&&', '==', '!=', '<=', '>='],
  ...['.', '*', '[', ']', '{', '}', '(', ')', ',', ':', '@', '&', '|', '<', '>', '!'],
] as const;
type Mark = (typeof MARKS)[number];

/** A word of an expression, and where it begins: the first character is 1. */
export type Token = { readonly at: number } & (
  | { readonly kind: Mark | 'end' }
  | { readonly kind: 'name' | 'quoted name'; readonly name: string }
  | { readonly kind: 'number'; readonly number: number }
  | { readonly kind: 'literal'; readonly value: unknown }
);

/** Thrown at what is not JMESPath; {@link parseExpression} turns it into an answer. */
export class NotJmesPath extends Error {
  constructor(at: number, message: string) {
    super(`must be a JMESPath expression; at character ${at} ${message}`);
  }
}

const SPACE = /\s*/y;
const NAME = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?\d+/y;
/** Text between quotes of one kind, where a backslash takes the character after it along. */
const QUOTED: Readonly<Record<string, RegExp>> = {
  '"': /"(?:[^"\\]|\\.)*"/sy,
  "'": /'(?:[^'\\]|\\.)*'/sy,
  '`': /`(?:[^`\\]|\\.)*`/sy,
};

/** Takes an expression apart. @throws NotJmesPath */
export function tokensOf(text: string): readonly Token[] {
  const tokens: Token[] = [];
  let index = 0;
  for (;;) {
    index += match(SPACE, text, index).length;
    const at = index + 1;
    if (index >= text.length) {
      return [...tokens, { kind: 'end', at }];
    }
    const { token, length } = tokenAt(text, index, at);
    tokens.push(token);
    index += length;
  }
}

function tokenAt(text: string, index: number, at: number): { token: Token; length: number } {
  const quote = QUOTED[text.charAt(index)];
  if (quote !== undefined) {
    const quoted = match(quote, text, index);
    if (quoted === '') {
      throw new NotJmesPath(at, `the quote ${text.charAt(index)} is not closed`);
    }
    return { token: quotedToken(quoted, at), length: quoted.length };
  }
  const name = match(NAME, text, index);
  if (name !== '') {
    return { token: { kind: 'name', name, at }, length: name.length };
  }
  const number = match(NUMBER, text, index);
  if (number !== '') {
    return { token: { kind: 'number', number: Number(number), at }, length: number.length };
  }
  const kind = MARKS.find((mark) => text.startsWith(mark, index));
  if (kind === undefined) {
    throw new NotJmesPath(at, `${JSON.stringify(text.charAt(index))} means nothing here`);
  }
  return { token: { kind, at }, length: kind.length };
}

/** `"a name"`, `'text'`, or JSON between backticks. */
function quotedToken(quoted: string, at: number): Token {
  const inner = quoted.slice(1, -1);
  switch (quoted.charAt(0)) {
    case "'":
      return { kind: 'literal', value: inner.replaceAll("\\'", "'"), at };
    case '`':
      return { kind: 'literal', value: jsonAt(inner.replaceAll('\\`', '`'), at), at };
    default:
      return { kind: 'quoted name', name: String(jsonAt(quoted, at)), at };
  }
}

function jsonAt(text: string, at: number): unknown {
  const parsed = parseJson(text, { exactNumbers: true });
  if (!parsed.ok) {
    throw new NotJmesPath(at, 'what is between the quotes is not JSON');
  }
  return parsed.value;
}

function match(pattern: RegExp, text: string, index: number): string {
  pattern.lastIndex = index;
  return pattern.exec(text)?.[0] ?? '';
}
