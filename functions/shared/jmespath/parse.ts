import {
  COMPARATORS,
  type Comparator,
  CURRENT,
  type Expression,
  FUNCTIONS,
  signatureOf,
} from './expression.ts';
import { TokenCursor, unexpected } from './token-cursor.ts';
import { NotJmesPath, type Token, tokensOf } from './tokens.ts';

/** An expression, or why the text is none and at which character. */
export type Parsed =
  | { readonly ok: true; readonly expression: Expression }
  | { readonly ok: false; readonly message: string };

/** How strongly a token binds what is left of it; one that is not here ends an expression. */
const POWER: Readonly<Partial<Record<Token['kind'], number>>> = {
  '|': 1,
  '||': 2,
  '&&': 3,
  '==': 5,
  '!=': 5,
  '<': 5,
  '<=': 5,
  '>': 5,
  '>=': 5,
  '[]': 9,
  '[?': 21,
  '.': 40,
  '[': 55,
};
const STAR_POWER = 20;
const NOT_POWER = 45;
/** What binds less ends a projection. */
const PROJECTION_POWER = 10;

/**
 * Parses a JMESPath expression, all of the specification's grammar. Functions must exist and be given as many arguments as
 * they take. Its caller bounds how long the text may be.
 */
export function parseExpression(text: string): Parsed {
  try {
    return { ok: true, expression: new Parser(new TokenCursor(tokensOf(text))).whole() };
  } catch (error) {
    if (error instanceof NotJmesPath) {
      return { ok: false, message: error.message };
    }
    throw error;
  }
}

/** A parser by binding power: each token knows what it means at the beginning of an expression, and what after one. */
class Parser {
  private readonly tokens: TokenCursor;

  constructor(tokens: TokenCursor) {
    this.tokens = tokens;
  }

  whole(): Expression {
    const expression = this.expression(0);
    this.tokens.expect('end');
    return expression;
  }

  private expression(power: number): Expression {
    let expression = this.beginning(this.tokens.next());
    while ((POWER[this.tokens.peek().kind] ?? 0) > power) {
      expression = this.continuation(expression, this.tokens.next());
    }
    return expression;
  }

  private beginning(token: Token): Expression {
    switch (token.kind) {
      case 'literal':
        return { kind: 'literal', value: token.value };
      case 'name':
        return this.tokens.peek().kind === '('
          ? this.call(token.name, token)
          : { kind: 'field', name: token.name };
      case 'quoted name':
        return { kind: 'field', name: token.name };
      case '@':
        return CURRENT;
      case '*':
        return this.projection('values', CURRENT);
      case '!':
        return { kind: 'not', operand: this.expression(NOT_POWER) };
      case '(':
        return this.enclosed(')');
      case '{':
        return this.object();
      case '[':
        return this.bracketed(CURRENT) ?? this.list();
      case '[]':
      case '[?':
        return this.continuation(CURRENT, token);
      default:
        throw unexpected(token, 'a value');
    }
  }

  private continuation(left: Expression, token: Token): Expression {
    const power = POWER[token.kind] ?? 0;
    switch (token.kind) {
      case '.':
        return this.tokens.take('*')
          ? this.projection('values', left)
          : { kind: 'chain', first: left, next: this.member(power) };
      case '|':
        return { kind: 'chain', first: left, next: this.expression(power) };
      case '||':
        return { kind: 'or', left, right: this.expression(power) };
      case '&&':
        return { kind: 'and', left, right: this.expression(power) };
      case '[]':
        return { kind: 'project', what: 'flattened', source: left, each: this.projected(power) };
      case '[?':
        return this.filter(left, power);
      case '[': {
        const bracketed = this.bracketed(left);
        if (bracketed === undefined) {
          throw unexpected(this.tokens.peek(), 'a number, a slice or *');
        }
        return bracketed;
      }
      default:
        return { kind: 'compare', comparator: comparatorOf(token), left, right: this.expression(power) };
    }
  }

  /** `[0]`, `[1:3]` or `[*]` after the bracket; `undefined` when it is none of them. */
  private bracketed(source: Expression): Expression | undefined {
    const { kind } = this.tokens.peek();
    if (kind === '*' && this.tokens.peek(1).kind === ']') {
      this.tokens.next();
      this.tokens.next();
      return this.projection('list', source);
    }
    if (kind !== 'number' && kind !== ':') {
      return undefined;
    }
    const index = this.number();
    if (index !== undefined && this.tokens.take(']')) {
      return { kind: 'chain', first: source, next: { kind: 'index', index } };
    }
    return this.projection('list', { kind: 'chain', first: source, next: this.slice(index) });
  }

