import { invalidIn } from './errors.ts';

/** One word of an expression. `name`: an attribute, a function or a keyword; `#name` and `:value` are placeholders. */
export interface Token {
  readonly kind: 'name' | '#name' | ':value' | 'index' | 'sign' | 'end';
  readonly text: string;
}

const END: Token = { kind: 'end', text: '<EOF>' };

const WORDS =
  /\s*(?:(#[A-Za-z0-9_]+)|(:[A-Za-z0-9_]+)|([A-Za-z][A-Za-z0-9_]*)|(0|[1-9]\d*)|(<>|<=|>=|[=<>()[\],.+-]))/y;
const KINDS = ['#name', ':value', 'name', 'index', 'sign'] as const;

/** The words of an expression, read one after the other; complains in the name of its parameter. */
export class TokenReader {
  /** What the expression is called in complaints, for example `ConditionExpression`. */
  readonly parameter: string;
  private readonly tokens: readonly Token[];
  private position = 0;

  constructor(parameter: string, expression: string) {
    this.parameter = parameter;
    this.tokens = split(parameter, expression);
  }

  /** The placeholders in it, `#names` and `:values`. */
  get placeholders(): readonly string[] {
    return this.tokens.filter(({ kind }) => kind === '#name' || kind === ':value').map(({ text }) => text);
  }

  get next(): Token {
    return this.tokens[this.position] ?? END;
  }

  /** The one after the next. */
  get afterNext(): Token {
    return this.tokens[this.position + 1] ?? END;
  }

  take(): Token {
    const token = this.next;
    this.position += 1;
    return token;
  }

  /** Whether the next word is this sign, or this keyword in any case. */
  sees(text: string): boolean {
    const { kind, text: word } = this.next;
    return kind === 'sign' ? word === text : kind === 'name' && word.toUpperCase() === text;
  }

  /** Takes the next word if it is this one. */
  takes(text: string): boolean {
    const seen = this.sees(text);
    if (seen) {
      this.position += 1;
    }
    return seen;
  }

  expect(text: string): void {
    if (!this.takes(text)) {
      throw this.syntaxError();
    }
  }

  syntaxError(): Error {
    return this.error(`Syntax error; token: "${this.next.text}"`);
  }

  error(message: string): Error {
    return invalidIn(this.parameter, message);
  }
}

function split(parameter: string, expression: string): Token[] {
  if (expression === '') {
    throw invalidIn(parameter, 'The expression can not be empty;');
  }
  const tokens: Token[] = [];
  const text = expression.trimEnd();
  WORDS.lastIndex = 0;
  while (WORDS.lastIndex < text.length) {
    const start = WORDS.lastIndex;
    const match = WORDS.exec(text);
    if (match === null) {
      throw invalidIn(parameter, `Syntax error; token: "${text.slice(start).trim().charAt(0)}"`);
    }
    const group = match.slice(1).findIndex((word) => word !== undefined);
    const kind = KINDS[group];
    const word = match[group + 1];
    if (kind === undefined || word === undefined) {
      throw invalidIn(parameter, 'Syntax error');
    }
    tokens.push({ kind, text: word });
  }
  return tokens;
}
