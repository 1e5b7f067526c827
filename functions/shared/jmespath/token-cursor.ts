import { NotJmesPath, type Token } from './tokens.ts';

/** A place between the tokens of an expression. */
export class TokenCursor {
  private readonly tokens: readonly Token[];
  private index = 0;

  constructor(tokens: readonly Token[]) {
    this.tokens = tokens;
  }

  /** The token that comes next, or after so many others. */
  peek(others = 0): Token {
    return this.tokens[this.index + others] ?? { kind: 'end', at: 0 };
  }

  next(): Token {
    const token = this.peek();
    this.index += 1;
    return token;
  }

  /** Goes past the next token if it is of this kind. */
  take(kind: Token['kind']): boolean {
    const isNext = this.peek().kind === kind;
    if (isNext) {
      this.index += 1;
    }
    return isNext;
  }

  /** Goes past a token that must be of this kind. @throws NotJmesPath */
  expect(kind: Token['kind']): void {
    const token = this.next();
    if (token.kind !== kind) {
      throw unexpected(token, inWords(kind));
    }
  }
}

/** What to throw at a token where another was needed. */
export function unexpected({ at, kind }: Token, wanted: string): NotJmesPath {
  return new NotJmesPath(at, `${wanted} is expected, not ${inWords(kind)}`);
}

function inWords(kind: Token['kind']): string {
  if (kind === 'end') {
    return 'the end';
  }
  return /^[a-z]/.test(kind) ? `a ${kind}` : kind;
}