  private slice(start: number | undefined): Expression {
    this.tokens.expect(':');
    const stop = this.number();
    const stepAt = this.tokens.peek();
    const step = this.tokens.take(':') ? (this.number() ?? 1) : 1;
    if (step === 0) {
      throw new NotJmesPath(stepAt.at, 'a slice cannot go in steps of 0');
    }
    this.tokens.expect(']');
    return {
      kind: 'slice',
      step,
      ...(start === undefined ? {} : { start }),
      ...(stop === undefined ? {} : { stop }),
    };
  }

  private number(): number | undefined {
    const token = this.tokens.peek();
    if (token.kind !== 'number') {
      return undefined;
    }
    this.tokens.next();
    return token.number;
  }

  private filter(source: Expression, power: number): Expression {
    const condition = this.enclosed(']');
    const each = this.tokens.peek().kind === '[]' ? CURRENT : this.projected(power);
    return { kind: 'project', what: 'list', source, condition, each };
  }

  private projection(what: 'list' | 'values', source: Expression): Expression {
    return { kind: 'project', what, source, each: this.projected(STAR_POWER) };
  }

  /** What is done with each item of a projection. */
  private projected(power: number): Expression {
    const { kind } = this.tokens.peek();
    if ((POWER[kind] ?? 0) < PROJECTION_POWER) {
      return CURRENT;
    }
    if (kind === '.') {
      this.tokens.next();
      return this.member(power);
    }
    return this.expression(power);
  }

  /** What stands after a dot. */
  private member(power: number): Expression {
    const token = this.tokens.peek();
    switch (token.kind) {
      case 'name':
      case 'quoted name':
      case '*':
        return this.expression(power);
      case '[':
        this.tokens.next();
        return this.list();
      case '{':
        this.tokens.next();
        return this.object();
      default:
        throw unexpected(token, 'a name, *, [ or {');
    }
  }

  private list(): Expression {
    return { kind: 'list', items: this.listed(']') };
  }

  private object(): Expression {
    const entries: (readonly [string, Expression])[] = [];
    do {
      const key = this.tokens.next();
      if (key.kind !== 'name' && key.kind !== 'quoted name') {
        throw unexpected(key, 'a name');
      }
      this.tokens.expect(':');
      entries.push([key.name, this.expression(0)]);
    } while (this.tokens.take(','));
    this.tokens.expect('}');
    return { kind: 'object', entries };
  }

  private call(name: string, token: Token): Expression {
    const found = signatureOf(name);
    if (found === undefined) {
      const names = Object.keys(FUNCTIONS).join(', ');
      throw new NotJmesPath(token.at, `there is no function ${name}, there are ${names}`);
    }
    this.tokens.expect('(');
    const given = this.tokens.take(')') ? [] : this.listed(')', () => this.argument());
    const { least, most, reference } = found.signature;
    if (given.length < least || given.length > most) {
      const count = most === least ? `${least}` : `${least} or more`;
      throw new NotJmesPath(token.at, `${name} takes ${count} values, not ${given.length}`);
    }
    if (given.some(({ kind }, index) => (kind === 'reference') !== (index === reference))) {
      const where =
        reference === undefined ? 'no' : `its ${reference === 0 ? 'first' : 'second'} value as an`;
      throw new NotJmesPath(token.at, `${name} takes ${where} expression such as &price`);
    }
    return { kind: 'call', name: found.name, given };
  }

  private argument(): Expression {
    return this.tokens.take('&') ? { kind: 'reference', expression: this.expression(0) } : this.expression(0);
  }

  private listed(end: ')' | ']', item = () => this.expression(0)): Expression[] {
    const items: Expression[] = [];
    do {
      items.push(item());
    } while (this.tokens.take(','));
    this.tokens.expect(end);
    return items;
  }

  private enclosed(end: ')' | ']'): Expression {
    const expression = this.expression(0);
    this.tokens.expect(end);
    return expression;
  }
}

function comparatorOf({ kind, at }: Token): Comparator {
  const comparator = COMPARATORS.find((candidate) => candidate === kind);
  if (comparator === undefined) {
    throw new NotJmesPath(at, `${kind} means nothing here`);
  }
  return comparator;
}
